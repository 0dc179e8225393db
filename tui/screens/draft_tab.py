"""A tab over what is written of its sequence: reads what the server has, keeps what is not saved.

The drafts are the application's, so that the tabs of a sequence share one and leaving loses none.
"""

from __future__ import annotations

from typing import Final

from textual import on
from textual.message import Message
from textual.timer import Timer

from common.documents import canonical
from common.model.sequences import Sequence
from common.vocabulary import SequenceState
from tui.actions import bindings_of
from tui.life import finding_line
from tui.messages import ConnectionChanged, Resynced, SequencesChanged
from tui.saving import (
    NotTried,
    Outdated,
    Tried,
    attempt,
    is_outdated,
    not_sound,
    not_tried_words,
    proposal,
)
from tui.screens.tabs import SequenceTab
from tui.state.connection import Link
from tui.state.draft import Draft
from tui.state.faults import faults_of
from tui.state.sequence_list import state_words
from tui.widgets.choice import Choice, ChoiceScreen, Pick
from tui.widgets.confirm import ConfirmScreen, Proposal
from tui.widgets.reading import ReadingScreen

EVERY: Final = 1.0
"""Real seconds between two readings while things happen."""
AGAIN: Final = 5.0
"""Real seconds after which a reading that failed is tried again."""
_BRING: Final = "bring"
_DROP: Final = "drop"
_ABOUT_BRING: Final = "Yours are put onto theirs; where both changed the same, yours stands."
_ABOUT_DROP: Final = "What they saved is read; what you wrote here is forgotten."


class BaseRead(Message):
    """The sequence as the server has it."""

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        super().__init__()


class BaseNotRead(Message):
    """It could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class DraftTab(SequenceTab):
    """Knows the draft, None until the sequence was read, and why it could not be.

    A tab says how to draw itself in `show`. While something is open over it, as an editor, the
    draft is not touched by what others save.
    """

    BINDINGS = bindings_of("draft")

    def __init__(self, sequence_id: int, called: str) -> None:
        super().__init__(sequence_id, called)
        self.problem = ""
        self._reading = self._read_again = self._offers = False
        self._pause: Timer | None = None

    def on_mount(self) -> None:
        """Read it as soon as the stream of events is joined."""
        self.show()
        if self.drumbeat.resynced:
            self.read()

    @property
    def draft(self) -> Draft | None:
        """What is written of the sequence."""
        return self.drumbeat.drafts.get(self.sequence_id)

    def show(self) -> None:
        """Draw what is known."""

    def base_read(self) -> None:
        """Act on what the server has; it is in the draft."""

    # Reading.

    def read(self) -> None:
        """Read it again: one reading at a time, and one more if something changed meanwhile."""
        if self._reading or self.app.screen is not self:
            self._read_again = True
            return
        self._reading, self._read_again = True, False
        asked = self.drumbeat.client.get_sequence(self.sequence_id)
        self.fetch(asked, BaseRead, BaseNotRead, group="base")

    def on_screen_resume(self) -> None:
        """Read what was put off."""
        if self._read_again:
            self.read()

    @on(BaseRead)
    def _take_base(self, read: BaseRead) -> None:
        self.problem = ""
        if self.app.screen is self:
            self.take(read.sequence)
        else:
            self._read_again = True
        self._pause = self.set_timer(EVERY, self._next)

    def take(self, sequence: Sequence) -> None:
        """Take what the server has into the draft."""
        draft = self.draft
        if draft is None:
            self.drumbeat.drafts[self.sequence_id] = Draft.of(sequence)
        else:
            draft.take(sequence)
        self.know(sequence)
        self.base_read()
        self.show()
        if self._offers:
            self._offers = False
            self._offer_what_there_is()

    @on(BaseNotRead)
    def _keep_base(self, failed: BaseNotRead) -> None:
        self.problem = failed.problem
        self._read_again = True
        self.show()
        self._pause = self.set_timer(AGAIN, self._next)

    def _next(self) -> None:
        self._pause, self._reading = None, False
        if self._read_again:
            self.read()

    @on(Resynced)
    def _resynced(self) -> None:
        self.read()

    @on(SequencesChanged)
    def _sequences_changed(self, changed: SequencesChanged) -> None:
        if self.sequence_id in changed.sequence_ids:
            self.show()
            self.read()

    @on(ConnectionChanged)
    def _connection(self, changed: ConnectionChanged) -> None:
        if changed.connection.link is Link.AWAY:
            self.problem = changed.connection.why
        self.show()

    def action_refresh(self) -> None:
        """Read it again at once."""
        super().action_refresh()
        if self._pause is not None:
            self._pause.stop()
            self._next()
        self.read()

    # Changing.

    def written(self) -> Draft | None:
        """The draft, to be changed; None, and said why, if it cannot be just now."""
        draft = self.draft
        if draft is None:
            self.drumbeat.tell("The sequence is not read yet; R tries at once.")
        elif draft.saving:
            self.drumbeat.tell("It is being saved just now; wait a moment.")
        elif draft.base.state is SequenceState.ARCHIVED:
            self.drumbeat.tell("It is archived; duplicate it to work with a copy.", wrong=True)
        elif self.may_change():
            return draft
        return None

    def _changed(self) -> Draft | None:
        draft = self.written()
        if draft is not None and not draft.changed and draft.newer is None:
            self.drumbeat.tell("Nothing is changed here.")
            return None
        return draft

    def standing_words(self) -> str:
        """How the sequence and the draft stand, on one line."""
        draft = self.draft
        if draft is None:
            return self.problem or "Loading …"
        base = draft.base
        words = f"{state_words(base.state)} · version {base.version}"
        if draft.saving:
            return f"{words} · saving …"
        if draft.newer is not None:
            return f"{words} · version {draft.newer.version} was saved by somebody else: b"
        if many := len(draft.differences):
            return f"{words} · {many:,} change{'' if many == 1 else 's'} not saved: w saves"
        return words

    # Saving.

    def action_save(self) -> None:
        """Try what saving would do; a live sequence is asked about, a draft is saved at once."""
        draft = self._changed()
        if draft is None:
            return
        if draft.newer is not None:
            self.offer_newer()
        elif faults := faults_of(draft.document):
            lines = [f"✗ {finding_line(one)}" for one in faults]
            self.app.push_screen(ReadingScreen("Not saved: this is to be mended first", lines))
        else:
            draft.document = canonical(draft.document)
            work = attempt(self.drumbeat.client, draft, self.post_message)
            self.run_worker(work, group="trial", exclusive=True, exit_on_error=False)

    @on(NotTried)
    def _not_tried(self, failed: NotTried) -> None:
        draft = self.draft
        if draft is None or self.app.screen is not self:
            return
        if is_outdated(failed.error):
            self._outdated()
        else:
            self.drumbeat.tell(not_tried_words(draft.base, failed.error), wrong=True)

    @on(Tried)
    def _tried(self, tried: Tried) -> None:
        trial, draft = tried.trial, self.draft
        if draft is None or self.app.screen is not self or trial.document != draft.document:
            return

        def save(sure: bool | None) -> None:
            if sure:
                self.drumbeat.save_draft(draft)
                self.show()

        if trial.replaced is not None:
            self.app.push_screen(ConfirmScreen(proposal(trial, trial.replaced)), save)
        elif trial.live:
            self.app.push_screen(not_sound(trial))
        else:
            save(sure=True)

    @on(Outdated)
    def _someone_saved(self, outdated: Outdated) -> None:
        if outdated.sequence_id == self.sequence_id:
            self._outdated()

    def _outdated(self) -> None:
        """Read what somebody else saved, and offer it."""
        self._offers = True
        self.read()

    def _offer_what_there_is(self) -> None:
        draft = self.draft
        if draft is not None and draft.newer is None:
            self.drumbeat.tell("What was saved meanwhile touches nothing of yours; w saves again.")
        self.offer_newer()

    def offer_newer(self) -> None:
        """Ask what is to become of the changes here, now that somebody else saved theirs."""
        draft = self.draft
        if draft is None or draft.newer is None or self.app.screen is not self:
            return

        def chosen(pick: Pick | None) -> None:
            if pick is None:
                return
            clashes: tuple[str, ...] = ()
            if pick.value == _BRING:
                clashes = draft.bring_over()
            else:
                draft.go_back()
            self.show()
            if clashes:
                lines = [*clashes, "", "Nothing is saved yet."]
                self.app.push_screen(ReadingScreen("Both had changed this; yours stands", lines))

        choices = (
            Choice(_BRING, "bring my changes over", about=_ABOUT_BRING),
            Choice(_DROP, "drop my changes", about=_ABOUT_DROP),
        )
        question = f"Version {draft.newer.version} was saved by somebody else:"
        self.app.push_screen(ChoiceScreen(question, choices), chosen)

    def action_newer(self) -> None:
        """Offer what somebody else saved, if anybody did."""
        draft = self.draft
        if draft is None or draft.newer is None:
            self.drumbeat.tell("Nobody else saved it meanwhile.")
        else:
            self.offer_newer()

    # Going back.

    def action_go_back(self) -> None:
        """Ask, then forget what is written for what the server has."""
        draft = self._changed()
        if draft is None:
            return

        def answered(sure: bool | None) -> None:
            if sure:
                draft.go_back()
                self.show()

        effects = ("Lost by it:", *draft.told())
        self.app.push_screen(
            ConfirmScreen(Proposal("Go back to what is saved?", effects)), answered
        )

    def action_back(self) -> None:
        """Leave for the list, saying that what is not saved is kept."""
        draft = self.draft
        if draft is not None and draft.changed and not self.has_class("-pages-open"):
            self.drumbeat.tell(f"What you changed of {self.called} is kept here, but not saved.")
        super().action_back()
