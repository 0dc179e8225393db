"""Ends holds: one function for everything that can end one.

When a sender is started or changed, a contact or its number is edited, a review is decided, or a
window, text or limit is edited, the caller names the holds that this may end, and whose. Pending
enrollments and waiting texts of every kind become due again, and the gate checks them again, so
ending too many holds is harmless. Resuming and activating a sequence end their holds with the plan
(`pause` and `activation`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from common.vocabulary import Hold, MessageKind, MessageStatus, Status
from server.database.statements import in_parts
from server.database.tables import contacts, enrollments, messages, senders
from server.enrollments.apply import Application, apply
from server.enrollments.lifecycle_events import Released

OF_THE_SENDER: Final = frozenset({Hold.SENDER_STOPPED, Hold.SENDER_RATE, Hold.CAMPAIGN_CAP})
"""Holds that starting or changing the sender, or moving to another one, can end."""


def end_holds(
    connection: sa.Connection,
    holds: Collection[Hold],
    now: int,
    *,
    contact_ids: Iterable[int] = (),
    phones: Iterable[str] = (),
    sender_ids: Iterable[int] = (),
    sequence_ids: Iterable[int] = (),
) -> int:
    """End these holds now, for everyone that one of the lists names; returns the number of
    enrollments.
    """
    count = 0
    for part in in_parts(contact_ids):
        count += _end(connection, holds, now, enrollments.c.contact_id.in_(part))
        _end_of_texts(connection, holds, now, messages.c.contact_id.in_(part))
    for part in in_parts(phones):
        theirs = sa.select(contacts.c.id).where(contacts.c.phone.in_(part))
        count += _end(connection, holds, now, enrollments.c.contact_id.in_(theirs))
        of_texts = sa.or_(messages.c.phone.in_(part), messages.c.contact_id.in_(theirs))
        _end_of_texts(connection, holds, now, of_texts)
    for part in in_parts(sender_ids):
        count += _end(connection, holds, now, enrollments.c.sender_id.in_(part))
        _end_of_texts(connection, holds, now, messages.c.sender_id.in_(part))
    for part in in_parts(sequence_ids):
        count += _end(connection, holds, now, enrollments.c.sequence_id.in_(part))
    return count


def end_stops(connection: sa.Connection, enrollment_ids: Iterable[int], now: int) -> None:
    """End the hold `sender_stopped` where the current sender runs: the text had another one."""
    for part in in_parts(dict.fromkeys(enrollment_ids)):
        runs = (
            sa.select(senders.c.id)
            .where(senders.c.id == enrollments.c.sender_id, senders.c.stopped_at.is_(None))
            .exists()
        )
        _end(connection, {Hold.SENDER_STOPPED}, now, sa.and_(enrollments.c.id.in_(part), runs))


def _end(connection: sa.Connection, holds: Collection[Hold], now: int, whose: Any) -> int:
    rows: Sequence[Any] = connection.execute(
        sa.select(enrollments.c.id, enrollments.c.hold)
        .where(
            whose, enrollments.c.status == Status.PENDING.value, enrollments.c.hold.in_(list(holds))
        )
        .order_by(enrollments.c.id)
    ).all()
    apply(
        connection,
        [Application(row.id, Released(Hold(row.hold))) for row in rows],
        now,
    )
    return len(rows)


def _end_of_texts(connection: sa.Connection, holds: Collection[Hold], now: int, whose: Any) -> None:
    """The same for texts that belong to no step: direct ones, confirmations, help."""
    connection.execute(
        sa.update(messages)
        .where(
            whose,
            messages.c.kind != MessageKind.STEP.value,
            messages.c.status == MessageStatus.WAITING.value,
            messages.c.hold.in_(list(holds)),
        )
        .values(hold=None, due_at=now)
    )
