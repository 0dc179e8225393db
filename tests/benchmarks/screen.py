"""The screen as a process on a terminal, over a server of made-up people: memory, and a storm.

Memory is what the kernel counts. In the storm a thousand people a second change their status, all
of them among the rows that are at hand, and all day long: the screen's CPU time is held against
that of a client that only reads the events.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Final

from tests.benchmarks.bare_screen import WORD
from tests.benchmarks.measuring import Benchmark, Round, take_turns
from tests.benchmarks.processes import HOST, answers, cpu_of, free_port, memory_of, running
from tests.benchmarks.stub_server import CALLED
from tests.benchmarks.terminals import Terminal, on_terminal

MEGABYTE: Final = 1_000_000
MOST: Final = 90
"""Megabytes that the screen may come to, whatever the rows."""
PAGES: Final = 100
"""Page keys before the memory is read."""
STORM: Final = 1_000
"""Changes of status a second."""
EVENTS: Final = 120_000
"""Events after which the memory is read: ten minutes of a busy sequence, 200 a second."""
SPAN: Final = 5.0
"""Real seconds of a storm for each measurement."""
MOVES: Final = 60
"""Cursor moves of which the slowest twentieth is told."""
BETWEEN: Final = 0.1
"""Real seconds between two moves."""
ROUNDS: Final = 3
_SETTLED: Final = 0.3
_PAGE_DOWN: Final = "\x1b[6~"
_FIRST: Final = "Abadi"


@asynccontextmanager
async def serving(people: int, changes: int = 0) -> AsyncIterator[dict[str, str]]:
    """A server with so many people; the settings by which clients find it."""
    port = free_port()
    arguments = (str(port), str(people), str(changes))
    with running("-m", "tests.benchmarks.stub_server", *arguments) as server:
        await answers(server, port, "/api/v1/me")
        yield {
            "DRUMBEAT_URL": f"http://{HOST}:{port}",
            "DRUMBEAT_TOKEN": "dbt_anybody",
            "XDG_CONFIG_HOME": "/nowhere",
        }


@asynccontextmanager
async def contacts_tab(people: int, changes: int = 0) -> AsyncIterator[Terminal]:
    """The Contacts tab of a sequence of so many people, opened."""
    async with serving(people, changes) as environment:
        with on_terminal("-m", "tui.cli", environment=environment) as terminal:
            await terminal.shows(CALLED[:8])
            terminal.press("\r")
            await terminal.shows(_FIRST)
            yield terminal


async def _bare_memory(_: int) -> float:
    with on_terminal("-m", "tests.benchmarks.bare_screen") as terminal:
        await terminal.shows(WORD)
        await terminal.quiet(_SETTLED)
        return memory_of(terminal.pid).most / MEGABYTE


def _memory(name: str, what: str, people: int, act: Callable[[Terminal], Awaitable[None]],
            changes: int = 0) -> Benchmark:  # fmt: skip
    async def ours(_: int) -> float:
        async with contacts_tab(people, changes) as terminal:
            await act(terminal)
            return memory_of(terminal.pid).most / MEGABYTE

    async def run(_: Path) -> Sequence[Round]:
        return await take_turns(ours, _bare_memory, 1)

    peer = "a bare Textual application with one word"
    return Benchmark(name, what, peer, "MB", 3.0, run, faster=False, aim=MOST)


async def _page_through(terminal: Terminal) -> None:
    for _ in range(PAGES):
        terminal.press(_PAGE_DOWN)
        await asyncio.sleep(BETWEEN / 2)
    await terminal.quiet(_SETTLED)


async def _mark_all(terminal: Terminal) -> None:
    await _page_through(terminal)
    terminal.press("*")
    await terminal.shows("1,000,000 selected")
    terminal.press("-")
    await terminal.quiet(_SETTLED)


async def _sit_through(terminal: Terminal) -> None:
    await asyncio.sleep(EVENTS / STORM)


async def _storm_cpu(_: Path) -> Sequence[Round]:
    """CPU seconds of each second; both sides are told the same by servers of their own."""

    async def ours(_: int) -> float:
        async with contacts_tab(10_000, STORM) as terminal:
            return await _cpu_over(terminal.pid)

    async def peer(_: int) -> float:
        async with serving(10_000, STORM) as environment:
            with running("-m", "tests.benchmarks.bare_reader", environment=environment) as reader:
                await asyncio.sleep(1)
                return await _cpu_over(reader.pid)

    return await take_turns(ours, peer, ROUNDS)


async def _cpu_over(pid: int) -> float:
    began, spent = time.monotonic(), cpu_of(pid)
    await asyncio.sleep(SPAN)
    return (cpu_of(pid) - spent) / (time.monotonic() - began) * 100


async def _storm_cursor(_: Path) -> Sequence[Round]:
    async def ours(_: int) -> float:
        return await _slow_move(STORM)

    async def calm(_: int) -> float:
        return await _slow_move(0)

    return await take_turns(ours, calm, ROUNDS)


async def _slow_move(changes: int) -> float:
    """Real ms from a key to the cursor's new line; only one of twenty moves takes longer."""
    taken = []
    async with contacts_tab(10_000, changes) as terminal:
        await terminal.until(lambda: bool(terminal.lines_of_cursor), "the cursor")
        line = terminal.lines_of_cursor[-1]
        for n in range(MOVES):
            down = n % 20 < 10
            line += 1 if down else -1
            began = time.perf_counter()
            terminal.press("j" if down else "k")
            await terminal.until(partial(_cursor_came, terminal, line), f"line {line}")
            taken.append((time.perf_counter() - began) * 1_000)
            await asyncio.sleep(BETWEEN)
    return quantiles(taken, n=20)[-1]


def _cursor_came(terminal: Terminal, line: int) -> bool:
    return line in terminal.lines_of_cursor


BENCHMARKS: Final = (
    _memory("memory_100", "memory of the screen over 100 people, paged through", 100,
            _page_through),
    _memory("memory_10k", "the same over 10,000", 10_000, _page_through),
    _memory("memory_1m", "the same over 1,000,000, all marked and let go", 1_000_000, _mark_all),
    _memory("memory_events", f"the same after {EVENTS:,} events", 10_000, _sit_through, STORM),
    Benchmark(
        "storm_cpu",
        f"the screen while {STORM:,} rows at hand change a second",
        "a client that only reads those events",
        "% CPU",
        8.0,
        _storm_cpu,
        faster=False,
        aim=40,
    ),
    Benchmark(
        "storm_cursor",
        "its cursor meanwhile, the slow twentieth",
        "the same when nothing happens",
        "ms",
        6.0,
        _storm_cursor,
        faster=False,
        aim=50,
    ),
)  # fmt: skip
