"""A page of lines over a long-running task: its progress, and what can be done next.

Leaving while data is being saved asks first.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import ClassVar, Final

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from common.terminal import as_text
from tui.actions.registry import Action, bindings_of
from tui.screens.page import Page
from tui.session import Session
from tui.state.proposal import Proposal
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.lines import stacked

_GOING_ON: Final = frozenset({"go_on", "into_group", "overwrite"})
_LEAVING: Final = Proposal(
    "Leave while this is still running?",
    (
        "The server finishes what it has received, but you will not see the result here.",
        "If you start it again, nothing is done twice.",
    ),
)


class ProgressPage(Page):
    """Shows lines, and below them the progress or what can be done next.

    `home` is the page to return to at the end."""

    BINDINGS = bindings_of("lines")
    AUTO_FOCUS = None
    digit = 1
    scopes: ClassVar[tuple[str, ...]] = ("lines",)

    def __init__(self, session: Session, sequence_id: int, called: str, home: Page) -> None:
        super().__init__(session, sequence_id, called)
        self.home = home
        self.lines: tuple[Text, ...] = ()
        self.footing = ""
        self.writing = False
        """Whether data is being saved now."""
        self._began: float | None = None

    def compose_room(self) -> Iterable[Widget]:
        """The lines, and the line below them."""
        with VerticalScroll(can_focus=False):
            yield Static(id="told")
        yield Static(id="footing")

    def on_mount(self) -> None:
        """Update the elapsed time."""
        self.set_interval(1.0, self._tick)

    @property
    def working(self) -> bool:
        """Whether a task is running."""
        return self._began is not None

    def awaits(self, action: Action) -> bool:
        """Whether an action continues from a dry run that is still running.

        Saving is not waited for. A dialog that opens then takes no key typed before.
        """
        return action.id in _GOING_ON and self.working and not self.writing

    def begin(self, what: str, *, writing: bool = False) -> None:
        """Show what is running; the elapsed time is added."""
        self._began, self.writing = time.monotonic(), writing
        self.go_on(what)
        self.show_footer()

    def go_on(self, what: str) -> None:
        """Show the progress."""
        self.footing = what
        self._tick()

    def end(self, next_words: str) -> None:
        """Show what can be done next."""
        self._began, self.writing = None, False
        self.footing = next_words
        self._tick()
        self.show_footer()

    def _tick(self) -> None:
        began = self._began
        seconds = 0 if began is None else int(time.monotonic() - began)
        words = self.footing if seconds < 1 else f"{self.footing} · {seconds:,} s"
        self.query_one("#footing", Static).update(as_text(words))

    def tell_lines(self, title: str, lines: Iterable[str]) -> None:
        """Show a title and lines, cleaned."""
        self.lines = (as_text(title, "bold"), *map(as_text, lines))
        self.query_one("#told", Static).update(stacked(self.lines))

    @property
    def told(self) -> list[str]:
        """The lines that are shown."""
        return [line.plain for line in self.lines]

    def unsaved_work(self) -> str | None:
        """A task that is saving data."""
        return self.footing if self.writing else None

    def leave(self) -> None:
        """Go back; while data is being saved, ask first."""
        if self.writing:
            self.start(self._ask_to_leave, "leave")
        else:
            super().leave()

    async def _ask_to_leave(self) -> None:
        if await self.ask(ConfirmScreen(_LEAVING)) and self.on_top:
            Page.leave(self)

    def go_home(self) -> None:
        """Go back to the page where it started."""
        while self.app.screen is not self.home and len(self.app.screen_stack) > 1:
            self.app.pop_screen()
