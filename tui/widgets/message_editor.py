"""The editor of one text for up to ten contacts."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from common.client import Client
from common.terminal import as_text
from tui.state.operation_words import send_to
from tui.widgets.composer import Composer, Written


class MessageEditor(ModalScreen[Written]):
    """Answers with the text however it is closed, so that no draft is lost."""

    AUTO_FOCUS = "BodyArea"

    def __init__(
        self, source: Client, contact_ids: Sequence[int], draft: str = "", reason: str = ""
    ) -> None:
        super().__init__()
        self._many = len(contact_ids)
        self.composer = Composer(source, contact_ids, draft, reason)

    def compose(self) -> ComposeResult:
        """The title and the editor."""
        with Vertical():
            yield Static(as_text(send_to(self._many), "bold"))
            yield self.composer

    @on(Composer.Answered)
    def _answer(self, answered: Composer.Answered) -> None:
        text, now = answered.written, self.composer
        if not text.go_on or (text.body, text.reason) == (now.body, now.reason):
            self.dismiss(text)
