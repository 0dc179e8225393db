"""Save: saves the draft of a sequence, merges a version by someone else, or discards changes."""

from __future__ import annotations

from typing import Final

import msgspec

from common.client import Client, ClientError
from common.documents import canonical
from common.model.sequences import Sequence, SequenceDocument
from common.terminal import clean
from tui.flows.page import DraftPage
from tui.state.choice import Choice
from tui.state.draft import Draft
from tui.state.faults import faults_of
from tui.state.proposal import Proposal
from tui.state.saving import Trial, is_outdated, not_sound, not_tried_words, proposal
from tui.state.sequence_actions import errors_of, finding_line
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.notice import NoticeScreen

_BRING: Final = "bring"
_DROP: Final = "drop"
_ABOUT_BRING: Final = (
    "Adds your changes to theirs. Where both changed the same thing, yours is kept."
)
_ABOUT_DROP: Final = "Discards your changes and loads their version."
_PENDING: Final = "status:pending"


async def save(page: DraftPage) -> None:
    """Do a dry run; confirm for a running sequence, save a draft without asking."""
    session, draft = page.session, _changed(page)
    if draft is None:
        return
    if draft.base.id in session.changing:
        session.tell("The sequence's state is changing. Press w again when that is done.")
        return
    if draft.newer is not None:
        await _offer(page, draft)
        return
    if faults := faults_of(draft.document):
        lines = [f"✗ {finding_line(one)}" for one in faults]
        await page.ask(NoticeScreen("Not saved: fix this first", lines))
        return
    document = draft.document = canonical(draft.document)
    try:
        trial = await _try(session.client, draft.base, document)
    except ClientError as error:
        if not page.on_top:
            return
        if is_outdated(error):
            page.offer_saved()
        else:
            session.tell(not_tried_words(draft.base, error), wrong=True)
        return
    if document != draft.document:
        return
    if not page.on_top or draft.base.id in session.changing:
        session.tell(f"{clean(draft.base.name, 40)} is not saved yet. Press w again.")
    elif trial.replaced is None and trial.live:
        await page.ask(NoticeScreen(*not_sound(trial)))
    elif trial.replaced is None or await page.ask(ConfirmScreen(proposal(trial, trial.replaced))):
        session.save(draft)
        page.show()


async def _try(source: Client, base: Sequence, document: SequenceDocument) -> Trial:
    """The dry run of saving."""
    findings = tuple(await source.lint_document(document))
    state = (await source.get_sequence(base.id)).state  # no new version comes of another state
    base = msgspec.structs.replace(base, state=state)
    trial = Trial(base, document, findings)
    if not trial.live or errors_of(findings):
        return trial
    replaced = await source.replace_sequence(base.id, document, base.version, dry_run=True)
    if not replaced.pending:
        return trial._replace(replaced=replaced)
    page = await source.list_enrollments(base.id, _PENDING, limit=1)
    return trial._replace(replaced=replaced, waiting=page.facets.step)


async def offer_saved(page: DraftPage) -> None:
    """Load the version that someone else saved, and offer it."""
    page.take(await page.session.client.get_sequence(page.sequence_id))
    draft = page.draft
    if draft is None:
        return
    if draft.newer is None:
        page.session.tell("Their version does not affect your changes. Press w again to save.")
    else:
        await _offer(page, draft)


async def offer_newer(page: DraftPage) -> None:
    """Offer the version that someone else saved, if there is one."""
    draft = page.draft
    if draft is None or draft.newer is None:
        page.session.tell("Nobody else has saved a newer version.")
    else:
        await _offer(page, draft)


async def _offer(page: DraftPage, draft: Draft) -> None:
    """Ask whether to merge or discard the changes, after someone else saved."""
    if draft.newer is None or not page.on_top:
        return
    choices = (
        Choice(_BRING, "merge my changes", about=_ABOUT_BRING),
        Choice(_DROP, "discard my changes", about=_ABOUT_DROP),
    )
    question = f"Someone else saved version {draft.newer.version}:"
    pick = await page.ask(ChoiceScreen(question, choices))
    if pick is None:
        return
    clashes: tuple[str, ...] = ()
    if pick.value == _BRING:
        clashes = draft.bring_over()
    else:
        draft.go_back()
    page.show()
    if clashes:
        lines = [*clashes, "", "Nothing is saved yet."]
        await page.ask(NoticeScreen("You both changed this; yours is kept", lines))


async def go_back(page: DraftPage) -> None:
    """Confirm, then discard the changes."""
    draft = _changed(page)
    if draft is None:
        return
    asked = Proposal("Discard your unsaved changes?", ("You will lose:", *draft.told()))
    if await page.ask(ConfirmScreen(asked)):
        draft.go_back()
        page.show()


def _changed(page: DraftPage) -> Draft | None:
    draft = page.written()
    if draft is not None and not draft.changed and draft.newer is None:
        page.session.tell("You have no unsaved changes.")
        return None
    return draft
