"""The transition table, cell by cell: what each event does to an enrollment in each status.

A cell says exactly which fields change, which effects follow, and what is noted or refused.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, get_args

import pytest
from msgspec.structs import replace

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource
from server.enrollments.lifecycle import (
    Accepted,
    Again,
    CarrierLandline,
    CarrierOptedOut,
    Decision,
    Delivered,
    Effect,
    Enrolled,
    Event,
    Failed,
    Finished,
    FinishUndone,
    Next,
    NoStepLeft,
    Postponed,
    Released,
    Reread,
    Retried,
    Standing,
    StepSkipped,
    Suppressed,
    TextReceived,
    decide,
)

HOUR: Final = 3_600_000_000
WINDOW: Final = 7 * 24 * HOUR
NOW: Final = 1_000 * HOUR
NEXT: Final = Next(step_id=4, due_at=NOW + 24 * HOUR)
FIRST, SECOND, THIRD = 101, 102, 103  # the texts of steps 1, 2 and 3

Fields = dict[str, Any]

# Two texts were accepted, none is known to be delivered, and step 3 goes next.
TEXTED: Final[Fields] = {
    "next_step_id": 3,
    "last_step_id": 2,
    "accepted": 2,
    "tries": 1,
    "last_accepted_at": NOW - HOUR,
    "last_message_id": SECOND,
}
UNTEXTED: Final[Fields] = {"next_step_id": 1}
ANSWERED: Final = TEXTED | {"replied_at": NOW - 9}
ANSWERED_EARLY: Final = UNTEXTED | {"replied_at": NOW - 9, "answered_early": True}
AT_THE_EDGE: Final = TEXTED | {"last_accepted_at": NOW - WINDOW}
TOO_LATE: Final = TEXTED | {"last_accepted_at": NOW - WINDOW - 1}
ONE_DEAD: Final = TEXTED | {"dead": 1}
BOTH_DEAD: Final = TEXTED | {"dead": 2}
ONE_DELIVERED: Final = TEXTED | {"delivered": 1}

ENDINGS: Final = {
    Status.FINISHED_NO_RESPONSE: Reason.COMPLETED,
    Status.FINISHED_RESPONDED: Reason.REPLIED,
    Status.FINISHED_STOPPED: Reason.STOPPED_BY_OPERATOR,
    Status.FAILED: Reason.UNREACHABLE,
    Status.OPTED_OUT: Reason.KEYWORD,
    Status.OMITTED_OPTED_OUT: Reason.SUPPRESSED_BY_OPERATOR,
    Status.OMITTED_LANDLINE: Reason.LANDLINE_CARRIER,
}
COLUMNS: Final = (Status.PENDING, *ENDINGS)
WAITING: Final[Fields] = {
    "hold": Hold.QUIET_HOURS,
    "hold_detail": "until 9:00",
    "due_at": NOW + HOUR,
    "planned_at": NOW,
}
NOT_WAITING: Final[Fields] = dict.fromkeys(WAITING)


class Cell(NamedTuple):
    """What happens: the fields that change, and all that a decision says beside them."""

    changes: Fields
    effects: tuple[Effect, ...] = ()
    note: str | None = None
    refused: str | None = None


CANCEL: Final = (Effect.CANCEL_UNSENT,)
CLEAR: Final = (Effect.CLEAR_PROBABLE_LANDLINE,)


def end(status: Status, reason: Reason, effects: tuple[Effect, ...] = (), **more: Any) -> Cell:
    changes = NOT_WAITING | {"status": status, "reason": reason, "ended_at": NOW} | more
    return Cell(changes, effects)


def due(effects: tuple[Effect, ...] = (), **more: Any) -> Cell:
    step = {"due_at": NEXT.due_at, "next_step_id": NEXT.step_id}
    pending = {"status": Status.PENDING, "reason": None, "ended_at": None}
    return Cell(NOT_WAITING | pending | step | more, effects)


def held(**more: Any) -> Cell:
    return Cell(NOT_WAITING | {"hold": Hold.SENDER_RATE} | more)


RESPONDED: Final = {"status": Status.FINISHED_RESPONDED, "reason": Reason.REPLIED}
NO_RESPONSE: Final = Status.FINISHED_NO_RESPONSE
CELLS: Final = {
    "-": Cell({}, note="noted"),
    "refold": Cell({}, note="refold"),
    "same": Cell({}),
    "no:finished": Cell({}, refused="already_finished"),
    "no:pending": Cell({}, refused="still_pending"),
    "no": Cell({}, refused="not_failed"),
    "clear": Cell({}, effects=CLEAR, note="noted"),
    "offer": Cell({}, effects=CLEAR, note="retry_offered"),
    "receives": Cell({}, effects=CLEAR, note="can_receive"),
    "due": due(),
    "due,tries=0": due(tries=0),
    "due,anew": due(
        tries=0, accepted=0, dead=0, last_step_id=None, last_message_id=None, last_accepted_at=None
    ),
    "due,clear": due(CLEAR, tries=0),
    "held": held(due_at=NOW + HOUR, hold_detail="full"),
    "held,open": held(planned_at=NOW),
    "given_back": Cell(NOT_WAITING | {"due_at": NOW + HOUR}),
    "held,again": held(due_at=NOW + HOUR, next_step_id=2, tries=2),
    "replied": Cell({"replied_at": NOW}),
    "early": Cell({"replied_at": NOW, "answered_early": True}),
    "FN": end(NO_RESPONSE, Reason.COMPLETED, next_step_id=None),
    "FN:no_steps": end(NO_RESPONSE, Reason.NO_STEPS_LEFT, next_step_id=None),
    "FN,clear": end(NO_RESPONSE, Reason.COMPLETED, CLEAR, next_step_id=None, tries=0),
    "FR:completed": end(Status.FINISHED_RESPONDED, Reason.REPLIED, next_step_id=None),
    "FR:cancel": end(Status.FINISHED_RESPONDED, Reason.REPLIED, CANCEL),
    "FR:reply": end(Status.FINISHED_RESPONDED, Reason.REPLIED, CANCEL, replied_at=NOW),
    "FR": Cell(RESPONDED | {"replied_at": NOW}),
    "FR:again": Cell(RESPONDED),
    "FS": end(Status.FINISHED_STOPPED, Reason.STOPPED_BY_OPERATOR, CANCEL),
    **{f"FA:{n}": end(Status.FAILED, Reason.FILTERED, CANCEL, next_step_id=n) for n in (1, 2, 3)},
    **{f"FA:{n},late": end(Status.FAILED, Reason.FILTERED, next_step_id=n) for n in (1, 2, 3)},
    "FA:landline": end(Status.FAILED, Reason.LANDLINE_CARRIER, CANCEL, next_step_id=2),
    "FA:lookup": end(Status.FAILED, Reason.LANDLINE_LOOKUP, CANCEL, next_step_id=3),
    "XL": end(Status.OMITTED_LANDLINE, Reason.LANDLINE_CARRIER, CANCEL),
    "XL,late": end(Status.OMITTED_LANDLINE, Reason.LANDLINE_CARRIER),
    "XL:lookup": end(Status.OMITTED_LANDLINE, Reason.LANDLINE_LOOKUP, CANCEL),
    "XL:lookup,late": end(Status.OMITTED_LANDLINE, Reason.LANDLINE_LOOKUP),
    "OO": Cell({"status": Status.OPTED_OUT}),
    "OO:keyword": end(Status.OPTED_OUT, Reason.KEYWORD, CANCEL),
    "OO:operator": end(Status.OPTED_OUT, Reason.SUPPRESSED_BY_OPERATOR, CANCEL),
    "OO:import": end(Status.OPTED_OUT, Reason.SUPPRESSED_BY_IMPORT, CANCEL),
    "OO:carrier": end(Status.OPTED_OUT, Reason.SUPPRESSED_BY_CARRIER, CANCEL),
    "XO:operator": end(Status.OMITTED_OPTED_OUT, Reason.SUPPRESSED_BY_OPERATOR, CANCEL),
    "XO:import": end(Status.OMITTED_OPTED_OUT, Reason.SUPPRESSED_BY_IMPORT, CANCEL),
    "XO:carrier": end(Status.OMITTED_OPTED_OUT, Reason.SUPPRESSED_BY_CARRIER, CANCEL),
}


class Row(NamedTuple):
    """An event, what it meets and counts in every column, and its eight cells."""

    name: str
    given: Fields
    event: Event
    cells: str  # P FN FR FS FA OO XO XL
    dead: int = 0
    delivered: int = 0
    sent: int = 0


def text(reading: Reading, rule: OnReply = OnReply.FINISH, on_its_way: bool = False) -> Event:
    return TextReceived(201, reading, rule, WINDOW, on_its_way)


def failed(message: int, step: int, was_accepted: bool = True) -> Event:
    return Failed(message, step, Reason.FILTERED, was_accepted)


BY = SuppressionSource
REPLY, GO_ON = text(Reading.REPLY), text(Reading.REPLY, OnReply.CONTINUE)
REPLY_EARLY = text(Reading.REPLY, OnReply.FINISH, on_its_way=True)
GO_ON_EARLY = text(Reading.REPLY, OnReply.CONTINUE, on_its_way=True)
LOOKED_UP = CarrierLandline(THIRD, 3, False, Reason.LANDLINE_LOOKUP)
LAST = Accepted(THIRD, 3, None)
TOLD_OUT, REFUSED_OUT = CarrierOptedOut(SECOND, 2, True), CarrierOptedOut(FIRST, 1, False)
LANDLINE, REFUSED_LANDLINE = CarrierLandline(SECOND, 2, True), CarrierLandline(FIRST, 1, False)

# One row a line, so that it reads as the table that it holds.
# fmt: off
# ruff: noqa: E501
TABLE: Final = [
    Row("the last text is accepted", TEXTED, LAST, "FN - - - - - OO -", sent=1),
    Row("the last text is accepted, replied", ANSWERED, LAST, "FR:completed - - - - - OO -", sent=1),
    Row("a text is accepted", TEXTED, Accepted(THIRD, 3, NEXT), "due - - - - - OO -", sent=1),
    Row("a first text is accepted, answered on its way", ANSWERED_EARLY, Accepted(THIRD, 3, NEXT), "FR:cancel - - - - - OO -", sent=1),
    Row("the last step is skipped", TEXTED, StepSkipped(3, "late", None), "FN:no_steps - - - - - - -"),
    Row("the last step is skipped, replied", ANSWERED, StepSkipped(3, "late", None), "FR:completed - - - - - - -"),
    Row("a step is skipped", TEXTED, StepSkipped(3, "late", NEXT), "due - - - - - - -"),
    Row("the remaining steps are deleted", TEXTED, NoStepLeft(), "FN:no_steps - - - - - - -"),
    Row("the remaining steps are deleted, replied", ANSWERED, NoStepLeft(), "FR:completed - - - - - - -"),
    Row("a reply that finishes", TEXTED, REPLY, "FR:reply FR - - FR - - receives"),
    Row("a second reply that finishes", ANSWERED, REPLY, "FR:cancel FR:again - - FR:again - - receives"),
    Row("a reply that finishes, at the window's end", AT_THE_EDGE, REPLY, "FR:reply FR - - FR - - receives"),
    Row("a reply that finishes, after the window", TOO_LATE, REPLY, "FR:reply - - - - - - receives"),
    Row("a reply that finishes, no text accepted", UNTEXTED, REPLY, "- - - - - - - receives"),
    Row("a reply that finishes, the first text on its way", UNTEXTED, REPLY_EARLY, "early - - - - - - receives"),
    Row("a reply that finishes, a later text on its way", TEXTED, REPLY_EARLY, "FR:reply FR - - FR - - receives"),
    Row("a reply that continues", TEXTED, GO_ON, "replied FR - - replied - - receives"),
    Row("a reply that continues, one text accepted", TEXTED | {"accepted": 1}, GO_ON, "replied FR - - replied - - receives"),
    Row("a second reply that continues", ANSWERED, GO_ON, "same FR:again - - same - - receives"),
    Row("a reply that continues, at the window's end", AT_THE_EDGE, GO_ON, "replied FR - - replied - - receives"),
    Row("a reply that continues, after the window", TOO_LATE, GO_ON, "replied - - - replied - - receives"),
    Row("a reply that continues, no text accepted", UNTEXTED, GO_ON, "- - - - - - - receives"),
    Row("a reply that continues, the first text on its way", UNTEXTED, GO_ON_EARLY, "replied - - - - - - receives"),
    Row("STOP", TEXTED, text(Reading.OPT_OUT), "OO:keyword - - - - - - -"),
    Row("STOP, no text accepted", UNTEXTED, text(Reading.OPT_OUT), "OO:keyword - - - - - - -"),
    Row("suppressed by an operator", TEXTED, Suppressed(BY.OPERATOR), "OO:operator - - - - - - -"),
    Row("suppressed by an operator, no text accepted", UNTEXTED, Suppressed(BY.OPERATOR), "XO:operator - - - - - - -"),
    Row("suppressed by an import", TEXTED, Suppressed(BY.IMPORT), "OO:import - - - - - - -"),
    Row("suppressed by an import, no text accepted", UNTEXTED, Suppressed(BY.IMPORT), "XO:import - - - - - - -"),
    Row("suppressed, STOP to another sequence", TEXTED, Suppressed(BY.KEYWORD), "OO:keyword - - - - - - -"),
    Row("suppressed, STOP to another sequence, no text accepted", UNTEXTED, Suppressed(BY.KEYWORD), "OO:keyword - - - - - - -"),
    Row("suppressed, the carrier said so of another text", TEXTED, Suppressed(BY.CARRIER), "OO:carrier - - - - - - -"),
    Row("suppressed, the carrier said so of another, no text accepted", UNTEXTED, Suppressed(BY.CARRIER), "XO:carrier - - - - - - -"),
    Row("START", TEXTED, text(Reading.OPT_IN), "- - - - - - - -"),
    Row("HELP", TEXTED, text(Reading.HELP), "- - - - - - - -"),
    Row("an auto-reply", TEXTED, text(Reading.AUTO_REPLY), "- - - - - - - -"),
    Row("a text that sounds like STOP", TEXTED, text(Reading.SOUNDS_LIKE_OPT_OUT), "- - - - - - - -"),
    Row("a text read as harmless", TEXTED, text(Reading.HARMLESS), "- - - - - - - -"),
    Row("a text read as wrong number", TEXTED, text(Reading.WRONG_NUMBER), "- - - - - - - -"),
    Row("delivered", TEXTED, Delivered(SECOND), "clear clear clear clear clear clear clear offer", delivered=1),
    Row("delivered after undelivered", ONE_DEAD, Delivered(SECOND, was_dead=True), "clear clear clear clear clear clear clear offer", delivered=1, dead=-1),
    Row("delivered, was to be tried again", TEXTED, Delivered(SECOND, waiting_again=True, next=NEXT), "due,clear clear clear clear clear clear clear offer", delivered=1),
    Row("delivered, the last was to be tried again", TEXTED, Delivered(SECOND, waiting_again=True), "FN,clear clear clear clear clear clear clear offer", delivered=1),
    Row("delivered, an older was to be tried again", TEXTED, Delivered(FIRST, waiting_again=True, next=NEXT), "clear clear clear clear clear clear clear offer", delivered=1),
    Row("its most recent text failed", TEXTED, failed(SECOND, 2), "FA:2 - - - - - - -", dead=1),
    Row("its most recent text failed, so all did", ONE_DEAD, failed(SECOND, 2), "FA:2 FA:2,late - - - - - -", dead=1),
    Row("an older text failed", TEXTED, failed(FIRST, 1), "- - - - - - - -", dead=1),
    Row("an older text failed, so all did", ONE_DEAD, failed(FIRST, 1), "- - - - - - - -", dead=1),
    Row("a text was refused at once", TEXTED, failed(THIRD, 3, was_accepted=False), "FA:3 - - - - - - -"),
    Row("a text was refused at once, some failed", ONE_DEAD, failed(THIRD, 3, was_accepted=False), "FA:3 - - - - - - -"),
    Row("a text was refused at once, so all failed", BOTH_DEAD, failed(THIRD, 3, was_accepted=False), "FA:3 FA:3,late - - - - - -"),
    Row("the first text was refused at once", UNTEXTED, failed(FIRST, 1, was_accepted=False), "FA:1 FA:1,late - - - - - -"),
    Row("the carrier says opted out", TEXTED, TOLD_OUT, "OO:carrier - - - - - - -", dead=1),
    Row("the carrier says opted out, no text accepted", UNTEXTED, REFUSED_OUT, "XO:carrier - - - - - - -"),
    Row("the carrier says landline", TEXTED, LANDLINE, "XL XL,late - - XL,late - - -", dead=1),
    Row("the carrier says landline, no text accepted", UNTEXTED, REFUSED_LANDLINE, "XL XL,late - - XL,late - - -"),
    Row("the carrier says landline, one delivered", ONE_DELIVERED, LANDLINE, "FA:landline - - - - - - -", dead=1),
    Row("a lookup says landline", TEXTED, LOOKED_UP, "XL:lookup XL:lookup,late - - XL:lookup,late - - -"),
    Row("a lookup says landline, one delivered", ONE_DELIVERED, LOOKED_UP, "FA:lookup - - - - - - -"),
    Row("held", TEXTED, Postponed(Hold.SENDER_RATE, NOW + HOUR, detail="full"), "held - - - - - - -"),
    Row("held, no known end", TEXTED, Postponed(Hold.SENDER_RATE, None, planned_at=NOW), "held,open - - - - - - -"),
    Row("given back, due without a hold", TEXTED, Postponed(None, NOW + HOUR), "given_back - - - - - - -"),
    Row("unreachable, to be tried again", TEXTED, Postponed(Hold.SENDER_RATE, NOW + HOUR, again=Again(SECOND, 2)), "held,again - - - - - - -"),
    Row("an older unreachable, to be tried again", TEXTED, Postponed(Hold.SENDER_RATE, NOW + HOUR, again=Again(FIRST, 1)), "- - - - - - - -"),
    Row("a hold ends", TEXTED, Released(NEXT), "due - - - - - - -"),
    Row("an operator finishes", TEXTED, Finished(), "FS" + " no:finished" * 7),
    Row("an operator finishes, one with the carrier", TEXTED, Finished(with_carrier=True), "FS" + " no:finished" * 7),
    Row("an operator retries", ONE_DEAD, Retried(NEXT, SECOND), "no:pending no no no due,tries=0 no no due,anew", dead=-1),
    Row("an operator retries what was refused", ONE_DEAD, Retried(NEXT, THIRD), "no:pending no no no due,tries=0 no no due,anew"),
    Row("an operator retries with no text", UNTEXTED, Retried(NEXT), "no:pending no no no due,tries=0 no no due,anew"),
    Row("an operator undoes a finish", TEXTED, FinishUndone(1), "refold " * 8),
    Row("an operator says what a text is", TEXTED, Reread(201, Reading.REPLY, NEXT), "refold " * 8),
]
# fmt: on


def standing(status: Status, given: Fields) -> Standing:
    """An enrollment in a column; nothing was ever sent to an Omitted Opted Out one."""
    if status is Status.PENDING:
        return Standing(status=status, **WAITING, **given)
    texts = UNTEXTED if status is Status.OMITTED_OPTED_OUT else given
    return Standing(status=status, reason=ENDINGS[status], ended_at=NOW - HOUR, **texts)


def counted(before: Standing, row: Row) -> Standing:
    """What the event says of the texts, whatever it does to the enrollment."""
    dead, delivered = before.dead + row.dead, before.delivered + row.delivered
    after = replace(before, dead=dead, delivered=delivered, accepted=before.accepted + row.sent)
    last = {"last_accepted_at": NOW, "last_message_id": THIRD, "last_step_id": 3, "tries": 0}
    return replace(after, **last) if row.sent else after


@pytest.mark.parametrize("column", range(8), ids=[status.label for status in COLUMNS])
@pytest.mark.parametrize("row", TABLE, ids=[row.name for row in TABLE])
def test_every_cell_of_the_transition_table(row: Row, column: int) -> None:
    names = row.cells.split()
    assert len(names) == len(COLUMNS)
    cell = CELLS[names[column]]
    before = standing(COLUMNS[column], row.given)
    after = before if cell.refused else replace(counted(before, row), **cell.changes)
    assert decide(before, row.event, NOW) == Decision(after, cell.effects, cell.note, cell.refused)


def test_the_table_has_a_row_for_every_kind_of_event_but_the_first() -> None:
    assert {type(row.event) for row in TABLE} == set(get_args(Event)) - {Enrolled}
