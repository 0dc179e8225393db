"""The Steps tab: the texts of a sequence and when they go out, written over what is saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rich.text import Text
from textual import on
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from common.client import ClientError
from common.documents import document_of
from common.model.listing import EnrollmentPage
from common.model.sequences import Finding, Severity
from common.terminal import as_text
from tui.actions.registry import bindings_of
from tui.messages import CountsChanged
from tui.screens.checked_tab import CheckedTab
from tui.screens.preview import PreviewScreen
from tui.screens.step_editor import StepEditor
from tui.state.draft import Draft, TooManySteps
from tui.state.preview_person import MADE_UP, PreviewPerson
from tui.state.proposal import Proposal
from tui.state.sequence_actions import finding_line
from tui.state.step_list import step_lines
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.lines import stacked
from tui.widgets.step_table import StepTable

COUNT_EVERY: Final = 1.0
"""Real seconds between two readings of who waits while things happen."""
_EMPTY: Final = ("No steps yet.", "", "Press n to write the first one and set when it is sent.")


class Waiting(Message):
    """Those pending by the step that goes next, or None if they could not be read."""

    def __init__(self, page: EnrollmentPage | None) -> None:
        self.page = page
        super().__init__()


class StepsTab(CheckedTab):
    """The steps under the cursor's hand; below them the text there and what is wrong."""

    BINDINGS = bindings_of("steps")
    AUTO_FOCUS = "StepTable"
    crumb = tab = "Steps"
    scopes = ("list", "steps", "draft", "tabs", "enroll", "life")

    def __init__(self, sequence_id: int, called: str) -> None:
        super().__init__(sequence_id, called)
        self.sample: PreviewPerson = MADE_UP
        self.waiting: Mapping[str, int] | None = None
        self._place = 0
        self._counting = self._count_again = False

    def compose_room(self) -> Iterable[Widget]:
        """How it stands, the steps or what is in their place, and the one under the cursor."""
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

    def base_read(self) -> None:
        """Ask who waits for which step."""
        super().base_read()
        self._count()

    @on(CountsChanged)
    def _counts_changed(self, changed: CountsChanged) -> None:
        if self.sequence_id in changed.sequence_ids:
            self._count()

    def _count(self) -> None:
        """Read who waits: one reading at a time, and one more if something changes."""
        if self._counting:
            self._count_again = True
        elif self.draft is not None:
            self._counting = True
            self.run_worker(self._counts(), group="count", exit_on_error=False)

    async def _counts(self) -> None:
        page: EnrollmentPage | None = None
        try:
            page = await self.drumbeat.client.list_enrollments(
                self.sequence_id, "status:pending", limit=1
            )
        except ClientError:
            pass
        finally:
            self.post_message(Waiting(page))

    @on(Waiting)
    def _take_waiting(self, waiting: Waiting) -> None:
        if waiting.page is not None:
            self.waiting = waiting.page.facets.step
            self.show()
        self.set_timer(COUNT_EVERY, self._next_count)

    def _next_count(self) -> None:
        self._counting = False
        if self._count_again:
            self._count_again = False
            self._count()

    # Showing.

    def draw(self) -> None:
        """Draw the steps, or what stands in their place."""
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
        """The draft, if there is a step under the cursor to do something to."""
        draft = self.written()
        if draft is not None and not draft.steps:
            self.drumbeat.tell("There are no steps yet. Press n to write the first one.")
            return None
        return draft

    def action_new_step(self) -> None:
        """Write a new step behind the one under the cursor."""
        if (draft := self.written()) is None:
            return
        place = self._place + 1 if draft.steps else 0
        try:
            draft.add(place, draft.new_step(place))
        except TooManySteps as too_many:
            self.drumbeat.tell(str(too_many), wrong=True)
        else:
            self._write(draft, place, new=True)

    @on(StepTable.Opened)
    def _open(self) -> None:
        if (draft := self._step_there()) is not None:
            self._write(draft, self._place)

    def _write(self, draft: Draft, place: int, *, new: bool = False) -> None:
        def written(sample: PreviewPerson | None) -> None:
            if sample is not None:
                self.sample = sample
            self._edited(draft, place)

        self.app.push_screen(
            StepEditor(self.drumbeat.client, draft, place, self.sample, new=new), written
        )

    def action_duplicate_step(self) -> None:
        """Put a new step like this one behind it."""
        if (draft := self._step_there()) is None:
            return
        try:
            draft.duplicate(self._place)
        except TooManySteps as too_many:
            self.drumbeat.tell(str(too_many), wrong=True)
        else:
            self._edited(draft, self._place + 1)

    def action_remove_step(self) -> None:
        """Take the step out; it is asked about if the server does not have it so."""
        if (draft := self._step_there()) is None:
            return
        place = self._place
        step = draft.steps[place]

        def remove(sure: bool | None) -> None:
            if sure:
                draft.remove(place)
                self._edited(draft, place)

        if step in document_of(draft.base).steps:
            remove(sure=True)
        else:
            lost = ("You will lose this unsaved text:", *step.body.split("\n"))
            self.app.push_screen(ConfirmScreen(Proposal(f"Remove step {place + 1}?", lost)), remove)

    def action_move_step(self, by: int) -> None:
        """Let the step change places with the one above or below."""
        if (draft := self._step_there()) is None:
            return
        to = draft.move(self._place, by)
        if to == self._place:
            self.drumbeat.tell(f"This is already the {'first' if by < 0 else 'last'} step.")
        self._edited(draft, to)

    # Looking.

    def action_preview(self) -> None:
        """Show every step as one person would get it."""
        draft = self.draft
        if draft is None or not draft.steps:
            self.drumbeat.tell("There are no steps to preview yet. Press n to write the first one.")
            return

        def shown(sample: PreviewPerson | None) -> None:
            if sample is not None:
                self.sample = sample

        self.app.push_screen(PreviewScreen(self.drumbeat.client, draft, self.sample), shown)


def gone_lines(draft: Draft) -> list[str]:
    """The saved steps that are not in the draft any more."""
    return [
        f"step {number} is removed when you save: {step.body}"
        for number, step in enumerate(draft.base.steps, 1)
        if step.id not in {one.id for one in draft.steps}
    ]


def _finding(one: Finding) -> Text:
    glyph = "✗" if one.severity is Severity.ERROR else "!"
    return as_text(f"{glyph} {finding_line(one)}", "bold" if glyph == "✗" else "")
