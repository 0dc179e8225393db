"""The editor of one step: its time, its text, what it costs, and a preview.

Everything typed goes to the draft immediately, so leaving, a lost connection or quitting without an
answer cannot lose it.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from common.client import ClientError, Unreachable
from common.model.contacts import ContactPage
from common.model.sequences import Finding, Severity, StepDocument, StepPreview
from common.segments import plain
from common.terminal import as_text, clean, clean_multiline
from common.vocabulary import SequenceKind
from tui.actions.registry import actions_of, bindings_of
from tui.session import Session
from tui.state.choice import Choice, Pick
from tui.state.cost import can_be_plain, cost_words, costly_characters, counts_line, held_words
from tui.state.draft import Draft
from tui.state.faults import faults_of
from tui.state.preview_person import PreviewPerson
from tui.widgets.body_area import BodyArea
from tui.widgets.choice import ChoiceScreen
from tui.widgets.chrome import FooterLine
from tui.widgets.contact_choice import ContactChoice
from tui.widgets.fetching import fetch
from tui.widgets.lines import stacked
from tui.widgets.step_time import NotADigit, StepTime

DEBOUNCE: Final = 0.25
"""Real seconds after the last key before the server is asked."""
AGAIN: Final = 2.0
"""Real seconds before a server that did not answer is asked again."""
_NAME_CELLS: Final = 40
_DIGITS: Final = "✗ Only digits here. Press tab to go to the text."
_STANDARD: Final = (
    Choice("{{ first_name | default: 'there' }}", "first name, or “there”"),
    Choice("{{ first_name }}", "first name"),
    Choice("{{ last_name }}", "last name"),
    Choice("{{ phone }}", "phone"),
)


class StepChecked(NamedTuple):
    """A step as one contact would get it and its errors, or why that is unknown."""

    step: StepDocument
    preview: StepPreview | None
    findings: tuple[Finding, ...]
    problem: str = ""
    again: bool = False
    """Whether the server was lost, and must be asked again."""


class StepEditor(ModalScreen[PreviewPerson]):
    """Edits a step of a draft, and answers with the last previewed contact."""

    BINDINGS = bindings_of("step")
    AUTO_FOCUS = "BodyArea"

    def __init__(
        self,
        session: Session,
        draft: Draft,
        place: int,
        sample: PreviewPerson,
        *,
        new: bool = False,
    ) -> None:
        super().__init__()
        self.draft, self.place, self.sample = draft, place, sample
        self.known: StepChecked | None = None
        self.session = session
        self._began = draft.steps[place]
        self._new = new
        self._fields: tuple[str, ...] = ()
        self._begun = self._no_digit = False

    # What it looks like.

    def compose(self) -> ComposeResult:
        """Title, time, text, cost, preview, and keys."""
        with Vertical():
            yield Static(as_text(self._title, "bold"))
            me = self.session.me
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
        """Show the step, and request a preview."""
        offered = [
            one for one in actions_of("step") if one.shown_when is None or one.shown_when(self)
        ]
        self.query_one(FooterLine).show(offered, self.session.keymap)
        # Without them the standard ones are offered, and others can be typed.
        fetch(self, self.session.client.list_contacts, self._take_fields, lambda _: None)
        self._begun = True
        self._show()
        self._ask(0.0)

    @property
    def scheduled(self) -> bool:
        """Whether the step has a date and time, not a delay."""
        return self.draft.document.kind is SequenceKind.SCHEDULED

    @property
    def area(self) -> BodyArea:
        """The text area."""
        return self.query_one(BodyArea)

    # What is typed.

    @on(TextArea.Changed)
    @on(Input.Changed)
    def _typed(self) -> None:
        """Put it in the draft, and request a preview."""
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
        """Show why nothing was typed, until something is."""
        self._no_digit = True
        self._show()

    @property
    def written(self) -> StepDocument:
        """The step in the editor."""
        began = self._began.body
        body = self.area.body
        return self.query_one(StepTime).of(began if body == clean_multiline(began) else body)

    # How it reads.

    def _ask(self, wait: float) -> None:
        fetch(self, self._check, self._take, self._broken, group="check", exclusive=True, wait=wait)

    async def _check(self) -> StepChecked:
        client, document = self.session.client, self.draft.document
        step = self.draft.steps[self.place]
        findings = faults_of(document)
        try:
            if not findings:
                findings = tuple(await client.lint_document(document))
            asked = self.sample.request((step.body,))
            (preview,) = await client.preview_sequence(self.draft.base.id, asked)
        except ClientError as error:
            lost = isinstance(error, Unreachable)
            return StepChecked(step, None, findings, error.message, lost)
        return StepChecked(step, preview, findings)

    def _take(self, checked: StepChecked) -> None:
        self.known = checked
        self._show()
        if checked.again:
            self._ask(AGAIN)

    def _broken(self, error: ClientError) -> None:
        self.session.tell(error.message, wrong=True)

    def _take_fields(self, page: ContactPage) -> None:
        self._fields = tuple(sorted({name for one in page.items for name in one.fields}))

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
        """Go back to the steps; an empty new step is removed."""
        if self._new and self.draft.steps[self.place] == self._began:
            self.draft.remove(self.place)
        self.dismiss(self.sample)

    def action_plain(self) -> None:
        """Replace costly characters that have a plain replacement."""
        body = self.area.body
        if can_be_plain(body):
            self.area.exchange(plain(body))
        else:
            self.session.tell("There are no characters to simplify.")

    def action_local_time(self) -> None:
        """Switch between each contact's local time and one moment for everyone."""
        self.query_one(StepTime).change_zone()
        self._typed()

    def action_field(self) -> None:
        """Ask for a merge field, and insert it at the cursor."""
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
        """Ask which contact to preview for."""
        screen = ContactChoice(self.session.client)

        def chosen(pick: Pick | None) -> None:
            if pick is not None and pick.value is not None:
                self.sample = screen.sample(pick.value)
                self._ask(0.0)

        self.app.push_screen(screen, chosen)
