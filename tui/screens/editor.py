"""The editor of one text for up to ten contacts: what it costs, who gets what, who is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from common.client import ClientError
from common.model.messages import MessagePreview
from common.model.sequences import BODY_LIMIT
from common.terminal import as_text, clean
from tui.actions import bindings_of
from tui.batches import left_out_line, outside
from tui.source import Source
from tui.state.cost import counts_line
from tui.widgets.body_area import BodyArea
from tui.widgets.lines import joined, stacked

DEBOUNCE: Final = 0.25
"""Real seconds without a key after which the texts are made."""


class Written(NamedTuple):
    """A text, and whether to go on to sending it; `previews` are those of this very text.

    `reason` lets it go outside somebody's window.
    """

    body: str
    go_on: bool
    previews: tuple[MessagePreview, ...] = ()
    reason: str = ""


class Previewed(Message):
    """A text as each would get it, or why that is not known."""

    def __init__(self, body: str, previews: Sequence[MessagePreview], problem: str = "") -> None:
        self.body, self.previews, self.problem = body, tuple(previews), problem
        super().__init__()


class EditorScreen(ModalScreen[Written]):
    """Answers with the text however it is left, so that no draft is lost."""

    BINDINGS = bindings_of("editor")
    AUTO_FOCUS = "BodyArea"

    def __init__(self, source: Source, contact_ids: Sequence[int], draft: str = "") -> None:
        super().__init__()
        self._source = source
        self._contact_ids = tuple(contact_ids)
        self._draft = draft
        self.known: Previewed | None = None
        self._waits = False

    def compose(self) -> ComposeResult:
        """The text, its counts, and what each person would get."""
        many = len(self._contact_ids)
        with Vertical():
            yield Static(
                as_text(f"Message to {many} contact{'' if many == 1 else 's'}, each alone", "bold")
            )
            yield BodyArea(self._draft)
            yield Static(id="counts")
            with VerticalScroll(can_focus=False):
                yield Static(id="previews")
            reason = Input(
                placeholder="tab: a reason to send outside the window", max_length=500, id="reason"
            )
            reason.cursor_blink = False
            yield reason
            yield Static(
                joined(("^s", "bold"), (" go on  ", ""), ("esc", "bold"), (" keep as a draft", ""))
            )

    def on_mount(self) -> None:
        """Show the draft's counts."""
        self._show()

    @property
    def body(self) -> str:
        """What is written, without anything a terminal would obey."""
        return self.query_one(BodyArea).body.strip()

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._ask(DEBOUNCE)
        self._show()

    def _ask(self, wait: float) -> None:
        if self.body and len(self.body) <= BODY_LIMIT:
            self.run_worker(
                self._preview(self.body, wait), group="preview", exclusive=True, exit_on_error=False
            )

    async def _preview(self, body: str, wait: float) -> None:
        await asyncio.sleep(wait)
        try:
            previews = await self._source.preview_message(body, self._contact_ids)
        except ClientError as error:
            self.post_message(Previewed(body, (), error.message))
        else:
            self.post_message(Previewed(body, previews))

    @on(Previewed)
    def _take(self, previewed: Previewed) -> None:
        self.known = previewed
        self._show()
        if self._waits:
            self._waits = False
            self.action_go_on()

    def _show(self) -> None:
        body, known = self.body, self.known
        self.query_one("#counts", Static).update(as_text(counts_line(body)))
        if known is None or not body:
            lines = [as_text("Names are filled in by {{ first_name }}.", "dim")]
        elif known.problem:
            lines = [as_text(line) for line in known.problem.split("\n")]
        else:
            lines = [as_text(_preview_line(one)) for one in known.previews]
        self.query_one("#previews", Static).update(stacked(lines))
        late = known is not None and any(map(outside, known.previews))
        self.query_one("#reason", Input).set_class(late, "-shown")

    @property
    def reason(self) -> str:
        """Why it goes outside somebody's window; empty if it does not."""
        field = self.query_one("#reason", Input)
        return clean(field.value).strip() if field.has_class("-shown") else ""

    @on(Input.Submitted)
    def action_go_on(self) -> None:
        """Answer with the text, once it is known what each person would get."""
        body = self.body
        if not body or len(body) > BODY_LIMIT:
            return
        known = self.known
        if known is None or known.body != body:
            self._waits = True
            self._ask(0.0)
        elif any(one.left_out is None or (self.reason and outside(one)) for one in known.previews):
            self.dismiss(Written(body, True, known.previews, self.reason))

    def action_close(self) -> None:
        """Answer with the draft."""
        self.dismiss(Written(self.body, False))


def _preview_line(one: MessagePreview) -> str:
    if one.left_out is not None:
        return left_out_line(one)
    return f"{clean(one.name or one.phone, 20)} ({one.segments}): {one.text}"
