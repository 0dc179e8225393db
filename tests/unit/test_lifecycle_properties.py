"""Laws of every possible history, in any order."""

from __future__ import annotations

from typing import Final

from hypothesis import assume, given

from common.vocabulary import Hold, Status
from server.enrollments.lifecycle import Decision, Effect, Recorded, Standing, decide, fold, timed
from server.enrollments.lifecycle_events import (
    CarrierLandline,
    CarrierOptedOut,
    Delivered,
    Enrolled,
    Event,
    Failed,
    FinishUndone,
    Held,
    InDoubt,
    Released,
    Reread,
    Retried,
    RetryPlanned,
    SentBack,
    Unsent,
)
from tests.unit.lifecycle_histories import HOUR, Life, any_event, lives

NOW: Final = 5_000 * HOUR
P, FN, FR = Status.PENDING, Status.FINISHED_NO_RESPONSE, Status.FINISHED_RESPONDED
FS, FA, OO = Status.FINISHED_STOPPED, Status.FAILED, Status.OPTED_OUT
XO, XL = Status.OMITTED_OPTED_OUT, Status.OMITTED_LANDLINE

MAY_BECOME: Final = {
    P: set(Status),
    FN: {FN, FR, FA, XL, P},
    FR: {FR},
    FS: {FS},
    FA: {FA, FR, XL, P},
    OO: {OO},
    XO: {XO, OO},
    XL: {XL, P},
}


OPENS_AGAIN: Final = {FN: SentBack, FA: Retried, XL: Retried}
OF_A_CLAIM: Final = (Held, Released, Unsent, InDoubt)
"""What happens only where a text was due: never in a draft, which has no times."""


def assert_sound(standing: Standing) -> None:
    """What the table of enrollments demands of a row."""
    if standing.status is P:
        assert standing.due_at is not None or standing.hold is not None
        assert (standing.reason, standing.ended_at) == (None, None)
        if standing.hold is not Hold.DRAFT:
            assert None not in (standing.base_at, standing.planned_at, standing.next_step_id)
        assert timed(standing) == standing
    else:
        assert standing.reason is not None
        assert standing.ended_at is not None
        held = (standing.hold, standing.hold_detail, standing.not_before)
        times = (standing.due_at, standing.planned_at, standing.retry_at)
        assert (*held, *times) == (None,) * 6


@given(lives())
def test_pending_waits_for_something_and_ended_says_why(life: Life) -> None:
    for length in range(1, len(life.history) + 1):
        assert_sound(fold(life.history[:length]))


@given(lives(), any_event)
def test_every_event_has_a_sound_answer_in_every_standing(life: Life, event: Event) -> None:
    assume(life.standing.hold is not Hold.DRAFT or not isinstance(event, OF_A_CLAIM))
    decision = decide(life.standing, event, NOW)
    assert_sound(decision.standing)
    if decision.refused:
        assert decision == Decision(life.standing, refused=decision.refused)


@given(lives(), any_event)
def test_a_status_becomes_only_what_its_column_says(life: Life, event: Event) -> None:
    before, after = life.standing.status, decide(life.standing, event, NOW).standing.status
    if not isinstance(event, Enrolled):
        assert after in MAY_BECOME[before]
        assert after is not P or before is P or isinstance(event, OPENS_AGAIN[before])


@given(lives(), any_event)
def test_unsent_texts_are_cancelled_when_pending_ends_with_a_step_left_and_never_else(
    life: Life, event: Event
) -> None:
    decision = decide(life.standing, event, NOW)
    if not isinstance(event, Enrolled):
        ends = life.standing.status is P and decision.standing.status is not P
        cut_short = ends and decision.standing.next_step_id is not None
        assert (Effect.CANCEL_UNSENT in decision.effects) == cut_short


@given(lives(undoing=False))
def test_a_text_is_counted_once_however_often_it_was_tried(life: Life) -> None:
    standing = life.standing
    dead = [fate for fate in life.texts.values() if fate in {"dead", "given up"}]
    assert len(dead) <= standing.dead <= standing.accepted
    assert 0 <= standing.delivered <= standing.accepted


@given(lives(undoing=False))
def test_a_history_with_nothing_undone_folds_to_what_was_decided_step_by_step(life: Life) -> None:
    standing = Standing(P)
    for one in life.history:
        standing = decide(standing, one.event, one.at).standing
    assert fold(life.history) == standing


@given(lives(), any_event)
def test_what_follows_an_undo_is_decided_on_what_the_undo_left(life: Life, event: Event) -> None:
    if not isinstance(event, FinishUndone | Reread):
        history = [*life.history, Recorded(len(life.history) + 1, NOW, event)]
        assert fold(history) == decide(fold(life.history), event, NOW).standing


@given(lives())
def test_a_finish_that_was_undone_decides_nothing(life: Life) -> None:
    undone = {one.event.finish_id for one in life.history if isinstance(one.event, FinishUndone)}
    never = [
        one
        for one in life.history
        if one.id not in undone and not isinstance(one.event, FinishUndone)
    ]
    assert fold(never).status is fold(life.history).status


@given(lives(), any_event)
def test_an_event_received_twice_at_once_does_what_it_does_once(life: Life, event: Event) -> None:
    once = decide(life.standing, event, NOW).standing
    twice = decide(once, event, NOW).standing
    if isinstance(event, Delivered | CarrierOptedOut | CarrierLandline):
        # Reports are counted; the key of a callback keeps one from being counted twice.
        assert twice.status is once.status
    elif not isinstance(event, Failed | RetryPlanned):
        assert twice == once
