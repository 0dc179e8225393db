"""Adjusts plans after the clock was set back, so that nothing waits for a time that has already
been.

Delays count from hand-offs, enrollments and activations. If such a time is in the future, the clock
has been set back since, and the text would wait too long.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from common.vocabulary import MessageKind, MessageStatus, Status
from server.database.tables import enrollments, events, messages, sequences
from server.enrollments.apply import STANDING, Application, apply, standing_of
from server.enrollments.lifecycle_events import ClockSetBack
from server.enrollments.planning import Planner, after_set_back
from server.events import log

PART: Final = 2_000
"""Enrollments checked in one transaction."""


def shown_last(connection: sa.Connection) -> int | None:
    """The clock's time at the last event; None if nothing has happened."""
    newest = sa.select(events.c.at).order_by(events.c.id.desc()).limit(1)
    return connection.execute(newest).scalar()


def set_texts_right(connection: sa.Connection, back: int, now: int) -> None:
    """Let direct texts, confirmations and help that wait for a time pass the gate again.

    A pause that began in the future began that much earlier.
    """
    connection.execute(
        sa.update(messages)
        .where(
            messages.c.kind != MessageKind.STEP.value,
            messages.c.status == MessageStatus.WAITING.value,
            messages.c.due_at > now,
            messages.c.created_at > (0 if back else now),
        )
        .values(hold=None, due_at=now)
    )
    connection.execute(
        sa.update(sequences)
        .where(sequences.c.paused_at > now)
        .values(paused_at=sa.func.min(sequences.c.paused_at - back, now))
    )
    if back:
        log.record(connection, now, "clock_set_back", by=back)


def set_plans_right(
    connection: sa.Connection, planner: Planner, back: int, now: int, after: int
) -> int | None:
    """Adjust the plans of a part of the pending enrollments with ids above `after`; returns the
    last id.

    `back` is by how much the clock was set back; 0 if it may have been, before this process
    started. Returns None when no more are left.
    """
    counts_from_later = sa.or_(
        enrollments.c.base_at > now,
        sa.and_(enrollments.c.retry_at.is_not(None), enrollments.c.planned_at > now),
    )
    waits = sa.or_(counts_from_later, enrollments.c.not_before > now) if back else counts_from_later
    rows = connection.execute(
        sa.select(enrollments.c.id, *(enrollments.c[name] for name in STANDING))
        .where(
            enrollments.c.id > after,
            enrollments.c.status == Status.PENDING.value,
            enrollments.c.base_at.is_not(None),
            waits,
        )
        .order_by(enrollments.c.id)
        .limit(PART)
    ).all()
    if not rows:
        return None
    courses = planner.courses(connection, [row.id for row in rows])
    apply(
        connection,
        [
            Application(
                row.id,
                ClockSetBack(after_set_back(courses[row.id], standing_of(row[1:]).plan, back, now)),
            )
            for row in rows
        ],
        now,
    )
    last: int = rows[-1].id
    return last
