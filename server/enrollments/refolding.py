"""Folding a stored history again: a finish that is undone, an inbound text that is read otherwise.

What happened meanwhile decides. An enrollment that is pending again goes on at the later of its
planned time and five minutes from now, in its window; the text that was to go next goes next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from common.model.enrolling import NotEnrolled
from common.vocabulary import Hold, MessageKind, MessageStatus, SequenceState, Status
from server.contacts import suppressions
from server.database.statements import in_parts, update_rows
from server.database.tables import enrollments, events, messages, sequences
from server.enrollments import lifecycle, lifecycle_events
from server.enrollments.apply import Application, entry, load, write_refolded
from server.enrollments.lifecycle import Recorded, Standing, fold, timed
from server.enrollments.lifecycle_events import FinishUndone, Next, Reread
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

KINDS: Final = tuple(str(event.__struct_config__.tag) for event in lifecycle_events.Event.__args__)
"""The kinds of the log's entries that a status is a fold over."""

_decode: Final = msgspec.json.Decoder(lifecycle_events.Event).decode
_OMITTED: Final = (Status.OMITTED_OPTED_OUT.value, Status.OMITTED_LANDLINE.value)
STANDS_STILL: Final[dict[SequenceState, list[lifecycle_events.Event]]] = {
    SequenceState.DRAFT: [lifecycle_events.Held(Hold.DRAFT, None)],
    SequenceState.PAUSED: [lifecycle_events.Held(Hold.SEQUENCE_PAUSED, None)],
}
"""What holds everybody pending in a sequence that does not run, as an event to apply."""


def histories(connection: sa.Connection, ids: Iterable[int]) -> dict[int, list[Recorded]]:
    """The stored history of each enrollment, in the order of receipt."""
    found: dict[int, list[Recorded]] = {}
    for part in in_parts(dict.fromkeys(ids)):
        rows = connection.execute(
            sa.select(events.c.enrollment_id, events.c.id, events.c.at, events.c.body)
            .where(events.c.enrollment_id.in_(part), events.c.kind.in_(KINDS))
            .order_by(events.c.id)
        )
        for enrollment_id, event_id, at, body in rows:
            found.setdefault(enrollment_id, []).append(Recorded(event_id, at, _decode(body)))
    return found


def barred(connection: sa.Connection, ids: Iterable[int]) -> dict[int, str]:
    """Why enrollments can never be pending again, for people; those that can are left out.

    The contact was enrolled in the sequence again (being omitted does not count), or it is
    archived.
    """
    why: dict[int, str] = {}
    later = enrollments.alias()
    for part in in_parts(ids):
        again = connection.execute(
            sa.select(enrollments.c.id)
            .join(
                later,
                sa.and_(
                    later.c.sequence_id == enrollments.c.sequence_id,
                    later.c.contact_id == enrollments.c.contact_id,
                    later.c.id != enrollments.c.id,
                ),
            )
            .where(
                enrollments.c.id.in_(part),
                sa.or_(
                    later.c.status == Status.PENDING.value,
                    sa.and_(later.c.run > enrollments.c.run, later.c.status.not_in(_OMITTED)),
                ),
            )
        ).scalars()
        why.update(dict.fromkeys(again, "enrolled in this sequence again"))
        archived = connection.execute(
            sa.select(enrollments.c.id)
            .join(sequences, sequences.c.id == enrollments.c.sequence_id)
            .where(enrollments.c.id.in_(part), sequences.c.state == SequenceState.ARCHIVED.value)
        ).scalars()
        why.update(dict.fromkeys(archived, "the sequence is archived"))
    return why


def _onward(connection: sa.Connection, course: Course, standing: Standing, now: int) -> Next | None:
    """The plan of an enrollment that is pending again, under its sequence as it is now.

    Edits passed it by while it had ended: its time is the later of the planned one and the one that
    they give it.
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
    """Apply undone finishes and new readings, one for each enrollment; answers how each stands.

    The events come without what goes next: that is found here. An enrollment that would be pending
    again but can never be (see `barred`) is finished; one whose number is suppressed by now is
    opted out.
    """
    ids = [one.enrollment_id for one in applications]
    rows = load(connection, ids)
    history = histories(connection, ids)
    courses = planner.courses(connection, ids)
    bars = barred(connection, ids)
    ways = _on_the_wire(connection, ids)
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
        more: list[lifecycle_events.Event] = []
        if then.status is Status.PENDING:
            if row.standing.status is Status.PENDING:
                then = keep_due_time(then, row.standing)
            elif row.id in bars:
                more = [lifecycle_events.NoStepLeft()]
            elif course.recipient.phone in sources:
                source = lifecycle.strongest(sources[course.recipient.phone])
                more = [lifecycle_events.Suppressed(source, already=True)]
            elif row.id in ways:
                then = timed(replace(then, hold=ways[row.id], not_before=None))
                revived.append(course)
            elif (following := _onward(connection, course, then, now)) is None:
                more = [lifecycle_events.NoStepLeft()]
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
    """Let enrollments that are pending again follow their sequence as it is now."""
    update_rows(
        connection,
        enrollments,
        ("sequence_version",),
        [(course.plan.version, course.enrollment_id) for course in courses],
    )


def keep_due_time(folded: Standing, present: Standing) -> Standing:
    """`folded` with the present plan, hold and due time: claims write those without an event."""
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


def _on_the_wire(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Hold]:
    """Enrollments whose text is with the carrier, or may be."""
    found: dict[int, Hold] = {}
    for part in in_parts(ids):
        rows = connection.execute(
            sa.select(messages.c.enrollment_id, messages.c.status).where(
                messages.c.enrollment_id.in_(part),
                messages.c.kind == MessageKind.STEP.value,
                sa.or_(
                    messages.c.status == MessageStatus.SENDING.value,
                    sa.and_(
                        messages.c.status == MessageStatus.UNKNOWN.value,
                        messages.c.hold == Hold.UNKNOWN.value,
                    ),
                ),
            )
        )
        for enrollment_id, status in rows:
            sending = status == MessageStatus.SENDING.value
            found[enrollment_id] = Hold.SENDING if sending else Hold.UNKNOWN
    return found
