"""Enrolling: who becomes pending, who is omitted, skipped or refused, and why.

`judge` decides without writing, so that a dry run gives exactly the result of the real one;
`enroll` writes what `judge` decided. Both work on one batch of contacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from common.model.enrolling import NotEnrolled
from common.model.sequences import Reenroll
from common.vocabulary import (
    REASON_OF_LANDLINE,
    REASON_OF_SUPPRESSION,
    Hold,
    LineKind,
    Reason,
    SequenceState,
    Status,
    SuppressionSource,
)
from server.clock import DAY
from server.contacts import suppressions
from server.database.statements import insert_rows, next_ids, select_in
from server.database.tables import contacts, enrollments
from server.enrollments import lifecycle
from server.enrollments.apply import STANDING, Application, Row, entry
from server.enrollments.lifecycle import Standing, decide
from server.enrollments.lifecycle_events import Enrolled, Event, Held, Next, StepSkipped
from server.enrollments.planning import Course, Planner, Recipient, Start, start
from server.errors import Conflict
from server.events import log
from server.sequences.plan import Plan

OMITTED: Final = frozenset({Status.OMITTED_OPTED_OUT, Status.OMITTED_LANDLINE})
_INSERTED: Final = (
    "id",
    "sequence_id",
    "contact_id",
    "run",
    "sender_id",
    "sequence_version",
    "enrolled_by",
    "enrolled_at",
)


class Judged(NamedTuple):
    """The result of enrolling one contact.

    Exactly one of `status` and `turned_away` is set. `begins` is set for pending contacts, unless
    the sequence is a draft, whose delays count from its activation.
    """

    contact_id: int
    phone: str
    status: Status | None
    reason: Reason | None = None
    turned_away: NotEnrolled | None = None
    begins: Start | None = None
    course: Course | None = None
    runs_before: int = 0


class _Before(NamedTuple):
    """A contact's last enrollment in the sequence, and how many there were."""

    status: Status
    reason: str | None
    ended_at: int | None
    last_real_end: int | None
    pending: bool
    runs: int


def judge(
    connection: sa.Connection, planner: Planner, plan: Plan, contact_ids: Sequence[int], now: int
) -> list[Judged]:
    """The results of enrolling these contacts now, in their order; a batch of some thousands.

    Raises Conflict if the sequence is archived or has no steps.
    """
    if plan.state is SequenceState.ARCHIVED:
        raise Conflict(
            "sequence_archived", "The sequence is archived; duplicate it to use it again."
        )
    if not plan.steps:
        raise Conflict("no_steps", "The sequence has no steps; add one before enrolling.")
    people = _people(connection, contact_ids)
    stopped = suppressions.standing(connection, [row.phone for row in people.values()])
    before = _before(connection, plan.sequence_id, contact_ids)
    named: set[int] = set()
    judged = []
    for contact_id in contact_ids:
        row = people.get(contact_id)
        if row is None:
            judged.append(_turned(contact_id, "", NotEnrolled.UNKNOWN_CONTACT))
        elif contact_id in named:
            judged.append(_turned(contact_id, row.phone, NotEnrolled.NAMED_TWICE))
        else:
            named.add(contact_id)
            sources = stopped.get(row.phone, frozenset())
            judged.append(_judge_one(planner, plan, row, sources, before.get(contact_id), now))
    return judged


def _judge_one(
    planner: Planner,
    plan: Plan,
    row: Any,
    sources: frozenset[SuppressionSource],
    before: _Before | None,
    now: int,
) -> Judged:
    if row.line == LineKind.TOLL_FREE.value:
        return _turned(row.id, row.phone, NotEnrolled.NOT_MOBILE)
    runs = before.runs if before else 0
    if before and before.pending:
        return _turned(row.id, row.phone, NotEnrolled.ALREADY_PENDING)
    if before and before.last_real_end is not None and not _may_again(plan, before, now):
        return _turned(row.id, row.phone, NotEnrolled.ENROLLED_BEFORE)
    omitted = _omission(row, sources)
    if omitted:
        if before and (before.status, before.reason) == omitted:
            return _turned(row.id, row.phone, NotEnrolled.ALREADY_OMITTED)
        return Judged(row.id, row.phone, *omitted, runs_before=runs)
    recipient = Recipient(*(getattr(row, f) for f in Recipient._fields))
    schedule = planner.schedule(plan, recipient)
    course = Course(0, plan, recipient, schedule, anchor_minute=None, enrolled_at=now)
    begins = start(course, now)
    if isinstance(begins, NotEnrolled):
        return _turned(row.id, row.phone, begins)
    return Judged(row.id, row.phone, Status.PENDING, begins=begins, course=course, runs_before=runs)


def _omission(row: Any, sources: frozenset[SuppressionSource]) -> tuple[Status, Reason] | None:
    if sources:
        return Status.OMITTED_OPTED_OUT, REASON_OF_SUPPRESSION[lifecycle.strongest(sources)]
    if row.line == LineKind.LANDLINE.value:
        return Status.OMITTED_LANDLINE, REASON_OF_LANDLINE[row.line_source]
    return None


def _may_again(plan: Plan, before: _Before, now: int) -> bool:
    match plan.reenroll:
        case Reenroll.ALWAYS:
            return True
        case Reenroll.NEVER:
            return False
        case Reenroll.AFTER:
            ended = before.last_real_end or 0
            return now - ended >= plan.reenroll_days * DAY


def _turned(contact_id: int, phone: str, why: NotEnrolled) -> Judged:
    return Judged(contact_id, phone, None, turned_away=why)


def enroll(
    connection: sa.Connection,
    planner: Planner,
    plan: Plan,
    sender_id: int,
    judged: Iterable[Judged],
    operator_id: int,
    now: int,
) -> int:
    """Write those that were judged pending or omitted; returns how many rows were created."""
    made = [one for one in judged if one.status is not None]
    ids = next_ids(connection, enrollments, len(made))
    rows, entries = [], []
    for enrollment_id, one in zip(ids, made, strict=True):
        happened = _events(plan, one)
        standing = Standing(Status.PENDING)
        for event in happened:
            standing = decide(standing, event, now).standing
        rows.append(
            (
                enrollment_id,
                plan.sequence_id,
                one.contact_id,
                one.runs_before + 1,
                sender_id,
                plan.version,
                operator_id,
                now,
                *msgspec.structs.astuple(standing),
            )
        )
        row = Row(enrollment_id, plan.sequence_id, one.contact_id, standing)
        entries += [
            entry(row, Application(enrollment_id, event, operator_id=operator_id), now)
            for event in happened
        ]
    insert_rows(connection, enrollments, (*_INSERTED, *STANDING), rows)
    log.append(connection, entries)
    return len(made)


def _events(plan: Plan, one: Judged) -> list[Event]:
    """The events of a new enrollment: steps in the past are skipped."""
    if one.status is not Status.PENDING or one.begins is None:
        assert one.status is not None
        return [Enrolled(one.status, one.reason)]
    if plan.state is SequenceState.DRAFT:
        first = Next(plan.steps[0].id, None, None)
        return [Enrolled(Status.PENDING, None, first, Hold.DRAFT)]
    following = one.begins.next
    return [
        Enrolled(Status.PENDING, None, following),
        *skips(one.begins),
        *([Held(Hold.SEQUENCE_PAUSED, None)] if plan.state is SequenceState.PAUSED else []),
    ]


def skips(begins: Start) -> list[Event]:
    """One event for each step that is in the past at the start."""
    return [StepSkipped(step_id, why.value, begins.next) for step_id, why in begins.skipped]


def _people(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Any]:
    columns = [contacts.c[name] for name in ("id", *Recipient._fields, "line", "line_source")]
    rows = select_in(connection, sa.select(*columns), contacts.c.id, ids)
    return {row.id: row for row in rows}


def _before(
    connection: sa.Connection, sequence_id: int, contact_ids: Iterable[int]
) -> Mapping[int, _Before]:
    found: dict[int, _Before] = {}
    columns = [enrollments.c[name] for name in ("contact_id", "status", "reason", "ended_at")]
    in_sequence = enrollments.c.sequence_id == sequence_id
    runs = sa.select(*columns).where(in_sequence).order_by(enrollments.c.run)
    for contact_id, status_code, reason, ended_at in select_in(
        connection, runs, enrollments.c.contact_id, contact_ids
    ):
        status = Status(status_code)
        known = found.get(contact_id)
        ends = [known.last_real_end] if known and known.last_real_end is not None else []
        if status not in OMITTED and ended_at is not None:
            ends.append(ended_at)
        found[contact_id] = _Before(
            status,
            reason,
            ended_at,
            max(ends, default=None),
            status is Status.PENDING or (known is not None and known.pending),
            known.runs + 1 if known else 1,
        )
    return found
