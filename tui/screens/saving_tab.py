"""A tab that saves what is written, or goes back to what is saved, and offers what others saved."""

from __future__ import annotations

from typing import Final

from textual import on

from common.documents import canonical
from common.model.sequences import Sequence
from common.terminal import clean
from tui.actions.registry import bindings_of
from tui.asking_anew import ask_anew
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
from tui.screens.draft_tab import DraftTab
from tui.state.choice import Choice, Pick
from tui.state.draft import Draft
from tui.state.faults import faults_of
from tui.state.proposal import Proposal
from tui.state.sequence_actions import finding_line
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.notice import NoticeScreen

_BRING: Final = "bring"
_DROP: Final = "drop"
_ABOUT_BRING: Final = (
    "Adds your changes to theirs. Where both changed the same thing, yours is kept."
)
_ABOUT_DROP: Final = "Discards your changes and loads their version."


class SavingTab(DraftTab):
    """Asks before people get something else by it. The saving itself is the application's."""

    BINDINGS = bindings_of("draft")

    def __init__(self, sequence_id: int, called: str) -> None:
        super().__init__(sequence_id, called)
        self._offers = False

    def take(self, sequence: Sequence) -> None:
        """Take what the server has, and offer it where somebody tried to save over it."""
        super().take(sequence)
        if self._offers:
            self._offers = False
            self._offer_what_there_is()

    def _changed(self) -> Draft | None:
        draft = self.written()
        if draft is not None and not draft.changed and draft.newer is None:
            self.drumbeat.tell("You have no unsaved changes.")
            return None
        return draft

    # Saving.

    def action_save(self) -> None:
        """Try what saving would do; a live sequence is asked about, a draft is saved at once."""
        draft = self._changed()
        if draft is None:
            return
        if self.sequence_id in self.drumbeat.changing:
            self.drumbeat.tell("The sequence's state is changing. Press w again when that is done.")
        elif draft.newer is not None:
            self.offer_newer()
        elif faults := faults_of(draft.document):
            lines = [f"✗ {finding_line(one)}" for one in faults]
            self.app.push_screen(NoticeScreen("Not saved: fix this first", lines))
        else:
            draft.document = canonical(draft.document)
            ask_anew(self, "trial", attempt, self.drumbeat.client, draft, self.post_message)

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
        if draft is None or trial.document != draft.document:
            return
        if self.app.screen is not self or self.sequence_id in self.drumbeat.changing:
            self.drumbeat.tell(f"{clean(draft.base.name, 40)} is not saved yet. Press w again.")
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
            self.drumbeat.tell("Their version does not affect your changes. Press w again to save.")
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
                self.app.push_screen(NoticeScreen("You both changed this; yours is kept", lines))

        choices = (
            Choice(_BRING, "merge my changes", about=_ABOUT_BRING),
            Choice(_DROP, "discard my changes", about=_ABOUT_DROP),
        )
        question = f"Someone else saved version {draft.newer.version}:"
        self.app.push_screen(ChoiceScreen(question, choices), chosen)

    def action_newer(self) -> None:
        """Offer what somebody else saved, if anybody did."""
        draft = self.draft
        if draft is None or draft.newer is None:
            self.drumbeat.tell("Nobody else has saved a newer version.")
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

        effects = ("You will lose:", *draft.told())
        self.app.push_screen(
            ConfirmScreen(Proposal("Discard your unsaved changes?", effects)), answered
        )
