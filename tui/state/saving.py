"""Saving a sequence: the dry run, the confirmation, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from common.client import ApiProblem, ClientError, Unreachable
from common.documents import document_of
from common.model.sequences import Finding, Sequence, SequenceDocument, SequenceReplaced
from common.terminal import clean
from common.vocabulary import SequenceState
from tui.state.consequences import consequences
from tui.state.differences import difference_lines
from tui.state.operation_words import is_unknown
from tui.state.proposal import Proposal
from tui.state.sequence_actions import errors_of, finding_line

LIVE: Final = frozenset({SequenceState.ACTIVE, SequenceState.PAUSED})
"""States in which saving changes what contacts get, so that it is confirmed first."""
CHANGED: Final = "sequence_changed"
"""The error code if someone else has saved meanwhile."""
_NAME_CELLS: Final = 40


class Trial(NamedTuple):
    """The result of a dry run of saving.

    `replaced` is None if there was none: the sequence is not running, or has errors. `waiting`
    counts pending contacts by the position of their next step.
    """

    base: Sequence
    document: SequenceDocument
    findings: tuple[Finding, ...]
    replaced: SequenceReplaced | None = None
    waiting: Mapping[str, int] = {}

    @property
    def live(self) -> bool:
        """Whether the sequence is running, so that contacts are affected."""
        return self.base.state in LIVE


def proposal(trial: Trial, replaced: SequenceReplaced) -> Proposal:
    """The confirmation before a running sequence is changed."""
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


def not_sound(trial: Trial) -> tuple[str, list[str]]:
    """Title and lines: the errors to fix before a running sequence can be saved."""
    errors = errors_of(trial.findings)
    name = clean(trial.base.name, _NAME_CELLS)
    return (
        f"Not saved: {name} is {trial.base.state}, and these errors would stop it",
        [*(f"✗ {finding_line(one)}" for one in errors), "", "Your changes are kept here."],
    )


def saved_words(replaced: SequenceReplaced) -> str:
    """The outcome, for people."""
    name = clean(replaced.sequence.name, _NAME_CELLS)
    return f"{name} was saved as version {replaced.sequence.version}."


def not_saved_words(base: Sequence, error: ClientError) -> str:
    """Why nothing was saved, or that it is unknown, and what to do."""
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
    """Why the dry run failed."""
    name = clean(base.name, _NAME_CELLS)
    again = " Press w to try again." if isinstance(error, Unreachable) else ""
    return f"{name} was not saved: {error.message} Your changes are kept.{again}"


def is_outdated(error: ClientError) -> bool:
    """Whether someone else has saved meanwhile."""
    return isinstance(error, ApiProblem) and error.code == CHANGED
