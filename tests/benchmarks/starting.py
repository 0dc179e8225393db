"""From the start of the process to the first 200 of /health/ready, on a migrated database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.measuring import Benchmark, Round, Stopwatch, take_turns
from tests.benchmarks.processes import answers, free_port, running
from tests.benchmarks.workspaces import make_due, url_of

PEOPLE: Final = 5_000
ROUNDS: Final = 9


async def run(folder: Path) -> Sequence[Round]:
    """Both are started, asked until they are ready, and stopped; the first time does not count.

    The workspace waits for nothing due, so that starting is all there is to do.
    """
    path = folder / "drumbeat.db"
    await make_due(path, PEOPLE)
    environment = {
        "DRUMBEAT_DATABASE": url_of(path),
        "DRUMBEAT_CLOCK": "manual",
        "DRUMBEAT_CLOCK_START": "2026-11-01T12:00:00Z",
    }

    async def ours(_: int) -> float:
        return await _start("-m", "server.cli", "serve", "--port", environment=environment)

    async def peer(_: int) -> float:
        return await _start("-m", "tests.benchmarks.bare_application")

    await take_turns(ours, peer, 1)
    return await take_turns(ours, peer, ROUNDS)


async def _start(*arguments: str, environment: Mapping[str, str] | None = None) -> float:
    port = free_port()
    watch = Stopwatch()
    with running(*arguments, str(port), environment=environment) as process:
        await answers(process, port, "/health/ready")
        return watch.seconds


BENCHMARK: Final = Benchmark(
    name="start",
    what="drumbeat-server serve, until it is ready",
    peer="a bare Litestar application with one route",
    unit="s",
    limit=2.0,
    run=run,
    faster=False,
    best=True,
)
