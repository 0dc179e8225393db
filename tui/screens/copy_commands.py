"""Shell commands for the list or selection, to read and copy."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from common.terminal import as_text
from tui.actions.registry import bindings_of
from tui.state.as_command import Copied
from tui.widgets.lines import key_hints, stacked

_TOLD: Final = (
    "Copied, if your terminal allows it (OSC 52; tmux needs set-clipboard on)."
    " Otherwise select the text with the mouse."
)


class CopyScreen(ModalScreen[None]):
    """Copies the first command immediately, and others with enter."""

    BINDINGS = bindings_of("copying")
    AUTO_FOCUS = None

    def __init__(self, copied: Copied) -> None:
        super().__init__()
        self.copied = copied
        self.at = 0

    def compose(self) -> ComposeResult:
        """The commands, reasons for missing ones, and the outcome of copying."""
        with Vertical():
            yield Static(as_text("Copy as a command", "bold"))
            with VerticalScroll(can_focus=False):
                for number in range(len(self.copied.commands)):
                    yield Static(id=f"command-{number}", classes="command")
                yield Static(stacked(map(as_text, self.copied.without)), id="without")
            yield Static(id="told")
            yield Static(key_hints(("↑ ↓", "move"), ("enter", "copy"), ("esc", "close")))

    def on_mount(self) -> None:
        """Copy the likeliest command."""
        self.query_one("#without").display = bool(self.copied.without)
        self._show()
        self.action_copy_this()

    def _show(self) -> None:
        for number, one in enumerate(self.copied.commands):
            here = number == self.at
            words = stacked(
                (
                    as_text(f"{'▸' if here else ' '} {one.about}", "bold" if here else ""),
                    as_text(one.line),
                )
            )
            self.query_one(f"#command-{number}", Static).update(words)

    def action_move(self, by: int) -> None:
        """Go to another command."""
        if self.copied.commands:
            self.at = max(0, min(len(self.copied.commands) - 1, self.at + by))
            self._show()
            self.query_one(f"#command-{self.at}").scroll_visible(animate=False)
            self.query_one("#told", Static).update(as_text(""))

    def action_copy_this(self) -> None:
        """Ask the terminal to copy the command."""
        if self.copied.commands:
            self.app.copy_to_clipboard(self.copied.commands[self.at].line)
            self.query_one("#told", Static).update(as_text(_TOLD))

    def action_close(self) -> None:
        """Go back."""
        self.dismiss(None)
