"""`drumbeat` on a terminal, from its start to its first frame, beside a bare application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.benchmarks.bare_screen import WORD
from tests.benchmarks.measuring import Benchmark, Round, take_turns
from tests.benchmarks.processes import HOST, free_port
from tests.benchmarks.terminals import on_terminal

ROUNDS: Final = 9


async def run(folder: Path) -> Sequence[Round]:
    """Both until their word is written; nobody listens where `drumbeat` looks for its server."""
    environment = {
        "DRUMBEAT_URL": f"http://{HOST}:{free_port()}",
        "DRUMBEAT_TOKEN": "dbt_nobody",
        "XDG_CONFIG_HOME": str(folder),
    }

    async def ours(_: int) -> float:
        return await _start("tui.cli", environment)

    async def peer(_: int) -> float:
        return await _start("tests.benchmarks.bare_screen", {})

    await take_turns(ours, peer, 1)
    return await take_turns(ours, peer, ROUNDS)


async def _start(module: str, environment: Mapping[str, str]) -> float:
    with on_terminal("-m", module, environment=environment) as terminal:
        return await terminal.shows(WORD)


BENCHMARK: Final = Benchmark(
    name="screen_start",
    what="drumbeat on a terminal, until its first frame",
    peer="a bare Textual application with one word",
    unit="s",
    limit=3.0,
    run=run,
    faster=False,
    best=True,
    aim=1.0,
)
