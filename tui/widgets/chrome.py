"""The frame of every page: header line, footer line, and the sidebar of pages."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from common.terminal import as_text, clean, fit
from common.vocabulary import SequenceState
from tui.actions.registry import Action, spell_key
from tui.state.connection import Connection, Link
from tui.state.sequence_list import state_words
from tui.widgets.lines import joined, stacked

if TYPE_CHECKING:
    from textual.timer import Timer

OPERATOR_CELLS: Final = 24
CRUMB_CELLS: Final = 60
RAIL_CELLS: Final = 8
"""Narrower than this, the sidebar shows only digits and glyphs."""


class HeaderLine(Horizontal):
    """The place, its tabs, work in progress, the connection, and the operator and host."""

    def __init__(self, crumb: str) -> None:
        super().__init__()
        self._crumb = crumb
        self._connection = Connection()
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        """Six parts; state, tabs and work are empty until a page fills them."""
        yield Static(as_text(clean(self._crumb, CRUMB_CELLS)), id="crumb")
        yield Static(id="state")
        yield Static(id="tabs")
        yield Static(id="work")
        yield Static(id="connection")
        yield Static(id="operator")

    def on_mount(self) -> None:
        """Update the age of a stale connection every second."""
        self._ticking = self.set_interval(1.0, self._show_connection, pause=True)
        self._show_connection()

    def show_crumb(self, crumb: str) -> None:
        """Show the name of the place."""
        self._crumb = crumb
        self.query_one("#crumb", Static).update(as_text(clean(crumb, CRUMB_CELLS)))

    def show_state(self, state: SequenceState) -> None:
        """Show the state of the sequence; it stands out if nothing is sent."""
        part = self.query_one("#state", Static)
        part.set_class(state is not SequenceState.ACTIVE, "-asleep")
        part.update(as_text(state_words(state)))

    def show_tabs(self, tabs: Sequence[str], chosen: int) -> None:
        """Show the names of tabs, the chosen one in brackets."""
        named = (f"[{tab}]" if at == chosen else f" {tab} " for at, tab in enumerate(tabs))
        self.query_one("#tabs", Static).update(as_text("".join(named)))

    def show_work(self, words: str) -> None:
        """Show the progress of something; empty when it has ended."""
        work = self.query_one("#work", Static)
        work.set_class(bool(words), "-shown")
        work.update(as_text(words))

    def show_operator(self, name: str, host: str) -> None:
        """Show the operator and the host."""
        who = f"{name}@{host}" if name else host
        self.query_one("#operator", Static).update(as_text(clean(who, OPERATOR_CELLS)))

    def show_connection(self, connection: Connection) -> None:
        """Show the state of the connection."""
        self._connection = connection
        if self._ticking is not None:
            if connection.link is Link.STALE:
                self._ticking.resume()
            else:
                self._ticking.pause()
            self._show_connection()

    def _show_connection(self) -> None:
        part = self.query_one("#connection", Static)
        for link in Link:
            part.set_class(link is self._connection.link, f"-{link}")
        part.update(as_text(self._connection.words(time.monotonic())))


_FIRST: Final = (
    *("help", "palette", "enroll", "save", "activate"),
    *("open", "mark", "filter", "sort_contacts"),
)
"""Actions that get room in the footer before all others."""


class FooterLine(Static):
    """The keys for this place: as many as fit, and how to see the others."""

    def __init__(self) -> None:
        super().__init__()
        self._offered: tuple[tuple[Action, str], ...] = ()

    @property
    def told(self) -> str:
        """What it shows."""
        return self._line().plain

    def show(self, actions: Sequence[Action], keymap: Mapping[str, str]) -> None:
        """Show the footer's actions, each with its first key."""
        offered = tuple(
            (one, keys[0]) for one in actions if one.footer and (keys := one.keys_under(keymap))
        )
        if offered != self._offered:
            self._offered = offered
            self.update(self._line())

    def on_resize(self) -> None:
        """Fit the new width."""
        self.update(self._line())

    def _line(self) -> Text:
        """Help comes last; the most important actions get room first."""
        room = self.content_size.width
        rank = {ident: at for at, ident in enumerate(_FIRST)}
        shown: list[tuple[Action, str]] = []
        for one in sorted(self._offered, key=lambda one: rank.get(one[0].id, len(rank))):
            if not shown or _cells(*one) <= room:
                shown.append(one)
                room -= _cells(*one)
        shown = [one for one in self._offered if one in shown]
        shown.sort(key=lambda one: one[0].id == "help")
        parts: list[tuple[str, str]] = []
        for action, key in shown:
            parts += [(spell_key(key), "bold"), (f" {action.label}  ", "")]
        return joined(*parts)


def _cells(action: Action, key: str) -> int:
    return cell_len(spell_key(key)) + cell_len(action.label) + 3


class SidebarPage(NamedTuple):
    """A page in the sidebar: its digit, its glyph, its name."""

    digit: int
    glyph: str
    name: str


class Sidebar(Static):
    """The pages with their digits; only digits and glyphs if there is no room."""

    def __init__(self, pages: Sequence[SidebarPage], *, over: bool = False) -> None:
        super().__init__(classes="-over" if over else None)
        self._pages = pages
        self._chosen = 0
        self._counts: Mapping[int, int] = {}

    def show(self, chosen: int, counts: Mapping[int, int]) -> None:
        """Show which page is open, and how many items each page has, by digit."""
        self._chosen, self._counts = chosen, counts
        self.update(self._rows())

    def on_resize(self) -> None:
        """Switch between names and glyphs."""
        self.update(self._rows())

    def _rows(self) -> Text:
        width = self.content_size.width
        rows = [as_text("♪" if width < RAIL_CELLS else " drumbeat", "bold"), as_text("")]
        for page in self._pages:
            style = "bold reverse" if page.digit == self._chosen else ""
            if width < RAIL_CELLS:
                rows.append(as_text(f"{page.digit}{page.glyph}", style))
                continue
            number = f"{self._counts[page.digit]:,}" if page.digit in self._counts else ""
            name = fit(f" {page.digit} {page.name}", max(0, width - len(number) - 1))
            rows.append(as_text(f"{name}{number} ", style))
        return stacked(rows)
