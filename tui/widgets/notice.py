"""A dialog with lines to read; they scroll."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from common.terminal import as_text
from tui.actions.registry import bindings_of
from tui.widgets.lines import key_hints, stacked


class NoticeScreen(ModalScreen[None]):
    """Shows a title and lines until it is closed."""

    BINDINGS = bindings_of("reading")
    AUTO_FOCUS = None

    def __init__(self, title: str, lines: Iterable[str]) -> None:
        super().__init__()
        self.heading, self.lines = title, tuple(lines)

    def compose(self) -> ComposeResult:
        """Title, lines, and key hints."""
        with Vertical():
            yield Static(as_text(self.heading, "bold"))
            with VerticalScroll(can_focus=False):
                yield Static(stacked(map(as_text, self.lines)))
            yield Static(key_hints(("esc", "close"), ("↑ ↓", "move")))

    def action_scroll_lines(self, by: int) -> None:
        """Scroll the lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
