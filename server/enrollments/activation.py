"""Activates and archives sequences.

All functions run inside the write transaction that changes the sequence.
"""

from __future__ import annotations

import sqlalchemy as sa

from common.model.enrolling import NotEnrolled
from common.model.sequences import Sequence
from common.vocabulary import SequenceState
from server.enrollments.apply import Application, apply, load_pending
from server.enrollments.enrolling import skips
from server.enrollments.lifecycle_events import Activated, Event, NoStepLeft
from server.enrollments.planning import Planner, start
from server.errors import Conflict
from server.events import log
from server.sequences import store
from server.sequences.reading import read_sequence


def activate(
    connection: sa.Connection, planner: Planner, sequence_id: int, operator_id: int, now: int
) -> Sequence:
    """Activate a draft: delays count from now. Raises Conflict unless it is a draft with steps."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is not SequenceState.DRAFT:
        raise store.wrong_state(row, "activated", "a draft")
    store.set_state(connection, sequence_id, SequenceState.ACTIVE, now)
    standings = load_pending(connection, sequence_id)
    courses = planner.courses(connection, standings)
    applications = []
    for enrollment_id in standings:
        begins = start(courses[enrollment_id], now)
        happened: list[Event] = (
            [NoStepLeft()]
            if isinstance(begins, NotEnrolled)
            else [Activated(begins.next), *skips(begins)]
        )
        applications += [Application(enrollment_id, event) for event in happened]
    apply(connection, applications, now)
    log.record(
        connection, now, "sequence_activated", sequence_id=sequence_id, operator_id=operator_id
    )
    return read_sequence(connection, sequence_id)


def archive(connection: sa.Connection, sequence_id: int, operator_id: int, now: int) -> Sequence:
    """Archive a sequence. Raises Conflict while enrollments in it are pending."""
    row = store.get_sequence(connection, sequence_id)
    if row.state is SequenceState.ARCHIVED:
        raise store.wrong_state(row, "archived", "not archived yet")
    pending = len(load_pending(connection, sequence_id))
    if pending:
        raise Conflict(
            "pending_enrollments",
            f"{pending} enrollments in {row.name!r} are pending. Finish them first, then "
            "archive it.",
            pending=pending,
        )
    store.set_state(connection, sequence_id, SequenceState.ARCHIVED, now)
    log.record(
        connection, now, "sequence_archived", sequence_id=sequence_id, operator_id=operator_id
    )
    return read_sequence(connection, sequence_id)
