"""A tab over the draft of its sequence: loaded, checked while editing, saved by a flow.

The session keeps the drafts, so the tabs of a sequence share one, and leaving loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence as Several
from typing import Final

from textual import on

from common.client import ClientError
from common.model.sequences import Finding, Sequence, SequenceDocument
from common.vocabulary import SequenceState
from tui.actions.registry import Action, bindings_of
from tui.messages import Outdated, SequencesChanged
from tui.screens.page import Page
from tui.session import Session
from tui.state.draft import Draft
from tui.state.faults import faults_of
from tui.state.sequence_list import state_words
from tui.widgets.fetching import Reader

EVERY: Final = 1.0
"""Real seconds between two readings while events arrive."""
AGAIN: Final = 5.0
"""Real seconds before a failed reading is retried."""
DEBOUNCE: Final = 0.25
"""Real seconds after the last change before the server checks the draft."""


class DraftTab(Page):
    """Has the draft, None until the sequence is loaded, and its `findings`.

    If the server does not answer, there are no findings and `unchecked` says why. A tab draws
    itself in `draw`. While something such as an editor is open over it, the draft does not take
    versions saved by others.
    """

    BINDINGS = bindings_of("draft", "tabs", "enroll", "life")
    digit = 1

    def __init__(self, session: Session, sequence_id: int, called: str) -> None:
        super().__init__(session, sequence_id, called)
        self.findings: tuple[Finding, ...] = ()
        self.unchecked = ""
        self._checked: SequenceDocument | None = None
        self._put_off = self._offer_put_off = False
        client = session.client
        self._reader = Reader(
            self,
            lambda: client.get_sequence(sequence_id),
            self._base_read,
            self._base_not_read,
            pause=EVERY,
            retry=AGAIN,
        )

    def on_mount(self) -> None:
        """Load it once the event stream is connected."""
        self.show()
        if self.session.resynced:
            self.read()

    @property
    def draft(self) -> Draft | None:
        """The draft of the sequence."""
        return self.session.drafts.get(self.sequence_id)

    def draw(self) -> None:
        """Draw the current data."""

    def show(self) -> None:
        """Draw the current data, and check the document if it changed."""
        draft = self.draft
        if draft is not None and draft.document != self._checked:
            self.findings = self._still_true(draft)
            self._check(draft.document)
        self.draw()

    # Reading.

    def read(self) -> None:
        """Reload it now, or when this tab is on top."""
        self._put_off = not self.on_top
        if self.on_top:
            self._reader.read()

    def on_screen_resume(self) -> None:
        """Do what was deferred."""
        if self._offer_put_off:
            self.offer_saved()
        elif self._put_off:
            self.read()

    def _base_read(self, sequence: Sequence) -> None:
        self.problem = ""
        if self.on_top:
            self.take(sequence)
        else:
            self._put_off = True

    def take(self, sequence: Sequence) -> None:
        """Take the server's version into the draft, and check what could not be checked before."""
        draft = self.draft
        if draft is None:
            self.session.drafts[self.sequence_id] = Draft.of(sequence)
        else:
            draft.take(sequence)
        if self.unchecked:
            self._checked = None
        self.know(sequence)
        self.show()

    def _base_not_read(self, error: ClientError) -> None:
        self.problem = error.message
        self.show()

    @on(SequencesChanged)
    def _sequences_changed(self, changed: SequencesChanged) -> None:
        if self.sequence_id in changed.sequence_ids:
            self.show()
            self.read()

    def action_refresh(self) -> None:
        """Reload it immediately."""
        super().action_refresh()
        self._reader.read_now()

    def awaits(self, action: Action) -> bool:
        """Whether an action needs the draft or the sequence, and that has not loaded yet."""
        if self.problem:
            return False
        places = set(action.where)
        if "life" in places:
            return self.sequence is None
        return self.draft is None and not places.isdisjoint({"list", "steps", "draft"})

    # Checking.

    def _check(self, document: SequenceDocument) -> None:
        """Let the server check the document, unless it is invalid anyway."""
        self._checked = document
        if found := faults_of(document):
            self.workers.cancel_group(self, "check")
            self.findings, self.unchecked = found, ""
            return
        client = self.session.client
        self.fetch(
            lambda: client.lint_document(document),
            lambda found: self._take_findings(document, found),
            lambda error: self._take_findings(document, (), error.message),
            group="check",
            exclusive=True,
            wait=DEBOUNCE,
        )

    def _take_findings(
        self, document: SequenceDocument, findings: Several[Finding], problem: str = ""
    ) -> None:
        if self.draft is not None and document == self.draft.document:
            self.findings, self.unchecked = tuple(findings), problem
            self.draw()

    def _still_true(self, draft: Draft) -> tuple[Finding, ...]:
        """Findings of the previous document for steps that have not changed or moved."""
        before = () if self._checked is None else self._checked.steps
        same = [one == other for one, other in zip(before, draft.steps, strict=False)]
        return tuple(
            one
            for one in self.findings
            if one.step is None or (one.step <= len(same) and same[one.step - 1])
        )

    # Changing.

    def written(self) -> Draft | None:
        """The draft, to change it; None, with a message, if that is not possible now."""
        draft, tell = self.draft, self.session.tell
        if draft is None:
            tell("The sequence has not loaded yet. Press R to try again.")
        elif draft.saving:
            tell("Your changes are being saved. Try again in a moment.")
        elif draft.base.state is SequenceState.ARCHIVED:
            tell("It is archived. Duplicate it (D) and change the copy.", wrong=True)
        elif self.may_change():
            return draft
        return None

    @on(Outdated)
    def _someone_saved(self, outdated: Outdated) -> None:
        if outdated.sequence_id == self.sequence_id:
            self.offer_saved()

    def offer_saved(self) -> None:
        """Load the version that someone else saved and offer it, once this tab is on top."""
        self._offer_put_off = not self.on_top
        if self.on_top:
            self.action_start("offer_saved")

    def standing_words(self) -> str:
        """The state of the sequence and the draft, on one line."""
        draft = self.draft
        if draft is None:
            return self.problem or "Loading…"
        base = draft.base
        words = f"{state_words(base.state)} · version {base.version}"
        if draft.saving:
            return f"{words} · saving…"
        if draft.newer is not None:
            return f"{words} · version {draft.newer.version} was saved by someone else, press b"
        if many := len(draft.differences):
            return f"{words} · {many:,} unsaved change{'' if many == 1 else 's'}, press w to save"
        return words

    def leave(self) -> None:
        """Go to the list, with a message that unsaved changes are kept."""
        if self.session.has_unsaved_draft(self.sequence_id):
            self.session.tell(f"Your unsaved changes to {self.called} are kept here.")
        super().leave()
