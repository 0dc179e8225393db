"""Starting a sender: what it held goes again, at its full rate, as if it had never waited."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from common.vocabulary import Hold, MessageStatus, Status
from server.database.tables import enrollments, messages
from server.dispatch import pace
from server.enrollments import following, lifecycle
from server.enrollments.apply import Application, apply
from server.enrollments.lifecycle import Next
from server.messages import quarantine

_ENDED_BY_STARTING = (Hold.SENDER_STOPPED.value, Hold.SENDER_RATE.value)


def senders_started(connection: sa.Connection, sender_ids: Iterable[int], now: int) -> None:
    """Forget these senders' waits and rows of failures; all that they held is looked at again."""
    for sender_id in sender_ids:
        pace.reset(connection, sender_id)
        quarantine.forget(connection, [sender_id])
        following.senders_started(connection, [sender_id], now)
        _release_waiting(connection, sender_id, now)
        connection.execute(
            sa.update(messages)
            .where(
                messages.c.sender_id == sender_id,
                messages.c.status == MessageStatus.WAITING.value,
                messages.c.enrollment_id.is_(None),
                messages.c.hold.in_(_ENDED_BY_STARTING),
            )
            .values(due_at=now, hold=None)
        )


def _release_waiting(connection: sa.Connection, sender_id: int, now: int) -> None:
    """Enrollments that wait for the sender's rate until some time are due now."""
    rows = connection.execute(
        sa.select(enrollments.c.id, enrollments.c.next_step_id).where(
            enrollments.c.sender_id == sender_id,
            enrollments.c.status == Status.PENDING.value,
            enrollments.c.hold == Hold.SENDER_RATE.value,
            enrollments.c.next_step_id.is_not(None),
        )
    ).all()
    apply(
        connection,
        [Application(row.id, lifecycle.Released(Next(row.next_step_id, now))) for row in rows],
        now,
    )
