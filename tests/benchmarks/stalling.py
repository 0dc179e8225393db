"""What a viewer's worst filter over 20,000 people does to everybody else.

The server is a process of its own. Some callers ask the dearest filters that are taken, one after
the other; the other side measures the same while nobody asks anything.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import httpx

from server.database.engine import Database
from server.operators import store as operators
from tests.benchmarks.measuring import Benchmark, Round, take_turns
from tests.benchmarks.processes import HOST, answers, free_port, running
from tests.benchmarks.workspaces import NOW, SENDER, make_due, phone_of, url_of

PEOPLE: Final = 20_000
CALLERS: Final = 6
PROBES: Final = 40
ROUNDS: Final = 3
WORST: Final = tuple(
    " ".join(f"-{letter}{n}" for n in range(n, n + 50)) for n, letter in enumerate("abcdefgh", 10)
)
"""Filters that look at 100 things in each person, and find everybody."""
_LIST: Final = "/api/v1/sequences/1/enrollments"
_ids: Final = count(1)

Probe = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


async def live(client: httpx.AsyncClient) -> httpx.Response:
    """Ask whether the process runs."""
    return await client.get("/health/live")


async def stop(client: httpx.AsyncClient) -> httpx.Response:
    """Bring a STOP, signed as the carrier does; it is durable when this is answered."""
    n = next(_ids)
    url = f"{str(client.base_url).rstrip('/')}/carriers/simulator/inbound"
    form = {
        "AccountSid": "AC00000000000000000000000000000001",
        "MessageSid": f"SM{n:032x}",
        "From": phone_of(n),
        "To": SENDER.phone,
        "Body": "STOP",
        "NumMedia": "0",
    }
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(b"simulated", signed.encode(), hashlib.sha1).digest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": base64.b64encode(digest).decode(),
    }
    return await client.post(url, content=urlencode(form).encode(), headers=headers)


async def run(probe: Probe, folder: Path) -> Sequence[Round]:
    """The slow twentieth of a probe, in ms, while the filters are asked and while they are not."""
    async with _served(folder) as client:

        async def alone(_: int) -> float:
            return await _slow(probe, client)

        async def beside(_: int) -> float:
            asking = [asyncio.create_task(_ask(client, n)) for n in range(CALLERS)]
            slow = await _slow(probe, client)
            for one in asking:
                one.cancel()
            ended = await asyncio.gather(*asking, return_exceptions=True)
            failed = [one for one in ended if isinstance(one, Exception)]
            assert not failed, failed
            return slow

        return await take_turns(beside, alone, ROUNDS)


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
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
            yield client


async def _ask(client: httpx.AsyncClient, n: int) -> None:
    """Ask for lists, each another question than the one before."""
    for k in count(n):
        params = {"q": f"{WORST[k % len(WORST)]} -step:{k % 3 + 1}", "sort": "-name"}
        answer = await client.get(_LIST, params=params)
        assert answer.status_code in {200, 503}, answer.text


async def _slow(probe: Probe, client: httpx.AsyncClient) -> float:
    """Real ms that nineteen of twenty probes do not take."""
    took = []
    for _ in range(PROBES):
        began = time.perf_counter()
        answer = await probe(client)
        took.append((time.perf_counter() - began) * 1_000)
        assert answer.status_code == 200, answer.text
    return sorted(took)[-PROBES // 20]


def _benchmark(name: str, what: str, probe: Probe, aim: float) -> Benchmark:
    return Benchmark(
        name=name,
        what=f"{what}, while {CALLERS} callers ask the dearest filters over {PEOPLE:,} people",
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
