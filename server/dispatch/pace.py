"""Pacing: one row per sender with the wall instant of its next free slot (GCRA, without a burst).

Slots are reserved per batch by one statement, so that any number of workers keeps a sender's rate.
Rates and caps count segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from server.clock import SECOND, to_datetime
from server.database.tables import sender_days, sender_pace, workspace

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


def today(connection: sa.Connection, now: int) -> str:
    """The calendar day in the workspace's zone, by which daily caps count."""
    zone: str = connection.execute(sa.select(workspace.c.zone)).scalar_one()
    return to_datetime(now).astimezone(UTC).astimezone(ZoneInfo(zone)).date().isoformat()


def count_today(connection: sa.Connection, sender_id: int, now: int, segments: int) -> None:
    """Count segments against a sender's daily cap."""
    connection.exec_driver_sql(
        "INSERT INTO sender_days (sender_id, day, segments) VALUES (?, ?, ?)"
        " ON CONFLICT (sender_id, day) DO UPDATE SET segments = segments + excluded.segments",
        (sender_id, today(connection, now), segments),
    )


def spent_today(connection: sa.Connection, sender_id: int, now: int) -> int:
    """Segments counted against a sender's daily cap today."""
    return (
        connection.execute(
            sa.select(sender_days.c.segments).where(
                sender_days.c.sender_id == sender_id, sender_days.c.day == today(connection, now)
            )
        ).scalar()
        or 0
    )
