"""What bulk actions are called, how far one is, and what became of it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from common.client import ApiProblem, ClientError
from common.model.listing import ListedEnrollment
from common.model.operations import Operation, OperationRow
from common.terminal import clean
from common.vocabulary import OperationAction, Outcome
from tui.state import row_words

_TOLD: Final = 3
DONE: Final = {
    OperationAction.ADD_TO_GROUP: "Added to the group",
    OperationAction.SEND_MESSAGE: "Sent",
    OperationAction.FINISH: "Marked as finished",
    OperationAction.RETRY: "Tried again",
    OperationAction.SUPPRESS: "Suppressed",
}
DOING: Final = {
    OperationAction.ADD_TO_GROUP: "adding",
    OperationAction.SEND_MESSAGE: "sending",
    OperationAction.FINISH: "finishing",
    OperationAction.RETRY: "trying again",
    OperationAction.SUPPRESS: "suppressing",
}


def is_unknown(error: ClientError) -> bool:
    """Whether what was asked may have happened all the same."""
    return not isinstance(error, ApiProblem) or error.code == "idempotency_running"


def progress_words(operation: Operation) -> str:
    """How far an operation is."""
    ended = operation.done + operation.skipped + operation.conflict
    return f"{_doing(operation)} {ended:,} of {operation.total:,}"


def refusal_words(problem: str, *, unknown: bool) -> str:
    """Why nothing was done, or that nobody knows."""
    if unknown:
        return f"Not known whether it was done. {problem} The same again does it once."
    return f"Nothing was done. {problem}"


def _doing(operation: Operation) -> str:
    return DOING[operation.action] if operation.undoes is None else "taking back"


def outcome_lines(one: Operation, rows: Iterable[OperationRow]) -> list[str]:
    """What became of an operation: done, with the carrier, conflicts by name, skipped by why."""
    what = DONE[one.action] if one.undoes is None else "Taken back"
    first = f"{what}: {one.done:,} of {one.total:,}."
    if one.with_carrier:
        first += f" {one.with_carrier:,} already with the carrier."
    lines = [first]
    conflicts = [row for row in rows if row.outcome is Outcome.CONFLICT]
    lines += [f"{clean(row.name or row.phone, 30)}: {row.why}" for row in conflicts[:_TOLD]]
    if one.conflict > len(conflicts[:_TOLD]):
        lines += [f"{one.conflict - len(conflicts[:_TOLD]):,} more met somebody else's action."]
    whys = Counter(row.why or "" for row in rows if row.outcome is Outcome.SKIPPED)
    told = whys.most_common(_TOLD)
    lines += [f"{many:,} skipped: {why}" for why, many in told]
    if one.skipped > (rest := sum(many for _, many in told)):
        lines += [f"{one.skipped - rest:,} more skipped."]
    lines.append("u takes it back · esc closes" if one.undoable else "esc closes")
    return lines


def spared_rows(
    rows: Iterable[ListedEnrollment], what: str, why: Callable[[ListedEnrollment], str]
) -> list[str]:
    """Names with the reason, for few; numbers by reason, for more."""
    listed = list(rows)
    if not listed:
        return []
    if len(listed) <= _TOLD:
        return [f"{clean(row_words.name(row), 30)}: {why(row)}; skipped." for row in listed]
    return [f"{many:,} {what}: {label}." for label, many in Counter(map(why, listed)).items()]
