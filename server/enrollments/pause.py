"""Pauses and resumes sequences, and changes the plans of their pending enrollments.

All functions run inside the write transaction that changes the sequence.
"""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from common.model.sequences import Sequence
from common.vocabulary import Hold, ResumeMode, SequenceKind, SequenceState
from server.enrollments.apply import Application, apply, load_pending
from server.enrollments.lifecycle import ON_THE_WIRE, Standing
from server.enrollments.lifecycle_events import Event, Held, Next, Resumed, StepSkipped
from server.enrollments.planning import Course, Planner, first_opening, plan_step
from server.errors import Conflict
from server.events import log
from server.sequences import store
from server.sequences.reading import read_sequence
from server.sequences.timing import SkipReason


def pause(connection: sa.Connection, sequence_id: int, operator_id: int, now: int) -> Sequence:
    """Send nothing until it is resumed; plans are kept. Raises Conflict unless active."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.ACTIVE:
        raise store.wrong_state(row, "paused", "active")
    store.set_state(connection, sequence_id, SequenceState.PAUSED, now)
    apply(
        connection,
        [
            Application(one, Held(Hold.SEQUENCE_PAUSED, None), operator_id=operator_id)
            for one, standing in load_pending(connection, sequence_id).items()
            if standing.due_at is not None
        ],
        now,
    )
    log.record(connection, now, "sequence_paused", sequence_id=sequence_id, operator_id=operator_id)
    return read_sequence(connection, sequence_id)


def resume(
    connection: sa.Connection,
    planner: Planner,
    sequence_id: int,
    mode: ResumeMode,
    operator_id: int,
    now: int,
) -> Sequence:
    """Resume a paused sequence. Raises Conflict unless paused, or for a mode that it does not
    allow.

    Affects all pending enrollments whose text is not on the wire, whatever else holds them.
    """
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.PAUSED or row.paused_at is None:
        raise store.wrong_state(row, "resumed", "paused")
    if row.kind is SequenceKind.SCHEDULED and mode is not ResumeMode.SKIP:
        raise Conflict(
            "resume_only_skips",
            f"{row.name!r} is a scheduled sequence with fixed times, so overdue steps can "
            "only be skipped. Choose skip.",
        )
    paused_at = row.paused_at
    store.set_state(connection, sequence_id, SequenceState.ACTIVE, now)
    standings = {
        one: standing
        for one, standing in load_pending(connection, sequence_id).items()
        if standing.hold not in ON_THE_WIRE
    }
    courses = planner.courses(connection, standings)
    applications = [
        Application(one, event)
        for one, standing in standings.items()
        for event in _resumed(courses[one], standing, mode, paused_at, now)
    ]
    apply(connection, applications, now)
    log.record(
        connection,
        now,
        "sequence_resumed",
        sequence_id=sequence_id,
        operator_id=operator_id,
        mode=mode.value,
    )
    return read_sequence(connection, sequence_id)


def _resumed(
    course: Course, standing: Standing, mode: ResumeMode, paused_at: int, now: int
) -> list[Event]:
    """The events of resuming for one enrollment; none if its plan and hold stay the same."""
    paused = standing.hold is Hold.SEQUENCE_PAUSED
    plan = standing.plan
    if mode is ResumeMode.SHIFT:
        return [Resumed(_shifted(course, plan, paused_at, now))]
    if not paused:
        return []
    overdue = max(plan.planned_at or now, plan.retry_at or 0, standing.not_before or 0) < now
    if mode is ResumeMode.SKIP and overdue:
        return _skipped(course, plan, now)
    return [Resumed(not_before=first_opening(course, now) if overdue else None)]


def _shifted(course: Course, plan: Next, paused_at: int, now: int) -> Next:
    """The plan moved by the pause, or by the part of the pause after the plan was made."""
    assert plan.base_at is not None
    assert plan.planned_at is not None
    base_at = plan.base_at + max(0, now - max(paused_at, plan.base_at))
    since = plan.base_at if plan.retry_at is None else plan.planned_at
    length = max(0, now - max(paused_at, since))
    return msgspec.structs.replace(
        plan,
        base_at=base_at,
        planned_at=first_opening(course, max(plan.planned_at + length, now)),
        retry_at=None if plan.retry_at is None else plan.retry_at + length,
    )


def _skipped(course: Course, plan: Next, now: int) -> list[Event]:
    """Skip overdue steps, one event each, until one is not overdue.

    Each counts as handed over when it was planned, so that later steps keep their days.
    """
    found: list[Event] = []
    step = course.plan.step(plan.step_id)
    assert step is not None
    following: Next | None = plan
    while following is not None and (following.planned_at or now) < now:
        again = following.step_id == following.base_step_id
        base_at = following.base_at if again else following.planned_at
        assert base_at is not None
        after = course.plan.step_after(step.position)
        following = None if after is None else plan_step(course, after, step.id, base_at)
        found.append(StepSkipped(step.id, SkipReason.PAUSED.value, following))
        step = after or step
    return found
