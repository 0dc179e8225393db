"""From due to recorded over HTTP: the dispatcher, against a plain client that only posts.

Our side claims, passes the gate and the last check, posts, and records the outcome on the disk; the
other posts the same forms with one pool and 50 in flight, and that is all it does.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from server.carriers.interface import Carrier
from server.carriers.registry import twilio_settings
from server.carriers.twilio import CONNECTION_OVERRIDES, Twilio, create_client
from server.clock import RunningClock
from server.commands.serve import keep_what_started
from server.database.engine import Database
from server.dispatch.loop import Dispatcher
from server.enrollments.planning import Planner
from server.settings import Settings
from tests.benchmarks.measuring import Benchmark, Round, Stopwatch, take_turns
from tests.benchmarks.processes import HOST, answers, free_port, running
from tests.benchmarks.workspaces import (
    NOW,
    SENDER,
    SYNCHRONOUS,
    ZONE,
    copy_of,
    make_due,
    phone_of,
    url_of,
)

PEOPLE: Final = 2_000
"""Texts a turn of ours."""
POSTS: Final = 500
"""Texts a turn of the other side, which takes longer for each."""
IN_FLIGHT: Final = 50
ROUNDS: Final = 5
LONGEST: Final = 60.0
_SHORTLY: Final = 0.01


async def run(folder: Path) -> Sequence[Round]:
    """Both sides hand texts over to the same carrier, turn by turn."""
    keep_what_started()  # as the server does; both sides are in this process
    template = folder / "due.db"
    await make_due(template, PEOPLE)
    port = free_port()
    settings = Settings(simulator_url=f"http://{HOST}:{port}", zone=ZONE)

    async def ours(n: int) -> float:
        return await dispatch(copy_of(template, f"{n}.db"), settings)

    async def peer(_: int) -> float:
        return await post_plainly(settings)

    with running("-m", "tests.benchmarks.stub_carrier", str(port)) as carrier:
        await answers(carrier, port, "/")
        return await take_turns(ours, peer, ROUNDS)


async def dispatch(path: Path, settings: Settings) -> float:
    """Dispatch all that is due in a database; texts a second until the last is recorded."""
    account = twilio_settings(settings)
    client = create_client(account)
    database = await Database.open(url_of(path), synchronous=SYNCHRONOUS)
    carriers: dict[str, Carrier] = {settings.carrier: Twilio(account, client)}
    clock = RunningClock(start=NOW)
    dispatcher = Dispatcher(database, clock, carriers, Planner(ZONE), settings)
    watch = Stopwatch()
    dispatching = asyncio.create_task(dispatcher.run())
    reader = sqlite3.connect(path)
    while (recorded := _recorded(reader)) < PEOPLE:
        assert not dispatching.done(), "dispatching ended"
        assert watch.seconds < LONGEST, f"only {recorded} of {PEOPLE} texts are recorded"
        await asyncio.sleep(_SHORTLY)
    rate = watch.rate(PEOPLE)
    reader.close()
    dispatching.cancel()
    await asyncio.gather(dispatching, return_exceptions=True)
    await database.close()
    await client.aclose()
    return rate


async def post_plainly(settings: Settings) -> float:
    """Post the same forms through one pool of httpx as it comes; texts a second."""
    account = twilio_settings(settings)
    url = f"{account.api_url}/2010-04-01/Accounts/{account.account_sid}/Messages.json"
    login = httpx.BasicAuth(account.account_sid, account.auth_tokens[0])
    async with httpx.AsyncClient(auth=login, trust_env=False) as client:
        coming = iter([_form(n) for n in range(POSTS)])
        watch = Stopwatch()
        await asyncio.gather(*(_post(client, url, coming) for _ in range(IN_FLIGHT)))
        return watch.rate(POSTS)


async def _post(client: httpx.AsyncClient, url: str, coming: Iterator[dict[str, Any]]) -> None:
    for form in coming:
        response = await client.post(url, data=form)
        assert response.status_code == httpx.codes.CREATED
        assert response.json()["sid"]


def _form(n: int) -> dict[str, str]:
    return {
        "To": phone_of(n),
        "From": SENDER.phone,
        "Body": "Hi Lena, it is open house this week. Shall I save you a place?",
        "StatusCallback": f"http://{HOST}:8420/carriers/simulator/status?a={n}"
        + CONNECTION_OVERRIDES,
        "ValidityPeriod": "14400",
    }


def _recorded(reader: sqlite3.Connection) -> int:
    count: int = reader.execute(
        "SELECT count(*) FROM attempts WHERE state = 'accepted'"
    ).fetchone()[0]
    return count


BENCHMARK: Final = Benchmark(
    name="hand over",
    what="due, posted and recorded, by the dispatcher",
    peer="one pool of httpx that only posts, 50 in flight",
    unit="texts/s",
    limit=5.0,
    run=run,
)
