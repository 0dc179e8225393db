"""A history read anew: without the finishes that were undone, with texts as last read."""

from __future__ import annotations

from typing import Any, Final

import pytest
from msgspec.structs import replace

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource
from server.enrollments.lifecycle import OPEN_ENDED, Recorded, Standing, fold, timed
from server.enrollments.lifecycle_events import (
    Accepted,
    Activated,
    CarrierLandline,
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
FINISH_ID: Final = 3  # in a history that starts with `SENT_ONE`
FIRST: Final = Next(1, HOUR, HOUR, anchor_minute=540)
LATER: Final = Next(2, 2 * HOUR, 500 * HOUR, 1)
SENT_ONE: Final = (
    Enrolled(Status.PENDING, None, FIRST),
    Accepted(101, 1, Next(2, 2 * HOUR, 26 * HOUR, 1)),
)
LAST_SENT: Final = Accepted(102, 2, None)
FAILED: Final = Failed(101, 1, Reason.FILTERED, was_accepted=True)
LANDLINE: Final = CarrierLandline(101, 1, was_accepted=True)
BY_OPERATOR: Final = NumberSuppressed(SuppressionSource.OPERATOR)


def text(reading: Reading, rule: OnReply = OnReply.FINISH, message: int = 201) -> TextReceived:
    return TextReceived(message, reading, rule, WINDOW)


def after(*events: Event) -> Standing:
    """Where an enrollment stands after events that came an hour apart, numbered from 1."""
    return fold([Recorded(n, n * HOUR, event) for n, event in enumerate(events, start=1)])


def outcome(*events: Event) -> tuple[Status, Reason | None]:
    standing = after(*events)
    return standing.status, standing.reason


def test_given_a_plan_when_enrolled_then_pending_and_due_as_planned() -> None:
    assert after(SENT_ONE[0]) == Standing(
        Status.PENDING,
        due_at=HOUR,
        planned_at=HOUR,
        base_at=HOUR,
        next_step_id=1,
        anchor_minute=540,
    )


def test_given_a_draft_when_enrolled_then_held_and_no_time_is_planned() -> None:
    drafted = Enrolled(Status.PENDING, None, Next(1, None, None), Hold.DRAFT)
    assert after(drafted) == Standing(Status.PENDING, hold=Hold.DRAFT, next_step_id=1)
    assert after(drafted, Activated(FIRST)) == after(SENT_ONE[0])


def test_given_a_suppressed_number_when_enrolled_then_ended_at_once() -> None:
    event = Enrolled(Status.OMITTED_OPTED_OUT, Reason.KEYWORD)
    assert after(event) == Standing(Status.OMITTED_OPTED_OUT, Reason.KEYWORD, ended_at=HOUR)


def test_given_an_accepted_text_when_accepted_on_a_new_attempt_then_it_counts_once() -> None:
    standing = after(*SENT_ONE, Accepted(101, 1, LATER))
    assert (standing.accepted, standing.last_accepted_at) == (1, 3 * HOUR)


def test_given_a_failed_text_when_retried_and_refused_at_once_then_it_is_dead_once() -> None:
    refused = Failed(101, 1, Reason.INVALID_NUMBER, was_accepted=False)
    retried = Retried(Next(1, 2 * HOUR, 4 * HOUR, 1, retry_at=4 * HOUR), 101)
    assert after(*SENT_ONE, FAILED, retried).dead == 0
    again = after(*SENT_ONE, FAILED, retried, refused)
    assert (again.status, again.dead) == (Status.FAILED, 1)


def test_given_a_text_tried_twice_when_the_next_step_is_accepted_then_tries_start_anew() -> None:
    unreachable = RetryPlanned(101, 1, 9 * HOUR)
    tried = (*SENT_ONE, unreachable, Accepted(101, 1, LATER), unreachable)
    assert after(*tried).tries == 2
    assert after(*tried, Accepted(101, 1, LATER)).tries == 2
    assert after(*tried, Accepted(101, 1, LATER), LAST_SENT).tries == 0


@pytest.mark.parametrize(
    ("meanwhile", "status", "reason", "ended_at"),
    [
        (text(Reading.REPLY), Status.FINISHED_RESPONDED, Reason.REPLIED, 4 * HOUR),
        (text(Reading.OPT_OUT), Status.OPTED_OUT, Reason.KEYWORD, 4 * HOUR),
        (BY_OPERATOR, Status.OPTED_OUT, Reason.SUPPRESSED_BY_OPERATOR, 4 * HOUR),
        (FAILED, Status.FAILED, Reason.FILTERED, 4 * HOUR),
        (LANDLINE, Status.OMITTED_LANDLINE, Reason.LANDLINE_CARRIER, 4 * HOUR),
        (LAST_SENT, Status.FINISHED_NO_RESPONSE, Reason.COMPLETED, 4 * HOUR),
        (NoStepLeft(), Status.FINISHED_NO_RESPONSE, Reason.NO_STEPS_LEFT, 4 * HOUR),
    ],
    ids=lambda value: type(value).__name__,
)
def test_given_a_finish_when_undone_then_what_ended_it_meanwhile_stands(
    meanwhile: Event, status: Status, reason: Reason, ended_at: int
) -> None:
    finished = (*SENT_ONE, Finished(), meanwhile)
    assert after(*finished).status is Status.FINISHED_STOPPED
    standing = after(*finished, FinishUndone(FINISH_ID, LATER))
    assert (standing.status, standing.reason, standing.ended_at) == (status, reason, ended_at)
    assert (standing.due_at, standing.hold) == (None, None)


@pytest.mark.parametrize(
    "meanwhile",
    [
        (),
        (Delivered(101),),
        (text(Reading.REPLY, OnReply.CONTINUE),),
        (text(Reading.AUTO_REPLY),),
        (text(Reading.HELP),),
        (Held(Hold.DAILY_LIMIT, 40 * HOUR),),
    ],
    ids=["nothing", "delivered", "reply that continues", "auto-reply", "help", "held"],
)
def test_given_a_finish_when_undone_and_nothing_ended_it_then_pending_and_due_as_told(
    meanwhile: tuple[Event, ...],
) -> None:
    standing = after(*SENT_ONE, Finished(), *meanwhile, FinishUndone(FINISH_ID, LATER))
    assert (standing.status, standing.reason, standing.ended_at) == (Status.PENDING, None, None)
    assert (standing.plan, standing.due_at, standing.hold) == (LATER, LATER.planned_at, None)


def test_given_an_overdue_text_when_a_finish_is_undone_then_it_waits_for_the_notice() -> None:
    undone = FinishUndone(FINISH_ID, SENT_ONE[1].next, not_before=30 * HOUR)
    standing = after(*SENT_ONE, Finished(), undone)
    assert (standing.planned_at, standing.due_at) == (26 * HOUR, 30 * HOUR)


def test_given_a_finish_in_a_draft_when_undone_then_held_by_the_draft_again() -> None:
    first = Next(1, None, None)
    drafted = Enrolled(Status.PENDING, None, first, Hold.DRAFT)
    undone = (drafted, Finished(), FinishUndone(2, first), Held(Hold.DRAFT, None))
    assert after(*undone) == after(drafted)


def test_given_a_held_enrollment_when_its_finish_is_undone_with_no_time_then_still_held() -> None:
    held = InDoubt("timed out")
    standing = after(*SENT_ONE, held, Finished(), FinishUndone(4))
    assert standing == after(*SENT_ONE, held)


def test_given_a_reply_that_continues_meanwhile_when_undone_then_completion_is_a_response() -> None:
    reply = text(Reading.REPLY, OnReply.CONTINUE)
    undone = (*SENT_ONE, Finished(), reply, FinishUndone(FINISH_ID, LATER))
    assert after(*undone, LAST_SENT).status is Status.FINISHED_RESPONDED


def test_given_an_answer_to_a_first_text_on_its_way_when_a_finish_is_undone_then_it_counts() -> (
    None
):
    early = TextReceived(201, Reading.REPLY, OnReply.FINISH, WINDOW, on_its_way=True)
    finished = (SENT_ONE[0], Finished(with_carrier=True), early, SENT_ONE[1])
    assert after(*finished).status is Status.FINISHED_STOPPED
    assert after(*finished, FinishUndone(2, LATER)).status is Status.FINISHED_RESPONDED


def test_given_an_undone_finish_when_finished_again_then_stopped_until_undone_again() -> None:
    once = (*SENT_ONE, Finished(), FinishUndone(FINISH_ID, LATER))
    twice = (*once, Finished())
    assert outcome(*twice) == (Status.FINISHED_STOPPED, Reason.STOPPED_BY_OPERATOR)
    assert after(*twice).ended_at == 5 * HOUR
    assert after(*twice, FinishUndone(5, LATER)) == after(*once)


def test_given_an_undone_finish_when_undone_twice_then_as_undone_once() -> None:
    once = (*SENT_ONE, Finished(), FinishUndone(FINISH_ID, LATER))
    assert after(*once, FinishUndone(FINISH_ID, LATER)) == after(*once)


def test_given_an_undone_finish_when_the_last_text_is_accepted_then_completed() -> None:
    history = (*SENT_ONE, Finished(), FinishUndone(FINISH_ID, LATER), LAST_SENT)
    assert outcome(*history) == (Status.FINISHED_NO_RESPONSE, Reason.COMPLETED)


P, FN, FR = Status.PENDING, Status.FINISHED_NO_RESPONSE, Status.FINISHED_RESPONDED
FS, FA, OO = Status.FINISHED_STOPPED, Status.FAILED, Status.OPTED_OUT
XO, XL = Status.OMITTED_OPTED_OUT, Status.OMITTED_LANDLINE
NEW: Final = SENT_ONE[:1]
READINGS: Final = (Reading.AUTO_REPLY, Reading.REPLY, Reading.OPT_OUT)
OTHER_REPLY: Final = text(Reading.REPLY, message=202)

# What came before the text and after it, and the column if it is no reply, a reply that finishes,
# a reply that continues, an opt-out.
READ_ANEW: Final[dict[str, tuple[tuple[Event, ...], tuple[Event, ...], tuple[Status, ...]]]] = {
    "while pending": (SENT_ONE, (), (P, FR, P, OO)),
    "while pending, nothing accepted": (NEW, (), (P, P, P, OO)),
    "before completion": (SENT_ONE, (LAST_SENT,), (FN, FR, FR, OO)),
    "after completion": ((*SENT_ONE, LAST_SENT), (), (FN, FR, FR, FN)),
    "before a reply": (SENT_ONE, (OTHER_REPLY,), (FR, FR, FR, OO)),
    "after a reply": ((*SENT_ONE, OTHER_REPLY), (), (FR, FR, FR, FR)),
    "before a finish": (SENT_ONE, (Finished(),), (FS, FR, FS, OO)),
    "after a finish": ((*SENT_ONE, Finished()), (), (FS, FS, FS, FS)),
    "before a failure": (SENT_ONE, (FAILED,), (FA, FR, FA, OO)),
    "after a failure": ((*SENT_ONE, FAILED), (), (FA, FR, FA, FA)),
    "before a suppression": (SENT_ONE, (BY_OPERATOR,), (OO, FR, OO, OO)),
    "after a suppression": ((*SENT_ONE, BY_OPERATOR), (), (OO, OO, OO, OO)),
    "before a suppression, nothing accepted": (NEW, (BY_OPERATOR,), (XO, XO, XO, OO)),
    "after a suppression, nothing accepted": ((*NEW, BY_OPERATOR), (), (XO, XO, XO, XO)),
    "before a landline": (SENT_ONE, (LANDLINE,), (XL, FR, XL, OO)),
    "after a landline": ((*SENT_ONE, LANDLINE), (), (XL, XL, XL, XL)),
}


@each("rule", OnReply)
@each("last", READINGS)
@each("first", READINGS)
@each("when", READ_ANEW)
def test_given_a_text_when_read_anew_then_the_history_is_as_if_it_had_been_read_so(
    when: str, first: Reading, last: Reading, rule: OnReply
) -> None:
    before, then, (no_reply, finishes, continues, opt_out) = READ_ANEW[when]
    as_reply = finishes if rule is OnReply.FINISH else continues
    column = {Reading.REPLY: as_reply, Reading.OPT_OUT: opt_out}
    history = (*before, text(first, rule), *then)
    assert after(*history).status is column.get(first, no_reply)
    assert after(*history, Reread(201, last, LATER)).status is column.get(last, no_reply)


def test_given_a_reply_when_it_was_none_then_pending_and_due_as_told() -> None:
    standing = after(*SENT_ONE, text(Reading.REPLY), Reread(201, Reading.AUTO_REPLY, LATER))
    expected = (Status.PENDING, None, None, None, LATER.planned_at)
    fields = (standing.status, standing.reason, standing.ended_at, standing.replied_at)
    assert (*fields, standing.due_at) == expected


def test_given_a_reply_when_it_was_none_and_no_time_is_told_then_due_as_it_was() -> None:
    standing = after(*SENT_ONE, text(Reading.REPLY), Reread(201, Reading.AUTO_REPLY))
    assert standing == after(*SENT_ONE)


def test_given_an_end_when_a_text_is_read_anew_with_a_time_then_nothing_is_due() -> None:
    history = (*SENT_ONE, text(Reading.AUTO_REPLY), Finished())
    assert after(*history, Reread(201, Reading.HARMLESS, LATER)) == after(*history)


@pytest.mark.parametrize("last", Reading)
def test_given_a_text_read_anew_when_read_anew_again_then_the_last_reading_counts(
    last: Reading,
) -> None:
    history = (*SENT_ONE, text(Reading.AUTO_REPLY))
    other = Reading.OPT_OUT if last is Reading.REPLY else Reading.REPLY
    twice = after(*history, Reread(201, other, LATER), Reread(201, last, LATER))
    assert twice == after(*history, Reread(201, last, LATER))


def test_given_two_texts_when_one_is_read_anew_then_the_other_keeps_its_reading() -> None:
    history = (*SENT_ONE, text(Reading.REPLY), text(Reading.OPT_OUT, message=202))
    assert outcome(*history) == (FR, Reason.REPLIED)
    assert outcome(*history, Reread(201, Reading.AUTO_REPLY, LATER)) == (OO, Reason.KEYWORD)


def test_given_a_text_read_as_a_reply_when_read_so_later_then_the_rule_of_its_day_holds() -> None:
    history = (*SENT_ONE, text(Reading.AUTO_REPLY, OnReply.CONTINUE))
    assert after(*history, Reread(201, Reading.REPLY)).status is P
    assert after(*history, Reread(201, Reading.REPLY)).replied_at == 3 * HOUR


def test_given_an_undone_finish_when_a_text_after_it_is_read_as_a_reply_then_responded() -> None:
    history = (*SENT_ONE, Finished(), text(Reading.AUTO_REPLY), FinishUndone(FINISH_ID, LATER))
    assert after(*history).status is P
    assert outcome(*history, Reread(201, Reading.REPLY)) == (FR, Reason.REPLIED)


EARLY: Final = TextReceived(201, Reading.REPLY, OnReply.FINISH, WINDOW, on_its_way=True)


def test_given_a_reply_to_a_text_on_its_way_when_it_is_accepted_then_responded() -> None:
    assert outcome(SENT_ONE[0], EARLY, SENT_ONE[1]) == (
        Status.FINISHED_RESPONDED,
        Reason.REPLIED,
    )


def test_given_a_reply_to_a_text_that_never_went_when_it_goes_later_then_still_pending() -> None:
    unsent = Unsent(Hold.SENDER_RATE, 5 * HOUR)
    standing = after(SENT_ONE[0], EARLY, unsent, SENT_ONE[1])
    assert (standing.status, standing.replied_at) == (Status.PENDING, None)


def test_given_a_reply_to_an_unknown_text_when_it_is_found_then_responded() -> None:
    unknown = InDoubt("timed out")
    assert outcome(SENT_ONE[0], EARLY, unknown, SENT_ONE[1])[0] is Status.FINISHED_RESPONDED


PLANNED: Final = Standing(Status.PENDING, planned_at=9 * HOUR, base_at=HOUR, next_step_id=2)


@pytest.mark.parametrize(
    ("changed", "due_at"),
    [
        ({}, 9 * HOUR),
        ({"retry_at": 12 * HOUR}, 12 * HOUR),
        ({"retry_at": 5 * HOUR}, 9 * HOUR),
        ({"hold": Hold.DAILY_LIMIT, "not_before": 14 * HOUR}, 14 * HOUR),
        ({"hold": Hold.DAILY_LIMIT, "not_before": 5 * HOUR}, 9 * HOUR),
        ({"not_before": 14 * HOUR}, 14 * HOUR),
        ({"retry_at": 12 * HOUR, "not_before": 14 * HOUR}, 14 * HOUR),
        ({"retry_at": 15 * HOUR, "not_before": 14 * HOUR}, 15 * HOUR),
        ({"hold": Hold.NEEDS_REVIEW}, None),
        ({"hold": Hold.NEEDS_REVIEW, "retry_at": 12 * HOUR}, None),
        *(({"hold": hold, "not_before": 14 * HOUR}, None) for hold in sorted(OPEN_ENDED)),
        ({"hold": Hold.DRAFT, "planned_at": None, "base_at": None}, None),
        ({"planned_at": None}, None),
    ],
    ids=str,
)
def test_given_a_plan_a_retry_and_a_hold_then_the_latest_is_when_the_text_is_due(
    changed: dict[str, Any], due_at: int | None
) -> None:
    waiting = replace(PLANNED, **changed)
    for before in (None, 1, 99 * HOUR):
        assert timed(replace(waiting, due_at=before)) == replace(waiting, due_at=due_at)


RETRY_AT: Final = 9 * HOUR
AWAITED: Final = (*SENT_ONE, RetryPlanned(101, 1, RETRY_AT))
"""The first text was unreachable and is to be sent again."""
PAUSED: Final = Held(Hold.SEQUENCE_PAUSED, None)


def test_given_an_unreachable_handset_then_its_step_is_due_at_the_retry_and_counts_a_try() -> None:
    standing = after(*AWAITED)
    assert (standing.next_step_id, standing.due_at, standing.tries) == (1, RETRY_AT, 1)
    assert (standing.base_at, standing.base_step_id) == (2 * HOUR, 1)
    assert (standing.accepted, standing.dead) == (1, 0)


@pytest.mark.parametrize(
    "meanwhile",
    [
        (Replanned(Next(1, 2 * HOUR, 5 * HOUR, 1, RETRY_AT)),),
        (PAUSED, Resumed()),
        (PAUSED, Resumed(not_before=6 * HOUR)),
        (PAUSED, Resumed(Next(1, 3 * HOUR, 4 * HOUR, 1, RETRY_AT))),
        (Held(Hold.MISSING_FIELD, None), Released(Hold.MISSING_FIELD)),
        (Held(Hold.QUIET_HOURS, 6 * HOUR), Replanned(Next(1, 2 * HOUR, 5 * HOUR, 1, RETRY_AT))),
        (Unsent(Hold.SENDER_RATE, 6 * HOUR),),
    ],
    ids=["edited", "resumed", "resumed late", "shifted", "held", "held and edited", "unsent"],
)
def test_given_a_retry_when_edited_or_held_meanwhile_then_no_text_goes_before_it(
    meanwhile: tuple[Event, ...],
) -> None:
    standing = after(*AWAITED, *meanwhile)
    assert (standing.next_step_id, standing.retry_at) == (1, RETRY_AT)
    assert standing.due_at == RETRY_AT


LIMITED: Final = Held(Hold.DAILY_LIMIT, 40 * HOUR)


@pytest.mark.parametrize(
    ("resumed", "due_at"),
    [
        (Resumed(), 40 * HOUR),
        (Resumed(not_before=50 * HOUR), 50 * HOUR),
        (Resumed(Next(2, 3 * HOUR, 27 * HOUR, 1)), 40 * HOUR),
        (Resumed(Next(2, 30 * HOUR, 54 * HOUR, 1)), 54 * HOUR),
    ],
    ids=["kept", "overdue", "shifted less", "shifted more"],
)
def test_given_a_held_text_when_paused_and_resumed_then_it_does_not_go_before_the_hold_ends(
    resumed: Event, due_at: int
) -> None:
    paused = after(*SENT_ONE, LIMITED, PAUSED)
    assert (paused.hold, paused.due_at) == (Hold.SEQUENCE_PAUSED, None)
    standing = after(*SENT_ONE, LIMITED, PAUSED, resumed)
    assert (standing.hold, standing.due_at) == (None, due_at)


def test_given_a_retry_when_paused_then_not_due_and_the_retry_is_kept() -> None:
    standing = after(*AWAITED, PAUSED)
    assert (standing.retry_at, standing.due_at, standing.hold) == (
        RETRY_AT,
        None,
        Hold.SEQUENCE_PAUSED,
    )


def test_given_an_unreachable_text_while_paused_then_the_pause_stays_and_the_retry_is_kept() -> (
    None
):
    unreachable = AWAITED[-1]
    assert after(*SENT_ONE, PAUSED, unreachable, Resumed()).due_at == RETRY_AT
    assert after(*SENT_ONE, PAUSED, unreachable).hold is Hold.SEQUENCE_PAUSED


def test_given_a_retry_when_its_text_is_accepted_then_the_retry_is_over() -> None:
    standing = after(*AWAITED, Accepted(101, 1, LATER))
    assert (standing.retry_at, standing.due_at, standing.dead) == (None, LATER.planned_at, 0)


GIVES_UP: Final[dict[str, Event]] = {
    "skipped": StepSkipped(1, "paused", LATER),
    "edited": Replanned(LATER),
}


@pytest.mark.parametrize("how", GIVES_UP)
def test_given_a_retry_when_it_is_given_up_then_its_text_counts_as_dead(how: str) -> None:
    standing = after(*AWAITED, GIVES_UP[how])
    assert (standing.dead, standing.retry_at, standing.plan) == (1, None, LATER)
    assert (standing.status, standing.due_at) == (Status.PENDING, LATER.planned_at)


@pytest.mark.parametrize("last", [StepSkipped(1, "paused", None), NoStepLeft()], ids=str)
def test_given_a_retry_of_the_only_text_when_no_step_is_left_then_failed(last: Event) -> None:
    standing = after(*AWAITED, last)
    assert (standing.status, standing.reason) == (Status.FAILED, Reason.UNREACHABLE)
    assert (standing.next_step_id, standing.dead) == (1, 1)


@pytest.mark.parametrize("how", GIVES_UP)
def test_given_all_texts_dead_when_the_last_step_is_skipped_then_failed(how: str) -> None:
    skipped = StepSkipped(2, "late", None)
    assert outcome(*AWAITED, GIVES_UP[how], skipped) == (Status.FAILED, Reason.UNREACHABLE)


def test_given_a_given_up_retry_when_a_later_text_is_accepted_then_completed() -> None:
    history = (*AWAITED, GIVES_UP["skipped"], LAST_SENT)
    assert outcome(*history) == (Status.FINISHED_NO_RESPONSE, Reason.COMPLETED)


def test_given_a_given_up_retry_when_the_last_text_fails_too_then_failed() -> None:
    failed = Failed(102, 2, Reason.FILTERED, was_accepted=True)
    assert outcome(*AWAITED, GIVES_UP["skipped"], LAST_SENT, failed) == (
        Status.FAILED,
        Reason.FILTERED,
    )


def test_given_a_text_that_an_operator_tries_again_when_it_is_given_up_then_dead_once() -> None:
    retried = Retried(Next(1, 2 * HOUR, 4 * HOUR, 1, retry_at=4 * HOUR), 101)
    standing = after(*SENT_ONE, FAILED, retried, GIVES_UP["skipped"])
    assert (standing.accepted, standing.dead) == (1, 1)


def test_given_a_retry_when_its_finish_is_undone_then_it_is_still_sent_again() -> None:
    plan = after(*AWAITED).plan
    standing = after(*AWAITED, Finished(), FinishUndone(4, plan))
    assert standing == after(*AWAITED)


SENT_BACK: Final = SentBack(102, 2, Hold.SENDER_STOPPED, None, "30032")


def test_given_a_completed_enrollment_when_its_last_text_came_back_then_it_goes_again() -> None:
    standing = after(*SENT_ONE, LAST_SENT, SENT_BACK)
    assert (standing.status, standing.hold, standing.ended_at) == (
        Status.PENDING,
        Hold.SENDER_STOPPED,
        None,
    )
    assert (standing.next_step_id, standing.accepted, standing.tries) == (2, 2, 0)
    again = (*SENT_ONE, LAST_SENT, SENT_BACK, Released(Hold.SENDER_STOPPED))
    assert after(*again).due_at == 5 * HOUR
    assert outcome(*again, LAST_SENT) == (Status.FINISHED_NO_RESPONSE, Reason.COMPLETED)
    assert after(*again, LAST_SENT).accepted == 2


def test_given_an_answered_completion_when_its_last_text_came_back_then_still_responded() -> None:
    assert after(*SENT_ONE, LAST_SENT, OTHER_REPLY, SENT_BACK).status is Status.FINISHED_RESPONDED
