"""The table of the Steps tab: one line per step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.message import Message
from textual.widgets import DataTable

from common.terminal import as_text, fit
from tui.actions.registry import bindings_of
from tui.state.step_list import NOTHING, StepLine
from tui.widgets.lines import CURSOR

LONG_FROM: Final = 100
"""Table width from which the When column also says after what a step is sent."""
_SEGMENTS: Final = 5
_WAITING: Final = 9
_FOUND: Final = 6
_NUMBER: Final = 6
_MOST_WHEN: Final = 32
_LEAST_BODY: Final = 10
_HEADINGS: Final = ("", "Step", "When", "Text", "Seg", "Waiting", "")


class StepTable(DataTable[Text], inherit_bindings=False):
    """Steps by their places, from 0."""

    BINDINGS = bindings_of("list")

    class Moved(Message):
        """The cursor is on another step, or its step was redrawn."""

    class Opened(Message):
        """Enter was pressed on a step."""

    def __init__(self) -> None:
        super().__init__(
            cursor_type="row", zebra_stripes=False, cell_padding=0, show_row_labels=False
        )
        self._lines: tuple[StepLine, ...] = ()
        self._shape: tuple[int, ...] = ()
        self._under = 0

    @property
    def place(self) -> int:
        """The place under the cursor."""
        return self.cursor_row

    def show(self, lines: Sequence[StepLine], place: int) -> None:
        """Show these rows, with the cursor at a place."""
        lines = tuple(lines)
        shape = self._fitting(lines)
        if (lines, shape) != (self._lines, self._shape):
            self._lines, self._shape = lines, shape
            self._draw(place)
        elif place != self.cursor_row:
            self.move_cursor(row=place, animate=False)

    def on_resize(self) -> None:
        """Fit the columns to the new width."""
        if self._lines:
            self.show(self._lines, self.cursor_row)

    def _fitting(self, lines: Sequence[StepLine]) -> tuple[int, ...]:
        room = self.size.width - 1
        whens = [one.when_long if self._long else one.when for one in lines]
        when = min(_MOST_WHEN, max(map(cell_len, (*whens, "When"))) + 2)
        rest = 2 + _NUMBER + when + _SEGMENTS + _WAITING + _FOUND
        return (2, _NUMBER, when, max(_LEAST_BODY, room - rest), _SEGMENTS, _WAITING, _FOUND)

    @property
    def _long(self) -> bool:
        return self.size.width >= LONG_FROM

    def _draw(self, place: int) -> None:
        top = self.scroll_offset.y
        self.clear(columns=True)
        for number, (heading, width) in enumerate(zip(_HEADINGS, self._shape, strict=True)):
            right = number in {4, 5}
            words = heading.rjust(width - 1) if right else heading
            self.add_column(as_text(fit(words, width), "bold"), key=str(number), width=width)
        place = self._under = max(0, min(place, len(self._lines) - 1))
        for at, one in enumerate(self._lines):
            self.add_row(*self._cells(one, at == place), key=str(at))
        self.scroll_to(y=top, animate=False, force=True)
        self.move_cursor(row=place, animate=False)
        self.post_message(self.Moved())

    def _cells(self, one: StepLine, under: bool) -> list[Text]:
        waiting = NOTHING if one.waiting is None else f"{one.waiting:,}"
        found = f"✗{one.errors}" if one.errors else ""
        found += f"!{one.warnings}" if one.warnings else ""
        words = (
            CURSOR if under else "",
            f"{one.mark.value}{one.number:>3}",
            one.when_long if self._long else one.when,
            one.body,
            f"{one.segments:,}".rjust(_SEGMENTS - 1),
            waiting.rjust(_WAITING - 1),
            found,
        )
        return [
            as_text(fit(word, width - 1) + " ", "bold" if number == 0 else "")
            for number, (word, width) in enumerate(zip(words, self._shape, strict=True))
        ]

    @on(DataTable.RowHighlighted)
    def _follow_cursor(self, highlighted: DataTable.RowHighlighted) -> None:
        """Move the cursor's glyph to the cursor."""
        highlighted.stop()
        for at, glyph in ((self._under, " "), (self.cursor_row, CURSOR)):
            if at < len(self._lines):
                self.update_cell(str(at), "0", as_text(f"{glyph} ", "bold"))
        self._under = self.cursor_row
        self.post_message(self.Moved())

    @on(DataTable.RowSelected)
    def _open(self, selected: DataTable.RowSelected) -> None:
        selected.stop()
        self.post_message(self.Opened())
