"""The Overview tab: how a sequence goes, read again while things happen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual import on
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from common.terminal import as_text
from tui.actions.registry import Action, bindings_of
from tui.messages import ConnectionChanged, CountsChanged, Resynced, SequencesChanged
from tui.screens.lines_page import LinesPage
from tui.screens.tabs import SequenceTab
from tui.state.connection import Link
from tui.state.overview import Told, lines, read
from tui.widgets.lines import stacked

EVERY: Final = 2.0
"""Real seconds between two readings while things happen."""
AGAIN: Final = 5.0
"""Real seconds after which a reading that failed is tried again."""


class OverviewRead(Message):
    """What the server says."""

    def __init__(self, told: Told) -> None:
        self.told = told
        super().__init__()


class OverviewNotRead(Message):
    """It could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class OverviewTab(SequenceTab, LinesPage):
    """State, counts, steps, the next text, lint's findings, and what was done lately."""

    BINDINGS = bindings_of("overview")
    AUTO_FOCUS = None
    crumb = tab = "Overview"
    scopes = ("overview", "tabs", "enroll", "life")

    def __init__(self, sequence_id: int, called: str) -> None:
        super().__init__(sequence_id, called)
        self.told: Told | None = None
        self.problem = ""
        self._reading = self._read_again = False

    def compose_room(self) -> Iterable[Widget]:
        """Lines that scroll."""
        with VerticalScroll(can_focus=False):
            yield Static(id="lines")

    def on_mount(self) -> None:
        """Read it as soon as the stream of events is joined."""
        self.show()
        if self.drumbeat.resynced:
            self.read()

    # Reading.

    def read(self) -> None:
        """Read all again: one reading at a time, and one more if something changed meanwhile."""
        if self._reading:
            self._read_again = True
            return
        self._reading, self._read_again = True, False
        asked = read(self.drumbeat.client, self.sequence_id)
        self.fetch(asked, OverviewRead, OverviewNotRead)

    @on(OverviewRead)
    def _take(self, read: OverviewRead) -> None:
        self.told, self.problem = read.told, ""
        self.know(read.told.sequence)
        self.show()
        self.set_timer(EVERY, self._next)

    @on(OverviewNotRead)
    def _keep(self, failed: OverviewNotRead) -> None:
        self.problem = failed.problem
        self._read_again = True
        self.show()
        self.set_timer(AGAIN, self._next)

    def _next(self) -> None:
        self._reading = False
        if self._read_again:
            self.read()

    @on(Resynced)
    def _resynced(self) -> None:
        self.read()

    @on(CountsChanged)
    @on(SequencesChanged)
    def _changed(self, changed: CountsChanged | SequencesChanged) -> None:
        if self.sequence_id in changed.sequence_ids:
            self.read()

    @on(ConnectionChanged)
    def _connection(self, changed: ConnectionChanged) -> None:
        if changed.connection.link is Link.AWAY:
            self.problem = changed.connection.why
        self.show()

    def action_refresh(self) -> None:
        """Read it again."""
        super().action_refresh()
        self.read()

    def awaits(self, action: Action) -> bool:
        """Whether it is for what is told here, and that is read for the first time."""
        wanted = not {"overview", "life"}.isdisjoint(action.where)
        return wanted and self.told is None and not self.problem

    def has_failed_to_read(self) -> bool:
        """Whether it could not be read."""
        return bool(self.problem)

    # Showing.

    def show(self) -> None:
        """Draw what is known."""
        part = self.query_one("#lines", Static)
        now, me = self.drumbeat.domain_now(), self.drumbeat.me
        if self.told is None or now is None or me is None:
            part.update(as_text(self.problem or "Loading the overview…"))
            return
        cells = max(1, part.content_size.width)
        drawn = [as_text(one.words, one.style) for one in lines(self.told, now, me.zone, cells)]
        if self.drumbeat.connection.link is Link.STALE:
            drawn.insert(0, as_text("Out of date. It reloads when the connection is back."))
        part.update(stacked(drawn))

    def on_resize(self) -> None:
        """Fit the bars."""
        self.call_after_refresh(self.show)
