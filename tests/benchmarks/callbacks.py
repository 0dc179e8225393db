"""Callbacks durable before the answer: together as they come, against one transaction each."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from common.vocabulary import MessageStatus
from server.carriers.inbox import CallbackInbox, Received, receive
from server.carriers.interface import StatusReport
from server.clock import ManualClock
from server.database.engine import Database
from server.enrollments.planning import Planner
from tests.benchmarks.by_hand import PRAGMAS
from tests.benchmarks.measuring import Benchmark, Round, Stopwatch, take_turns
from tests.benchmarks.workspaces import (
    NOW,
    SENDER,
    SYNCHRONOUS,
    ZONE,
    carrier_id,
    copy_of,
    make_accepted,
    phone_of,
    url_of,
)

TEXTS: Final = 8_000
ROUNDS: Final = 10
CALLERS: Final = 64


def delivered(attempt_id: int) -> Received:
    """The carrier's report that the text of an attempt was delivered."""
    ident = carrier_id(attempt_id)
    event = StatusReport(
        attempt_id, ident, MessageStatus.DELIVERED, None, None, f"{ident}:delivered"
    )
    raw = (
        f"SmsSid={ident}&SmsStatus=delivered&MessageStatus=delivered"
        f"&To=%2B{phone_of(attempt_id)[1:]}&MessageSid={ident}"
        "&AccountSid=AC00000000000000000000000000000001"
        f"&From=%2B{SENDER.phone[1:]}&ApiVersion=2010-04-01"
    )
    return Received("simulator", event, raw.encode())


async def run(folder: Path) -> Sequence[Round]:
    """Both sides are told of the delivery of the same texts, as many a turn."""
    template = folder / "accepted.db"
    await make_accepted(template, TEXTS)
    our_file, peer_file = copy_of(template, "ours.db"), copy_of(template, "peer.db")
    database = await Database.open(url_of(our_file), synchronous=SYNCHRONOUS)
    inbox = CallbackInbox(database, ManualClock(NOW), Planner(ZONE))
    serving = asyncio.create_task(inbox.run())
    alone = OneByOne(peer_file)
    share = TEXTS // ROUNDS

    async def ours(n: int) -> float:
        coming = iter([delivered(n * share + k + 1) for k in range(share)])
        watch = Stopwatch()
        await asyncio.gather(*(_call(inbox, coming) for _ in range(CALLERS)))
        return watch.rate(share)

    async def peer(n: int) -> float:
        coming = [delivered(n * share + k + 1) for k in range(share)]
        watch = Stopwatch()
        for one in coming:
            alone.take(one)
        return watch.rate(share)

    rounds = await take_turns(ours, peer, ROUNDS)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    await database.close()
    alone.close()
    assert _count_delivered(our_file) == _count_delivered(peer_file) == (TEXTS, TEXTS)
    return rounds


class OneByOne:
    """The same functions on one connection, a transaction for each callback."""

    def __init__(self, path: Path) -> None:
        raw = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
        engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=sa.StaticPool)
        self._raw = raw
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self._planner = Planner(ZONE)

    def take(self, received: Received) -> None:
        """Store and apply one callback; it is durable when this returns."""
        self._connection.exec_driver_sql("BEGIN IMMEDIATE")
        receive(self._connection, self._planner, [received], NOW)
        self._connection.exec_driver_sql("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        self._raw.close()


async def _call(inbox: CallbackInbox, coming: Iterator[Received]) -> None:
    """One caller: it calls again when it was answered."""
    for received in coming:
        await inbox.take([received])


def _count_delivered(path: Path) -> tuple[int, int]:
    with sqlite3.connect(path) as connection:
        texts, events = connection.execute(
            "SELECT (SELECT count(*) FROM messages WHERE status = 'delivered'),"
            " (SELECT count(*) FROM events WHERE kind = 'delivered')"
        ).fetchone()
    return texts, events


BENCHMARK: Final = Benchmark(
    name="callbacks",
    what="64 callers at once, each answered when its callback is durable",
    peer="the same functions, one transaction for each callback",
    unit="callbacks/s",
    limit=2.0,
    run=run,
)
