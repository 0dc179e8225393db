"""Folding a stored history anew: a finish that is undone, an inbound text that is read otherwise.

What happened meanwhile decides. An enrollment that comes back to life goes on at the later of its
old due time and five minutes from now, in its window; the text that was to go next goes next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace

from common.vocabulary import Hold, MessageKind, MessageStatus, SequenceState, Status
from server.database.statements import in_parts, update_rows
from server.database.tables import enrollments, events, messages
from server.enrollments import lifecycle
from server.enrollments.apply import Application, Row, entry, load, write_refolded
from server.enrollments.lifecycle import FinishUndone, Next, Recorded, Reread, Standing, fold
from server.enrollments.planning import (
    Course,
    Planner,
    after_step,
    position_of,
    resume_after,
    start,
)
from server.events import log
from server.senders.store import default_sender

KINDS: Final = tuple(str(event.__struct_config__.tag) for event in lifecycle.Event.__args__)
"""The kinds of the log's entries that a status is a fold over."""

_decode: Final = msgspec.json.Decoder(lifecycle.Event).decode
_OMITTED: Final = (Status.OMITTED_OPTED_OUT.value, Status.OMITTED_LANDLINE.value)
STANDS_STILL: Final = {
    SequenceState.DRAFT: Hold.DRAFT,
    SequenceState.PAUSED: Hold.SEQUENCE_PAUSED,
}
"""What holds everybody pending in a sequence that does not run."""


class Onward(NamedTuple):
    """How an enrollment that is pending again goes on.

    `hold` is set while its sequence does not run. `anchor_minute` is set where its delays begin
    only now.
    """

    next: Next
    hold: Hold | None
    anchor_minute: int | None = None

    def events(self) -> list[lifecycle.Event]:
        """What holds it, as an event to apply after the one that made it due."""
        return [] if self.hold is None else [lifecycle.Postponed(self.hold, None, self.next.due_at)]


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


def barred(
    connection: sa.Connection, rows: Collection[Row], courses: Mapping[int, Course]
) -> dict[int, str]:
    """Why enrollments can never be pending again, for people; those that can are left out.

    The contact was enrolled in the sequence again (being omitted does not count), or it is
    archived.
    """
    why: dict[int, str] = {}
    later = enrollments.alias()
    for part in in_parts(row.id for row in rows):
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
    for row in rows:
        if courses[row.id].plan.state is SequenceState.ARCHIVED:
            why[row.id] = "the sequence is archived"
    return why


def onward(
    connection: sa.Connection, course: Course, standing: Standing, now: int
) -> Onward | None:
    """How an enrollment that stands so, and is pending again, goes on; None if no step is left."""
    hold = STANDS_STILL.get(course.plan.state)
    planned = standing.due_at if standing.due_at is not None else standing.planned_at
    step = None if standing.next_step_id is None else course.plan.step(standing.next_step_id)
    anchor = None
    following: Next | None
    if standing.hold is Hold.DRAFT and hold is not Hold.DRAFT:
        begun = start(course.plan, course.schedule, now)
        following = begun.next if begun else None
        anchor = begun.anchor_minute if begun else None
    elif step is not None:
        following = Next(step.id, now if planned is None else planned)
    elif standing.last_step_id is not None and standing.last_accepted_at is not None:
        position = position_of(connection, course.plan, standing.last_step_id)
        following = after_step(course, position, standing.last_accepted_at)
    else:
        begun = start(course.plan, course.schedule, course.enrolled_at)
        following = begun.next if begun else None
    if following is None:
        return None
    due = resume_after(course, following.due_at, now)
    return Onward(Next(following.step_id, due), hold, anchor)


def refold(
    connection: sa.Connection, planner: Planner, applications: Sequence[Application], now: int
) -> dict[int, Standing]:
    """Apply undone finishes and new readings, one for each enrollment; answers how each stands.

    The events come without what goes next: that is found here. An enrollment that would be pending
    again but can never be (see `barred`) is finished.
    """
    ids = [one.enrollment_id for one in applications]
    rows = load(connection, ids)
    history = histories(connection, ids)
    courses = planner.courses(connection, ids)
    bars = barred(connection, rows.values(), courses)
    ways = _on_their_way(connection, ids)
    stand: dict[int, Standing] = {}
    revived: list[Row] = []
    anchors = []
    for one in applications:
        row = rows[one.enrollment_id]
        event = one.event
        assert isinstance(event, FinishUndone | Reread)
        then = fold([*history.get(row.id, ()), Recorded(0, now, event)])
        more: list[lifecycle.Event] = []
        if then.status is Status.PENDING:
            if row.standing.status is Status.PENDING:
                then = _as_it_waits(then, row.standing)
            elif row.id in bars:
                more = [lifecycle.NoStepLeft()]
            elif row.id in ways:
                planned = then.due_at if then.due_at is not None else then.planned_at
                then = replace(then, hold=ways[row.id], due_at=None, planned_at=planned)
                revived.append(row)
            else:
                goes_on = onward(connection, courses[row.id], then, now)
                if goes_on is None:
                    more = [lifecycle.NoStepLeft()]
                else:
                    event = replace(event, next=goes_on.next)
                    then = fold([*history.get(row.id, ()), Recorded(0, now, event)])
                    more = goes_on.events()
                    revived.append(row)
                    if goes_on.anchor_minute is not None:
                        anchors.append((goes_on.anchor_minute, row.id))
        for following in more:
            then = lifecycle.decide(then, following, now).standing
        write_refolded(connection, row, then, one._replace(event=event), now)
        log.append(
            connection,
            [entry(row, one._replace(event=following, message_id=None), now) for following in more],
        )
        stand[row.id] = then
    update_rows(connection, enrollments, ("anchor_minute",), anchors)
    rejoin(connection, [courses[row.id] for row in revived])
    wait_again(connection, [row.id for row in revived], (MessageStatus.CANCELLED,))
    return stand


def rejoin(connection: sa.Connection, courses: Iterable[Course]) -> None:
    """Let enrollments that are pending again follow their sequence as it is now, and its sender."""
    plans = {course.enrollment_id: course.plan for course in courses}
    behind = []
    for part in in_parts(plans):
        versions = connection.execute(
            sa.select(enrollments.c.id, enrollments.c.sequence_version).where(
                enrollments.c.id.in_(part)
            )
        )
        behind += [ident for ident, version in versions if version != plans[ident].version]
    senders: dict[int, int] = {}
    for plan in {plans[ident] for ident in behind}:
        senders[plan.sequence_id] = plan.sender_id or default_sender(connection).id
    update_rows(
        connection,
        enrollments,
        ("sequence_version", "sender_id"),
        [(plans[one].version, senders[plans[one].sequence_id], one) for one in behind],
    )


def wait_again(
    connection: sa.Connection, ids: Iterable[int], statuses: tuple[MessageStatus, ...]
) -> None:
    """Texts of the steps that go next, in these statuses, are to be handed over once more."""
    for part in in_parts(ids):
        connection.execute(
            sa.update(messages)
            .where(
                messages.c.enrollment_id.in_(part),
                messages.c.kind == MessageKind.STEP.value,
                messages.c.status.in_([status.value for status in statuses]),
                messages.c.step_id
                == sa.select(enrollments.c.next_step_id)
                .where(enrollments.c.id == messages.c.enrollment_id)
                .scalar_subquery(),
            )
            .values(status=MessageStatus.WAITING.value, hold=None, due_at=None, final_at=None)
        )


def _as_it_waits(folded: Standing, present: Standing) -> Standing:
    """A pending enrollment keeps its turn: claims write theirs without an event."""
    return replace(
        folded,
        hold=present.hold,
        hold_detail=present.hold_detail,
        due_at=present.due_at,
        planned_at=present.planned_at,
        next_step_id=present.next_step_id,
    )


def _on_their_way(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Hold]:
    """Enrollments whose text is with the carrier, or is not known to be."""
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
