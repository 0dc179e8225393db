"""The confirm dialog: what will happen, to how many, and who is left out. Only `y` confirms.

A key typed before the dialog could be read does not count: keys are accepted from 300 ms after the
terminal showed it, by the time at which they were typed, and a burst of keys that began earlier is
dropped as a whole. Above 100 rows the count must be typed first.
"""

from __future__ import annotations

import time
from typing import Final, cast

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

from common.terminal import as_text
from tui.actions.registry import bindings_of
from tui.state.proposal import Proposal
from tui.terminal.pacing import PacedApp
from tui.widgets.lines import joined, stacked

DELAY: Final = 0.3
"""Real seconds after it is shown before keys are accepted."""

_SCROLLED: Final = {"up": -1, "down": 1}


class Cancel(Static, can_focus=True):
    """The Cancel button, focused at the start."""


class ConfirmScreen(ModalScreen[bool]):
    """Asks once; answers True only for `y`."""

    BINDINGS = bindings_of("confirm")
    AUTO_FOCUS = "#cancel"

    def __init__(self, proposal: Proposal) -> None:
        super().__init__()
        self.proposal = proposal
        self.typed = ""
        self._opens_at: float | None = None
        self._in_time = False
        """Whether the last key was typed in this dialog and not too early."""

    def compose(self) -> ComposeResult:
        """Title, effects, who is left out, and the two answers."""
        with Vertical():
            yield Static(as_text(self.proposal.title, "bold"), id="title")
            with VerticalScroll(can_focus=False):
                if self.proposal.effects:
                    yield Static(stacked(map(as_text, self.proposal.effects)), id="effects")
                if self.proposal.spared:
                    yield Static(stacked(map(as_text, self.proposal.spared)), id="spared")
            if self.proposal.typed_count is not None:
                yield Static(id="typed")
            with Horizontal():
                yield Static(joined(("y", "bold"), (" confirm", "")), id="yes")
                yield Cancel(joined(("n", "bold"), (" cancel", "")), id="cancel")

    def on_mount(self) -> None:
        """Start the time when the dialog is visible."""
        self._show_typed()
        self.call_after_refresh(cast("PacedApp", self.app).when_seen, self._seen)

    def _seen(self) -> None:
        self._opens_at = time.monotonic() + DELAY

    def on_key(self, key: Key) -> None:
        """Drop keys that came too early, and take the digits of the count."""
        self._in_time = self._opens_at is not None and key.time >= self._opens_at
        if not self._in_time:
            if self._opens_at is not None:
                self._opens_at = max(self._opens_at, key.time + DELAY)
            key.stop()
        elif key.key in _SCROLLED:
            self.query_one(VerticalScroll).scroll_relative(y=_SCROLLED[key.key], animate=False)
        elif self.proposal.typed_count is not None and self._type(key):
            key.stop()

    def _type(self, key: Key) -> bool:
        if key.key == "backspace":
            self.typed = self.typed[:-1]
        elif key.character is not None and key.character in "0123456789":
            self.typed = (self.typed + key.character)[:12]
        else:
            return False
        self._show_typed()
        return True

    def _show_typed(self) -> None:
        wanted = self.proposal.typed_count
        if wanted is None:
            return
        right = self.typed == wanted
        wrong = not wanted.startswith(self.typed)
        hint = " ✓ press y" if right else f" doesn't match {wanted}" if wrong else ""
        self.query_one("#yes").visible = right
        self.query_one("#typed", Static).update(
            joined(
                (f"Type {int(wanted):,}, then press y: ", ""),
                (self.typed, "bold underline"),
                (f"▏{hint}", ""),
            )
        )

    def action_confirm(self) -> None:
        """Answer yes, if the count was typed where one is needed.

        A key typed on the page below while this dialog opened arrives here without `on_key`; it
        confirms nothing.
        """
        if self._in_time and self.proposal.typed_count in {None, self.typed}:
            self.dismiss(True)

    def action_cancel(self) -> None:
        """Answer no."""
        self.dismiss(False)
