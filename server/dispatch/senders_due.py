"""Which senders have something due, how much their pace allows, and when the next is due."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from server.database.tables import senders
from server.dispatch import pace
from server.dispatch.back_off import set_right, slowed_rate
from server.dispatch.claim import ClaimSender


class Prospect(NamedTuple):
    """A sender with something due; `earliest` is when, on the domain clock.

    `room` is how many segments may be claimed, `free_at` the time of its next free slot on the wall
    clock. `clock_was_set` means that its waits are too long because the wall clock was set;
    `pace.set_clocks_right` fixes them.
    """

    sender: ClaimSender
    earliest: int
    room: int
    free_at: int
    clock_was_set: bool


def prospects(connection: sa.Connection, wall: int) -> list[Prospect]:
    """All senders with something due now or later."""
    found = []
    for row in connection.execute(sa.select(senders).order_by(senders.c.id)).all():
        earliest = _earliest(connection, row.id)
        if earliest is None:
            continue
        stands = pace.read(connection, row.id)
        rate = slowed_rate(stands, row.segments_per_second)
        sender = ClaimSender(
            row.id,
            row.phone,
            row.carrier,
            rate,
            row.stopped_at is not None,
            row.daily_cap,
        )
        found.append(
            Prospect(
                sender,
                earliest,
                pace.room(stands, rate, wall),
                stands.next_slot_wall,
                set_right(stands, row.segments_per_second, wall) != stands,
            )
        )
    return found


def next_due(connection: sa.Connection) -> int | None:
    """The earliest due time of all senders; None if nothing has one."""
    ids = connection.execute(sa.select(senders.c.id)).scalars()
    dues = [_earliest(connection, sender_id) for sender_id in ids]
    return min((due for due in dues if due is not None), default=None)


def _earliest(connection: sa.Connection, sender_id: int) -> int | None:
    dues = [
        connection.exec_driver_sql(
            f"SELECT due_at FROM {table} WHERE sender_id = ? AND status = '{status}'"  # noqa: S608 # only the words below
            " AND due_at IS NOT NULL ORDER BY due_at LIMIT 1",
            (sender_id,),
        ).scalar()
        for table, status in (("enrollments", "pending"), ("messages", "waiting"))
    ]
    return min((due for due in dues if due is not None), default=None)
