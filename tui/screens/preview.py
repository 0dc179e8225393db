"""A preview of every step of a draft for one contact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from common.client import Client
from common.model.sequences import StepPreview
from common.terminal import as_text
from tui.actions.registry import bindings_of
from tui.state.choice import Pick
from tui.state.cost import cost_words, held_words, replacement_words, segments_words
from tui.state.draft import Draft
from tui.state.preview_person import MADE_UP, PreviewPerson
from tui.state.step_list import when_long
from tui.widgets.contact_choice import ContactChoice
from tui.widgets.fetching import fetch
from tui.widgets.lines import key_hints, stacked

PAGE_LINES: Final = 10


class PreviewScreen(ModalScreen[PreviewPerson]):
    """Shows the texts for the chosen contact, and answers with that contact."""

    BINDINGS = bindings_of("preview")
    AUTO_FOCUS = None

    def __init__(self, source: Client, draft: Draft, sample: PreviewPerson) -> None:
        super().__init__()
        self.draft, self.sample = draft, sample
        self.steps: tuple[StepPreview, ...] = ()
        self._source = source

    def compose(self) -> ComposeResult:
        """The contact, the texts, and the keys."""
        with Vertical():
            yield Static(id="whose")
            with VerticalScroll(can_focus=False):
                yield Static(id="texts")
            yield Static(key_hints(("p", "preview as"), ("↑ ↓", "move"), ("esc", "close")))

    def on_mount(self) -> None:
        """Show them for the last contact, or else ask for one."""
        self._ask()
        if self.sample == MADE_UP:
            self.action_for_whom()

    def _ask(self) -> None:
        self.query_one("#whose", Static).update(as_text(f"Preview as {self.sample.name}", "bold"))
        sample = self.sample
        bodies = [step.body for step in self.draft.steps]
        fetch(
            self,
            lambda: self._source.preview_sequence(self.draft.base.id, sample.request(bodies)),
            partial(self._take, sample),
            lambda error: self._take(sample, (), error.message),
            group="preview",
            exclusive=True,
        )

    def _take(self, sample: PreviewPerson, steps: Iterable[StepPreview], problem: str = "") -> None:
        if sample != self.sample:
            return
        self.steps = tuple(steps)
        lines = [as_text(f"No preview: {problem}")] if problem else []
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
            costly = replacement_words((one.character, one.plain) for one in step.culprits)
            cheap = segments_words(step.plain_segments)
            yield as_text(f"! Costly characters: {costly}. With plain characters: {cheap}.")

    def action_for_whom(self) -> None:
        """Ask which contact to preview for."""
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
