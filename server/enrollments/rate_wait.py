"""How long a due enrollment waits without a hold of its own.

The carrier told its sender to slow down, or the carrier's list of inbound texts must be read first,
because it may contain an opt-out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from common.vocabulary import Hold
from server.clock import DomainClock, steady
from server.database.tables import enrollments, sender_pace, senders


class PresentMoment(NamedTuple):
    """The current time on the domain clock and in real time.

    `rate` is domain time per real time, 0 for a manual clock. `listening` are the carriers whose
    texts wait for a list, each with the latest end of the wait in real time.
    """

    now: int
    wall: int
    rate: float
    listening: Mapping[str, int] = {}


class SenderWait(NamedTuple):
    """The wait of a due text, and its latest end on the domain clock."""

    ends: int
    for_the_list: bool


def moment_of(clock: DomainClock, listening: Mapping[str, int]) -> PresentMoment:
    """The current time."""
    return PresentMoment(clock.now(), steady(), clock.rate, listening)


def read_sender_wait(
    connection: sa.Connection, enrollment_id: int, moment: PresentMoment
) -> SenderWait | None:
    """The longest wait of its sender; None for one that is not due, or has no wait."""
    row = connection.execute(
        sa.select(
            enrollments.c.due_at,
            enrollments.c.hold,
            senders.c.carrier,
            sender_pace.c.slow_until_wall,
        )
        .join(senders, senders.c.id == enrollments.c.sender_id)
        .outerjoin(sender_pace, sender_pace.c.sender_id == enrollments.c.sender_id)
        .where(enrollments.c.id == enrollment_id, enrollments.c.due_at.is_not(None))
    ).first()
    if row is None or row.hold not in {None, Hold.SENDER_RATE.value}:
        return None
    slow_until = row.slow_until_wall or 0
    listening = moment.listening.get(row.carrier, 0)
    until = max(slow_until, listening)
    if until <= moment.wall:
        return None
    ends = moment.now + int((until - moment.wall) * (moment.rate or 1.0))
    return SenderWait(ends, listening > slow_until) if row.due_at < ends else None
