"""Saving what is written of a sequence: what it would do, what is asked, what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec
from textual.message import Message

from common.client import ApiProblem, Client, ClientError, Unreachable
from common.documents import document_of
from common.model.sequences import Finding, Sequence, SequenceDocument, SequenceReplaced
from common.terminal import clean
from common.vocabulary import SequenceState
from tui.state.consequences import consequences
from tui.state.differences import difference_lines
from tui.state.draft import Draft
from tui.state.operation_words import is_unknown
from tui.state.proposal import Proposal
from tui.state.sequence_actions import errors_of, finding_line
from tui.widgets.notice import NoticeScreen

LIVE: Final = frozenset({SequenceState.ACTIVE, SequenceState.PAUSED})
"""States in which saving changes what people get, so that it is asked before."""
CHANGED: Final = "sequence_changed"
"""The code of a save that comes after somebody else's."""
_NAME_CELLS: Final = 40
_PENDING: Final = "status:pending"


class Trial(NamedTuple):
    """What saving a document over a base would do.

    `replaced` is None where it was not tried: nothing of it is live, or lint forbids it. `waiting`
    are those pending, by the position of the step that goes next.
    """

    base: Sequence
    document: SequenceDocument
    findings: tuple[Finding, ...]
    replaced: SequenceReplaced | None = None
    waiting: Mapping[str, int] = {}

    @property
    def live(self) -> bool:
        """Whether people may get something else by it."""
        return self.base.state in LIVE


class Tried(Message):
    """To the page that asked: what saving would do."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        super().__init__()


class NotTried(Message):
    """To the page that asked: the server refused, or did not answer."""

    def __init__(self, error: ClientError) -> None:
        self.error = error
        super().__init__()


class Saved(Message):
    """To the application: a draft was saved."""

    def __init__(self, replaced: SequenceReplaced) -> None:
        self.replaced = replaced
        super().__init__()


class NotSaved(Message):
    """To the application: a draft was refused, or it is not known whether it was saved."""

    def __init__(self, base: Sequence, error: ClientError) -> None:
        self.base, self.error = base, error
        super().__init__()


class Outdated(Message, bubble=False):
    """To every open page: a draft cannot be saved, as somebody else saved the sequence."""

    def __init__(self, sequence_id: int) -> None:
        self.sequence_id = sequence_id
        super().__init__()


async def attempt(source: Client, draft: Draft, post: Callable[[Message], object]) -> None:
    """Try what saving would do, without doing it, and post Tried or NotTried."""
    try:
        post(Tried(await _trial(source, draft.base, draft.document)))
    except ClientError as error:
        post(NotTried(error))


async def _trial(source: Client, base: Sequence, document: SequenceDocument) -> Trial:
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


async def save(
    source: Client, base: Sequence, document: SequenceDocument, post: Callable[[Message], object]
) -> None:
    """Save a document over the version that it was written for, and post Saved or NotSaved."""
    try:
        post(Saved(await source.replace_sequence(base.id, document, base.version)))
    except ClientError as error:
        post(NotSaved(base, error))


def proposal(trial: Trial, replaced: SequenceReplaced) -> Proposal:
    """What is asked before a live sequence is changed."""
    before = document_of(trial.base)
    return Proposal(
        f"Save changes to {clean(trial.base.name, _NAME_CELLS)}",
        (
            *consequences(before, trial.document, replaced, trial.waiting),
            "",
            *difference_lines(replaced.differences),
        ),
        (
            "Nobody gets a step twice, and texts already sent do not change.",
            *map(finding_line, trial.findings),
        ),
        replaced.pending or None,
    )


def not_sound(trial: Trial) -> NoticeScreen:
    """What has to be mended before a live sequence can be saved so."""
    errors = errors_of(trial.findings)
    name = clean(trial.base.name, _NAME_CELLS)
    return NoticeScreen(
        f"Not saved: {name} is {trial.base.state}, and these errors would stop it",
        [*(f"✗ {finding_line(one)}" for one in errors), "", "Your changes are kept here."],
    )


def saved_words(replaced: SequenceReplaced) -> str:
    """What came of it."""
    name = clean(replaced.sequence.name, _NAME_CELLS)
    return f"{name} was saved as version {replaced.sequence.version}."


def not_saved_words(base: Sequence, error: ClientError) -> str:
    """Why nothing was saved, or that this is not known, and what to do."""
    name = clean(base.name, _NAME_CELLS)
    if is_outdated(error):
        return f"{name} was not saved: someone else saved it first. Your changes are kept."
    if is_unknown(error):
        return (
            f"{name} may have been saved. {error.message} Your changes are kept; it is checked"
            " again when the server answers."
        )
    return f"{name} was not saved: {error.message} Your changes are kept."


def not_tried_words(base: Sequence, error: ClientError) -> str:
    """Why it could not even be tried."""
    name = clean(base.name, _NAME_CELLS)
    again = " Press w to try again." if isinstance(error, Unreachable) else ""
    return f"{name} was not saved: {error.message} Your changes are kept.{again}"


def is_outdated(error: ClientError) -> bool:
    """Whether somebody else saved meanwhile."""
    return isinstance(error, ApiProblem) and error.code == CHANGED
