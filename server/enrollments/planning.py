"""Computes the time of the next text: the plan of an enrollment, from its base.

A plan (`Next`) is a step and the time from which its delay counts. `plan_step` is the only function
that turns both into a due time; `start`, `after_step` and `replan` choose the step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from common.model.enrolling import NotEnrolled
from common.vocabulary import SequenceKind
from common.windows import Window
from server.database.statements import fetch_in
from server.enrollments.lifecycle import Standing
from server.enrollments.lifecycle_events import Next
from server.sequences.openings import (
    NeverOpens,
    Schedule,
    minute_of_day,
    next_open,
    schedule_for,
)
from server.sequences.plan import Plan, StepPlan
from server.sequences.plan_store import PlanCache
from server.sequences.timing import (
    UNDO_NOTICE,
    Due,
    Skip,
    SkipReason,
    first_due,
    next_due,
    remaining_scheduled,
    scheduled_due,
    scheduled_instant,
)
from server.sequences.zones import recipient_zones


class Recipient(NamedTuple):
    """The facts of a contact that decide its clock; fields are columns of the table."""

    phone: str
    zone: str | None
    number_zones: str
    country: str
    region: str | None


RECIPIENT: Final = ", ".join(f"contacts.{name}" for name in Recipient._fields)


class Course(NamedTuple):
    """One enrollment with its sequence's plan and its contact's schedule."""

    enrollment_id: int
    plan: Plan
    recipient: Recipient
    schedule: Schedule
    anchor_minute: int | None
    enrolled_at: int


class Planner:
    """Finds what is next. Caches plans; `zone` is the workspace's."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self.plans = PlanCache()

    def schedule(self, plan: Plan, recipient: Recipient) -> Schedule:
        """When this recipient can get this sequence's texts."""
        return _schedule(plan.window, self.zone, recipient.phone.startswith("+1"), *recipient[1:])

    def courses(
        self, connection: sa.Connection, enrollment_ids: Iterable[int]
    ) -> dict[int, Course]:
        """Enrollments with plan and schedule, by id."""
        found: dict[int, Course] = {}
        plans: dict[int, Plan] = {}
        rows = fetch_in(
            connection,
            "SELECT enrollments.id, enrollments.sequence_id, enrollments.anchor_minute,"  # noqa: S608 # our own column names
            f" enrollments.enrolled_at, {RECIPIENT} FROM enrollments"
            " JOIN contacts ON contacts.id = enrollments.contact_id"
            " WHERE enrollments.id IN",
            dict.fromkeys(enrollment_ids),
        )
        for enrollment_id, sequence_id, anchor_minute, enrolled_at, *recipient in rows:
            plan = plans.get(sequence_id)
            if plan is None:
                plan = plans[sequence_id] = self.plans.plan_of(connection, sequence_id)
            person = Recipient._make(recipient)
            found[enrollment_id] = Course(
                enrollment_id,
                plan,
                person,
                self.schedule(plan, person),
                anchor_minute,
                enrolled_at,
            )
        return found

    def under(self, course: Course, plan: Plan) -> Course:
        """The same enrollment with another version of its sequence."""
        return course._replace(plan=plan, schedule=self.schedule(plan, course.recipient))

    def find_next(
        self, connection: sa.Connection, handed_over: Sequence[tuple[int, int, int]]
    ) -> dict[int, Next | None]:
        """What follows each (enrollment, step, time of hand-off), by enrollment."""
        if not handed_over:
            return {}
        courses = self.courses(connection, (enrollment_id for enrollment_id, _, _ in handed_over))
        return {
            enrollment_id: after_step(connection, courses[enrollment_id], step_id, at)
            for enrollment_id, step_id, at in handed_over
        }


@lru_cache(maxsize=4096)
def _schedule(
    window: Window,
    workspace_zone: str,
    in_calling_code_1: bool,
    zone: str | None,
    number_zones: str,
    country: str,
    region: str | None,
) -> Schedule:
    """Cached, because it is needed twice per text, and similar recipients share it."""
    zones = recipient_zones(
        explicit=zone,
        number_zones=tuple(number_zones.split()),
        workspace=workspace_zone,
        calling_code=1 if in_calling_code_1 else None,
    )
    return schedule_for(window, zones, country or None, region)


def position_of(connection: sa.Connection, plan: Plan, step_id: int | None) -> int:
    """The position of a step; 0 for none, for a deleted one that before its successor."""
    if step_id is None:
        return 0
    step = plan.step(step_id)
    if step is not None:
        return step.position
    stood = connection.exec_driver_sql(
        "SELECT position FROM steps WHERE id = ?", (step_id,)
    ).scalar_one()
    return min(int(stood), len(plan.steps) + 1) - 1


def after_step(
    connection: sa.Connection, course: Course, step_id: int | None, base_at: int
) -> Next | None:
    """The plan after a step was handed over or skipped at `base_at`; None if no step follows."""
    step = course.plan.step_after(position_of(connection, course.plan, step_id))
    return None if step is None else plan_step(course, step, step_id, base_at)


def plan_step(course: Course, step: StepPlan, base_step_id: int | None, base_at: int) -> Next:
    """When `step` is due, its delay counted from `base_at`.

    A scheduled step that is too late is due at once: the gate skips it, with the reason. A step
    whose window never opens is also due at once: the gate holds it and says so.
    """
    schedule = course.schedule
    anchor = None
    try:
        if step.scheduled is not None:
            fate = scheduled_due(
                *step.scheduled, schedule, course.plan.late_hours, not_before=base_at
            )
            meant = scheduled_instant(step.scheduled, schedule)
            due = fate.at if isinstance(fate, Due) else max(meant, base_at)
        elif base_step_id is None:
            due, anchor = first_due(step.delay, base_at, schedule)
        else:
            minute = course.anchor_minute
            if minute is None:
                minute = minute_of_day(base_at, schedule)
            due = next_due(step.delay, base_at, minute, schedule)
    except NeverOpens:
        due = base_at
    return Next(step.id, base_at, due, base_step_id, anchor_minute=anchor)


def replan(
    connection: sa.Connection, course: Course, standing: Standing, before: Course | None
) -> Next | None:
    """The plan of a pending enrollment after an edit of its sequence; None if no step is left.

    `before` is the course with the version before the edit; None leaves times unchanged. The plan
    changes only if the next step is another one, or the edit changed its time. A text that is to be
    sent again keeps its step and time.
    """
    kept = standing.plan
    if kept.retry_at is not None and course.plan.step(kept.step_id) is not None:
        return kept
    assert kept.base_at is not None
    position = position_of(connection, course.plan, kept.base_step_id)
    step = course.plan.step_after(position)
    if step is None:
        return None
    base_step_id = course.plan.steps[position - 1].id if position else None
    fresh = plan_step(course, step, base_step_id, kept.base_at)
    if step.id != kept.step_id:
        return fresh
    then = None if before is None else before.plan.step(step.id)
    if before is not None and then is not None:
        old = plan_step(before, then, kept.base_step_id, kept.base_at)
        if old.planned_at != fresh.planned_at:
            return fresh
    return msgspec.structs.replace(kept, base_step_id=base_step_id)


def after_set_back(course: Course, kept: Next, back: int, now: int) -> Next:
    """A plan after the clock was set back by `back`, or by an unknown amount if that is 0.

    A delay that counts from a future time was planned by the former clock: it then counts from that
    much earlier, and from now at the latest. Other plans stay.
    """

    def earlier(instant: int) -> int:
        return min(instant - back, now) if instant > now else instant

    assert kept.base_at is not None
    assert kept.planned_at is not None
    if kept.retry_at is not None:
        planned = earlier(kept.planned_at)
        return msgspec.structs.replace(
            kept,
            base_at=earlier(kept.base_at),
            planned_at=planned,
            retry_at=kept.retry_at - (kept.planned_at - planned),
        )
    if kept.base_at <= now:
        return kept
    base_at = earlier(kept.base_at)
    step = course.plan.step(kept.step_id)
    if step is None:
        planned = kept.planned_at - (kept.base_at - base_at)
        return msgspec.structs.replace(kept, base_at=base_at, planned_at=planned)
    return plan_step(course, step, kept.base_step_id, base_at)


class Start(NamedTuple):
    """The first step of a new enrollment, and the steps that it skips, with reasons."""

    next: Next
    skipped: tuple[tuple[int, SkipReason], ...] = ()


def start(course: Course, now: int) -> Start | NotEnrolled:
    """The first step for a contact who is enrolled, or whose draft is activated, now.

    In a scheduled sequence, steps whose time has passed or whose window opens too late are skipped;
    if no step is left, returns the reason.
    """
    plan = course.plan
    if plan.kind is SequenceKind.RELATIVE or not plan.steps:
        if not plan.steps:
            return NotEnrolled.ALL_STEPS_PAST
        return Start(plan_step(course, plan.steps[0], None, now))
    steps = [step.scheduled for step in plan.steps if step.scheduled is not None]
    try:
        fates = remaining_scheduled(steps, now, course.schedule, plan.late_hours)
    except NeverOpens:
        return Start(Next(plan.steps[0].id, now, now))
    skipped: list[tuple[int, SkipReason]] = []
    for step, fate in zip(plan.steps, fates, strict=True):
        if isinstance(fate, Due):
            base_step_id = skipped[-1][0] if skipped else None
            return Start(Next(step.id, now, fate.at, base_step_id), tuple(skipped))
        skipped.append((step.id, fate.reason))
    late = any(reason is SkipReason.LATE for _, reason in skipped)
    return NotEnrolled.OUTSIDE_WINDOW if late else NotEnrolled.ALL_STEPS_PAST


def first_opening(course: Course, instant: int) -> int:
    """The first time from this one on at which the contact can be texted, if there is one."""
    try:
        return next_open(instant, course.schedule)
    except NeverOpens:
        return instant


def too_late(step: StepPlan, schedule: Schedule, late_hours: int, now: int) -> bool:
    """Whether a scheduled step, sent at the next opening from now, would be too late."""
    if step.scheduled is None:
        return False
    try:
        fate = scheduled_due(*step.scheduled, schedule, late_hours, not_before=now)
    except NeverOpens:
        return False
    return isinstance(fate, Skip)


def undo_notice(course: Course, now: int) -> int:
    """The earliest time at which an enrollment that is pending again continues: in five minutes."""
    try:
        return next_open(now + UNDO_NOTICE, course.schedule)
    except NeverOpens:
        return now + UNDO_NOTICE
