"""Activating a sequence, and archiving it.

Every function is inside the write transaction that changes the sequence.
"""

from __future__ import annotations

import sqlalchemy as sa

from common.model.enrolling import NotEnrolled
from common.vocabulary import SequenceState
from server.enrollments import lifecycle_events
from server.enrollments.apply import Application, apply, load_pending
from server.enrollments.enrolling import skips
from server.enrollments.planning import Planner, start
from server.errors import Conflict
from server.sequences import store


def activate(
    connection: sa.Connection, planner: Planner, sequence_id: int, operator_id: int, now: int
) -> None:
    """Let a draft run: delays count from now. Raises Conflict unless it is a draft with steps."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.DRAFT:
        raise store.wrong_state(row, "activated", "a draft")
    store.set_state(connection, sequence_id, SequenceState.ACTIVE, now)
    standings = load_pending(connection, sequence_id)
    courses = planner.courses(connection, standings)
    applications = []
    for enrollment_id in standings:
        begins = start(courses[enrollment_id], now)
        happened: list[lifecycle_events.Event] = (
            [lifecycle_events.NoStepLeft()]
            if isinstance(begins, NotEnrolled)
            else [lifecycle_events.Activated(begins.next), *skips(begins)]
        )
        applications += [Application(enrollment_id, event) for event in happened]
    apply(connection, applications, now)
    store.log_event(connection, "sequence_activated", sequence_id, operator_id, now)


def archive(connection: sa.Connection, sequence_id: int, operator_id: int, now: int) -> None:
    """Put a sequence away. Raises Conflict while anybody in it is pending."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is SequenceState.ARCHIVED:
        raise store.wrong_state(row, "archived", "not archived yet")
    pending = len(load_pending(connection, sequence_id))
    if pending:
        raise Conflict(
            "pending_enrollments",
            f"{pending} in {row.name!r} are pending; finish them first, then archive.",
            pending=pending,
        )
    store.set_state(connection, sequence_id, SequenceState.ARCHIVED, now)
    store.log_event(connection, "sequence_archived", sequence_id, operator_id, now)
