"""The plan of an enrollment, worked out from the instant that its step's delay counts from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.model.enrolling import NotEnrolled
from common.model.sequences import Delay, Reenroll
from common.vocabulary import OnReply, SequenceKind, SequenceState
from common.windows import DEFAULT_WINDOW, Window
from server.clock import DAY, HOUR, MINUTE
from server.enrollments.lifecycle_events import Next
from server.enrollments.planning import Course, Planner, Recipient, plan_step, start, undo_notice
from server.sequences.openings import is_open
from server.sequences.plan import Plan, StepPlan
from server.sequences.timing import ScheduledStep, SkipReason, elapsed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHICAGO = Recipient("+13125550100", "America/Chicago", "", "", None)


def us(text: str) -> int:
    """Microseconds of a time written with its offset."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


NOON = us("2026-06-01T12:00-05:00")


def course(
    *steps: Delay | ScheduledStep,
    window: Window = DEFAULT_WINDOW,
    anchor_minute: int | None = 600,
    late_hours: int = 12,
) -> Course:
    """A person in Chicago in a sequence of these steps, whose ids count from 11."""
    scheduled = bool(steps) and isinstance(steps[0], ScheduledStep)
    plan = Plan(
        sequence_id=1,
        version=1,
        kind=SequenceKind.SCHEDULED if scheduled else SequenceKind.RELATIVE,
        state=SequenceState.ACTIVE,
        on_reply=OnReply.FINISH,
        window=window,
        daily_limit=1,
        late_hours=late_hours,
        response_window=7 * DAY,
        reenroll=Reenroll.NEVER,
        reenroll_days=0,
        sender_id=None,
        steps=tuple(
            StepPlan(10 + n, n, "Hi", one, None)
            if isinstance(one, Delay)
            else StepPlan(10 + n, n, "Hi", Delay(), one)
            for n, one in enumerate(steps, start=1)
        ),
    )
    schedule = Planner("America/New_York").schedule(plan, CHICAGO)
    return Course(1, plan, CHICAGO, schedule, anchor_minute, enrolled_at=NOON)


def test_the_first_step_counts_from_the_enrolling_and_sets_the_anchor() -> None:
    one = course(Delay(hours=2), anchor_minute=None)
    assert start(one, NOON) == (
        Next(11, NOON, NOON + 2 * HOUR, None, anchor_minute=14 * 60),
        (),
    )


def test_a_later_step_counts_from_the_step_before_it_at_the_anchor() -> None:
    one = course(Delay(), Delay(days=1))
    planned = us("2026-06-02T10:00-05:00")
    assert plan_step(one, one.plan.steps[1], 11, NOON) == Next(12, NOON, planned, 11)


def test_a_step_whose_window_never_opens_is_due_at_its_base() -> None:
    one = course(Delay(), Delay(days=1), window=())
    assert plan_step(one, one.plan.steps[1], 11, NOON) == Next(12, NOON, NOON, 11)


def test_a_scheduled_step_that_is_too_late_is_due_when_it_was_meant() -> None:
    one = course(ScheduledStep(us("2026-06-01T21:00-05:00")), late_hours=1)
    assert plan_step(one, one.plan.steps[0], None, NOON) == Next(
        11, NOON, us("2026-06-01T21:00-05:00")
    )


def test_scheduled_steps_that_are_past_are_skipped_at_the_start() -> None:
    one = course(ScheduledStep(NOON - HOUR), ScheduledStep(NOON + HOUR))
    assert start(one, NOON) == (Next(12, NOON, NOON + HOUR, 11), ((11, SkipReason.PAST),))


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (NOON - HOUR, NotEnrolled.ALL_STEPS_PAST),
        (us("2026-06-01T21:00-05:00"), NotEnrolled.OUTSIDE_WINDOW),
    ],
)
def test_nobody_starts_where_every_scheduled_step_is_over(at: int, why: NotEnrolled) -> None:
    assert start(course(ScheduledStep(at), late_hours=1), NOON) is why


@given(
    st.builds(Delay, st.integers(0, 40), st.integers(0, 100), st.integers(0, 600)),
    st.none() | st.just(11),
    st.integers(NOON, NOON + 400 * DAY),
)
def test_no_step_is_planned_before_its_delay_has_passed_or_outside_the_window(
    delay: Delay, base_step_id: int | None, base_at: int
) -> None:
    one = course(Delay(), delay)
    planned = plan_step(one, one.plan.steps[1], base_step_id, base_at).planned_at
    assert planned is not None
    assert planned >= base_at + elapsed(delay)
    assert is_open(planned, one.schedule)


@pytest.mark.parametrize(
    ("now", "earliest"),
    [
        ("2026-06-01T12:00-05:00", "2026-06-01T12:05-05:00"),
        ("2026-06-01T19:58-05:00", "2026-06-02T09:00-05:00"),
        ("2026-06-01T03:00-05:00", "2026-06-01T09:00-05:00"),
    ],
)
def test_after_an_undo_there_are_five_minutes_at_least(now: str, earliest: str) -> None:
    assert undo_notice(course(Delay()), us(now)) == us(earliest)


def test_after_an_undo_there_are_five_minutes_where_the_window_never_opens() -> None:
    assert undo_notice(course(Delay(), window=()), NOON) == NOON + 5 * MINUTE
