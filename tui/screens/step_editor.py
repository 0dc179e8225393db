"""The editor of one step: when it goes out, its text, what that costs and how it will read.

What is typed is in the draft at once, so that nothing can lose it: not leaving, not quitting
without an answer, not a lost connection.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from common.client import ClientError, Unreachable
from common.model.sequences import Finding, Severity, StepDocument, StepPreview
from common.segments import plain
from common.terminal import as_text, clean, clean_multiline
from common.vocabulary import SequenceKind
from tui.actions.registry import actions_of, bindings_of
from tui.asking_anew import ask_anew
from tui.client.source import Source
from tui.state.choice import Choice, Pick
from tui.state.cost import can_be_plain, cost_words, costly_characters, counts_line, held_words
from tui.state.draft import Draft
from tui.state.faults import faults_of
from tui.state.preview_person import PreviewPerson
from tui.widgets.body_area import BodyArea
from tui.widgets.choice import ChoiceScreen
from tui.widgets.chrome import FooterLine
from tui.widgets.contact_choice import ContactChoice
from tui.widgets.lines import stacked
from tui.widgets.step_time import NotADigit, StepTime

if TYPE_CHECKING:
    from tui.app import DrumbeatApp

DEBOUNCE: Final = 0.25
"""Real seconds after the last key before the server is asked."""
AGAIN: Final = 2.0
"""Real seconds after which a server that did not answer is asked again."""
_NAME_CELLS: Final = 40
_DIGITS: Final = "✗ Only digits here. Press tab to go to the text."
_STANDARD: Final = (
    Choice("{{ first_name | default: 'there' }}", "first name, or “there”"),
    Choice("{{ first_name }}", "first name"),
    Choice("{{ last_name }}", "last name"),
    Choice("{{ phone }}", "phone"),
)


class StepChecked(Message):
    """A step as one person would get it and what is wrong with it, or why that is not known.

    With `again` the server was lost, and is to be asked once more.
    """

    def __init__(
        self,
        step: StepDocument,
        preview: StepPreview | None = None,
        findings: Iterable[Finding] = (),
        problem: str = "",
        again: bool = False,
    ) -> None:
        self.step, self.preview, self.problem, self.again = step, preview, problem, again
        self.findings = tuple(findings)
        super().__init__()


class FieldsKnown(Message):
    """The custom fields that some contacts have."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        super().__init__()


class StepEditor(ModalScreen[PreviewPerson]):
    """Writes a step of a draft, and answers for whom the text was shown last."""

    BINDINGS = bindings_of("step")
    AUTO_FOCUS = "BodyArea"

    def __init__(
        self, source: Source, draft: Draft, place: int, sample: PreviewPerson, *, new: bool = False
    ) -> None:
        super().__init__()
        self.draft, self.place, self.sample = draft, place, sample
        self.known: StepChecked | None = None
        self._source = source
        self._began = draft.steps[place]
        self._new = new
        self._fields: tuple[str, ...] = ()
        self._begun = self._no_digit = False

    # What it looks like.

    def compose(self) -> ComposeResult:
        """Title, time, text, what it costs, how it reads, and the keys."""
        with Vertical():
            yield Static(as_text(self._title, "bold"))
            me = self._drumbeat.me
            zone = me.zone if me is not None else "the workspace's zone"
            yield StepTime(self._began, self.place, zone, scheduled=self.scheduled)
            yield BodyArea(self._began.body)
            yield Static(id="counts")
            with VerticalScroll(can_focus=False):
                yield Static(id="shown")
            yield FooterLine()

    @property
    def _title(self) -> str:
        name = clean(self.draft.document.name, _NAME_CELLS)
        new = " · new" if self._began.id is None else ""
        return f"Step {self.place + 1} of {name}{new}"

    def on_mount(self) -> None:
        """Show what there is, and ask how it reads."""
        offered = [
            one for one in actions_of("step") if one.shown_when is None or one.shown_when(self)
        ]
        self.query_one(FooterLine).show(offered, self._drumbeat.keymap)
        self.run_worker(self._read_fields(), group="fields", exit_on_error=False)
        self._begun = True
        self._show()
        self._ask(0.0)

    @property
    def _drumbeat(self) -> DrumbeatApp:
        return cast("DrumbeatApp", self.app)

    @property
    def scheduled(self) -> bool:
        """Whether the step has a date and time, not a delay."""
        return self.draft.document.kind is SequenceKind.SCHEDULED

    @property
    def area(self) -> BodyArea:
        """Where the text is written."""
        return self.query_one(BodyArea)

    # What is typed.

    @on(TextArea.Changed)
    @on(Input.Changed)
    def _typed(self) -> None:
        """Keep it in the draft, and ask how it reads."""
        if not self._begun:
            return
        self._no_digit = False
        step = self.written
        if step != self.draft.steps[self.place]:
            self.draft.replace(self.place, step)
            self._ask(DEBOUNCE)
        self._show()

    @on(NotADigit)
    def _refuse(self) -> None:
        """Say why nothing is written, until something is."""
        self._no_digit = True
        self._show()

    @property
    def written(self) -> StepDocument:
        """The step as it stands in the editor."""
        began = self._began.body
        body = self.area.body
        return self.query_one(StepTime).of(began if body == clean_multiline(began) else body)

    # How it reads.

    def _ask(self, wait: float) -> None:
        ask_anew(self, "check", self._check, wait)

    async def _check(self, wait: float) -> None:
        await asyncio.sleep(wait)
        document, step, sample = self.draft.document, self.draft.steps[self.place], self.sample
        findings = faults_of(document)
        try:
            if not findings:
                findings = tuple(await self._source.lint_document(document))
            asked = sample.request((step.body,))
            (preview,) = await self._source.preview_sequence(self.draft.base.id, asked)
        except ClientError as error:
            lost = isinstance(error, Unreachable)
            self.post_message(StepChecked(step, None, findings, error.message, lost))
        else:
            self.post_message(StepChecked(step, preview, findings))

    @on(StepChecked)
    def _take(self, checked: StepChecked) -> None:
        self.known = checked
        self._show()
        if checked.again:
            self._ask(AGAIN)

    async def _read_fields(self) -> None:
        try:
            page = await self._source.list_contacts()
        except ClientError:
            return  # the standard ones are offered all the same, and others can be typed
        names = {name for one in page.items for name in one.fields}
        self.post_message(FieldsKnown(tuple(sorted(names))))

    @on(FieldsKnown)
    def _take_fields(self, known: FieldsKnown) -> None:
        self._fields = known.names

    def _show(self) -> None:
        body = self.area.body
        lines = [as_text(counts_line(body))]
        if costly := costly_characters(body):
            lines.append(as_text(costly, "bold"))
        self.query_one("#counts", Static).update(stacked(lines))
        self.query_one("#shown", Static).update(stacked(self._shown()))

    def _shown(self) -> list[Text]:
        told = [as_text(_DIGITS, "bold")] if self._no_digit else []
        return [*told, *self._checked()]

    def _checked(self) -> list[Text]:
        known = self.known
        if known is None or not known.step.body.strip():
            hint = as_text("Merge fields like {{ first_name }} are filled in.", "dim")
            return [hint, *self._found()]
        lines = self._found()
        preview = known.preview
        if preview is not None and preview.text is not None:
            lines.append(as_text(f"For {self.sample.name}: {cost_words(preview)}", "bold"))
            lines += [as_text(line) for line in preview.text.split("\n")]
        elif preview is not None:
            lines.append(as_text(f"{self.sample.name} would not get it.", "bold"))
            lines.append(as_text(held_words(preview)))
        return lines

    def _found(self) -> list[Text]:
        known = self.known
        if known is None:
            return []
        found = [one for one in known.findings if one.step == self.place + 1]
        lines = [
            as_text(
                f"{'✗' if one.severity is Severity.ERROR else '!'} {one.reason} {one.remedy}",
                "bold" if one.severity is Severity.ERROR else "",
            )
            for one in found
        ]
        if known.problem:
            lines.append(as_text(f"Not checked: {known.problem} What you type is kept."))
        return lines

    # Keys.

    def action_keep(self) -> None:
        """Go back to the steps; a new one in which nothing was written is let go."""
        if self._new and self.draft.steps[self.place] == self._began:
            self.draft.remove(self.place)
        self.dismiss(self.sample)

    def action_plain(self) -> None:
        """Write plain characters for the dear ones that have any."""
        body = self.area.body
        if can_be_plain(body):
            self.area.exchange(plain(body))
        else:
            self._drumbeat.tell("There are no characters to simplify.")

    def action_local_time(self) -> None:
        """Switch between each contact's local time and one moment for everyone."""
        self.query_one(StepTime).change_zone()
        self._typed()

    def action_field(self) -> None:
        """Ask for a merge field, and write it where the cursor is."""
        names = sorted({*self._fields, *self.sample.fields})
        choices = (*_STANDARD, *(Choice(f"{{{{ {name} }}}}", name) for name in names))

        def put(pick: Pick | None) -> None:
            if pick is None:
                return
            words = pick.value
            if words is None:
                words = f"{{{{ {re.sub(r'[^A-Za-z0-9_]+', '_', pick.typed)} }}}}"
            self.area.put(words)
            self.area.focus()

        screen = ChoiceScreen("Insert which field?", choices, typed=True, new="Another field")
        self.app.push_screen(screen, put)

    def action_for_whom(self) -> None:
        """Ask for whom the text is to be shown."""
        screen = ContactChoice(self._source)

        def chosen(pick: Pick | None) -> None:
            if pick is not None and pick.value is not None:
                self.sample = screen.sample(pick.value)
                self._ask(0.0)

        self.app.push_screen(screen, chosen)
