"""The box below a conversation in which a reply is written."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from common.client import Client
from common.terminal import as_text
from tui.state.message_draft import MessageDraft
from tui.widgets.composer import Composer
from tui.widgets.lines import stacked


class ReplyBox(Vertical):
    """Shows a draft. The page keeps it, asks, and sends it."""

    def __init__(self, source: Client, contact_id: int, draft: MessageDraft) -> None:
        super().__init__()
        self._draft = draft
        self.composer = Composer(source, (contact_id,), draft.body, draft.reason)

    def compose(self) -> ComposeResult:
        """The state of sending, and the editor."""
        yield Static(id="sending")
        yield self.composer

    def on_mount(self) -> None:
        """Start writing."""
        self.show()
        self.composer.begin()

    @property
    def told(self) -> str:
        """The state of sending, in words."""
        return str(self.query_one("#sending", Static).render())

    def show(self) -> None:
        """Show the state of sending; nothing can be typed while it is being sent."""
        draft = self._draft
        lines = ["Sending…"] if draft.sending else draft.problem.splitlines()
        self.query_one("#sending", Static).update(
            stacked([as_text("Reply", "bold"), *map(as_text, lines)])
        )
        self.composer.disabled = draft.sending
