"""Pages over a sequence whose life can be steered from there: what is asked, and refused."""

from __future__ import annotations

from textual import on

from common.model.sequences import Sequence
from common.terminal import clean
from common.vocabulary import ResumeMode, SequenceState
from tui.actions.registry import bindings_of
from tui.flows.sequence_actions import LifeChanged, LookedAt, look
from tui.screens.duplicate import DuplicateScreen
from tui.screens.page import Page
from tui.state.choice import Pick
from tui.state.sequence_actions import (
    Look,
    SequenceAction,
    Subject,
    errors_of,
    finding_line,
    mode_choices,
    proposal,
    unfit,
)
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.notice import NoticeScreen


class LivingPage(Page):
    """Offers what fits the state of its `subject`; every deed is asked before it is done."""

    BINDINGS = bindings_of("life")

    @property
    def subject(self) -> Subject | None:
        """The sequence that the deeds are for; None where there is none, or not known."""
        return None

    def can(self, deed: str) -> bool:
        """Whether a deed is offered."""
        one = self.subject
        return one is not None and SequenceAction(deed).fits(one.state)

    # Asking.

    def action_activate(self) -> None:
        """Ask, then let a draft run."""
        self._begin(SequenceAction.ACTIVATE)

    def action_pause_or_resume(self) -> None:
        """Ask, then hold an active one, or let a paused one go on."""
        one = self.subject
        paused = one is not None and one.state is SequenceState.PAUSED
        self._begin(SequenceAction.RESUME if paused else SequenceAction.PAUSE)

    def action_archive(self) -> None:
        """Ask, then put it away."""
        self._begin(SequenceAction.ARCHIVE)

    def action_duplicate(self) -> None:
        """Ask for a name, then make a draft like it."""
        one = self.subject
        if one is None or not self.may_change():
            return

        def made(copy: Sequence | None) -> None:
            if copy is not None:
                self.drumbeat.post_message(LifeChanged(SequenceAction.DUPLICATE, copy))

        unsaved = self._unsaved(one.id)
        self.app.push_screen(DuplicateScreen(self.drumbeat.client, one, unsaved=unsaved), made)

    def _begin(self, deed: SequenceAction) -> None:
        one = self.subject
        if one is None or not self.may_change():
            return
        if one.id in self.drumbeat.changing:
            self.drumbeat.tell(f"{clean(one.name, 40)} is being changed. Try again in a moment.")
            return
        self.fetch(look(self.drumbeat.client, deed, one.id), LookedAt, group="look")

    @on(LookedAt)
    def _looked_at(self, told: LookedAt) -> None:
        """Ask, unless something is open by now: an earlier question, for one."""
        seen = told.look
        asked = f"{seen.deed.capitalize()} {clean(seen.sequence.name, 40)}"
        if (why := unfit(seen)) is not None:
            self.drumbeat.tell(why, wrong=True)
            self.drumbeat.reread(seen.sequence.id)
        elif errors_of(seen.findings):
            self.ask_on_top(_not_sound(seen), what=asked)
        elif seen.deed is SequenceAction.RESUME:
            self._ask_mode(seen)
        else:
            self._confirm(seen, None)

    def _ask_mode(self, seen: Look) -> None:
        def chosen(pick: Pick | None) -> None:
            if pick is not None and pick.value is not None:
                self._confirm(seen, ResumeMode(pick.value))

        title = f"Resume {clean(seen.sequence.name, 30)}:"
        choices = mode_choices(seen.sequence.kind)
        self.ask_on_top(ChoiceScreen(title, choices), chosen, what=title)

    def _confirm(self, seen: Look, mode: ResumeMode | None) -> None:
        now, me = self.drumbeat.domain_now(), self.drumbeat.me
        if now is None or me is None:
            return

        def answered(sure: bool | None) -> None:
            if sure:
                self.drumbeat.change_life(seen.deed, seen.sequence, mode)

        unsaved = self._unsaved(seen.sequence.id)
        asked = proposal(seen, mode, now, me.zone, unsaved=unsaved)
        self.ask_on_top(ConfirmScreen(asked), answered, what=asked.title)

    def _unsaved(self, sequence_id: int) -> bool:
        draft = self.drumbeat.drafts.get(sequence_id)
        return draft is not None and draft.changed


def _not_sound(seen: Look) -> NoticeScreen:
    """What has to be mended before a draft can run, then what is only worth a look."""
    errors = errors_of(seen.findings)
    warnings = [one for one in seen.findings if one not in errors]
    lines = [f"✗ {finding_line(one)}" for one in errors]
    if warnings:
        lines += ["", "Warnings, which do not block it:", *map(finding_line, warnings)]
    many = f"{len(errors):,} error{'' if len(errors) == 1 else 's'}"
    return NoticeScreen(f"{clean(seen.sequence.name, 30)} cannot be activated: {many}", lines)
