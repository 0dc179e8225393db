"""Pacing: one row per sender with the wall instant of its next free slot (GCRA, without a burst).

Slots are reserved per batch by one statement, so that any number of workers keeps a sender's rate.
Rates count segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from server.clock import SECOND
from server.database.tables import sender_pace

AHEAD: Final = 2 * SECOND
"""How far ahead of its slot a text may be claimed."""


def room(connection: sa.Connection, sender_id: int, segments_per_second: float, wall: int) -> int:
    """How many segments may be claimed now so that all go within the next two seconds."""
    free = max(_next_slot(connection, sender_id), wall)
    return max(0, int((wall + AHEAD - free) / SECOND * segments_per_second))


def reserve(
    connection: sa.Connection,
    sender_id: int,
    segments_per_second: float,
    segments: Sequence[int],
    wall: int,
) -> list[int]:
    """Take the next slots of a sender, one for each text of so many segments: wall instants."""
    total = sum(segments)
    taken = round(total / segments_per_second * SECOND)
    end: int = connection.exec_driver_sql(
        "INSERT INTO sender_pace (sender_id, next_slot_wall, slow_until_wall) VALUES (?, ?, 0)"
        " ON CONFLICT (sender_id) DO UPDATE SET next_slot_wall ="
        " max(next_slot_wall, ?) + ? RETURNING next_slot_wall",
        (sender_id, wall + taken, wall, taken),
    ).scalar_one()
    slot = float(end - taken)
    slots = []
    for count in segments:
        slots.append(int(slot))
        slot += count / segments_per_second * SECOND
    return slots


def slow_down(connection: sa.Connection, sender_id: int, until_wall: int) -> None:
    """Give a sender no slot before `until_wall`: the carrier said that it is too fast."""
    connection.exec_driver_sql(
        "INSERT INTO sender_pace (sender_id, next_slot_wall, slow_until_wall) VALUES (?, ?, ?)"
        " ON CONFLICT (sender_id) DO UPDATE SET next_slot_wall = max(next_slot_wall, ?),"
        " slow_until_wall = ?",
        (sender_id, until_wall, until_wall, until_wall, until_wall),
    )


def next_slot(connection: sa.Connection, sender_id: int) -> int:
    """The wall instant of a sender's next free slot; 0 when it never sent."""
    return _next_slot(connection, sender_id)


def _next_slot(connection: sa.Connection, sender_id: int) -> int:
    return (
        connection.execute(
            sa.select(sender_pace.c.next_slot_wall).where(sender_pace.c.sender_id == sender_id)
        ).scalar()
        or 0
    )
