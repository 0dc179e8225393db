"""How enrollments follow what happens to their sequence: edits, activation, pause, resume, archive.

Every function is inside the write transaction that changes the sequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from common.vocabulary import Hold, ResumeMode, SequenceKind, SequenceState, Status
from server.database.statements import in_parts, update_rows
from server.database.tables import enrollments
from server.enrollments import lifecycle
from server.enrollments.apply import Application, apply, cancel_passed_over
from server.enrollments.lifecycle import Next
from server.enrollments.planning import Course, Planner, after_step, due_next, position_of, start
from server.errors import Conflict
from server.events import log
from server.followers import Followed
from server.senders.store import default_sender
from server.sequences import store
from server.sequences.openings import NeverOpens, minute_of_day
from server.sequences.timing import Due, SkipReason, resume_due, resume_skipping

STOPPED: Final = frozenset({Hold.SENDING, Hold.UNKNOWN})
"""Holds of a text that is with the carrier: its outcome decides what comes next."""

_COLUMNS: Final = (
    "id",
    "hold",
    "due_at",
    "planned_at",
    "next_step_id",
    "last_step_id",
    "last_accepted_at",
    "enrolled_at",
)


def _pending(connection: sa.Connection, sequence_id: int, *more: Any) -> list[sa.Row[Any]]:
    return list(
        connection.execute(
            sa.select(*(enrollments.c[name] for name in _COLUMNS))
            .where(
                enrollments.c.sequence_id == sequence_id,
                enrollments.c.status == Status.PENDING.value,
                *more,
            )
            .order_by(enrollments.c.id)
        )
    )


def replan(
    connection: sa.Connection, planner: Planner, rows: Sequence[Any], now: int
) -> dict[int, Next | None]:
    """What follows, by id, for pending enrollments whose sequence was edited; never before now.

    Rows have id, next_step_id, last_step_id, last_accepted_at, planned_at and enrolled_at. The
    step that went last counts; where none did, the enrolling.
    """
    courses = planner.courses(connection, (row.id for row in rows))
    found: dict[int, Next | None] = {}
    for row in rows:
        following = _planned(connection, courses[row.id], row)
        if following is not None:
            following = Next(following.step_id, max(following.due_at, now))
        found[row.id] = following
    return found


def go_on(enrollment_id: int, following: Next | None) -> Application:
    """The application that makes a pending enrollment go on with what follows."""
    if following is None:
        return Application(enrollment_id, lifecycle.NoStepLeft())
    return Application(enrollment_id, lifecycle.Released(following))


def _planned(connection: sa.Connection, course: Course, row: Any) -> Next | None:
    again = row.next_step_id is not None and row.next_step_id == row.last_step_id
    if again and course.plan.step(row.next_step_id) is not None:
        return Next(row.next_step_id, row.planned_at or 0)  # its text is to go once more
    if row.last_step_id is not None and row.last_accepted_at is not None:
        position = position_of(connection, course.plan, row.last_step_id)
        return after_step(course, position, row.last_accepted_at)
    begun = start(course.plan, course.schedule, row.enrolled_at)
    return begun.next if begun else None


def sequence_edited_by(
    planner: Planner,
    connection: sa.Connection,
    sequence_id: int,
    now: int,
    *,
    dry_run: bool = False,
) -> Followed:
    """Move the due times of everybody who waits for one.

    Nobody gets a step twice: what follows is what stands after the step that went last. In a dry
    run the plan of a version that will not be is kept by nobody.
    """
    if dry_run:
        planner = Planner(planner.zone)
    plan = planner.plans.plan_of(connection, sequence_id)
    sender_id = plan.sender_id or default_sender(connection).id
    connection.execute(
        sa.update(enrollments)
        .where(
            enrollments.c.sequence_id == sequence_id,
            enrollments.c.status == Status.PENDING.value,
        )
        .values(sequence_version=plan.version, sender_id=sender_id)
    )
    if plan.state is not SequenceState.ACTIVE:
        return _repoint(connection, planner, sequence_id, now)
    # An edit can end what has no end of its own: a window that never opens, a field without value.
    mended = enrollments.c.hold.in_([Hold.QUIET_HOURS.value, Hold.MISSING_FIELD.value])
    rows = _pending(connection, sequence_id, sa.or_(enrollments.c.due_at.is_not(None), mended))
    planned = replan(connection, planner, rows, now)
    moved = [
        go_on(row.id, planned[row.id])
        for row in rows
        if planned[row.id] != Next(row.next_step_id, row.due_at)
    ]
    apply(connection, moved, now)
    waiting = [(row, planned[row.id]) for row in rows if row.due_at is not None]
    return Followed(
        sum(
            following is not None and following != Next(row.next_step_id, max(row.due_at, now))
            for row, following in waiting
        ),
        sum(following is None for following in planned.values()),
    )


def _repoint(connection: sa.Connection, planner: Planner, sequence_id: int, now: int) -> Followed:
    """Move held enrollments of a draft or paused sequence off steps that are gone.

    The step that takes the place has a planned time of its own.
    """
    plan = planner.plans.plan_of(connection, sequence_id)
    rows = [
        row
        for row in _pending(connection, sequence_id)
        if row.next_step_id is None or plan.step(row.next_step_id) is None
    ]
    paused = plan.state is SequenceState.PAUSED
    courses = planner.courses(connection, (row.id for row in rows))
    changes = []
    for row in rows:
        following = _planned(connection, courses[row.id], row)
        step_id = following.step_id if following else None
        changes.append((step_id, following.due_at if following and paused else None, row.id))
    update_rows(connection, enrollments, ("next_step_id", "planned_at"), changes)
    cancel_passed_over(connection, [row.id for row in rows], now)
    ended = sum(step_id is None for step_id, *_ in changes)
    return Followed(len(changes) - ended, ended)


def activate(
    connection: sa.Connection, planner: Planner, sequence_id: int, operator_id: int, now: int
) -> None:
    """Let a draft run: delays count from now. Raises Conflict unless it is a draft with steps."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.DRAFT:
        raise _wrong_state(row.name, row.state, "activated", "a draft")
    store.set_state(connection, sequence_id, SequenceState.ACTIVE, now)
    plan = planner.plans.plan_of(connection, sequence_id)
    rows = _pending(connection, sequence_id)
    courses = planner.courses(connection, (one.id for one in rows))
    applications = []
    anchors = []
    for one in rows:
        begun = start(plan, courses[one.id].schedule, now)
        if begun is None:
            applications.append(Application(one.id, lifecycle.NoStepLeft()))
            continue
        anchors.append((begun.anchor_minute, one.id))
        applications.append(Application(one.id, lifecycle.Released(begun.next)))
    update_rows(connection, enrollments, ("anchor_minute",), anchors)
    apply(connection, applications, now)
    _tell(connection, "sequence_activated", sequence_id, operator_id, now)


def pause(connection: sa.Connection, sequence_id: int, operator_id: int, now: int) -> None:
    """Send nothing until it is resumed; planned times are kept. Raises Conflict unless active."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.ACTIVE:
        raise _wrong_state(row.name, row.state, "paused", "active")
    store.set_state(connection, sequence_id, SequenceState.PAUSED, now)
    apply(
        connection,
        [
            Application(
                one.id,
                lifecycle.Postponed(Hold.SEQUENCE_PAUSED, None, one.due_at),
                operator_id=operator_id,
            )
            for one in _pending(connection, sequence_id, enrollments.c.due_at.is_not(None))
        ],
        now,
    )
    _tell(connection, "sequence_paused", sequence_id, operator_id, now)


def resume(
    connection: sa.Connection,
    planner: Planner,
    sequence_id: int,
    mode: ResumeMode,
    operator_id: int,
    now: int,
) -> None:
    """Let a paused sequence run on. Raises Conflict unless paused, or for a mode it cannot."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.PAUSED or row.paused_at is None:
        raise _wrong_state(row.name, row.state, "resumed", "paused")
    if row.kind is SequenceKind.SCHEDULED and mode is not ResumeMode.SKIP:
        raise Conflict(
            "resume_only_skips",
            f"{row.name!r} is scheduled: its times are set, so it resumes by skipping what is"
            " overdue only; choose skip.",
        )
    paused_at = row.paused_at
    store.set_state(connection, sequence_id, SequenceState.ACTIVE, now)
    held = _pending(connection, sequence_id, enrollments.c.hold == Hold.SEQUENCE_PAUSED.value)
    courses = planner.courses(connection, (one.id for one in held))
    applications: list[Application] = []
    for one in held:
        applications += _resumed(connection, courses[one.id], one, mode, paused_at, now)
    apply(connection, applications, now)
    _tell(connection, "sequence_resumed", sequence_id, operator_id, now, mode=mode.value)


def _resumed(
    connection: sa.Connection, course: Course, row: Any, mode: ResumeMode, paused_at: int, now: int
) -> Iterable[Application]:
    plan = course.plan
    step = plan.step(row.next_step_id) if row.next_step_id is not None else None
    if step is None:
        following = _planned(connection, course, row)
        if following is None:
            return [Application(row.id, lifecycle.NoStepLeft())]
        return [
            Application(
                row.id, lifecycle.Released(Next(following.step_id, max(following.due_at, now)))
            )
        ]
    planned = row.planned_at or now
    try:
        if mode is ResumeMode.SKIP and planned < now:
            return _skipped(course, row.id, step.position, planned, now)
        fate = resume_due(
            mode, planned, max(paused_at, row.enrolled_at), now, course.schedule, plan.kind
        )
        due = fate.at if isinstance(fate, Due) else now
    except NeverOpens:
        due = now
    return [Application(row.id, lifecycle.Released(Next(step.id, due)))]


def _skipped(
    course: Course, enrollment_id: int, position: int, planned: int, now: int
) -> list[Application]:
    """Overdue steps passed over, one event each, then the first that is not overdue."""
    plan = course.plan
    if plan.kind is SequenceKind.RELATIVE:
        later = [step.delay for step in plan.steps[position:]]
        anchor = course.anchor_minute
        anchor = minute_of_day(planned, course.schedule) if anchor is None else anchor
        count, due = resume_skipping(planned, later, now, anchor, course.schedule)
        left = plan.step_after(position - 1 + count)
        following = Next(left.id, due) if left is not None and due is not None else None
    else:
        count, following = 0, None
        for step in plan.steps[position - 1 :]:
            candidate = due_next(course, step, planned)
            if candidate.due_at >= now:
                following = candidate
                break
            count += 1
    skipped = plan.steps[position - 1 : position - 1 + count]
    return [
        Application(
            enrollment_id,
            lifecycle.StepSkipped(
                step.id,
                SkipReason.PAUSED.value,
                following if step is skipped[-1] else Next(skipped[index + 1].id, now),
            ),
        )
        for index, step in enumerate(skipped)
    ]


def archive(connection: sa.Connection, sequence_id: int, operator_id: int, now: int) -> None:
    """Put a sequence away. Raises Conflict while anybody in it is pending."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is SequenceState.ARCHIVED:
        raise _wrong_state(row.name, row.state, "archived", "not archived yet")
    pending = len(_pending(connection, sequence_id))
    if pending:
        raise Conflict(
            "pending_enrollments",
            f"{pending} in {row.name!r} are pending; finish them first, then archive.",
            pending=pending,
        )
    store.set_state(connection, sequence_id, SequenceState.ARCHIVED, now)
    _tell(connection, "sequence_archived", sequence_id, operator_id, now)


def release(connection: sa.Connection, enrollment_ids: Iterable[int], hold: Hold, now: int) -> int:
    """End a hold that has no known end: due at the planned time, or now; returns how many.

    The gate looks at everything again, so that releasing too many does no harm.
    """
    count = 0
    for part in in_parts(enrollment_ids):
        rows = connection.execute(
            sa.select(enrollments.c.id, enrollments.c.next_step_id, enrollments.c.planned_at).where(
                enrollments.c.id.in_(part),
                enrollments.c.hold == hold.value,
                enrollments.c.due_at.is_(None),
                enrollments.c.next_step_id.is_not(None),
            )
        ).all()
        apply(
            connection,
            [
                Application(
                    row.id,
                    lifecycle.Released(Next(row.next_step_id, max(row.planned_at or now, now))),
                )
                for row in rows
            ],
            now,
        )
        count += len(rows)
    return count


def contacts_changed(connection: sa.Connection, contact_ids: Iterable[int], now: int) -> None:
    """Contacts' fields or zones changed: what these held without an end is tried again."""
    ids = list(contact_ids)
    for hold in (Hold.MISSING_FIELD, Hold.QUIET_HOURS, Hold.NEEDS_REVIEW):
        _release_held(connection, enrollments.c.contact_id, ids, hold, now)


def senders_started(connection: sa.Connection, sender_ids: Iterable[int], now: int) -> None:
    """A sender may send again: what was held because it was stopped is tried again."""
    _release_held(connection, enrollments.c.sender_id, sender_ids, Hold.SENDER_STOPPED, now)


def _release_held(
    connection: sa.Connection, column: Any, ids: Iterable[int], hold: Hold, now: int
) -> None:
    for part in in_parts(ids):
        held = connection.execute(
            sa.select(enrollments.c.id).where(
                column.in_(part),
                enrollments.c.status == Status.PENDING.value,
                enrollments.c.hold == hold.value,
            )
        ).scalars()
        release(connection, list(held), hold, now)


def _wrong_state(name: str, state: SequenceState, done: str, needed: str) -> Conflict:
    return Conflict("wrong_state", f"{name!r} is {state}; only one that is {needed} can be {done}.")


def _tell(
    connection: sa.Connection,
    kind: str,
    sequence_id: int,
    operator_id: int,
    now: int,
    **more: Any,
) -> None:
    log.append(
        connection,
        [
            log.Entry(
                now,
                kind,
                sequence_id=sequence_id,
                operator_id=operator_id,
                body=log.body(**more),
            )
        ],
    )
