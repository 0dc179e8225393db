"""The transition table, cell by cell: what each event does to an enrollment in each status.

A cell says exactly which fields change, which effects follow, and what is noted or refused.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, get_args

from msgspec.structs import replace

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource
from server.enrollments.lifecycle import Decision, Effect, Standing, decide
from server.enrollments.lifecycle_events import (
    Accepted,
    Activated,
    CarrierLandline,
    CarrierOptedOut,
    ClockSetBack,
    Delivered,
    Enrolled,
    Event,
    Failed,
    Finished,
    FinishUndone,
    Held,
    InDoubt,
    Next,
    NoStepLeft,
    NumberSuppressed,
    Released,
    Replanned,
    Reread,
    Resumed,
    Retried,
    RetryPlanned,
    SentBack,
    StepSkipped,
    TextReceived,
    Unsent,
)
from tests.each import each

HOUR: Final = 3_600_000_000
WINDOW: Final = 7 * 24 * HOUR
NOW: Final = 1_000 * HOUR
NEXT: Final = Next(4, base_at=NOW, planned_at=NOW + 24 * HOUR, base_step_id=3)
ANCHORED: Final = Next(1, base_at=NOW, planned_at=NOW + HOUR, anchor_minute=540)
AGAIN_AT: Final = NOW + 2 * HOUR  # when a text whose handset was unreachable is sent again
TRIED_AGAIN: Final = Next(2, NOW - HOUR, NOW + 5, base_step_id=2, retry_at=AGAIN_AT)
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
    "base_at": NOW - HOUR,
    "base_step_id": 2,
}
UNTEXTED: Final[Fields] = {"next_step_id": 1, "base_at": NOW - HOUR}
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
QUIET: Final[Fields] = {
    "hold": Hold.QUIET_HOURS,
    "hold_detail": "until 9:00",
    "not_before": NOW + HOUR,
    "due_at": NOW + HOUR,
    "planned_at": NOW,
}
DRAFT: Final[Fields] = {"hold": Hold.DRAFT, "base_at": None}
FREE: Final[Fields] = {"due_at": NOW, "planned_at": NOW}
PAUSED: Final[Fields] = {"hold": Hold.SEQUENCE_PAUSED, "planned_at": NOW - HOUR}
PAUSED_HELD: Final[Fields] = PAUSED | {"not_before": NOW + HOUR}
IN_REVIEW: Final[Fields] = {"hold": Hold.NEEDS_REVIEW, "hold_detail": "odd", "planned_at": NOW}
AFTER_UNDO: Final[Fields] = {"not_before": NOW + HOUR, "due_at": NOW + HOUR, "planned_at": NOW}
RETRY: Final[Fields] = {
    "next_step_id": 2,
    "planned_at": NOW,
    "retry_at": AGAIN_AT,
    "due_at": AGAIN_AT,
}
PAUSED_RETRY: Final[Fields] = RETRY | {"hold": Hold.SEQUENCE_PAUSED, "due_at": None}
NOT_WAITING: Final[Fields] = dict.fromkeys((*QUIET, "retry_at"))
QUIET_HOLD: Final = {name: QUIET[name] for name in ("hold", "hold_detail", "not_before")}


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


def due(effects: tuple[Effect, ...] = (), following: Next = NEXT, **more: Any) -> Cell:
    plan = {
        "next_step_id": following.step_id,
        "base_at": following.base_at,
        "base_step_id": following.base_step_id,
        "planned_at": following.planned_at,
        "retry_at": following.retry_at,
        "due_at": max(following.planned_at or 0, following.retry_at or 0),
    }
    pending = {"status": Status.PENDING, "reason": None, "ended_at": None}
    return Cell(NOT_WAITING | pending | plan | more, effects)


def held(hold: Hold | None, until: int | None, **more: Any) -> Cell:
    """A hold, with its end if that is known; the plan stays."""
    return Cell({"hold": hold, "hold_detail": None, "not_before": until, "due_at": until} | more)


def again(retry_at: int, **more: Any) -> Cell:
    """The second text goes once more."""
    plan = {"next_step_id": 2, "planned_at": NOW, "retry_at": retry_at, "due_at": retry_at}
    pending = {"status": Status.PENDING, "reason": None, "ended_at": None}
    return Cell(NOT_WAITING | pending | plan | more)


DROPPED: Final[Fields] = {
    "hold": Hold.SENDER_RATE,
    "hold_detail": "30017",
    "not_before": NOW + HOUR,
    "due_at": NOW + HOUR,
}
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
    "due,anew": due(tries=0, last_step_id=None, last_message_id=None, last_accepted_at=None),
    "due,rest": due(tries=0, accepted=1, dead=0, last_message_id=None),
    "due,clear": due(CLEAR, tries=0),
    "due,anchored": due(following=ANCHORED, anchor_minute=540),
    "due,retry": due(following=TRIED_AGAIN),
    "due,quiet": due(**QUIET_HOLD),
    "due,review": due(hold=Hold.NEEDS_REVIEW, hold_detail="odd", due_at=None),
    "due,paused": due(hold=Hold.SEQUENCE_PAUSED, due_at=None),
    "due,after_undo": due(not_before=NOW + HOUR),
    "due,given_up": due(dead=1),
    "held": held(Hold.SENDER_RATE, NOW + HOUR, hold_detail="full"),
    "held,open": held(Hold.SENDER_STOPPED, None),
    "held,early": held(Hold.SENDER_RATE, NOW - HOUR, due_at=NOW),
    "paused": held(Hold.SEQUENCE_PAUSED, NOW + HOUR, due_at=None),
    "paused,free": held(Hold.SEQUENCE_PAUSED, None),
    "released": held(None, NOW),
    "resumed": held(None, None, due_at=NOW - HOUR),
    "resumed,overdue": held(None, NOW + HOUR),
    "resumed,retry": held(None, None, due_at=AGAIN_AT),
    "unsent": held(Hold.SENDER_RATE, NOW + HOUR, replied_at=None, answered_early=False),
    "unsent,replied": held(Hold.SENDER_RATE, NOW + HOUR),
    "unknown": held(Hold.UNKNOWN, None, hold_detail="timeout"),
    "again": again(AGAIN_AT, tries=2),
    "again,paused": again(AGAIN_AT, tries=2, hold=Hold.SEQUENCE_PAUSED, due_at=None),
    "sent_back": again(NOW, **DROPPED),
    "sent_back,stopped": again(NOW, hold=Hold.SENDER_STOPPED, hold_detail="30032", due_at=None),
    "sent_back,paused": again(NOW, hold=Hold.SEQUENCE_PAUSED, due_at=None),
    "replied": Cell({"replied_at": NOW}),
    "early": Cell({"replied_at": NOW, "answered_early": True}),
    "FN": end(NO_RESPONSE, Reason.COMPLETED, next_step_id=None),
    "FN:no_steps": end(NO_RESPONSE, Reason.NO_STEPS_LEFT, next_step_id=None),
    "FN:given_up": end(NO_RESPONSE, Reason.NO_STEPS_LEFT, next_step_id=None, dead=1),
    "FA:given_up": end(Status.FAILED, Reason.UNREACHABLE, CANCEL, next_step_id=2, dead=2),
    "FA:all": end(Status.FAILED, Reason.UNREACHABLE, CANCEL, next_step_id=2),
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
    "XO:keyword": end(Status.OMITTED_OPTED_OUT, Reason.KEYWORD, CANCEL),
    "XO:operator": end(Status.OMITTED_OPTED_OUT, Reason.SUPPRESSED_BY_OPERATOR, CANCEL),
    "XO:import": end(Status.OMITTED_OPTED_OUT, Reason.SUPPRESSED_BY_IMPORT, CANCEL),
    "XO:carrier": end(Status.OMITTED_OPTED_OUT, Reason.SUPPRESSED_BY_CARRIER, CANCEL),
}


class Row(NamedTuple):
    """An event, what it meets and counts in every column, and its eight cells.

    `waiting` is how the pending one waits.
    """

    name: str
    given: Fields
    event: Event
    cells: str  # P FN FR FS FA OO XO XL
    dead: int = 0
    delivered: int = 0
    sent: int = 0
    waiting: Fields = QUIET


def text(reading: Reading, rule: OnReply = OnReply.FINISH, on_its_way: bool = False) -> Event:
    return TextReceived(201, reading, rule, WINDOW, on_its_way)


def failed(message: int, step: int, was_accepted: bool = True, superseded: bool = False) -> Event:
    return Failed(message, step, Reason.FILTERED, was_accepted, superseded)


BY = SuppressionSource
REPLY, GO_ON = text(Reading.REPLY), text(Reading.REPLY, OnReply.CONTINUE)
REPLY_EARLY = text(Reading.REPLY, OnReply.FINISH, on_its_way=True)
GO_ON_EARLY = text(Reading.REPLY, OnReply.CONTINUE, on_its_way=True)
LOOKED_UP = CarrierLandline(THIRD, 3, False, Reason.LANDLINE_LOOKUP)
LAST = Accepted(THIRD, 3, None)
TOLD_OUT, REFUSED_OUT = CarrierOptedOut(SECOND, 2, True), CarrierOptedOut(FIRST, 1, False)
SKIPPED, SKIPPED_LAST = StepSkipped(2, "paused", NEXT), StepSkipped(2, "paused", None)
RATE, STOPPED = Hold.SENDER_RATE, Hold.SENDER_STOPPED
UNSENT = Unsent(RATE, NOW + HOUR)
UNREACHABLE, OLDER_UNREACHABLE = RetryPlanned(SECOND, 2, AGAIN_AT), RetryPlanned(FIRST, 1, AGAIN_AT)
BACK, BACK_STOPPED = (
    SentBack(SECOND, 2, RATE, NOW + HOUR, "30017"),
    SentBack(SECOND, 2, STOPPED, None, "30032"),
)
OLDER_BACK = SentBack(FIRST, 1, RATE, NOW + HOUR)
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
    Row("a step is skipped, its text was to be sent again", TEXTED, SKIPPED, "due,given_up - - - - - - -", waiting=RETRY),
    Row("the last step is skipped, its text was to be sent again", TEXTED, SKIPPED_LAST, "FN:given_up - - - - - - -", waiting=RETRY),
    Row("the last step is skipped, its text was to be sent again, the rest failed", ONE_DEAD, SKIPPED_LAST, "FA:given_up - - - - - - -", waiting=RETRY),
    Row("the last step is skipped, its text was to be sent again, one delivered", ONE_DELIVERED, SKIPPED_LAST, "FN:given_up - - - - - - -", waiting=RETRY),
    Row("the last step is skipped, so all failed", BOTH_DEAD, StepSkipped(3, "late", None), "FA:all - - - - - - -"),
    Row("the remaining steps are deleted, so all failed", BOTH_DEAD, NoStepLeft(), "FA:all - - - - - - -"),
    Row("the remaining steps are deleted, a text was to be sent again", TEXTED, NoStepLeft(), "FN:given_up - - - - - - -", waiting=RETRY),
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
    Row("suppressed by an operator", TEXTED, NumberSuppressed(BY.OPERATOR), "OO:operator - - - - - - -"),
    Row("suppressed by an operator, no text accepted", UNTEXTED, NumberSuppressed(BY.OPERATOR), "XO:operator - - - - - - -"),
    Row("suppressed by an import", TEXTED, NumberSuppressed(BY.IMPORT), "OO:import - - - - - - -"),
    Row("suppressed by an import, no text accepted", UNTEXTED, NumberSuppressed(BY.IMPORT), "XO:import - - - - - - -"),
    Row("suppressed, STOP to another sequence", TEXTED, NumberSuppressed(BY.KEYWORD), "OO:keyword - - - - - - -"),
    Row("suppressed, STOP to another sequence, no text accepted", UNTEXTED, NumberSuppressed(BY.KEYWORD), "OO:keyword - - - - - - -"),
    Row("suppressed, the carrier said so of another text", TEXTED, NumberSuppressed(BY.CARRIER), "OO:carrier - - - - - - -"),
    Row("suppressed, the carrier said so of another, no text accepted", UNTEXTED, NumberSuppressed(BY.CARRIER), "XO:carrier - - - - - - -"),
    Row("suppressed already, STOP to another sequence", TEXTED, NumberSuppressed(BY.KEYWORD, already=True), "OO:keyword - - - - - - -"),
    Row("suppressed already, STOP to another sequence, no text accepted", UNTEXTED, NumberSuppressed(BY.KEYWORD, already=True), "XO:keyword - - - - - - -"),
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
    Row("a text failed that it has gone on without", TEXTED, failed(SECOND, 2, superseded=True), "- - - - - - - -", dead=1),
    Row("a text failed that it has gone on without, so all did", ONE_DEAD, failed(SECOND, 2, superseded=True), "- - - - - - - -", dead=1),
    Row("the carrier says opted out", TEXTED, TOLD_OUT, "OO:carrier - - - - - - -", dead=1),
    Row("the carrier says opted out, no text accepted", UNTEXTED, REFUSED_OUT, "XO:carrier - - - - - - -"),
    Row("the carrier says landline", TEXTED, LANDLINE, "XL XL,late - - XL,late - - -", dead=1),
    Row("the carrier says landline, no text accepted", UNTEXTED, REFUSED_LANDLINE, "XL XL,late - - XL,late - - -"),
    Row("the carrier says landline, one delivered", ONE_DELIVERED, LANDLINE, "FA:landline - - - - - - -", dead=1),
    Row("a lookup says landline", TEXTED, LOOKED_UP, "XL:lookup XL:lookup,late - - XL:lookup,late - - -"),
    Row("a lookup says landline, one delivered", ONE_DELIVERED, LOOKED_UP, "FA:lookup - - - - - - -"),
    Row("a hold begins", TEXTED, Held(RATE, NOW + HOUR, "full"), "held - - - - - - -"),
    Row("a hold begins that ends before the text is planned", TEXTED, Held(RATE, NOW - HOUR), "held,early - - - - - - -"),
    Row("a hold with no known end begins", TEXTED, Held(STOPPED, None), "held,open - - - - - - -"),
    Row("the sequence is paused", TEXTED, Held(Hold.SEQUENCE_PAUSED, None), "paused - - - - - - -"),
    Row("the sequence is paused, no hold before", TEXTED, Held(Hold.SEQUENCE_PAUSED, None), "paused,free - - - - - - -", waiting=FREE),
    Row("a hold ends", TEXTED, Released(Hold.QUIET_HOURS), "released - - - - - - -"),
    Row("a hold with no known end ends", TEXTED, Released(Hold.NEEDS_REVIEW), "released - - - - - - -", waiting=IN_REVIEW),
    Row("another hold ends", TEXTED, Released(Hold.DAILY_LIMIT), "- - - - - - - -"),
    Row("a hold ends where there is none", TEXTED, Released(Hold.DAILY_LIMIT), "- - - - - - - -", waiting=FREE),
    Row("a text did not go out", TEXTED, UNSENT, "unsent,replied - - - - - - -"),
    Row("a later text did not go out, replied", ANSWERED, UNSENT, "unsent,replied - - - - - - -"),
    Row("the first text did not go out, answered on its way", ANSWERED_EARLY, UNSENT, "unsent - - - - - - -"),
    Row("nobody knows whether the text went out", TEXTED, InDoubt("timeout"), "unknown - - - - - - -"),
    Row("unreachable, to be sent again", TEXTED, UNREACHABLE, "again - - - - - - -"),
    Row("unreachable, to be sent again, paused", TEXTED, UNREACHABLE, "again,paused - - - - - - -", waiting=PAUSED),
    Row("an older unreachable, to be sent again", TEXTED, OLDER_UNREACHABLE, "- - - - - - - -"),
    Row("its most recent text came back", TEXTED, BACK, "sent_back sent_back - - - - - -"),
    Row("its most recent text came back, the sender is stopped", TEXTED, BACK_STOPPED, "sent_back,stopped sent_back,stopped - - - - - -"),
    Row("its most recent text came back, paused", TEXTED, BACK, "sent_back,paused sent_back - - - - - -", waiting=PAUSED),
    Row("an older text came back", TEXTED, OLDER_BACK, "- - - - - - - -"),
    Row("a draft is activated", UNTEXTED, Activated(ANCHORED), "due,anchored - - - - - - -", waiting=DRAFT),
    Row("an edit moves the next step", TEXTED, Replanned(NEXT), "due - - - - - - -"),
    Row("an edit moves the next step, paused", TEXTED, Replanned(NEXT), "due,paused - - - - - - -", waiting=PAUSED),
    Row("an edit moves the next step, a finish was undone", TEXTED, Replanned(NEXT), "due,after_undo - - - - - - -", waiting=AFTER_UNDO),
    Row("an edit leaves a retry", TEXTED, Replanned(TRIED_AGAIN), "due,retry - - - - - - -", waiting=RETRY),
    Row("an edit gives up a retry", TEXTED, Replanned(NEXT), "due,given_up - - - - - - -", waiting=RETRY),
    Row("resumed, not overdue", TEXTED, Resumed(), "resumed - - - - - - -", waiting=PAUSED),
    Row("resumed, overdue", TEXTED, Resumed(not_before=NOW + HOUR), "resumed,overdue - - - - - - -", waiting=PAUSED),
    Row("resumed, held before the pause", TEXTED, Resumed(), "resumed,overdue - - - - - - -", waiting=PAUSED_HELD),
    Row("resumed, a retry waits", TEXTED, Resumed(), "resumed,retry - - - - - - -", waiting=PAUSED_RETRY),
    Row("resumed, moved by the pause", TEXTED, Resumed(NEXT), "due - - - - - - -", waiting=PAUSED),
    Row("resumed, held by something else", TEXTED, Resumed(not_before=NOW + 9), "same - - - - - - -"),
    Row("resumed, moved by the pause, held by something else", TEXTED, Resumed(NEXT), "due,quiet - - - - - - -"),
    Row("the clock was set back, a hold with an end", TEXTED, ClockSetBack(NEXT), "due - - - - - - -"),
    Row("the clock was set back, a finish was undone", TEXTED, ClockSetBack(NEXT), "due - - - - - - -", waiting=AFTER_UNDO),
    Row("the clock was set back, a hold that something ends", TEXTED, ClockSetBack(NEXT), "due,review - - - - - - -", waiting=IN_REVIEW),
    Row("the clock was set back, held before the pause", TEXTED, ClockSetBack(NEXT), "due,paused - - - - - - -", waiting=PAUSED_HELD),
    Row("the clock was set back, a retry waits", TEXTED, ClockSetBack(TRIED_AGAIN), "due,retry - - - - - - -", waiting=RETRY),
    Row("an operator finishes", TEXTED, Finished(), "FS" + " no:finished" * 7),
    Row("an operator finishes, one with the carrier", TEXTED, Finished(with_carrier=True), "FS" + " no:finished" * 7),
    Row("an operator retries", ONE_DEAD, Retried(NEXT, SECOND), "no:pending no no no due,tries=0 no no due,rest", dead=-1),
    Row("an operator retries what was refused", ONE_DEAD, Retried(NEXT, THIRD), "no:pending no no no due,tries=0 no no due,rest"),
    Row("an operator retries with no text", UNTEXTED, Retried(NEXT), "no:pending no no no due,tries=0 no no due,anew"),
    Row("an operator undoes a finish", TEXTED, FinishUndone(1), "refold " * 8),
    Row("an operator says what a text is", TEXTED, Reread(201, Reading.REPLY, NEXT), "refold " * 8),
]
# fmt: on


def standing(status: Status, given: Fields, waiting: Fields = QUIET) -> Standing:
    """An enrollment in a column; nothing was ever sent to an Omitted Opted Out one."""
    if status is Status.PENDING:
        return Standing(status=status, **(given | waiting))
    texts = UNTEXTED if status is Status.OMITTED_OPTED_OUT else given
    return Standing(status=status, reason=ENDINGS[status], ended_at=NOW - HOUR, **texts)


def counted(before: Standing, row: Row) -> Standing:
    """What the event says of the texts, whatever it does to the enrollment."""
    dead, delivered = before.dead + row.dead, before.delivered + row.delivered
    after = replace(before, dead=dead, delivered=delivered, accepted=before.accepted + row.sent)
    if not row.sent:
        return after
    last = {"last_accepted_at": NOW, "last_message_id": THIRD, "last_step_id": 3, "tries": 0}
    return replace(after, base_at=NOW, base_step_id=3, **last)


@each("column", range(8), ids=lambda column: COLUMNS[column].label)
@each("row", TABLE, ids=lambda row: row.name)
def test_every_cell_of_the_transition_table(row: Row, column: int) -> None:
    names = row.cells.split()
    assert len(names) == len(COLUMNS)
    cell = CELLS[names[column]]
    before = standing(COLUMNS[column], row.given, row.waiting)
    after = before if cell.refused else replace(counted(before, row), **cell.changes)
    assert decide(before, row.event, NOW) == Decision(after, cell.effects, cell.note, cell.refused)


def test_the_table_has_a_row_for_every_kind_of_event_but_the_first() -> None:
    assert {type(row.event) for row in TABLE} == set(get_args(Event)) - {Enrolled}
