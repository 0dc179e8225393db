"""What the heaviest requests over 20,000 people do to everybody else.

The server is a process of its own. The heaviest requests of every kind are made one after another,
each while a probe is timed; the other side times the same probe while nobody asks anything.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode

import httpx

from server.carriers.twilio_signature import sign
from server.database.engine import Database
from server.operators import store as operators
from tests.benchmarks.measuring import Benchmark, Round, take_turns
from tests.benchmarks.processes import HOST, answers, free_port, running
from tests.benchmarks.workspaces import NOW, SENDER, make_due, phone_of, url_of

PEOPLE: Final = 20_000
IMPORTED: Final = 50_000
"""Rows of the imported file. It is written part by part, so that more of them only take longer."""
CALLERS: Final = 6
PROBES: Final = 40
LONGEST: Final = 4.0
"""Seconds that a burden is timed for, unless it ends before."""
ROUNDS: Final = 3
WORST: Final = tuple(
    " ".join(f"-{letter}{n}" for n in range(n, n + 50)) for n, letter in enumerate("abcdefgh", 10)
)
"""Filters that look at 100 things in each person, and find everybody."""
_LIST: Final = "/api/v1/sequences/1/enrollments"
_ids: Final = count(1)


class Served(NamedTuple):
    """A running server: an admin's client, its process, and the key that its carrier signs with."""

    client: httpx.AsyncClient
    process: int
    key: str


Probe = Callable[[Served], Awaitable[httpx.Response]]
Burden = Callable[[httpx.AsyncClient], Awaitable[None]]
"""Heavy requests, one or without end; cancelled when enough was timed beside them."""


async def live(server: Served) -> httpx.Response:
    """Ask whether the process runs."""
    return await server.client.get("/health/live")


async def stop(server: Served) -> httpx.Response:
    """Bring a STOP, signed as the carrier does; it is durable when this is answered."""
    n = next(_ids)
    url = f"{server.client.base_url}".rstrip("/") + "/carriers/simulator/inbound"
    form = {
        "AccountSid": "AC00000000000000000000000000000001",
        "MessageSid": f"SM{n:032x}",
        "From": phone_of(n),
        "To": SENDER.phone,
        "Body": "STOP",
        "NumMedia": "0",
    }
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": sign(server.key, url, form.items()),
    }
    return await server.client.post(url, content=urlencode(form).encode(), headers=headers)


async def run(probe: Probe, folder: Path) -> Sequence[Round]:
    """The slow twentieth of a probe, in ms: beside the heaviest kind of request, and alone."""
    async with served(folder) as server:

        async def alone(_: int) -> float:
            return await _slow(probe, server)

        async def beside(_: int) -> float:
            return max([await _slow(probe, server, burden) for burden in BURDENS])

        return await take_turns(beside, alone, ROUNDS)


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Served]:
    """A server over people who are enrolled; it is ended at the end."""
    file = folder / "drumbeat.db"
    await make_due(file, PEOPLE)
    database = await Database.open(url_of(file))
    token = await database.write(operators.add_token, 1, "benchmark", NOW)
    await database.close()
    environment = {
        "DRUMBEAT_DATABASE": url_of(file),
        "DRUMBEAT_CLOCK": "manual",
        "DRUMBEAT_CLOCK_START": "2026-11-02T10:00:00Z",
        "DRUMBEAT_LOG_LEVEL": "error",
    }
    port = free_port()
    serving = ("-m", "server.cli", "serve", "--port", str(port))
    with running(*serving, environment=environment) as server:
        await answers(server, port, "/health/ready")
        async with httpx.AsyncClient(
            base_url=f"http://{HOST}:{port}",
            headers={"Authorization": f"Bearer {token.token}"},
            timeout=60,
            trust_env=False,
        ) as client:
            key = file.with_name(f"{file.name}.simulator-key").read_text(encoding="ascii").strip()
            yield Served(client, server.pid, key)


async def one_filter(client: httpx.AsyncClient) -> None:
    """One caller asks for lists, each another question than the one before."""
    for k in count(next(_ids)):
        params = {"q": f"{WORST[k % len(WORST)]} -step:{k % 3 + 1}", "sort": "-name"}
        answer = await client.get(_LIST, params=params)
        assert answer.status_code in {200, 503}, answer.text[:500]


async def many_filters(client: httpx.AsyncClient) -> None:
    """As many callers as hold every reader."""
    async with asyncio.TaskGroup() as group:
        for _ in range(CALLERS):
            group.create_task(one_filter(client))


async def abandoned_reports(client: httpx.AsyncClient) -> None:
    """The IDs of everybody, by the worst filter, asked for and not waited for."""
    soon = httpx.Timeout(60, read=0.05)
    for k in count(next(_ids)):
        with suppress(httpx.ReadTimeout):
            await client.get(f"{_LIST}/ids", params={"q": WORST[k % len(WORST)]}, timeout=soon)


async def large_import(client: httpx.AsyncClient) -> None:
    """One file of people: new the first time, each of them renamed later."""
    name = next(_ids)
    lines = (f"+1312{200 + n // 10_000}{n % 10_000:04},P{name}" for n in range(IMPORTED))
    answer = await client.post(
        "/api/v1/contacts/import",
        params={"overwrite": "true"},
        content="\n".join(["phone,first_name", *lines]).encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text[:500]


async def large_operation(client: httpx.AsyncClient) -> None:
    """Everybody is added to a new group."""
    body = {
        "action": "add_to_group",
        "group_name": f"Everybody {next(_ids)}",
        "selection": {"sequence_id": 1, "q": ""},
    }
    answer = await client.post("/api/v1/operations", json=body)
    assert answer.status_code == 202, answer.status_code
    while answer.json()["state"] == "running":
        answer = await client.get(f"/api/v1/operations/{answer.json()['id']}")


BURDENS: Final = (one_filter, many_filters, abandoned_reports, large_import, large_operation)


async def _slow(probe: Probe, server: Served, burden: Burden | None = None) -> float:
    """Real ms that nineteen of twenty probes do not take, beside a burden or alone."""
    took: list[float] = []
    heavy = None if burden is None else asyncio.ensure_future(burden(server.client))
    ends = time.monotonic() + LONGEST
    while len(took) < PROBES or not (heavy is None or heavy.done() or time.monotonic() > ends):
        began = time.perf_counter()
        answer = await probe(server)
        took.append((time.perf_counter() - began) * 1_000)
        assert answer.status_code == 200, answer.text[:500]
    if heavy is not None:
        if heavy.done():
            heavy.result()
        heavy.cancel()
        await asyncio.wait([heavy])
    return sorted(took)[-(len(took) // 20)]


def _benchmark(name: str, what: str, probe: Probe, aim: float) -> Benchmark:
    return Benchmark(
        name=name,
        what=f"{what}, beside the heaviest requests over {PEOPLE:,} people, one after another",
        peer="the same while nobody asks anything",
        unit="ms",
        limit=50,
        run=partial(run, probe),
        faster=False,
        aim=aim,
    )


BENCHMARKS: Final = (
    _benchmark("live_meanwhile", "`/health/live`, the slow twentieth", live, 50),
    _benchmark(
        "stop_meanwhile", "a signed STOP until it is durable, the slow twentieth", stop, 250
    ),
)
