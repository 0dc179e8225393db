"""The box below a conversation in which a reply is written, and how its sending stands."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from common.terminal import as_text
from tui.source import Source
from tui.state.message_draft import MessageDraft
from tui.widgets.composer import Composer
from tui.widgets.lines import stacked


class ReplyBox(Vertical):
    """Shows a draft. It is the page's to keep it, to ask, and to send."""

    def __init__(self, source: Source, contact_id: int, draft: MessageDraft) -> None:
        super().__init__()
        self._draft = draft
        self.composer = Composer(source, (contact_id,), draft.body, draft.reason)

    def compose(self) -> ComposeResult:
        """How it stands, and where it is written."""
        yield Static(id="sending")
        yield self.composer

    def on_mount(self) -> None:
        """Begin to write."""
        self.show()
        self.composer.begin()

    @property
    def told(self) -> str:
        """How its sending stands."""
        return str(self.query_one("#sending", Static).render())

    def show(self) -> None:
        """Say how the sending stands; while it goes nothing can be typed."""
        draft = self._draft
        lines = ["Sending …"] if draft.sending else draft.problem.splitlines()
        self.query_one("#sending", Static).update(
            stacked([as_text("Reply", "bold"), *map(as_text, lines)])
        )
        self.composer.disabled = draft.sending
