"""What goes next for an enrollment, and when: the timing rules over stored plans and contacts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import sqlalchemy as sa

from common.vocabulary import SequenceKind
from common.windows import Window
from server.database.statements import fetch_in
from server.enrollments.lifecycle import Next
from server.sequences.openings import NeverOpens, Schedule, minute_of_day, schedule_for
from server.sequences.plan import Plan, StepPlan
from server.sequences.plan_store import PlanCache
from server.sequences.timing import (
    Due,
    Skip,
    due_after_undo,
    first_due,
    next_due,
    remaining_scheduled,
    scheduled_due,
    scheduled_instant,
)
from server.sequences.zones import recipient_zones


class Recipient(NamedTuple):
    """What of a contact decides its clock; the fields are columns of the contacts table."""

    phone: str
    zone: str | None
    number_zones: str
    country: str
    region: str | None


RECIPIENT: Final = ", ".join(f"contacts.{name}" for name in Recipient._fields)


class Course(NamedTuple):
    """One enrollment with the plan it follows and the schedule of its contact."""

    enrollment_id: int
    plan: Plan
    schedule: Schedule
    anchor_minute: int | None
    enrolled_at: int


class Planner:
    """Finds what goes next. Keeps plans it has seen; `zone` is the workspace's."""

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
            schedule = self.schedule(plan, Recipient._make(recipient))
            found[enrollment_id] = Course(enrollment_id, plan, schedule, anchor_minute, enrolled_at)
        return found

    def find_next(
        self, connection: sa.Connection, handed_off: Sequence[tuple[int, int]], now: int
    ) -> dict[int, Next | None]:
        """What follows for each (enrollment, step handed off now); None where nothing does."""
        if not handed_off:
            return {}
        courses = self.courses(connection, (enrollment_id for enrollment_id, _ in handed_off))
        return {
            enrollment_id: after_step(
                courses[enrollment_id],
                position_of(connection, courses[enrollment_id].plan, step_id),
                now,
            )
            for enrollment_id, step_id in handed_off
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
    """Kept, as it is asked twice for each text, and recipients of one kind share theirs."""
    zones = recipient_zones(
        explicit=zone,
        number_zones=tuple(number_zones.split()),
        workspace=workspace_zone,
        calling_code=1 if in_calling_code_1 else None,
    )
    return schedule_for(window, zones, country or None, region)


def position_of(connection: sa.Connection, plan: Plan, step_id: int) -> int:
    """Where a step stands, or for a deleted one the position before the one that took its place."""
    step = plan.step(step_id)
    if step is not None:
        return step.position
    stood = connection.exec_driver_sql(
        "SELECT position FROM steps WHERE id = ?", (step_id,)
    ).scalar_one()
    return min(int(stood), len(plan.steps) + 1) - 1


def after_step(course: Course, position: int, handed_off_at: int) -> Next | None:
    """The step that follows a hand-off at `position`, and when; None if there is none."""
    step = course.plan.step_after(position)
    return None if step is None else due_next(course, step, handed_off_at)


def due_next(course: Course, step: StepPlan, handed_off_at: int) -> Next:
    """When `step` falls due after a hand-off.

    A scheduled step that is too late is due at once: the gate passes it over, with the reason. So
    is one whose window never opens: the gate holds it and says so.
    """
    schedule = course.schedule
    try:
        if step.scheduled is not None:
            fate = scheduled_due(
                *step.scheduled, schedule, course.plan.late_hours, not_before=handed_off_at
            )
            meant = scheduled_instant(step.scheduled, schedule)
            due = fate.at if isinstance(fate, Due) else max(meant, handed_off_at)
        else:
            anchor = course.anchor_minute
            if anchor is None:
                anchor = minute_of_day(handed_off_at, schedule)
            due = next_due(step.delay, handed_off_at, anchor, schedule)
    except NeverOpens:
        due = handed_off_at
    return Next(step.id, due)


class Start(NamedTuple):
    """Where a new enrollment begins; `anchor_minute` is None in a scheduled sequence."""

    next: Next
    anchor_minute: int | None


def start(plan: Plan, schedule: Schedule, now: int) -> Start | None:
    """The first step for somebody enrolled, or a draft activated, now; None if all are past."""
    if not plan.steps:
        return None
    try:
        if plan.kind is SequenceKind.RELATIVE:
            due, anchor = first_due(plan.steps[0].delay, now, schedule)
            return Start(Next(plan.steps[0].id, due), anchor)
        steps = [step.scheduled for step in plan.steps if step.scheduled is not None]
        fates = remaining_scheduled(steps, now, schedule, plan.late_hours)
    except NeverOpens:
        return Start(Next(plan.steps[0].id, now), None)
    for step, fate in zip(plan.steps, fates, strict=True):
        if isinstance(fate, Due):
            return Start(Next(step.id, fate.at), None)
    return None


def too_late(step: StepPlan, schedule: Schedule, late_hours: int, now: int) -> bool:
    """Whether a scheduled step, going at the next opening from now, would be too late."""
    if step.scheduled is None:
        return False
    try:
        fate = scheduled_due(*step.scheduled, schedule, late_hours, not_before=now)
    except NeverOpens:
        return False
    return isinstance(fate, Skip)


def resume_after(course: Course, planned: int, now: int) -> int:
    """When an enrollment that is pending again goes on: never sooner than 5 minutes from now."""
    try:
        return due_after_undo(planned, now, course.schedule)
    except NeverOpens:
        return max(planned, now)
