"""The editor of a message for up to ten contacts: its cost, who gets what, who does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Static, TextArea

from common.client import Client
from common.model.messages import MessagePreview
from common.model.sequences import BODY_LIMIT
from common.terminal import as_text, clean
from tui.actions.registry import bindings_of
from tui.state.cost import counts_line
from tui.state.message_words import left_out_line, outside
from tui.widgets.body_area import BodyArea
from tui.widgets.fetching import fetch
from tui.widgets.lines import key_hints, stacked

DEBOUNCE: Final = 0.25
"""Real seconds after the last key before the preview is requested."""
_ANYTHING: Final = "?"
"""A placeholder text: contacts who cannot be texted are shown before anything is typed."""

_NOT_NEEDED: Final = "Sending hours have started: you no longer need a reason."


class Written(NamedTuple):
    """A text, and whether to continue to sending; `previews` are for exactly this text.

    `reason` allows sending outside a contact's sending hours.
    """

    body: str
    go_on: bool
    previews: tuple[MessagePreview, ...] = ()
    reason: str = ""


class Previewed(NamedTuple):
    """The text as each contact would get it, or why that is unknown."""

    body: str
    previews: tuple[MessagePreview, ...]
    problem: str = ""


class Composer(Vertical):
    """A text area with counts and previews. It posts what was written and sends nothing."""

    BINDINGS = bindings_of("editor")

    @dataclass
    class Answered(Message):
        """Continue with the text, or keep it as a draft."""

        written: Written

    class Changed(Message):
        """Something was typed."""

    def __init__(
        self, source: Client, contact_ids: Sequence[int], draft: str = "", reason: str = ""
    ) -> None:
        super().__init__()
        self._source = source
        self._contact_ids = tuple(contact_ids)
        self._draft, self._reason = draft, reason
        self.known: Previewed | None = None
        self._waits: tuple[str, str] | None = None
        """The typed text and reason to continue with once the preview arrives."""

    def compose(self) -> ComposeResult:
        """The text, its counts, and what each contact would get."""
        yield BodyArea(self._draft)
        yield Static(id="counts")
        with VerticalScroll(can_focus=False, id="getting"):
            yield Static(id="previews")
        reason = Input(
            self._reason,
            placeholder="tab: enter a reason to send outside sending hours",
            max_length=500,
            id="reason",
        )
        reason.cursor_blink = False
        yield reason
        yield Static(key_hints(("ctrl+s", "review and send"), ("esc", "save draft")))

    def on_mount(self) -> None:
        """Show the draft's counts, and who cannot be texted."""
        self._show()
        self.ask()

    @property
    def body(self) -> str:
        """The text, without control characters."""
        return self.query_one(BodyArea).body.strip()

    @property
    def reason(self) -> str:
        """Why it is sent outside sending hours; empty if it is not."""
        field = self.query_one("#reason", Input)
        return clean(field.value).strip() if self._late else ""

    @property
    def _late(self) -> bool:
        """Whether a contact is outside sending hours, as far as known."""
        return self.known is not None and any(map(outside, self.known.previews))

    def begin(self) -> None:
        """Focus the text area."""
        self.query_one(BodyArea).focus()

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._wait_no_longer()
        self.ask(DEBOUNCE)
        self._show()
        self.post_message(self.Changed())

    @on(Input.Changed)
    def _reason_changed(self) -> None:
        self._wait_no_longer()
        self._show()
        self.post_message(self.Changed())

    @property
    def _typed(self) -> tuple[str, str]:
        return self.query_one(BodyArea).text, self.query_one("#reason", Input).value

    def _wait_no_longer(self) -> None:
        """Typing cancels an earlier request to continue."""
        if self._waits != self._typed:
            self._waits = None

    def ask(self, wait: float = 0.0) -> None:
        """Request a preview for each contact."""
        body = self.body
        if len(body) <= BODY_LIMIT:
            fetch(
                self,
                lambda: self._source.preview_message(body or _ANYTHING, self._contact_ids),
                lambda previews: self._take(Previewed(body, tuple(previews))),
                lambda error: self._take(Previewed(body, (), error.message)),
                group="preview",
                exclusive=True,
                wait=wait,
            )

    def _take(self, previewed: Previewed) -> None:
        self.known = previewed
        self._wait_no_longer()
        ready = self._waits is not None and previewed.body == self.body
        if ready:
            self._waits = None
        self._show()
        if ready:
            self.action_go_on()

    def _show(self) -> None:
        body, known = self.body, self.known
        self.query_one("#counts", Static).update(as_text(counts_line(body)))
        if self._waits is not None:
            lines = [as_text("Loading the preview…")]
        elif known is not None and known.problem:
            lines = [as_text(line) for line in known.problem.split("\n")]
        elif known is None or not known.body or not body:
            left_out = () if known is None else filter(_is_left_out, known.previews)
            lines = [as_text(left_out_line(one)) for one in left_out]
            lines.append(as_text("{{ first_name }} inserts the contact's first name.", "dim"))
        else:
            lines = [as_text(_preview_line(one)) for one in known.previews]
        reason = self.query_one("#reason", Input)
        if self._late:
            reason.add_class("-shown")
        elif reason.has_class("-shown"):  # it stays: the operator may be typing in it
            lines.insert(0, as_text(_NOT_NEEDED, "bold"))
        self.query_one("#previews", Static).update(stacked(lines))

    @on(Input.Submitted)
    def action_go_on(self) -> None:
        """Answer with the text, once the preview has arrived."""
        body = self.body
        if not body or len(body) > BODY_LIMIT:
            return
        known = self.known
        if known is None or known.body != body:
            self._waits = self._typed
            self._show()
            self.ask()
        elif any(one.left_out is None or (self.reason and outside(one)) for one in known.previews):
            self.post_message(self.Answered(Written(body, True, known.previews, self.reason)))

    def action_close(self) -> None:
        """Answer with the draft."""
        self.post_message(self.Answered(Written(self.body, False, reason=self.reason)))


def _is_left_out(one: MessagePreview) -> bool:
    return one.left_out is not None


def _preview_line(one: MessagePreview) -> str:
    if one.left_out is not None:
        return left_out_line(one)
    return f"{clean(one.name or one.phone, 20)} ({one.segments}): {one.text}"
