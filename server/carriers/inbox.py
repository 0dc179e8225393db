"""The inbox of callbacks: stores those that arrive together in one transaction, then answers each.

Reports are applied in the order of arrival. While another process locks the database, or its disk
is full, callbacks are kept here and stored later. The carrier is asked to send them again, since a
crash would lose them until they are stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
import structlog

from server.carriers.interface import CallbackEvent, InboundText, StatusReport
from server.clock import MINUTE, DomainClock
from server.database.engine import Database, may_pass
from server.enrollments.planning import Planner
from server.errors import NotStored
from server.messages import callback_matching, inbound

GROUP: Final = 256
MOST_WAITING: Final = 10_000
"""Most callbacks that wait to be stored; more are refused at once, to be sent again."""
AGAIN_AFTER: Final = 0.2
"""Real seconds before a failed store is tried again."""
WAIT_AT_MOST: Final = 20.0
"""Most real seconds per wait of outbound texts for inbound ones."""
ANSWERED_LATEST: Final = 5 * MINUTE
"""A keyword that is read later than this gets no answer, because it may be night."""
_log = structlog.get_logger(__name__)


class Received(NamedTuple):
    """One event of a callback, with its origin and its raw body.

    `later` lists the carrier's ids of texts from the same person that were applied before this one,
    although they were texted after it.
    """

    carrier: str
    event: CallbackEvent
    raw: bytes
    later: tuple[str, ...] = ()


class NotApplied(Exception):
    """Inbound texts have arrived and cannot be stored."""


class _Waiting(NamedTuple):
    received: list[Received]
    done: asyncio.Future[None]


class CallbackInbox:
    """Takes callbacks, and reports whether inbound texts are not applied yet."""

    def __init__(self, database: Database, clock: DomainClock, planner: Planner) -> None:
        self._database = database
        self._clock = clock
        self._planner = planner
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._texts: set[asyncio.Future[None]] = set()

    async def take(self, received: list[Received], within: float | None = None) -> None:
        """Store and apply the events of one callback; they are stored when this returns.

        Raises NotStored if that takes longer than `within` real seconds: they stay in memory and
        are tried again. Raises the database's error for events that it will never accept.
        """
        if within is not None and self._queue.qsize() >= MOST_WAITING:
            raise NotStored
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Waiting(received, done))
        if any(isinstance(one.event, InboundText) for one in received):
            self._texts.add(done)
            done.add_done_callback(self._texts.discard)
        done.add_done_callback(_end_quietly)
        await asyncio.wait({done}, timeout=within)
        if not done.done():
            raise NotStored
        done.result()

    @property
    def behind(self) -> bool:
        """Whether an inbound text has arrived and is not applied."""
        return bool(self._texts)

    async def applied(self) -> None:
        """Return when all inbound texts that have arrived until now are applied.

        Raises NotApplied if that takes too long.
        """
        if not self._texts:
            return
        _, left = await asyncio.wait(set(self._texts), timeout=WAIT_AT_MOST)
        if left:
            raise NotApplied(f"{len(left)} inbound callbacks are not stored yet")

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            group = [await self._queue.get()]
            while not self._queue.empty() and len(group) < GROUP:
                group.append(self._queue.get_nowait())
            await self._store(group)

    async def _store(self, group: Sequence[_Waiting]) -> None:
        warned = False
        while True:
            try:
                await self._write([one for waiting in group for one in waiting.received])
            except Exception as error:  # noqa: BLE001 # the cases are handled below
                if not may_pass(error):
                    await self._store_apart(group, error)
                    return
                if not warned:
                    warned = True
                    _log.warning(
                        "callbacks wait for the database", callbacks=len(group), why=str(error)
                    )
                await asyncio.sleep(AGAIN_AFTER)
            else:
                for waiting in group:
                    _settle(waiting, None)
                return

    async def _store_apart(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Store one by one, so that one bad callback does not affect the others."""
        if len(group) == 1:
            _log.error("a callback could not be stored", exc_info=error)
            _settle(group[0], error)
            return
        for waiting in group:
            await self._store([waiting])

    async def _write(self, received: list[Received]) -> None:
        await self._database.write_first(receive, self._planner, received, self._clock.now())


def _end_quietly(done: asyncio.Future[None]) -> None:
    """Ignore the result: its error is logged already, and its waiter may be gone."""
    if not done.cancelled():
        done.exception()


def _settle(waiting: _Waiting, error: Exception | None) -> None:
    if waiting.done.done():
        return
    if error is None:
        waiting.done.set_result(None)
    else:
        waiting.done.set_exception(error)


def receive(
    connection: sa.Connection, planner: Planner, received: Sequence[Received], now: int
) -> None:
    """Store and apply callbacks in order, consecutive status reports together."""
    statuses: list[callback_matching.StatusCallback] = []
    for one in received:
        carrier, event, raw, _ = one
        match event:
            case StatusReport():
                statuses.append(
                    callback_matching.StatusCallback(
                        carrier,
                        event.dedupe_key,
                        event.attempt_id,
                        event.carrier_id,
                        event.status,
                        event.code,
                        event.failure,
                        raw,
                    )
                )
            case InboundText():
                callback_matching.receive_statuses(connection, statuses, planner.find_next, now)
                statuses = []
                _receive_text(connection, one, event, now)
    callback_matching.receive_statuses(connection, statuses, planner.find_next, now)


def _receive_text(
    connection: sa.Connection, received: Received, event: InboundText, now: int
) -> None:
    stored = callback_matching.keep(
        connection,
        received.carrier,
        event.dedupe_key,
        "inbound",
        received.raw,
        now,
        carrier_id=event.carrier_id,
    )
    if stored is None:
        return
    message_id = inbound.receive(
        connection,
        inbound.Inbound(
            event.carrier_id,
            event.from_,
            event.to,
            event.body,
            event.opt,
            event.carrier_answered
            or (event.sent_us is not None and now - event.sent_us > ANSWERED_LATEST),
            event.media,
            inbound.opted_out_by(connection, received.later),
        ),
        now,
    )
    connection.exec_driver_sql(
        "UPDATE callbacks SET message_id = ? WHERE id = ?", (message_id, stored)
    )
