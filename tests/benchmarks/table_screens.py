"""One table alone on an 80×24 terminal that is not there: ours, Textual's, textual-fastdatatable's.

`python -m tests.benchmarks.table_screens ours|fast` opens one, pages through it, and prints the
bytes of memory that its process came to.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, ClassVar, Final

import msgspec
from textual import events
from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.widgets import DataTable

from common.vocabulary import Reason, Status
from tests.benchmarks.processes import memory_of
from tests.tui.listed import NOW, MadeUpRows
from tui.state import formatting
from tui.widgets.enrollment_table import EnrollmentTable

ROWS: Final = 1_000_000
PLAIN_ROWS: Final = 10_000
LABELS: Final = ("Name", "Phone", "Step", "Status", "Next")
STATUS: Final = LABELS.index("Status")
PAGES: Final = 100
"""Page keys before the memory is read."""
_SETTLED: Final = 0.05
"""Real seconds without a byte to the terminal after which a paint is over: three frames."""


class _Terminal(HeadlessDriver):
    """Takes what would go to a terminal of 80×24, and counts it."""

    bytes_taken: ClassVar[int] = 0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        type(self).bytes_taken += len(data.encode())


class Side(ABC):
    """A table, its rows, and how one of them changes."""

    table: Any

    def fill(self) -> None:
        """Put rows in, where they are to be put."""
        return

    @abstractmethod
    def change_row(self) -> None:
        """Change the row under the cursor, as the server's word makes it change."""


class TableScreen(App[None]):
    """One table, alone."""

    def __init__(self, make: type[Side]) -> None:
        super().__init__(driver_class=_Terminal)
        self.animation_level = "none"
        self.mounted = asyncio.Event()
        self.side = make()
        self.table = self.side.table

    def compose(self) -> ComposeResult:
        """Show nothing else."""
        yield self.table

    def on_mount(self) -> None:
        """Fill it."""
        self.side.fill()
        self.table.focus()
        self.mounted.set()

    async def settle(self) -> None:
        """Return once nothing more is painted."""
        seen = -1
        while seen != _Terminal.bytes_taken:
            seen = _Terminal.bytes_taken
            await asyncio.sleep(_SETTLED)

    def press(self, key: str) -> None:
        """Type a key."""
        self.post_message(events.Key(key, None))


class Ours(Side):
    """A million rows, whose pages are at hand."""

    def __init__(self) -> None:
        self.rows = MadeUpRows(ROWS)
        self.table = EnrollmentTable(self.rows, now=lambda: NOW)

    def change_row(self) -> None:
        rank = self.table.cursor_row
        row = self.rows.row(rank)
        assert row is not None
        status = Status.FAILED if row.status is Status.PENDING else Status.PENDING
        self.rows.changed[rank] = msgspec.structs.replace(
            row, status=status, reason=Reason.UNREACHABLE, due_at=None
        )
        self.table.row_changed(rank)


class Plain(Side):
    """Textual's own table, which is filled with ten thousand."""

    def __init__(self) -> None:
        self.table = DataTable(cursor_type="row")

    def fill(self) -> None:
        for label in LABELS:
            self.table.add_column(label, key=label)
        for rank, words in enumerate(told(PLAIN_ROWS)):
            self.table.add_row(*words, key=str(rank))

    def change_row(self) -> None:
        row = self.table.coordinate_to_cell_key(self.table.cursor_coordinate).row_key
        words = str(self.table.get_cell(row, "Status"))
        self.table.update_cell(row, "Status", words.swapcase())


class Fast(Side):
    """textual-fastdatatable with a million rows, which it wants whole, as Arrow's columns.

    Making it from the words is part of the first paint; making the words is not.
    """

    def __init__(self) -> None:
        import pyarrow as pa
        from textual_fastdatatable import ArrowBackend
        from textual_fastdatatable import DataTable as FastTable

        columns = words_by_column()
        backend = ArrowBackend(pa.Table.from_pydict(columns))
        self.table = FastTable(backend=backend, cursor_type="row", render_markup=False)

    def change_row(self) -> None:
        rank = self.table.cursor_row
        words = str(self.table.get_row_at(rank)[STATUS])
        self.table.update_cell(rank, STATUS, words.swapcase())


@lru_cache(maxsize=1)
def told(many: int) -> list[tuple[str, ...]]:
    """What so many rows say, by column."""
    rows = MadeUpRows(many)
    return [
        (
            formatting.name(row),
            row.contact.phone,
            formatting.step(row),
            formatting.status(row),
            formatting.next_text(row, NOW),
        )
        for rank in range(many)
        if (row := rows.row(rank)) is not None
    ]


@lru_cache(maxsize=1)
def words_by_column() -> dict[str, list[str]]:
    """What a million rows say; ten thousand of them, said again and again."""
    columns = zip(*told(PLAIN_ROWS), strict=True)
    again = ROWS // PLAIN_ROWS
    return {label: list(words) * again for label, words in zip(LABELS, columns, strict=True)}


@asynccontextmanager
async def running(screen: TableScreen) -> AsyncIterator[TableScreen]:
    """Run it until it has nothing more to paint, and end it at the end."""
    runs = asyncio.create_task(screen.run_async(size=(80, 24), mouse=False))
    try:
        await screen.mounted.wait()
        await screen.settle()
        yield screen
    finally:
        screen.exit()
        with suppress(asyncio.CancelledError):
            await runs


async def _page_through(screen: TableScreen) -> int:
    async with running(screen):
        for _ in range(PAGES):
            screen.press("pagedown")
            await screen.settle()
        words_by_column.cache_clear()
        gc.collect()
        return memory_of("self").held


if __name__ == "__main__":
    kinds: dict[str, type[Side]] = {"ours": Ours, "fast": Fast}
    print(asyncio.run(_page_through(TableScreen(kinds[sys.argv[1]]))))
