"""The table of the Sequences page: one line per sequence, updated in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.text import Text
from textual import on
from textual.message import Message
from textual.widgets import DataTable
from textual.widgets.data_table import RowKey

from common.model.sequences import SequenceSummary
from common.terminal import as_text, fit
from tui.actions.registry import bindings_of
from tui.state.sequence_list import Column, count, state_words
from tui.widgets.lines import CURSOR


class Shape(NamedTuple):
    """A column's heading and width, and how wide the table must be to show it."""

    heading: str
    cells: int
    from_width: int = 0


SHAPES: Final = {
    Column.STATE: Shape("State", 10),
    Column.STEPS: Shape("Steps", 6, 104),
    Column.PENDING: Shape("Pending", 10),
    Column.RESPONDED: Shape("Replied", 10, 104),
    Column.FINISHED: Shape("Finished", 10),
    Column.OPTED_OUT: Shape("Opted out", 10, 104),
    Column.FAILED: Shape("Failed", 8),
    Column.OMITTED: Shape("Omitted", 9, 104),
    Column.TOTAL: Shape("Total", 11),
}
_LEAST_NAME: Final = 12
_MARK: Final = "mark"


class SequenceTable(DataTable[Text], inherit_bindings=False):
    """Sequences by id. Widths are in cells; the name takes what is left."""

    BINDINGS = bindings_of("list")

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a sequence."""

        sequence_id: int

    class Moved(Message):
        """Another sequence is under the cursor."""

    def __init__(self) -> None:
        super().__init__(
            cursor_type="row", zebra_stripes=False, cell_padding=0, show_row_labels=False
        )
        self._rows: list[SequenceSummary] = []
        self._order: tuple[Column, bool] = (Column.NAME, False)
        self._widths: dict[Column, int] = {}
        self._marked: str | None = None

    @property
    def chosen_id(self) -> int | None:
        """The sequence under the cursor."""
        return self._rows[self.cursor_row].id if 0 <= self.cursor_row < len(self._rows) else None

    def show(self, rows: Sequence[SequenceSummary], column: Column, *, descending: bool) -> None:
        """Show rows: update cells if the rows are the same, else redraw at the same sequence."""
        same = [one.id for one in rows] == [one.id for one in self._rows]
        before, self._rows = self._rows, list(rows)
        if not same or (column, descending) != self._order or not self._widths:
            at = self._place(before)
            self._order = (column, descending)
            self._draw(at)
            return
        for old, new in zip(before, self._rows, strict=True):
            if old != new:
                for part in self._widths:
                    self.update_cell(str(new.id), part.value, self._cell(new, part))

    def on_resize(self) -> None:
        """Fit the columns to the new width."""
        if self._widths != self._fitting():
            self._draw(self.cursor_row)

    def _place(self, before: Sequence[SequenceSummary]) -> int:
        """The new row of the sequence under the cursor; if it is gone, the same row."""
        if not 0 <= self.cursor_row < len(before):
            return 0
        under = before[self.cursor_row].id
        places = {one.id: at for at, one in enumerate(self._rows)}
        return places.get(under, min(self.cursor_row, max(0, len(self._rows) - 1)))

    def _fitting(self) -> dict[Column, int]:
        room = self.size.width - 3
        widths = {
            column: shape.cells for column, shape in SHAPES.items() if room >= shape.from_width
        }
        return {Column.NAME: max(_LEAST_NAME, room - sum(widths.values())), **widths}

    def _draw(self, at: int) -> None:
        top = self.scroll_offset.y
        self._marked = None
        self._widths = self._fitting()
        self.clear(columns=True)
        self.add_column(as_text(""), key=_MARK, width=2)
        for column, width in self._widths.items():
            self.add_column(self._heading(column, width), key=column.value, width=width)
        for one in self._rows:
            cells = (self._cell(one, column) for column in self._widths)
            self.add_row(as_text("  "), *cells, key=str(one.id))
        if self._rows:
            self.scroll_to(y=top, animate=False, force=True)
            self.move_cursor(row=at, animate=False)
            self._mark(str(self._rows[at].id))

    def _heading(self, column: Column, width: int) -> Text:
        name = "Name" if column is Column.NAME else SHAPES[column].heading
        if column is self._order[0]:
            name += "↓" if self._order[1] else "↑"
        numbers = column not in {Column.NAME, Column.STATE}
        return as_text(name.rjust(width) if numbers else fit(name, width), "bold")

    def _cell(self, one: SequenceSummary, column: Column) -> Text:
        width = self._widths[column]
        if column is Column.NAME:
            return as_text(fit(one.name, width - 1))
        if column is Column.STATE:
            return as_text(fit(state_words(one.state), width))
        return as_text(f"{count(one, column):,}".rjust(width))

    @on(DataTable.RowHighlighted)
    def _follow_cursor(self, highlighted: DataTable.RowHighlighted) -> None:
        highlighted.stop()
        if highlighted.row_key.value is not None:
            self._mark(highlighted.row_key.value)
            self.post_message(self.Moved())

    def _mark(self, key: str) -> None:
        """Move the cursor's glyph to the cursor."""
        if self._marked == key:
            return
        for row, glyph in ((self._marked, "  "), (key, f"{CURSOR} ")):
            if row is not None and RowKey(row) in self.rows:
                self.update_cell(row, _MARK, as_text(glyph, "bold"))
        self._marked = key

    @on(DataTable.RowSelected)
    def _choose(self, selected: DataTable.RowSelected) -> None:
        selected.stop()
        if selected.row_key.value is not None:
            self.post_message(self.Chosen(int(selected.row_key.value)))
