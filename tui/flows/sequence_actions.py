"""Activate, pause, resume, archive, duplicate: actions on a whole sequence."""

from __future__ import annotations

from common.client import Client
from common.terminal import clean
from common.vocabulary import ResumeMode, SequenceState, Status
from tui.flows.page import SequencePage
from tui.state.sequence_actions import (
    Look,
    SequenceAction,
    errors_of,
    mode_choices,
    not_sound,
    proposal,
    unfit,
)
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.duplicate_screen import DuplicateScreen
from tui.widgets.notice import NoticeScreen


async def activate(page: SequencePage) -> None:
    """Confirm, then activate a draft."""
    await _change(page, SequenceAction.ACTIVATE)


async def pause_or_resume(page: SequencePage) -> None:
    """Confirm, then pause an active sequence or resume a paused one."""
    one = page.subject
    paused = one is not None and one.state is SequenceState.PAUSED
    await _change(page, SequenceAction.RESUME if paused else SequenceAction.PAUSE)


async def archive(page: SequencePage) -> None:
    """Confirm, then archive."""
    await _change(page, SequenceAction.ARCHIVE)


async def duplicate(page: SequencePage) -> None:
    """Ask for a name, then create the duplicate."""
    session, one = page.session, page.subject
    if one is None or not page.may_change():
        return
    unsaved = session.has_unsaved_draft(one.id)
    copy = await page.ask(DuplicateScreen(session.client, one, unsaved=unsaved))
    if copy is not None:
        session.sequence_changed(SequenceAction.DUPLICATE, copy)


async def _change(page: SequencePage, action: SequenceAction) -> None:
    session, one = page.session, page.subject
    if one is None or not page.may_change():
        return
    if one.id in session.changing:
        session.tell(f"{clean(one.name, 40)} is being changed. Try again in a moment.")
        return
    seen = await _look(session.client, action, one.id)
    name = clean(seen.sequence.name, 40)
    if (why := unfit(seen)) is not None:
        session.tell(why, wrong=True)
        session.reread(seen.sequence.id)
        return
    if errors_of(seen.findings):
        await page.ask(NoticeScreen(*not_sound(seen)), f"{action.capitalize()} {name}")
        return
    mode = None
    if action is SequenceAction.RESUME:
        title = f"Resume {clean(seen.sequence.name, 30)}:"
        pick = await page.ask(ChoiceScreen(title, mode_choices(seen.sequence.kind)), title)
        if pick is None or pick.value is None:
            return
        mode = ResumeMode(pick.value)
    now, me = session.domain_now(), session.me
    if now is None or me is None:
        return
    unsaved = session.has_unsaved_draft(seen.sequence.id)
    asked = proposal(seen, mode, now, me.zone, unsaved=unsaved)
    if await page.ask(ConfirmScreen(asked), asked.title):
        session.change_sequence(action, seen.sequence, mode)


async def _look(source: Client, action: SequenceAction, sequence_id: int) -> Look:
    """Load the sequence, and what the confirmation needs."""
    sequence = await source.get_sequence(sequence_id)
    if not action.fits(sequence.state):
        return Look(action, sequence)
    if action is SequenceAction.ACTIVATE:
        return Look(action, sequence, findings=tuple(await source.lint_sequence(sequence_id)))
    if action is SequenceAction.PAUSE and sequence.counts[Status.PENDING]:
        page = await source.list_enrollments(sequence_id, "status:pending", sort="next", limit=1)
        return Look(action, sequence, page.items[0] if page.items else None)
    return Look(action, sequence)
