"""A sender's daily cap of segments, also within one claim.

Segments are counted in the transaction that claims their text, on the calendar day in the
workspace's zone, so that several claims cannot use the same room. Segments of texts that were
certainly not sent are returned to the day that counted them; others never are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from server.clock import from_datetime, to_datetime
from server.database.statements import fetch_in, run_many
from server.database.tables import sender_days, workspace


class Allowance:
    """What a sender may still send today; a claim takes from it. None means no cap.

    `resets_at` is when the next day begins, on the domain clock.
    """

    def __init__(self, left: int | None, resets_at: int) -> None:
        self.left = left
        self.resets_at = resets_at

    @property
    def spent(self) -> bool:
        """Whether no segment is left."""
        return self.left is not None and self.left <= 0

    def take(self, segments: int, *, owed: bool = False) -> bool:
        """Take a text's segments; if not enough are left, take none and return False.

        An owed text (a confirmation, help) is never refused.
        """
        if self.left is None:
            return True
        if segments > self.left and not owed:
            return False
        self.left -= segments
        return True


def allowance(
    connection: sa.Connection, sender_id: int, daily_cap: int | None, now: int
) -> Allowance:
    """What a sender may still send today."""
    day, resets_at = _day(_zone(connection), now)
    if daily_cap is None:
        return Allowance(None, resets_at)
    return Allowance(max(0, daily_cap - _counted(connection, sender_id, day)), resets_at)


def count_today(connection: sa.Connection, sender_id: int, now: int, segments: int) -> None:
    """Count segments that are claimed now."""
    connection.exec_driver_sql(
        "INSERT INTO sender_days (sender_id, day, segments) VALUES (?, ?, ?)"
        " ON CONFLICT (sender_id, day) DO UPDATE SET segments = segments + excluded.segments",
        (sender_id, _day(_zone(connection), now)[0], segments),
    )


def give_back(connection: sa.Connection, attempt_ids: Sequence[int]) -> None:
    """Return the segments of attempts that certainly sent nothing, to the day that counted them."""
    if not attempt_ids:
        return
    zone = _zone(connection)
    rows = fetch_in(
        connection,
        "SELECT messages.sender_id, attempts.started_at, messages.segments FROM attempts"
        " JOIN messages ON messages.id = attempts.message_id WHERE attempts.id IN",
        attempt_ids,
    )
    run_many(
        connection,
        "UPDATE sender_days SET segments = max(0, segments - ?) WHERE sender_id = ? AND day = ?",
        [(segments, sender, _day(zone, started_at)[0]) for sender, started_at, segments in rows],
    )


def _counted(connection: sa.Connection, sender_id: int, day: str) -> int:
    return (
        connection.execute(
            sa.select(sender_days.c.segments).where(
                sender_days.c.sender_id == sender_id, sender_days.c.day == day
            )
        ).scalar()
        or 0
    )


def _zone(connection: sa.Connection) -> ZoneInfo:
    return ZoneInfo(connection.execute(sa.select(workspace.c.zone)).scalar_one())


def _day(zone: ZoneInfo, instant: int) -> tuple[str, int]:
    """The calendar day of a time, and when the next one begins."""
    day = to_datetime(instant).astimezone(zone).date()
    midnight = datetime.combine(day + timedelta(days=1), time.min, zone)
    return day.isoformat(), from_datetime(midnight)
