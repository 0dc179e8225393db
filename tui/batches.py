"""Bulk actions: what is asked before, how they run, and what is told afterwards."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from textual.message import Message

from common.client import ClientError, Unreachable
from common.model.listing import ListedEnrollment
from common.model.messages import LeftOut, MessagePreview
from common.model.operations import MESSAGE_RECIPIENTS, NewOperation, Operation, OperationRow
from common.terminal import clean
from common.vocabulary import Outcome, Reason, Status
from tui.client.source import Source
from tui.state import formatting
from tui.state.operation_words import is_unknown, send_to
from tui.state.proposal import Proposal
from tui.state.wording import counted

POLL: Final = 0.3
"""Real seconds between two looks at an operation that runs on."""
LOST: Final = 1.0
"""Real seconds after which a lost server is asked again how far it is."""
LOOKED_AT: Final = 50
"""Rows up to which each is looked at before it is asked."""
ROWS: Final = 200
"""Rows of an outcome that are read to tell why."""
_TOLD: Final = 3
_RUNNING: Final = "running"


class OperationTaken(Message):
    """The server has what was asked under this key, as this operation."""

    def __init__(self, key: str, operation_id: int) -> None:
        self.key, self.operation_id = key, operation_id
        super().__init__()


class OperationGoesOn(Message):
    """How far an operation is."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        super().__init__()


class OperationEnded(Message):
    """An operation with the rows that were not done, as many as are told."""

    def __init__(self, operation: Operation, rows: Sequence[OperationRow]) -> None:
        self.operation, self.rows = operation, tuple(rows)
        super().__init__()


class OperationRefused(Message):
    """Nothing was done, or with `unknown` nobody knows; `problem` is for people."""

    def __init__(self, problem: str, *, unknown: bool = False) -> None:
        self.problem, self.unknown = problem, unknown
        super().__init__()


async def run(
    source: Source, new: NewOperation, key: str, post: Callable[[Message], object]
) -> None:
    """Begin an operation and follow it to its end, through a lost connection, too."""
    await _follow(source, source.add_operation(new, key=key), post, key)


async def take_back(source: Source, operation_id: int, post: Callable[[Message], object]) -> None:
    """Undo an operation, and follow that to its end."""
    await _follow(source, source.undo_operation(operation_id), post)


async def _follow(
    source: Source,
    beginning: Awaitable[Operation],
    post: Callable[[Message], object],
    key: str = "",
) -> None:
    try:
        operation = await beginning
    except ClientError as error:
        post(OperationRefused(error.message, unknown=is_unknown(error)))
        return
    post(OperationTaken(key, operation.id))
    while operation.state == _RUNNING:
        post(OperationGoesOn(operation))
        await asyncio.sleep(POLL)
        operation = await _ask(source, operation, None)
    rows: list[OperationRow] = []
    for outcome, count in (
        (Outcome.CONFLICT, operation.conflict),
        (Outcome.SKIPPED, operation.skipped),
    ):
        if count:
            rows += (await _ask(source, operation, outcome)).rows
    post(OperationEnded(operation, rows))


async def _ask(source: Source, operation: Operation, outcome: Outcome | None) -> Operation:
    while True:
        try:
            limit = ROWS if outcome else 1
            return await source.get_operation(operation.id, outcome=outcome, limit=limit)
        except Unreachable:
            await asyncio.sleep(LOST)
        except ClientError:
            return operation


def finish_proposal(
    count: int, where: str, rows: Sequence[ListedEnrollment] | None, carrier: bool = True
) -> Proposal:
    """What finishing would do. `rows` are all of them, if there are few."""
    spared: list[str] = []
    if rows is None:
        effect = "Pending contacts are finished and get no more texts from this sequence."
        spared.append("Contacts who are not pending will not change.")
    else:
        ended = [row for row in rows if row.status is not Status.PENDING]
        pending = len(rows) - len(ended)
        effect = f"{pending:,} will be finished and get no more texts from this sequence."
        spared += _named(ended, "will not change", lambda row: row.status.label)
    if carrier:
        spared.append("A text already with the carrier will still arrive.")
    return Proposal(
        f"Mark as finished: {counted(count, 'contact')} in {where}",
        (effect,),
        tuple(spared),
        count,
    )


def retry_proposal(count: int, where: str, rows: Sequence[ListedEnrollment] | None) -> Proposal:
    """What trying again would do."""
    effects = [
        "The failed step is sent again, and the sequence continues from there.",
    ]
    if rows is None:
        effects += _IN_GENERAL
        spared = ["Contacts who have not failed will be skipped."]
    else:
        again = [row for row in rows if _retryable(row)]
        whys = Counter(row.reason for row in again if row.reason is not None)
        effects += [f"{many:,} {why.words.label}: {_AGAIN[why]}." for why, many in whys.items()]
        spared = _named(
            [row for row in rows if not _retryable(row)],
            "will be skipped",
            lambda row: row.status.label,
        )
    effects.append("If the step was edited since then, its new text is sent.")
    return Proposal(
        f"Retry: {counted(count, 'contact')} in {where}", tuple(effects), tuple(spared), count
    )


_UNTIL: Final = "will probably fail again until"
_LANDLINE: Final = "skipped if the landline is confirmed; correct the number or its line type first"
_AGAIN: Final = {
    Reason.UNREACHABLE: "may arrive this time",
    Reason.INVALID_NUMBER: f"{_UNTIL} the number is corrected",
    Reason.FILTERED: f"{_UNTIL} the text or the sender's registration is changed",
    Reason.SENDER_CONFIGURATION: f"{_UNTIL} the sender's settings are corrected",
    Reason.RECIPIENT_REFUSED: f"{_UNTIL} the carrier allows the region or you use another sender",
    Reason.LANDLINE_PLAN: _LANDLINE,
    Reason.LANDLINE_LOOKUP: _LANDLINE,
    Reason.LANDLINE_CARRIER: _LANDLINE,
}
"""What a retry can do, by the reason of the failure."""
_IN_GENERAL: Final = (
    f"An unknown handset {_UNTIL} its number is corrected.",
    "A confirmed landline is skipped until its number or line type is corrected.",
)


def _retryable(row: ListedEnrollment) -> bool:
    return row.reason is not None and row.reason.words.retryable


def group_proposal(count: int, group: str, *, new: bool) -> Proposal:
    """What adding to a group would do."""
    created = ("The group will be created.",) if new else ()
    return Proposal(
        f"Add {counted(count, 'contact')} to {clean(group, 40)}",
        (*created, "They are added to the group; their texts are unaffected."),
        ("Existing members are skipped.",),
        count,
    )


def message_proposal(previews: Sequence[MessagePreview], reason: str = "") -> Proposal:
    """Who gets which text, and who is left out; with a `reason`, not for the window."""
    late = [one for one in previews if reason and outside(one)]
    going = [one for one in previews if one.left_out is None or one in late]
    effects = [f"{clean(one.name or one.phone, 20)}: {one.text or ''}" for one in going]
    if late:
        effects += [
            f"{counted(len(late), 'contact')} outside sending hours. Reason: {clean(reason)}"
        ]
    return Proposal(
        send_to(len(going)),
        tuple(effects),
        tuple(left_out_line(one) for one in previews if one not in going),
        len(going),
    )


def outside(one: MessagePreview) -> bool:
    """Whether nothing but the window keeps a text back."""
    return one.left_out is LeftOut.OUTSIDE_WINDOW


def left_out_line(one: MessagePreview) -> str:
    """Who is left out, and why."""
    return f"⊘ {clean(one.name or one.phone, 30)} will not get it: {one.why or one.left_out}"


def too_many_to_message(count: int) -> str:
    """Why so many cannot be texted at once."""
    return (
        f"You can message {MESSAGE_RECIPIENTS} contacts at a time. {count:,} are selected."
        " Select fewer, or add them to a group and enroll the group."
    )


def _named(
    rows: Iterable[ListedEnrollment], what: str, why: Callable[[ListedEnrollment], str]
) -> list[str]:
    """Names with the reason, for few; numbers by reason, for more."""
    listed = list(rows)
    if not listed:
        return []
    if len(listed) <= _TOLD:
        return [f"{clean(formatting.name(row), 30)} {what}: {why(row)}." for row in listed]
    return [f"{many:,} {what}: {label}." for label, many in Counter(map(why, listed)).items()]
