"""The words for bulk actions: their names, progress, outcome and refusal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from common.client import ApiProblem, ClientError
from common.model.listing import ListedEnrollment
from common.model.operations import Operation, OperationRow
from common.terminal import clean
from common.vocabulary import OperationAction, Outcome
from tui.state import formatting
from tui.state.wording import counted

_TOLD: Final = 3
DONE: Final = {
    OperationAction.ADD_TO_GROUP: "Added to the group:",
    OperationAction.SEND_MESSAGE: "Sent",
    OperationAction.FINISH: "Finished",
    OperationAction.RETRY: "Retried",
    OperationAction.SUPPRESS: "Suppressed",
}
DOING: Final = {
    OperationAction.ADD_TO_GROUP: "adding",
    OperationAction.SEND_MESSAGE: "sending",
    OperationAction.FINISH: "finishing",
    OperationAction.RETRY: "retrying",
    OperationAction.SUPPRESS: "suppressing",
}


def is_unknown(error: ClientError) -> bool:
    """Whether the request may have been carried out despite the error."""
    return not isinstance(error, ApiProblem) or error.code == "idempotency_running"


def progress_words(operation: Operation) -> str:
    """The progress of an operation."""
    ended = operation.done + operation.skipped + operation.conflict
    return f"{_doing(operation)} {ended:,} of {operation.total:,}"


def refusal_words(problem: str, *, unknown: bool) -> str:
    """Why nothing was done, or that it is unknown."""
    if unknown:
        return f"It may have been done. {problem} Trying again won't do it twice."
    return f"Nothing was done. {problem}"


def _doing(operation: Operation) -> str:
    return DOING[operation.action] if operation.undoes is None else "undoing"


def done_words(one: Operation) -> str:
    """What an operation did, to how many: `Finished 133 of 134`."""
    what = DONE[one.action] if one.undoes is None else "Undone:"
    return f"{what} {one.done:,} of {one.total:,}"


def send_to(count: int) -> str:
    """The title of sending one text to some contacts."""
    return f"Send to {counted(count, 'contact')}{' individually' if count > 1 else ''}"


def outcome_lines(one: Operation, rows: Iterable[OperationRow]) -> list[str]:
    """The outcome of an operation: done, with the carrier, conflicts by name, skipped by reason."""
    first = f"{done_words(one)}."
    if one.with_carrier:
        first += f" {counted(one.with_carrier, 'text')} already with the carrier will still arrive."
    lines = [first]
    conflicts = [row for row in rows if row.outcome is Outcome.CONFLICT]
    lines += [f"{clean(row.name or row.phone, 30)}: {row.why}" for row in conflicts[:_TOLD]]
    if one.conflict > len(conflicts[:_TOLD]):
        more = one.conflict - len(conflicts[:_TOLD])
        lines += [f"{more:,} more were changed by someone else first."]
    whys = Counter(row.why or "" for row in rows if row.outcome is Outcome.SKIPPED)
    told = whys.most_common(_TOLD)
    lines += [f"{many:,} skipped: {why}" for why, many in told]
    if one.skipped > (rest := sum(many for _, many in told)):
        lines += [f"{one.skipped - rest:,} more skipped."]
    lines.append("u undo · esc close" if one.undoable else "esc close")
    return lines


def spared_rows(
    rows: Iterable[ListedEnrollment], what: str, why: Callable[[ListedEnrollment], str]
) -> list[str]:
    """Names with their reason for a few; counts by reason for more."""
    listed = list(rows)
    if not listed:
        return []
    if len(listed) <= _TOLD:
        return [f"{clean(formatting.name(row), 30)} {what}: {why(row)}." for row in listed]
    return [f"{many:,} {what}: {label}." for label, many in Counter(map(why, listed)).items()]
