"""Folds a stored history again, after an undone finish or a new reading of an inbound text.

What happened since then decides. An enrollment that is pending again continues at the later of its
planned time and five minutes from now, in its window, with the same next text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from common.model.enrolling import NotEnrolled
from common.vocabulary import Hold, MessageKind, MessageStatus, SequenceState, Status
from server.contacts import suppressions
from server.database.statements import select_in, update_rows
from server.database.tables import enrollments, events, messages, sequences
from server.enrollments import lifecycle
from server.enrollments.apply import Application, entry, load, write_refolded
from server.enrollments.lifecycle import Recorded, Standing, fold, timed
from server.enrollments.lifecycle_events import (
    Event,
    FinishUndone,
    Held,
    Next,
    NoStepLeft,
    NumberSuppressed,
    Reread,
)
from server.enrollments.planning import (
    Course,
    Planner,
    plan_step,
    replan,
    start,
    undo_notice,
)
from server.events import log
from server.messages import store as message_store

KINDS: Final = tuple(str(event.__struct_config__.tag) for event in Event.__args__)
"""The kinds of log entries of which a status is a fold."""

_decode: Final = msgspec.json.Decoder(Event).decode
_OMITTED: Final = (Status.OMITTED_OPTED_OUT.value, Status.OMITTED_LANDLINE.value)
STANDS_STILL: Final[dict[SequenceState, list[Event]]] = {
    SequenceState.DRAFT: [Held(Hold.DRAFT, None)],
    SequenceState.PAUSED: [Held(Hold.SEQUENCE_PAUSED, None)],
}
"""The hold of all pending enrollments in a sequence that is not active, as an event."""


def histories(connection: sa.Connection, ids: Iterable[int]) -> dict[int, list[Recorded]]:
    """The stored history of each enrollment, in the order of receipt."""
    found: dict[int, list[Recorded]] = {}
    query = sa.select(events.c.enrollment_id, events.c.id, events.c.at, events.c.body)
    query = query.where(events.c.kind.in_(KINDS)).order_by(events.c.id)
    for enrollment_id, event_id, at, body in select_in(
        connection, query, events.c.enrollment_id, ids
    ):
        found.setdefault(enrollment_id, []).append(Recorded(event_id, at, _decode(body)))
    return found


def barred(connection: sa.Connection, ids: Iterable[int]) -> dict[int, str]:
    """Why enrollments can never be pending again, for people; the others are left out.

    The contact was enrolled in the sequence again (omitted enrollments do not count), or the
    sequence is archived.
    """
    again = others_of_pair(
        lambda other: sa.or_(
            other.c.status == Status.PENDING.value,
            sa.and_(other.c.run > enrollments.c.run, other.c.status.not_in(_OMITTED)),
        )
    )
    archived = (
        sa.select(enrollments.c.id)
        .join(sequences, sequences.c.id == enrollments.c.sequence_id)
        .where(sequences.c.state == SequenceState.ARCHIVED.value)
    )
    why: dict[int, str] = {}
    for select, reason in (
        (again, "enrolled in this sequence again"),
        (archived, "the sequence is archived"),
    ):
        why |= {row.id: reason for row in select_in(connection, select, enrollments.c.id, ids)}
    return why


def others_of_pair(which: Callable[[sa.FromClause], sa.ColumnElement[bool]]) -> sa.Select[Any]:
    """Ids of enrollments whose contact has such another enrollment in the same sequence."""
    other = enrollments.alias()
    same_pair = sa.and_(
        other.c.sequence_id == enrollments.c.sequence_id,
        other.c.contact_id == enrollments.c.contact_id,
        other.c.id != enrollments.c.id,
    )
    return sa.select(enrollments.c.id).join(other, same_pair).where(which(other))


def _onward(connection: sa.Connection, course: Course, standing: Standing, now: int) -> Next | None:
    """The plan of an enrollment that is pending again, under its current sequence.

    It missed edits while it was ended, so its time is the later of the planned one and the new one.
    """
    plan = standing.plan
    if plan.base_at is None:
        if course.plan.state is SequenceState.DRAFT:
            first = course.plan.step_after(0)
            return replace(plan, step_id=plan.step_id if first is None else first.id)
        begins = start(course, now)
        return None if isinstance(begins, NotEnrolled) else begins.next
    following = replan(connection, course, standing, None)
    if following is None or following.retry_at is not None or following.step_id != plan.step_id:
        return following
    step = course.plan.step(following.step_id)
    assert step is not None
    fresh = plan_step(course, step, following.base_step_id, plan.base_at)
    later = max(plan.planned_at or now, fresh.planned_at or now)
    return replace(following, planned_at=later, anchor_minute=fresh.anchor_minute)


def refold(
    connection: sa.Connection, planner: Planner, applications: Sequence[Application], now: int
) -> dict[int, Standing]:
    """Apply undone finishes and new readings, one per enrollment; returns the new states.

    The events have no plan: it is computed here. An enrollment that cannot be pending again (see
    `barred`) is finished; one with a suppressed number is opted out.
    """
    ids = [one.enrollment_id for one in applications]
    rows = load(connection, ids)
    history = histories(connection, ids)
    courses = planner.courses(connection, ids)
    bars = barred(connection, ids)
    ways = on_the_wire(connection, ids)
    sources = suppressions.standing(
        connection, [course.recipient.phone for course in courses.values()]
    )
    stand: dict[int, Standing] = {}
    revived: list[Course] = []
    for one in applications:
        row, event, course = rows[one.enrollment_id], one.event, courses[one.enrollment_id]
        assert isinstance(event, FinishUndone | Reread)
        before = history.get(row.id, [])
        then = fold([*before, Recorded(0, now, event)])
        more: list[Event] = []
        if then.status is Status.PENDING:
            if row.standing.status is Status.PENDING:
                then = keep_due_time(then, row.standing)
            elif row.id in bars:
                more = [NoStepLeft()]
            elif course.recipient.phone in sources:
                source = lifecycle.strongest(sources[course.recipient.phone])
                more = [NumberSuppressed(source, already=True)]
            elif row.id in ways:
                then = timed(replace(then, hold=ways[row.id], not_before=None))
                revived.append(course)
            elif (following := _onward(connection, course, then, now)) is None:
                more = [NoStepLeft()]
            else:
                event = replace(event, next=following, not_before=undo_notice(course, now))
                then = fold([*before, Recorded(0, now, event)])
                more = STANDS_STILL.get(course.plan.state, [])
                revived.append(course)
        for following_event in more:
            then = lifecycle.decide(then, following_event, now).standing
        write_refolded(connection, row, then, one._replace(event=event), now)
        log.append(
            connection,
            [entry(row, one._replace(event=other, message_id=None), now) for other in more],
        )
        stand[row.id] = then
    rejoin(connection, revived)
    ids_of_revived = [course.enrollment_id for course in revived]
    message_store.wait_again(connection, ids_of_revived, {MessageStatus.CANCELLED})
    return stand


def rejoin(connection: sa.Connection, courses: Iterable[Course]) -> None:
    """Let enrollments that are pending again follow their current sequence."""
    update_rows(
        connection,
        enrollments,
        ("sequence_version",),
        [(course.plan.version, course.enrollment_id) for course in courses],
    )


def keep_due_time(folded: Standing, present: Standing) -> Standing:
    """`folded` with the current plan, hold and due time, which claims write without an event."""
    names = (
        "hold",
        "hold_detail",
        "not_before",
        "due_at",
        "planned_at",
        "retry_at",
        "base_at",
        "base_step_id",
        "next_step_id",
    )
    return replace(folded, **{name: getattr(present, name) for name in names})


def on_the_wire(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Hold]:
    """Enrollments whose text is or may be with the carrier; one given up counts as sent."""
    select = sa.select(messages.c.enrollment_id, messages.c.status).where(
        messages.c.kind == MessageKind.STEP.value,
        sa.or_(
            messages.c.status == MessageStatus.SENDING.value,
            sa.and_(
                messages.c.status == MessageStatus.UNKNOWN.value,
                messages.c.hold == Hold.UNKNOWN.value,
            ),
        ),
    )
    return {
        enrollment_id: Hold.SENDING if status == MessageStatus.SENDING.value else Hold.UNKNOWN
        for enrollment_id, status in select_in(connection, select, messages.c.enrollment_id, ids)
    }
