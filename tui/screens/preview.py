"""Every step of a draft as one person would get it, before anything goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from common.client import ClientError
from common.model.sequences import StepPreview
from common.terminal import as_text
from tui.actions.registry import bindings_of
from tui.asking_anew import ask_anew
from tui.client.source import Source
from tui.state.choice import Pick
from tui.state.cost import cost_words, held_words, replacement_words, segments_words
from tui.state.draft import Draft
from tui.state.preview_person import MADE_UP, PreviewPerson
from tui.state.step_list import when_long
from tui.widgets.contact_choice import ContactChoice
from tui.widgets.lines import joined, stacked

PAGE_LINES: Final = 10


class Previewed(Message):
    """The steps as a person would get them, or why that is not known."""

    def __init__(
        self, sample: PreviewPerson, steps: tuple[StepPreview, ...], problem: str = ""
    ) -> None:
        self.sample, self.steps, self.problem = sample, steps, problem
        super().__init__()


class PreviewScreen(ModalScreen[PreviewPerson]):
    """Shows the texts for a contact who is picked; answers who that was."""

    BINDINGS = bindings_of("preview")
    AUTO_FOCUS = None

    def __init__(self, source: Source, draft: Draft, sample: PreviewPerson) -> None:
        super().__init__()
        self.draft, self.sample = draft, sample
        self.steps: tuple[StepPreview, ...] = ()
        self._source = source

    def compose(self) -> ComposeResult:
        """Whose texts, the texts, and the keys."""
        with Vertical():
            yield Static(id="whose")
            with VerticalScroll(can_focus=False):
                yield Static(id="texts")
            yield Static(
                joined(
                    *(("p", "bold"), (" preview as  ", "")),
                    *(("↑ ↓", "bold"), (" move  ", "")),
                    *(("esc", "bold"), (" cancel", "")),
                )
            )

    def on_mount(self) -> None:
        """Show them for whom they were shown last; else ask for whom."""
        self._ask()
        if self.sample == MADE_UP:
            self.action_for_whom()

    def _ask(self) -> None:
        self.query_one("#whose", Static).update(as_text(f"Preview as {self.sample.name}", "bold"))
        ask_anew(self, "preview", self._read, self.sample)

    async def _read(self, sample: PreviewPerson) -> None:
        bodies = [step.body for step in self.draft.steps]
        try:
            steps = await self._source.preview_sequence(self.draft.base.id, sample.request(bodies))
        except ClientError as error:
            self.post_message(Previewed(sample, (), error.message))
        else:
            self.post_message(Previewed(sample, tuple(steps)))

    @on(Previewed)
    def _take(self, previewed: Previewed) -> None:
        if previewed.sample != self.sample:
            return
        self.steps = previewed.steps
        lines = [as_text(f"No preview: {previewed.problem}")] if previewed.problem else []
        for step in self.steps:
            lines += self._lines(step)
        self.query_one("#texts", Static).update(stacked(lines))

    def _lines(self, step: StepPreview) -> Iterator[Text]:
        place = step.position - 1
        when = when_long(self.draft.document.kind, place, self.draft.steps[place])
        if place:
            yield as_text("")
        cost = "not sent" if step.text is None else cost_words(step)
        yield as_text(f"Step {step.position} · {when} · {cost}", "bold")
        if step.text is None:
            yield as_text(f"✗ {held_words(step)}")
            return
        for line in step.text.split("\n"):
            yield as_text(line)
        if step.culprits:
            dear = replacement_words((one.character, one.plain) for one in step.culprits)
            cheap = segments_words(step.plain_segments)
            yield as_text(f"! Costly characters: {dear}. With plain characters: {cheap}.")

    def action_for_whom(self) -> None:
        """Ask for whom the texts are to be shown."""
        screen = ContactChoice(self._source)

        def chosen(pick: Pick | None) -> None:
            if pick is not None and pick.value is not None:
                self.sample = screen.sample(pick.value)
                self._ask()

        self.app.push_screen(screen, chosen)

    def action_move(self, by: int) -> None:
        """Scroll the lines."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_close(self) -> None:
        """Go back to the steps."""
        self.dismiss(self.sample)
