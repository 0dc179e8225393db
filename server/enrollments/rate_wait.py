"""Until when a due enrollment waits because the carrier told its sender to slow down."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from common.vocabulary import Hold
from server.clock import DomainClock, wall
from server.database.tables import enrollments, sender_pace


class Moment(NamedTuple):
    """The present on both clocks; `rate` is domain time per real time, 0 if the clock stands."""

    now: int
    wall: int
    rate: float


def moment_of(clock: DomainClock) -> Moment:
    """The present."""
    return Moment(clock.now(), wall(), clock.rate)


def read_rate_wait(connection: sa.Connection, enrollment_id: int, moment: Moment) -> int | None:
    """When, on the domain clock, the wait ends; None for one that is not due, or has no wait."""
    row = connection.execute(
        sa.select(enrollments.c.due_at, enrollments.c.hold, sender_pace.c.slow_until_wall)
        .join(sender_pace, sender_pace.c.sender_id == enrollments.c.sender_id)
        .where(enrollments.c.id == enrollment_id, enrollments.c.due_at.is_not(None))
    ).first()
    if row is None or row.slow_until_wall <= moment.wall:
        return None
    if row.hold not in {None, Hold.SENDER_RATE.value}:
        return None
    ends = moment.now + int((row.slow_until_wall - moment.wall) * (moment.rate or 1.0))
    return ends if row.due_at < ends else None
