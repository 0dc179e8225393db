"""What lets a sender's held texts go again: it is started, or its daily cap is changed."""

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


def senders_started(connection: sa.Connection, sender_ids: Iterable[int], now: int) -> None:
    """Forget these senders' waits and rows of failures; all that they held is looked at again."""
    for sender_id in sender_ids:
        pace.reset(connection, sender_id)
        quarantine.forget(connection, [sender_id])
        following.senders_started(connection, [sender_id], now)
        _release_due(connection, sender_id, Hold.SENDER_RATE, now)
        _release_texts(connection, sender_id, (Hold.SENDER_STOPPED, Hold.SENDER_RATE), now)


def caps_changed(connection: sa.Connection, sender_ids: Iterable[int], now: int) -> None:
    """What the old daily cap held is looked at again: there may be room under the new one."""
    for sender_id in sender_ids:
        _release_due(connection, sender_id, Hold.CAMPAIGN_CAP, now)
        _release_texts(connection, sender_id, (Hold.CAMPAIGN_CAP,), now)


def _release_due(connection: sa.Connection, sender_id: int, hold: Hold, now: int) -> None:
    """Enrollments that are held until some time are due now."""
    rows = connection.execute(
        sa.select(enrollments.c.id, enrollments.c.next_step_id).where(
            enrollments.c.sender_id == sender_id,
            enrollments.c.status == Status.PENDING.value,
            enrollments.c.hold == hold.value,
            enrollments.c.next_step_id.is_not(None),
        )
    ).all()
    apply(
        connection,
        [Application(row.id, lifecycle.Released(Next(row.next_step_id, now))) for row in rows],
        now,
    )


def _release_texts(
    connection: sa.Connection, sender_id: int, holds: Iterable[Hold], now: int
) -> None:
    """Texts that stand by themselves are due now."""
    connection.execute(
        sa.update(messages)
        .where(
            messages.c.sender_id == sender_id,
            messages.c.status == MessageStatus.WAITING.value,
            messages.c.enrollment_id.is_(None),
            messages.c.hold.in_([hold.value for hold in holds]),
        )
        .values(due_at=now, hold=None)
    )
