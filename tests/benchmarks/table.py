"""The enrollment table at a million rows beside two others, in CPU time and memory.

One is Textual's own table with ten thousand rows, the other textual-fastdatatable with a million.
All are painted for real, escape codes and all, at 80×24; only the terminal is missing.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import cycle
from pathlib import Path
from typing import Final

from tests.benchmarks.measuring import Benchmark, Round, take_turns
from tests.benchmarks.processes import said_by
from tests.benchmarks.table_screens import (
    PLAIN_ROWS,
    ROWS,
    Fast,
    Ours,
    Plain,
    Side,
    TableScreen,
    running,
    told,
    words_by_column,
)

REPEATS: Final = 20
"""Times that a thing is done in one turn; the figure is their mean."""
ROUNDS: Final = 3
MEGABYTE: Final = 1_000_000

Act = Callable[[TableScreen], Awaitable[None]]


async def _first_paint(make: type[Side]) -> float:
    told(PLAIN_ROWS), words_by_column()
    gc.collect()
    began = time.process_time()
    async with running(TableScreen(make)):
        return (time.process_time() - began) * 1_000


async def _each(make: type[Side], act: Act) -> float:
    """CPU ms that doing it takes, mean of many, from a place in the middle of the rows."""
    async with running(TableScreen(make)) as screen:
        screen.table.move_cursor(row=screen.table.row_count // 2)
        await screen.settle()
        for _ in range(5):  # off the edge of the screen
            screen.press("up")
            await screen.settle()
        await act(screen)
        await screen.settle()
        gc.collect()
        spent = 0.0
        for _ in range(REPEATS):
            began = time.process_time()
            await act(screen)
            await screen.settle()
            spent += time.process_time() - began
        return spent * 1_000 / REPEATS


def _press(*keys: str) -> Act:
    in_turn = cycle(keys)

    async def press(screen: TableScreen) -> None:
        screen.press(next(in_turn))

    return press


async def _change(screen: TableScreen) -> None:
    screen.side.change_row()


def _benchmark(
    name: str, what: str, other: type[Side], limit: float, aim: float, act: Act | None
) -> Benchmark:
    async def turn(make: type[Side]) -> float:
        return await (_first_paint(make) if act is None else _each(make, act))

    async def run(_: Path) -> Sequence[Round]:
        async def ours(_: int) -> float:
            return await turn(Ours)

        async def theirs(_: int) -> float:
            return await turn(other)

        await take_turns(ours, theirs, 1)
        return await take_turns(ours, theirs, ROUNDS)

    peer = f"a DataTable of {PLAIN_ROWS:,}" if other is Plain else _FAST
    return Benchmark(name, what, peer, "CPU ms", limit, run, faster=False, aim=aim)


async def _memory(_: Path) -> Sequence[Round]:
    async def ours(_: int) -> float:
        return int(await said_by("-m", "tests.benchmarks.table_screens", "ours")) / MEGABYTE

    async def fast(_: int) -> float:
        return int(await said_by("-m", "tests.benchmarks.table_screens", "fast")) / MEGABYTE

    return await take_turns(ours, fast, ROUNDS)


_FAST: Final = f"textual-fastdatatable of {ROWS:,}"
_FIRST: Final = "a table of 1,000,000 opens"
_CURSOR: Final = "its cursor moves"
_PAGE: Final = "a page key is pressed in it"
_ROW: Final = "one of its rows changes"

BENCHMARKS: Final = (
    _benchmark("table_first", _FIRST, Plain, 0.2, 150, None),
    _benchmark("table_cursor", _CURSOR, Plain, 1.0, 8, _press("down", "up")),
    _benchmark("table_page", _PAGE, Plain, 0.6, 20, _press("pagedown")),
    _benchmark("table_row", _ROW, Plain, 0.4, 6, _change),
    _benchmark("fast_first", _FIRST, Fast, 0.5, 150, None),
    _benchmark("fast_cursor", _CURSOR, Fast, 1.2, 8, _press("down", "up")),
    _benchmark("fast_page", _PAGE, Fast, 0.6, 20, _press("pagedown")),
    _benchmark("fast_row", _ROW, Fast, 0.4, 6, _change),
    Benchmark("fast_memory", _FIRST, _FAST, "MB", 0.6, _memory, faster=False, aim=90),
)
