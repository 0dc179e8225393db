"""Checks of enrollments.

Each check finds the ids of one fault; functions that take ids repair them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa

from common.model.enrolling import NotEnrolled
from common.vocabulary import SequenceState, Status
from server.database.statements import ids_found_by, in_parts
from server.database.tables import enrollments, workspace
from server.enrollments import lifecycle
from server.enrollments.apply import STANDING, Application, apply, load, standing_of
from server.enrollments.lifecycle import fold
from server.enrollments.lifecycle_events import Activated, Event, NoStepLeft, Released, Replanned
from server.enrollments.planning import Course, Planner, start
from server.enrollments.refold import STANDS_STILL, histories
from server.enrollments.releases import end_suppressed

BATCH: Final = 1_000
OPEN_ATTEMPT: Final = (
    "SELECT messages.enrollment_id FROM attempts JOIN messages ON messages.id = attempts.message_id"
    " WHERE messages.enrollment_id IS NOT NULL AND (attempts.state = 'sending'"
    " OR (attempts.state = 'unknown' AND attempts.check_wall IS NOT NULL))"
)
"""Enrollments whose text is with the carrier or being reconciled."""

_STANDING_PHONES: Final = "SELECT phone FROM suppressions WHERE lifted_at IS NULL"
_STATUSES: Final = ", ".join(f"'{status.value}'" for status in Status)
_REVIEWED_PHONES: Final = "SELECT phone FROM reviews WHERE decided_at IS NULL"


without_next = ids_found_by(
    "SELECT id FROM enrollments WHERE status = 'pending' AND due_at IS NULL AND hold IS NULL"
)
"""Pending with neither a due time nor a hold: nothing would ever happen."""

held_by_nothing = ids_found_by(
    "SELECT enrollments.id FROM enrollments"  # noqa: S608 # our own words
    " JOIN sequences ON sequences.id = enrollments.sequence_id"
    " JOIN senders ON senders.id = enrollments.sender_id"
    " JOIN contacts ON contacts.id = enrollments.contact_id"
    " WHERE enrollments.status = 'pending' AND enrollments.due_at IS NULL AND ("
    " (hold = 'sequence_paused' AND sequences.state != 'paused')"
    " OR (hold = 'draft' AND sequences.state != 'draft')"
    " OR (hold = 'sender_stopped' AND senders.stopped_at IS NULL)"
    f" OR (hold = 'needs_review' AND contacts.phone NOT IN ({_REVIEWED_PHONES}))"
    " OR hold IN ('sender_rate', 'daily_limit', 'campaign_cap', 'other_text'))"
)
"""Held without a due time, by something that is over or that only time ends.

A closed window is not included: an edit of the sequence ends it. Neither is a missing field:
filling it in ends it.
"""

sending_without_attempt = ids_found_by(
    "SELECT id FROM enrollments WHERE status = 'pending' AND due_at IS NULL"  # noqa: S608 # likewise
    f" AND hold IN ('sending', 'unknown') AND id NOT IN ({OPEN_ATTEMPT})"
)
"""Waiting for an answer although no attempt is open."""

attempt_without_hold = ids_found_by(
    "SELECT id FROM enrollments WHERE status = 'pending'"  # noqa: S608 # likewise
    f" AND (hold IS NULL OR hold NOT IN ('sending', 'unknown')) AND id IN ({OPEN_ATTEMPT})"
)
"""Due, or held by something else, while a text of the same enrollment is with the carrier."""

ended_unexplained = ids_found_by(
    "SELECT id FROM enrollments WHERE status != 'pending' AND (reason IS NULL"
    " OR ended_at IS NULL OR due_at IS NOT NULL OR hold IS NOT NULL)"
)
"""Ended without a reason or an end time, or with a due time or hold left."""

waiting_after_end = ids_found_by(
    "SELECT messages.id FROM messages JOIN enrollments"
    " ON enrollments.id = messages.enrollment_id WHERE messages.kind = 'step'"
    " AND messages.status = 'waiting' AND enrollments.status != 'pending'"
)
"""Ids of texts that wait for an enrollment that has ended."""


def not_their_history(connection: sa.Connection) -> Iterator[int]:
    """Enrollments whose status differs from a fold over their events.

    Only what events alone decide is compared: claims write holds and due times without an event.
    """
    columns = [enrollments.c[name] for name in ("id", *STANDING)]
    last = 0
    while rows := connection.execute(
        sa.select(*columns).where(enrollments.c.id > last).order_by(enrollments.c.id).limit(BATCH)
    ).all():
        last = rows[-1].id
        stored = histories(connection, [row.id for row in rows])
        for row in rows:
            if row.id not in stored or _decided(fold(stored[row.id])) != _decided(
                standing_of(row[1:])
            ):
                yield row.id


def _decided(standing: lifecycle.Standing) -> tuple[Any, ...]:
    decided = (standing.status, standing.reason, standing.accepted, standing.last_step_id)
    if standing.status is not Status.PENDING or standing.base_at is None:
        return decided
    plan = (standing.next_step_id, standing.base_step_id, standing.base_at)
    return (*decided, *plan, standing.planned_at, standing.retry_at)


next_is_not_of_the_sequence = ids_found_by(
    "SELECT enrollments.id FROM enrollments JOIN steps ON steps.id = next_step_id"
    " JOIN sequences ON sequences.id = enrollments.sequence_id"
    " WHERE enrollments.status = 'pending' AND (steps.sequence_id != enrollments.sequence_id"
    " OR (steps.deleted_at IS NOT NULL AND enrollments.sequence_version = sequences.version))"
)
"""Pending with a next step that was deleted or belongs to another sequence."""

sent_before_its_time = ids_found_by(
    "SELECT id FROM enrollments WHERE status = 'pending' AND planned_at < base_at"
)
"""Pending with a planned time before the start of the delay."""

miscounted = ids_found_by(
    "SELECT sequences.id FROM sequences WHERE"  # noqa: S608 # likewise
    " (SELECT count(*) FROM enrollments WHERE enrollments.sequence_id = sequences.id"
    f" AND status IN ({_STATUSES})) !="
    " (SELECT count(DISTINCT enrollment_id) FROM events WHERE kind = 'enrolled'"
    " AND events.sequence_id = sequences.id)",
)
"""Ids of sequences whose counts by status do not add up to the number enrolled."""

suppressed_but_pending = ids_found_by(
    "SELECT enrollments.id FROM enrollments JOIN contacts"  # noqa: S608 # likewise
    " ON contacts.id = enrollments.contact_id WHERE enrollments.status = 'pending'"
    f" AND contacts.phone IN ({_STANDING_PHONES})"
)
"""Pending although the number is suppressed."""


def release(connection: sa.Connection, ids: Sequence[int], now: int) -> None:
    """Let the gate check them again: due now, or held by their sequence if it is not active."""
    planner = Planner(connection.execute(sa.select(workspace.c.zone)).scalar_one())
    for part in in_parts(ids):
        courses = planner.courses(connection, part)
        applications = [
            Application(row.id, event)
            for row in load(connection, part).values()
            if row.standing.status is Status.PENDING
            for event in _released(courses[row.id], row.standing, now)
        ]
        apply(connection, applications, now)


def _released(course: Course, standing: lifecycle.Standing, now: int) -> list[Event]:
    still = STANDS_STILL.get(course.plan.state, [])
    if standing.base_at is None:
        if course.plan.state is SequenceState.DRAFT:
            return still
        begins = start(course, now)
        if isinstance(begins, NotEnrolled):
            return [NoStepLeft()]
        return [Activated(begins.next), *still]
    if standing.hold is None:
        return [Replanned(standing.plan), *still]
    return [Released(standing.hold), *still]


def stop_suppressed(connection: sa.Connection, ids: Sequence[int], now: int) -> None:
    """End them as the suppression should have done."""
    for part in in_parts(ids):
        end_suppressed(connection, enrollments.c.id.in_(part), now)
