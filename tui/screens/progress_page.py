"""A page of lines over work that takes its time: how long it takes, and what can be done next.

Leaving while something is being written is asked first.
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
from tui.screens.lines_page import LinesPage
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


class ProgressPage(LinesPage):
    """Shows lines, and below them what is under way or what can be done next."""

    BINDINGS = bindings_of("lines")
    AUTO_FOCUS = None
    digit = 1
    scopes: ClassVar[tuple[str, ...]] = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Text, ...] = ()
        self.footing = ""
        self.writing = False
        """Whether something is being written just now."""
        self._began: float | None = None

    def compose_room(self) -> Iterable[Widget]:
        """The lines, and the line below them."""
        with VerticalScroll(can_focus=False):
            yield Static(id="told")
        yield Static(id="footing")

    def on_mount(self) -> None:
        """Tell the time that work takes."""
        self.set_interval(1.0, self._tick)

    @property
    def working(self) -> bool:
        """Whether something is under way."""
        return self._began is not None

    def awaits(self, action: Action) -> bool:
        """Whether it goes on from what is being looked at; what is being written is not waited for.

        A question that comes of it takes no key that was typed before.
        """
        return action.id in _GOING_ON and self.working and not self.writing

    def begin(self, what: str, *, writing: bool = False) -> None:
        """Say what is under way; how long it takes is told with it."""
        self._began, self.writing = time.monotonic(), writing
        self.go_on(what)
        self.show_footer()

    def go_on(self, what: str) -> None:
        """Say how far it is."""
        self.footing = what
        self._tick()

    def end(self, next_words: str) -> None:
        """Say what can be done next."""
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
        """Show a title and lines; they are only shown, never obeyed."""
        self.lines = (as_text(title, "bold"), *map(as_text, lines))
        self.query_one("#told", Static).update(stacked(self.lines))

    @property
    def told(self) -> list[str]:
        """The lines that it shows."""
        return [line.plain for line in self.lines]

    def unsaved_work(self) -> str | None:
        """Work that is being written."""
        return self.footing if self.writing else None

    def leave(self) -> None:
        """Go up; while something is being written, ask before."""
        if self.writing:
            self.app.push_screen(ConfirmScreen(_LEAVING), self._leave)
        else:
            super().leave()

    def _leave(self, sure: bool | None) -> None:
        if sure and self.app.screen is self:
            self.drumbeat.go_up()
