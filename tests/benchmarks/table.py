"""The enrollment table at a million rows beside a plain DataTable of ten thousand, in CPU time.

Both are painted for real, escape codes and all, at 80×24; only the terminal is missing. The aims
on a quiet machine: first paint 150 ms, cursor 8, page 20, row 6. The ratios are what is checked.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec
from textual import events
from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.widgets import DataTable

from common.vocabulary import Reason, Status
from tests.benchmarks.measuring import Benchmark, Round, take_turns
from tests.tui.listed import NOW, MadeUpRows
from tui.state import telling
from tui.widgets.enrollment_table import EnrollmentTable

ROWS: Final = 1_000_000
PLAIN_ROWS: Final = 10_000
REPEATS: Final = 20
"""Times that a thing is done in one turn; the figure is their mean."""
ROUNDS: Final = 3
_SETTLED: Final = 0.05
"""Real seconds without a byte to the terminal after which a paint is over: three frames."""

Act = Callable[["_Screen"], Awaitable[None]]


class _Terminal(HeadlessDriver):
    """Takes what would go to a terminal of 80×24, and counts it."""

    bytes_taken: ClassVar[int] = 0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        type(self).bytes_taken += len(data.encode())


class _Screen(App[None]):
    """One table, alone."""

    table: DataTable[Any]

    def __init__(self) -> None:
        super().__init__(driver_class=_Terminal)
        self.animation_level = "none"
        self.mounted = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.fill()
        self.table.focus()
        self.mounted.set()

    def fill(self) -> None:
        """Put rows in, where they are to be put."""

    def change_row(self) -> None:
        """Change the row under the cursor, as the server's word makes it change."""
        raise NotImplementedError

    async def settle(self) -> None:
        """Return once nothing more is painted."""
        seen = -1
        while seen != _Terminal.bytes_taken:
            seen = _Terminal.bytes_taken
            await asyncio.sleep(_SETTLED)


class _Ours(_Screen):
    def __init__(self) -> None:
        super().__init__()
        self.rows = MadeUpRows(ROWS)
        self.table = EnrollmentTable(self.rows, now=lambda: NOW)

    def change_row(self) -> None:
        table = self.table
        assert isinstance(table, EnrollmentTable)
        rank = table.cursor_row
        row = self.rows.row(rank)
        assert row is not None
        status = Status.FAILED if row.status is Status.PENDING else Status.PENDING
        self.rows.changed[rank] = msgspec.structs.replace(
            row, status=status, reason=Reason.UNREACHABLE, due_at=None
        )
        table.row_changed(rank)


class _Plain(_Screen):
    def __init__(self) -> None:
        super().__init__()
        self.table = DataTable(cursor_type="row")

    def fill(self) -> None:
        rows = MadeUpRows(PLAIN_ROWS)
        self.table.add_column("Name", key="name")
        for label in ("Phone", "Step", "Status", "Next"):
            self.table.add_column(label, key=label)
        for rank in range(PLAIN_ROWS):
            row = rows.row(rank)
            assert row is not None
            self.table.add_row(
                telling.name(row),
                row.contact.phone,
                telling.step(row),
                telling.status(row),
                telling.next_text(row, NOW),
                key=str(row.id),
            )

    def change_row(self) -> None:
        row = self.table.coordinate_to_cell_key(self.table.cursor_coordinate).row_key
        words = str(self.table.get_cell(row, "Status"))
        self.table.update_cell(row, "Status", words.swapcase())


@asynccontextmanager
async def _running(screen: _Screen) -> AsyncIterator[_Screen]:
    runs = asyncio.create_task(screen.run_async(size=(80, 24), mouse=False))
    try:
        await screen.mounted.wait()
        await screen.settle()
        yield screen
    finally:
        screen.exit()
        with suppress(asyncio.CancelledError):
            await runs


async def _first_paint(make: type[_Screen]) -> float:
    gc.collect()
    began = time.process_time()
    async with _running(make()):
        return (time.process_time() - began) * 1_000


async def _each(make: type[_Screen], act: Act) -> float:
    """CPU ms that doing it takes, mean of many, from a place in the middle of the rows."""
    async with _running(make()) as screen:
        screen.table.move_cursor(row=screen.table.row_count // 2)
        await screen.settle()
        for _ in range(5):  # off the edge of the screen
            await _press("up")(screen)
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

    async def press(screen: _Screen) -> None:
        screen.post_message(events.Key(next(in_turn), None))

    return press


async def _change(screen: _Screen) -> None:
    screen.change_row()


def _benchmark(name: str, what: str, peer: str, limit: float, act: Act | None) -> Benchmark:
    async def turn(make: type[_Screen]) -> float:
        return await (_first_paint(make) if act is None else _each(make, act))

    async def run(_: Path) -> Sequence[Round]:
        async def ours(_: int) -> float:
            return await turn(_Ours)

        async def theirs(_: int) -> float:
            return await turn(_Plain)

        await take_turns(ours, theirs, 1)
        return await take_turns(ours, theirs, ROUNDS)

    return Benchmark(name, what, f"a DataTable of {PLAIN_ROWS:,}{peer}", "ms", limit, run, False)


BENCHMARKS: Final = (
    _benchmark("table_first", "a table of 1,000,000 opens", ", filled", 0.2, None),
    _benchmark("table_cursor", "its cursor moves", "", 1.0, _press("down", "up")),
    _benchmark("table_page", "a page key is pressed in it", "", 0.6, _press("pagedown")),
    _benchmark("table_row", "one of its rows changes", "", 0.4, _change),
)
