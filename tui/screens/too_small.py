"""Shown instead of everything if the terminal is too small."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from common.terminal import as_text
from tui.widgets.lines import stacked

LEAST: Final = (60, 15)
"""The minimum columns and rows."""


class TooSmall(ModalScreen[None]):
    """Covers everything until there is room again."""

    def compose(self) -> ComposeResult:
        """Two lines, as short as they can be."""
        columns, rows = LEAST
        yield Static(
            stacked((as_text("Too small.", "bold"), as_text(f"Needs {columns}×{rows}. q quit")))
        )

    def key_q(self) -> None:
        """Quit, as everywhere."""
        self.app.run_worker(self.app.action_quit(), exit_on_error=False)
