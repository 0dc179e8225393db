"""The Overview tab: how a sequence is doing, updated live."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from textual import on
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from common.client import Client, ClientError
from common.terminal import as_text
from tui.actions.registry import Action, bindings_of
from tui.messages import CountsChanged, SequencesChanged
from tui.screens.page import Page
from tui.session import Session
from tui.state.connection import Link
from tui.state.overview import LATEST_OPERATIONS, RECENT, SequenceOverview, lines
from tui.widgets.fetching import Reader
from tui.widgets.lines import stacked

EVERY: Final = 2.0
"""Real seconds between two readings while events arrive."""
AGAIN: Final = 5.0
"""Real seconds before a failed reading is retried."""


class OverviewTab(Page):
    """State, counts, steps, the next text, problems, and recent actions."""

    BINDINGS = bindings_of("overview", "tabs", "enroll", "life")
    AUTO_FOCUS = None
    crumb = tab = "Overview"
    digit = 1
    scopes = ("overview", "tabs", "enroll", "life")

    def __init__(self, session: Session, sequence_id: int, called: str) -> None:
        super().__init__(session, sequence_id, called)
        self.told: SequenceOverview | None = None
        self._reader = Reader(
            self,
            lambda: _read(session.client, sequence_id),
            self._take,
            self._keep,
            pause=EVERY,
            retry=AGAIN,
        )

    def compose_room(self) -> Iterable[Widget]:
        """Lines that scroll."""
        with VerticalScroll(can_focus=False):
            yield Static(id="lines")

    def on_mount(self) -> None:
        """Load it once the event stream is connected."""
        self.show()
        if self.session.resynced:
            self.read()

    # Reading.

    def read(self) -> None:
        """Reload everything."""
        self._reader.read()

    def _take(self, told: SequenceOverview) -> None:
        self.told, self.problem = told, ""
        self.know(told.sequence)
        self.show()

    def _keep(self, error: ClientError) -> None:
        self.problem = error.message
        self.show()

    @on(CountsChanged)
    @on(SequencesChanged)
    def _changed(self, changed: CountsChanged | SequencesChanged) -> None:
        if self.sequence_id in changed.sequence_ids:
            self.read()

    def action_refresh(self) -> None:
        """Reload it."""
        super().action_refresh()
        self.read()

    def awaits(self, action: Action) -> bool:
        """Whether an action needs the overview, and that is loading for the first time."""
        wanted = not {"overview", "life"}.isdisjoint(action.where)
        return wanted and self.told is None and not self.problem

    # Showing.

    def show(self) -> None:
        """Draw the current data."""
        part = self.query_one("#lines", Static)
        now, me = self.session.domain_now(), self.session.me
        if self.told is None or now is None or me is None:
            part.update(as_text(self.problem or "Loading the overview…"))
            return
        cells = max(1, part.content_size.width)
        drawn = [as_text(one.words, one.style) for one in lines(self.told, now, me.zone, cells)]
        if self.session.connection.link is Link.STALE:
            drawn.insert(0, as_text("Out of date. It reloads when the connection is back."))
        part.update(stacked(drawn))

    def on_resize(self) -> None:
        """Fit the bars."""
        self.call_after_refresh(self.show)


async def _read(source: Client, sequence_id: int) -> SequenceOverview:
    """Request everything."""
    sequence, everybody, pending, findings, operations = await asyncio.gather(
        source.get_sequence(sequence_id),
        source.list_enrollments(sequence_id, "", limit=1),
        source.list_enrollments(sequence_id, "status:pending", sort="next", limit=1),
        source.lint_sequence(sequence_id),
        source.list_operations(limit=LATEST_OPERATIONS),
    )
    ours = tuple(one for one in operations.items if one.sequence_id == sequence_id)
    return SequenceOverview(sequence, everybody, pending, tuple(findings), ours[:RECENT])
