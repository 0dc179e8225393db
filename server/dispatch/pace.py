"""Pacing: one row per sender with the time of its next free slot (GCRA, without a burst).

Slots are reserved per batch by one statement, so that any number of workers keeps a sender's rate.
Rates count segments. `back_off` contains the rules of waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from server.clock import SECOND
from server.database.statements import run_many
from server.database.tables import sender_pace, senders
from server.dispatch.back_off import AHEAD, Pace, set_right, slowed

_READ = sa.select(*(sender_pace.c[name] for name in Pace._fields))


def read(connection: sa.Connection, sender_id: int) -> Pace:
    """A sender's pace; the initial one if it has never sent."""
    row = connection.execute(_READ.where(sender_pace.c.sender_id == sender_id)).first()
    return Pace() if row is None else Pace._make(row)


def room(pace: Pace, segments_per_second: float, wall: int) -> int:
    """How many segments may be claimed now so that all are sent within the next two seconds.

    At least one if a slot is free by then, so that a slow sender sends too.
    """
    free = max(pace.next_slot_wall, wall)
    if free >= wall + AHEAD:
        return 0
    return max(1, int((wall + AHEAD - free) / SECOND * segments_per_second))


def reserve(
    connection: sa.Connection,
    sender_id: int,
    segments_per_second: float,
    segments: Sequence[int],
    wall: int,
) -> list[int]:
    """Reserve the next slots of a sender, one per text with this many segments; returns their
    times.
    """
    total = sum(segments)
    taken = round(total / segments_per_second * SECOND)
    end: int = connection.exec_driver_sql(
        "INSERT INTO sender_pace (sender_id, next_slot_wall, slow_until_wall, set_wall)"
        " VALUES (?, ?, 0, ?) ON CONFLICT (sender_id) DO UPDATE SET next_slot_wall ="
        " max(next_slot_wall, ?) + ?, set_wall = excluded.set_wall RETURNING next_slot_wall",
        (sender_id, wall + taken, wall, wall, taken),
    ).scalar_one()
    slot = float(end - taken)
    slots = []
    for count in segments:
        slots.append(int(slot))
        slot += count / segments_per_second * SECOND
    return slots


def slow_down(
    connection: sa.Connection,
    sender_id: int,
    slot: int,
    asked: float,
    key: str,
    wall: int,
    clock_rate: float,
) -> Pace:
    """Give a sender no slot for a while: it is too fast for the carrier, or the carrier is away."""
    pace = slowed(read(connection, sender_id), slot, asked, key, wall, clock_rate)
    _write(connection, sender_id, pace)
    return pace


def speed_up(connection: sa.Connection, slots: Mapping[str, int], wall: int) -> None:
    """The carrier accepted texts of these senders, by phone, the last one with this slot.

    A sender whose text was handed over after its wait gets its full rate again.
    """
    run_many(
        connection,
        "UPDATE sender_pace SET refusals = 0, next_slot_wall = min(next_slot_wall, ?)"
        " WHERE refusals > 0 AND slow_until_wall <= ?"
        " AND sender_id = (SELECT id FROM senders WHERE phone = ?)",
        [(wall, slot, phone) for phone, slot in slots.items()],
    )


def set_clocks_right(connection: sa.Connection, wall: int) -> None:
    """Shorten waits that became too long because the wall clock was set."""
    rows = connection.execute(
        _READ.add_columns(sender_pace.c.sender_id, senders.c.segments_per_second).join(
            senders, senders.c.id == sender_pace.c.sender_id
        )
    ).all()
    for *fields, sender_id, segments_per_second in rows:
        pace = Pace._make(fields)
        right = set_right(pace, segments_per_second, wall)
        if right != pace:
            _write(connection, sender_id, right)


def reset(connection: sa.Connection, sender_id: int) -> None:
    """Forget a sender's waits; it has its full rate from now on."""
    connection.execute(sa.delete(sender_pace).where(sender_pace.c.sender_id == sender_id))


def _write(connection: sa.Connection, sender_id: int, pace: Pace) -> None:
    connection.exec_driver_sql(
        "INSERT INTO sender_pace"
        " (sender_id, next_slot_wall, slow_until_wall, refusals, set_wall)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (sender_id) DO UPDATE SET"
        " next_slot_wall = excluded.next_slot_wall, slow_until_wall = excluded.slow_until_wall,"
        " refusals = excluded.refusals, set_wall = excluded.set_wall",
        (sender_id, *pace),
    )
