"""The Steps tab: the texts of a sequence and their times, with unsaved changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rich.text import Text
from textual import on
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from common.documents import document_of
from common.model.listing import EnrollmentPage
from common.model.sequences import Finding, Sequence, Severity
from common.terminal import as_text
from tui.actions.registry import bindings_of
from tui.messages import CountsChanged
from tui.screens.draft_tab import DraftTab
from tui.screens.preview import PreviewScreen
from tui.screens.step_editor import StepEditor
from tui.session import Session
from tui.state.draft import Draft, TooManySteps
from tui.state.preview_person import MADE_UP, PreviewPerson
from tui.state.proposal import Proposal
from tui.state.sequence_actions import finding_line
from tui.state.step_list import step_lines
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.fetching import Reader
from tui.widgets.lines import stacked
from tui.widgets.step_table import StepTable

COUNT_EVERY: Final = 1.0
"""Real seconds between two readings of the waiting contacts while events arrive."""
_EMPTY: Final = ("No steps yet.", "", "Press n to write the first one and set when it is sent.")


class StepsTab(DraftTab):
    """The list of steps; below it the text under the cursor and what is wrong."""

    BINDINGS = bindings_of("steps")
    AUTO_FOCUS = "StepTable"
    crumb = tab = "Steps"
    scopes = ("list", "steps", "draft", "tabs", "enroll", "life")

    def __init__(self, session: Session, sequence_id: int, called: str) -> None:
        super().__init__(session, sequence_id, called)
        self.sample: PreviewPerson = MADE_UP
        self.waiting: Mapping[str, int] | None = None
        self._place = 0
        client = session.client
        self._counts = Reader(
            self,
            lambda: client.list_enrollments(sequence_id, "status:pending", limit=1),
            self._take_waiting,
            pause=COUNT_EVERY,
        )

    def compose_room(self) -> Iterable[Widget]:
        """The state, the steps or a notice instead, and the step under the cursor."""
        yield Static(id="standing")
        yield Static(id="notice")
        yield StepTable()
        with VerticalScroll(id="below"):
            yield Static(id="detail")

    @property
    def table(self) -> StepTable:
        """The rows."""
        return self.query_one(StepTable)

    # Reading.

    def take(self, sequence: Sequence) -> None:
        """Also load how many contacts wait for each step."""
        super().take(sequence)
        self._counts.read()

    @on(CountsChanged)
    def _counts_changed(self, changed: CountsChanged) -> None:
        if self.sequence_id in changed.sequence_ids and self.draft is not None:
            self._counts.read()

    def _take_waiting(self, page: EnrollmentPage) -> None:
        self.waiting = page.facets.step
        self.show()

    # Showing.

    def draw(self) -> None:
        """Draw the steps, or a notice instead."""
        draft = self.draft
        self.query_one("#standing", Static).update(as_text(self.standing_words()))
        filled = draft is not None and bool(draft.steps)
        notice = self.query_one("#notice", Static)
        self.table.set_class(not filled, "-hidden")
        notice.set_class(not filled, "-shown")
        if draft is None:
            notice.update(as_text(self.problem or "Loading the steps…"))
        elif not filled:
            notice.update(stacked(map(as_text, _EMPTY)))
        else:
            lines = step_lines(draft.base, draft.document, self.findings, self.waiting)
            self._place = min(self._place, len(lines) - 1)
            self.table.show(lines, self._place)
            if self.focused is None:
                self.table.focus()
        self._show_detail(draft)

    def _show_detail(self, draft: Draft | None) -> None:
        lines: list[Text] = []
        if draft is not None and draft.steps:
            number = self._place + 1
            step = draft.steps[self._place]
            lines += [as_text(line) for line in step.body.split("\n")]
            lines += [_finding(one) for one in self.findings if one.step == number]
        if draft is not None:
            lines += [_finding(one) for one in self.findings if one.step is None]
            lines += [as_text(f"- {line}") for line in gone_lines(draft)]
        if self.unchecked:
            lines += [as_text(f"Not checked: {self.unchecked}")]
        below = self.query_one("#below", VerticalScroll)
        below.set_class(not lines, "-hidden")
        self.query_one("#detail", Static).update(stacked(lines))

    @on(StepTable.Moved)
    def _moved(self) -> None:
        if self.draft is not None and self.draft.steps:
            self._place = self.table.place
            below = self.query_one("#below", VerticalScroll)
            self._show_detail(self.draft)
            below.scroll_home(animate=False)

    # Changing.

    def _edited(self, draft: Draft, place: int) -> None:
        self._place = max(0, min(place, len(draft.steps) - 1))
        self.show()

    def _step_there(self) -> Draft | None:
        """The draft, if there is a step under the cursor."""
        draft = self.written()
        if draft is not None and not draft.steps:
            self.session.tell("There are no steps yet. Press n to write the first one.")
            return None
        return draft

    def action_new_step(self) -> None:
        """Add a step after the one under the cursor."""
        if (draft := self.written()) is None:
            return
        place = self._place + 1 if draft.steps else 0
        try:
            draft.add(place, draft.new_step(place))
        except TooManySteps as too_many:
            self.session.tell(str(too_many), wrong=True)
        else:
            self._write(draft, place, new=True)

    @on(StepTable.Opened)
    def _open(self) -> None:
        if (draft := self._step_there()) is not None:
            self._write(draft, self._place)

    def _write(self, draft: Draft, place: int, *, new: bool = False) -> None:
        async def write() -> None:
            sample = await self.ask(StepEditor(self.session, draft, place, self.sample, new=new))
            self.sample = sample or self.sample
            self._edited(draft, place)

        self.start(write, "write")

    def action_duplicate_step(self) -> None:
        """Add a copy of this step after it."""
        if (draft := self._step_there()) is None:
            return
        try:
            draft.duplicate(self._place)
        except TooManySteps as too_many:
            self.session.tell(str(too_many), wrong=True)
        else:
            self._edited(draft, self._place + 1)

    def action_remove_step(self) -> None:
        """Remove the step; asks first if its text is not saved."""
        if (draft := self._step_there()) is None:
            return
        place = self._place
        step = draft.steps[place]
        lost = ("You will lose this unsaved text:", *step.body.split("\n"))
        is_saved = step in document_of(draft.base).steps

        async def remove() -> None:
            asked = ConfirmScreen(Proposal(f"Remove step {place + 1}?", lost))
            if is_saved or await self.ask(asked):
                draft.remove(place)
                self._edited(draft, place)

        self.start(remove, "remove")

    def action_move_step(self, by: int) -> None:
        """Swap the step with the one above or below."""
        if (draft := self._step_there()) is None:
            return
        to = draft.move(self._place, by)
        if to == self._place:
            self.session.tell(f"This is already the {'first' if by < 0 else 'last'} step.")
        self._edited(draft, to)

    # Looking.

    def action_preview(self) -> None:
        """Show every step as one contact would get it."""
        draft = self.draft
        if draft is None or not draft.steps:
            self.session.tell("There are no steps to preview yet. Press n to write the first one.")
            return

        async def preview() -> None:
            screen = PreviewScreen(self.session.client, draft, self.sample)
            self.sample = await self.ask(screen) or self.sample

        self.start(preview, "preview")


def gone_lines(draft: Draft) -> list[str]:
    """The saved steps that are removed in the draft."""
    return [
        f"step {number} is removed when you save: {step.body}"
        for number, step in enumerate(draft.base.steps, 1)
        if step.id not in {one.id for one in draft.steps}
    ]


def _finding(one: Finding) -> Text:
    glyph = "✗" if one.severity is Severity.ERROR else "!"
    return as_text(f"{glyph} {finding_line(one)}", "bold" if glyph == "✗" else "")
