"""Retries: the same step for failed enrollments, the first step for omitted landlines.

The text passes the whole gate again. Nobody gets a text twice: texts that were accepted and have
not failed are skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import sqlalchemy as sa

from common.vocabulary import (
    LineKind,
    MessageKind,
    MessageStatus,
    Outcome,
    SequenceKind,
    SequenceState,
    Status,
)
from server.contacts import suppressions
from server.contacts.store import phones_of
from server.database.statements import select_in
from server.database.tables import contacts, enrollments, messages
from server.enrollments.apply import Application, Row, apply, clear_probable_landlines, load
from server.enrollments.lifecycle_events import Next, Retried
from server.enrollments.planning import Course, Start, first_opening, position_of, start, too_late
from server.enrollments.refold import STANDS_STILL, on_the_wire, others_of_pair, rejoin
from server.messages import store as message_store
from server.operations.actions import Act, Run, ago, last_acts
from server.operations.store import Ending, Target

_RETRYABLE: Final = frozenset({Status.FAILED, Status.OMITTED_LANDLINE})
_DEAD: Final = (MessageStatus.FAILED.value, MessageStatus.UNDELIVERED.value)
_LANDLINE: Final = "the number is certainly a landline; correct the number or its line type first"
_NO_STEP: Final = "there are no steps left to send"


def retry(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Retry what failed. Obstacles are conflicts."""
    connection = run.connection
    ids = [target.enrollment_id for target in targets]
    rows = load(connection, ids)
    courses = run.planner.courses(connection, ids)
    acts = last_acts(connection, "retried", ids)
    blocked = _in_the_way(connection, rows, courses)
    can = {
        row.contact_id
        for row in rows.values()
        if row.standing.status in _RETRYABLE and row.id not in blocked
    }
    clear_probable_landlines(connection, can, run.now)
    landlines = _landlines(connection, can)
    dead = _dead_texts(connection, ids)
    endings: list[Ending] = []
    applications: list[Application] = []
    renewed: dict[int, list[int]] = {}
    pairs: set[tuple[int, int]] = set()
    for position, enrollment_id, _ in targets:
        row = rows[enrollment_id]
        following = None
        if row.standing.status not in _RETRYABLE:
            ending = _refused(run, row, position, acts.get(row.id))
        elif row.id in blocked:
            ending = Ending(position, Outcome.CONFLICT, blocked[row.id])
        elif (row.sequence_id, row.contact_id) in pairs:
            why = "another enrollment of this contact is being retried"
            ending = Ending(position, Outcome.CONFLICT, why)
        elif row.contact_id in landlines:
            ending = Ending(position, Outcome.SKIPPED, _LANDLINE)
        else:
            found = _following(connection, courses[row.id], row, run.now)
            following = found if isinstance(found, Next) else None
            done = Ending(position, Outcome.DONE)
            ending = done if isinstance(found, Next) else Ending(position, Outcome.SKIPPED, found)
        endings.append(ending)
        if following is not None:
            pairs.add((row.sequence_id, row.contact_id))
            texts = dead.get(row.id, {})
            if row.standing.status is Status.FAILED:
                texts = {step: text for step, text in texts.items() if step == following.step_id}
            renewed[row.id] = list(texts.values())
            applications += _again(run, row, courses[row.id], following, renewed[row.id])
    decisions = apply(connection, applications, run.now)
    assert not any(decision.refused for decision in decisions)
    message_store.retry(connection, [text for texts in renewed.values() for text in texts])
    rejoin(connection, [courses[enrollment_id] for enrollment_id in renewed])
    return endings


def _refused(run: Run, row: Row, position: int, act: Act | None) -> Ending:
    status = row.standing.status
    if status is not Status.PENDING:
        return Ending(position, Outcome.SKIPPED, f"{status.label}: there is nothing to retry")
    if act is not None and act.operator_id != run.operation.operator_id:
        why = f"{act.operator} retried it {ago(run.now - act.at)}"
        return Ending(position, Outcome.CONFLICT, why)
    return Ending(position, Outcome.SKIPPED, "Pending: nothing has failed")


def _following(connection: sa.Connection, course: Course, row: Row, now: int) -> Next | str:
    """The plan of the retry, or why there is none.

    For a landline it is the first step; otherwise the failed step, or the one that replaced it. It
    is due at the next opening. A scheduled step whose time has passed is not retried.
    """
    plan, standing = course.plan, row.standing
    failed = standing.next_step_id or standing.last_step_id
    retry_at = first_opening(course, now)
    if standing.status is Status.OMITTED_LANDLINE or failed is None:
        begins = start(course, now) if plan.kind is SequenceKind.SCHEDULED else None
        if isinstance(begins, Start):
            return begins.next
        step = plan.step_after(0)
        if step is None or begins is not None:
            return _NO_STEP
        return Next(step.id, now, now, retry_at=retry_at)
    step = plan.step(failed) or plan.step_after(position_of(connection, plan, failed))
    if step is None:
        return _NO_STEP
    if too_late(step, course.schedule, plan.late_hours, now):
        return f"the time of step {step.position} has passed; enroll the contact again instead"
    return Next(step.id, standing.base_at or now, now, standing.base_step_id, retry_at)


def _again(
    run: Run, row: Row, course: Course, following: Next, texts: Sequence[int]
) -> list[Application]:
    last = row.standing.last_message_id
    events = [
        Retried(following, last if last in texts else None),
        *STANDS_STILL.get(course.plan.state, []),
    ]
    return [
        Application(
            row.id,
            event,
            operator_id=run.operation.operator_id,
            operation_id=run.operation.id,
        )
        for event in events
    ]


def _in_the_way(
    connection: sa.Connection, rows: Mapping[int, Row], courses: Mapping[int, Course]
) -> dict[int, str]:
    """Why enrollments cannot be retried, for people."""
    why: dict[int, str] = {}
    for ident, course in courses.items():
        if course.plan.state is SequenceState.ARCHIVED:
            why[ident] = "the sequence is archived"
    phones = phones_of(connection, (row.contact_id for row in rows.values()))
    suppressed = suppressions.standing(connection, list(phones.values()))
    for row in rows.values():
        sources = suppressed.get(phones[row.contact_id])
        if sources:
            why[row.id] = f"the number is suppressed ({', '.join(sorted(sources))})"
    pending = others_of_pair(lambda other: other.c.status == Status.PENDING.value)
    elsewhere = select_in(connection, pending, enrollments.c.id, rows)
    why |= {row.id: "a later enrollment is pending" for row in elsewhere}
    in_doubt = "it is still unknown whether its text was sent"
    return why | dict.fromkeys(on_the_wire(connection, rows), in_doubt)


def _landlines(connection: sa.Connection, contact_ids: Iterable[int]) -> set[int]:
    landlines = sa.select(contacts.c.id).where(contacts.c.line == LineKind.LANDLINE.value)
    return {row.id for row in select_in(connection, landlines, contacts.c.id, contact_ids)}


def _dead_texts(connection: sa.Connection, ids: Iterable[int]) -> dict[int, dict[int, int]]:
    """Texts that failed or were not delivered, by enrollment and step."""
    dead = sa.select(messages.c.enrollment_id, messages.c.step_id, messages.c.id).where(
        messages.c.kind == MessageKind.STEP.value, messages.c.status.in_(_DEAD)
    )
    found: dict[int, dict[int, int]] = {}
    for enrollment_id, step_id, ident in select_in(connection, dead, messages.c.enrollment_id, ids):
        found.setdefault(enrollment_id, {})[step_id] = ident
    return found
