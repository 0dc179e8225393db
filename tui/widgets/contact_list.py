"""A list of contacts to select from, drawn from pages that are loaded as needed.

A row is one line; a change repaints only its line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from common.model.contacts import Contact
from common.phones import pretty
from common.terminal import fit
from common.vocabulary import LineKind
from tui.actions.registry import bindings_of
from tui.state.formatting import full_name
from tui.state.pages import Pages
from tui.widgets.lines import ABSENT, CURSOR, MARKED, UNMARKED

HEADER: Final = 1
_MARK_CELLS: Final = 5
_PHONE_CELLS: Final = 18
_NOTE_CELLS: Final = 13
_NOTED: Final = {LineKind.LANDLINE: "landline", LineKind.TOLL_FREE: "toll-free"}


class ContactList(Widget, can_focus=True):
    """Contacts by rank. It fetches nothing: it posts `Window`; the page calls `rows_loaded`."""

    BINDINGS = bindings_of("people")

    @dataclass
    class Window(Message):
        """Ranks `first` to `last` are visible, or will be after the next page key."""

        first: int
        last: int

    class GoOn(Message):
        """Enter was pressed."""

    @dataclass
    class MarkAsked(Message):
        """The checkbox of a row was clicked."""

        rank: int

    def __init__(self, chosen: Callable[[Contact], bool]) -> None:
        super().__init__()
        self.store: Pages[Contact] = Pages()
        self.cursor_row = 0
        self._top = 0
        self._chosen = chosen

    @property
    def cursor_contact(self) -> Contact | None:
        """The contact under the cursor, if it is loaded."""
        return self.store.row(self.cursor_row)

    @property
    def _lines(self) -> int:
        return max(1, self.size.height - HEADER)

    def show(self, store: Pages[Contact], cursor: int = 0) -> None:
        """Show other contacts, with the cursor on a rank."""
        self.store = store
        self._top = 0
        self.go_to(cursor)
        self.refresh()

    def rows_loaded(self) -> None:
        """Rows were loaded or failed to load, or the selection changed."""
        self.go_to(self.cursor_row)
        self.refresh()

    def row_changed(self, rank: int) -> None:
        """Repaint a row's line, if it is visible."""
        line = rank - self._top
        if 0 <= line < self._lines:
            self.refresh(Region(0, line + HEADER, self.size.width, 1))

    def go_to(self, rank: int) -> None:
        """Move the cursor to a rank, or the nearest there is, and scroll to it."""
        before, self.cursor_row = self.cursor_row, max(0, min(rank, self.store.total - 1))
        highest = max(0, self.store.total - self._lines)
        least = self.cursor_row - self._lines + 1
        top = min(max(self._top, least), self.cursor_row, highest)
        if top != self._top:
            self._top = top
            self.refresh()
        else:
            self.row_changed(before)
            self.row_changed(self.cursor_row)
        self._ask()

    def _ask(self) -> None:
        first = max(0, self._top - self._lines)
        last = min(self.store.total, self._top + 2 * self._lines) - 1
        if last >= first and self.store.missing(first, last):
            self.post_message(self.Window(first, last))

    def on_resize(self) -> None:
        """Fit the new height."""
        self.go_to(self.cursor_row)
        self.refresh()

    def on_click(self, click: events.Click) -> None:
        """A click on a checkbox selects, elsewhere moves the cursor."""
        click.stop()
        rank = self._top + click.y - HEADER
        if click.y < HEADER or rank >= self.store.total:
            return
        if click.x < _MARK_CELLS:
            self.post_message(self.MarkAsked(rank))
        else:
            self.go_to(rank)

    def on_focus(self) -> None:
        """Draw the cursor as focused."""
        self.row_changed(self.cursor_row)

    def on_blur(self) -> None:
        """Draw the cursor as unfocused."""
        self.row_changed(self.cursor_row)

    # Moving.

    def action_cursor_up(self) -> None:
        """One row up."""
        self.go_to(self.cursor_row - 1)

    def action_cursor_down(self) -> None:
        """One row down."""
        self.go_to(self.cursor_row + 1)

    def action_page_up(self) -> None:
        """One screen up."""
        self.go_to(self.cursor_row - self._lines)

    def action_page_down(self) -> None:
        """One screen down."""
        self.go_to(self.cursor_row + self._lines)

    def action_scroll_top(self) -> None:
        """The first row."""
        self.go_to(0)

    def action_scroll_bottom(self) -> None:
        """The last row."""
        self.go_to(self.store.total - 1)

    def action_select_cursor(self) -> None:
        """Continue with the selected contacts."""
        self.post_message(self.GoOn())

    # Drawing.

    def render_line(self, y: int) -> Strip:
        """The header, a row, or a blank line below the last."""
        width, style = self.size.width, self.rich_style
        if y < HEADER:
            words = self._columns("", "Name", "Phone", "", width)
            return _strip(words, width, style + Style(bold=True))
        rank = self._top + y - HEADER
        if rank >= self.store.total:
            return Strip.blank(width, style)
        if rank == self.cursor_row:
            style += Style(bold=True, reverse=self.has_focus)
        return _strip(self._row(rank, width), width, style)

    def _row(self, rank: int, width: int) -> str:
        at = CURSOR if rank == self.cursor_row else " "
        contact = self.store.row(rank)
        if contact is None:
            return f"{at}    {ABSENT[self.store.absence(rank)]}"
        mark = MARKED if self._chosen(contact) else UNMARKED
        return self._columns(
            f"{at}{mark} ",
            full_name(contact.first_name, contact.last_name),
            pretty(contact.phone),
            _note(contact),
            width,
        )

    @staticmethod
    def _columns(mark: str, name: str, phone: str, note: str, width: int) -> str:
        room = max(8, width - _MARK_CELLS - _PHONE_CELLS - _NOTE_CELLS - 2)
        cells = (fit(mark, _MARK_CELLS), fit(name, room), " ", fit(phone, _PHONE_CELLS), " ")
        return "".join((*cells, fit(note, _NOTE_CELLS)))


def _note(contact: Contact) -> str:
    return "suppressed" if contact.suppressed else _NOTED.get(contact.line.kind, "")


def _strip(words: str, width: int, style: Style) -> Strip:
    return Strip([Segment(fit(words, width), style)], width)
