"""What 2,000 open event streams add to the server's CPU time for writing.

The server is a process of its own; opt-outs are written over HTTP, signed as the carrier signs
them. Both sides write the same, one while every stream is open, the other while none is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count, islice
from pathlib import Path
from typing import Final

import httpx

from tests.benchmarks.measuring import Benchmark, Round, take_turns
from tests.benchmarks.processes import HOST, cpu_of
from tests.benchmarks.stalling import Served, served, stop

STREAMS: Final = 2_000
OF_TOKEN: Final = 20
OF_ADDRESS: Final = 100
"""Streams from one address of the loopback network: a server takes 200 connections of each."""
TEXTS: Final = 600
AT_ONCE: Final = 20
ROUNDS: Final = 3


async def run(folder: Path) -> Sequence[Round]:
    """CPU ms of the server for each opt-out: with all streams open, and with none."""
    async with served(folder) as server:
        tokens = await _tokens(server.client)

        async def alone(_: int) -> float:
            return await _written(server)

        async def followed(_: int) -> float:
            async with _streams(server, tokens):
                return await _written(server)

        return await take_turns(followed, alone, ROUNDS)


async def _tokens(client: httpx.AsyncClient) -> list[str]:
    """As many tokens as the streams need."""
    made = await client.post("/api/v1/operators", json={"name": "listener", "role": "viewer"})
    made.raise_for_status()
    tokens = []
    for n in range(STREAMS // OF_TOKEN):
        body = {"operator": "listener", "label": f"listener {n}"}
        answer = await client.post("/api/v1/tokens", json=body)
        tokens.append(answer.raise_for_status().json()["token"])
    return tokens


@asynccontextmanager
async def _streams(server: Served, tokens: Sequence[str]) -> AsyncIterator[None]:
    """Every stream open, each one read by a task; closed at the end."""
    port = server.client.base_url.port
    writers: list[asyncio.StreamWriter] = []
    reading: list[asyncio.Task[None]] = []
    for n in range(STREAMS):
        source = (f"127.0.1.{1 + n // OF_ADDRESS}", 0)
        reader, writer = await asyncio.open_connection(HOST, port, local_addr=source)
        writers.append(writer)
        writer.write(
            f"GET /api/v1/events HTTP/1.1\r\nHost: {HOST}\r\n"
            f"Authorization: Bearer {tokens[n // OF_TOKEN]}\r\n\r\n".encode()
        )
        first = await reader.readline()
        assert b" 200 " in first, first
        reading.append(asyncio.create_task(_drain(reader)))
    try:
        yield
        assert not any(one.done() for one in reading), "a stream ended"
    finally:
        for one in reading:
            one.cancel()
        await asyncio.wait(reading)
        for writer in writers:
            writer.close()


async def _drain(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass


async def _written(server: Served) -> float:
    """Write the texts, some at once; CPU ms of the server for each."""
    left = islice(count(), TEXTS)

    async def write() -> None:
        for _ in left:
            answer = await stop(server)
            assert answer.status_code == 200, answer.text[:500]

    began = cpu_of(server.process)
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(write())
    return (cpu_of(server.process) - began) * 1_000 / TEXTS


BENCHMARKS: Final = (
    Benchmark(
        name="listeners",
        what=f"the server's CPU time for an opt-out, with {STREAMS:,} open event streams",
        peer="the same without any",
        unit="ms",
        limit=3,
        run=run,
        faster=False,
    ),
)
