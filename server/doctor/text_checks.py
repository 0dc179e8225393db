"""Checks of texts, callbacks, contacts, groups, operations and the database file.

Each check finds the ids of one fault; functions that take ids repair them.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from server.database.statements import execute_in, ids_found_by, select_in, update_rows
from server.database.tables import callbacks, contacts, messages, operations, workspace
from server.enrollments.planning import Planner
from server.messages.callback_matching import match_early
from server.zone_names import place_meant

_RULE_BROKEN = ("CHECK constraint failed", "NULL value in", "non-unique entry")
_COUNTED = (
    "SELECT operation_id, count(*) AS total, sum(outcome IS 'done') AS done,"
    " sum(outcome IS 'skipped') AS skipped, sum(outcome IS 'conflict') AS conflict"
    " FROM operation_rows GROUP BY operation_id"
)


def damage(connection: sa.Connection) -> list[str]:
    """Damage to the file that SQLite reports."""
    return [line for line in _integrity(connection) if not line.startswith(_RULE_BROKEN)]


def against_rules(connection: sa.Connection) -> list[str]:
    """Tables with rows that violate their own constraints."""
    return [line for line in _integrity(connection) if line.startswith(_RULE_BROKEN)]


def _integrity(connection: sa.Connection) -> list[str]:
    lines = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
    return [str(line) for line in lines if line != "ok"]


def dangling(connection: sa.Connection) -> list[str]:
    """Rows, as table and number, whose foreign key refers to a missing row."""
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check")
    return [f"{table} {number} of {parent}" for table, number, parent, _ in rows]


doubled_steps = ids_found_by(
    "SELECT DISTINCT enrollment_id FROM messages WHERE kind = 'step'"
    " GROUP BY enrollment_id, step_id HAVING count(*) > 1"
)
"""Enrollments with more than one text for a step."""

doubled_attempts = ids_found_by(
    "SELECT message_id FROM attempts WHERE state IN ('sending', 'unknown')"
    " GROUP BY message_id HAVING count(*) > 1"
)
"""Texts with more than one open attempt."""

sending_without_attempt = ids_found_by(
    "SELECT id FROM messages WHERE (status = 'sending'"
    " OR (status = 'unknown' AND hold = 'unknown')) AND id NOT IN"
    " (SELECT message_id FROM attempts WHERE state IN ('sending', 'unknown'))"
)
"""Texts with the status sending or unknown, but without an open attempt."""

waiting_though_suppressed = ids_found_by(
    "SELECT id FROM messages WHERE kind = 'direct' AND status = 'waiting'"
    " AND phone IN (SELECT phone FROM suppressions WHERE lifted_at IS NULL)"
)
"""Direct texts that wait although their number is suppressed."""

held_by_nothing = ids_found_by(
    "SELECT messages.id FROM messages LEFT JOIN senders ON senders.id = messages.sender_id"
    " WHERE messages.kind != 'step' AND messages.status = 'waiting' AND messages.due_at IS NULL"
    " AND ((hold = 'sender_stopped' AND senders.stopped_at IS NULL) OR (hold = 'needs_review'"
    " AND messages.phone NOT IN (SELECT phone FROM reviews WHERE decided_at IS NULL))"
    " OR coalesce(hold, '') NOT IN ('sender_stopped', 'needs_review', 'quiet_hours'))"
)
"""Texts of no step that wait without a due time, for something over or that only time ends."""


def release(connection: sa.Connection, ids: Sequence[int], now: int) -> None:
    """Let the gate check waiting texts again."""
    due_now = sa.update(messages).values(hold=None, due_at=now)
    execute_in(connection, due_now, messages.c.id, ids)


matched_to_nothing = ids_found_by(
    "SELECT id FROM callbacks WHERE message_id IS NOT NULL"
    " AND message_id NOT IN (SELECT id FROM messages)"
)
"""Callbacks whose text does not exist."""

unmatched_though_known = ids_found_by(
    "SELECT callbacks.id FROM callbacks JOIN messages"
    " ON messages.carrier_id = callbacks.carrier_id"
    " WHERE callbacks.kind = 'status' AND callbacks.message_id IS NULL"
    " AND messages.direction = 'out'"
)
"""Stored status reports whose text is now known."""


def without_place(connection: sa.Connection) -> list[int]:
    """Contacts whose zone is not the name of a place."""
    zoned = sa.select(contacts.c.id, contacts.c.zone).where(contacts.c.zone.is_not(None))
    return [row.id for row in connection.execute(zoned) if place_meant(row.zone) != row.zone]


def place(connection: sa.Connection, ids: Sequence[int], now: int) -> None:
    """Store the place that was meant; without one, take the zone from the number."""
    select = sa.select(contacts.c.id, contacts.c.zone)
    found = list(select_in(connection, select, contacts.c.id, ids))
    rows = [(place_meant(row.zone), now, row.id) for row in found]
    update_rows(connection, contacts, ("zone", "updated_at"), rows)


members_of_nothing = ids_found_by(
    "SELECT DISTINCT group_id FROM group_members"
    " WHERE contact_id NOT IN (SELECT id FROM contacts)"
    " OR group_id NOT IN (SELECT id FROM groups)"
)
"""Groups with missing members, or members of missing groups."""

operations_miscounted = ids_found_by(
    "SELECT operations.id FROM operations"  # noqa: S608 # our own words
    f" LEFT JOIN ({_COUNTED}) AS counted ON counted.operation_id = operations.id"
    " WHERE operations.total != coalesce(counted.total, 0)"
    " OR operations.done != coalesce(counted.done, 0)"
    " OR operations.skipped != coalesce(counted.skipped, 0)"
    " OR operations.conflict != coalesce(counted.conflict, 0)"
)
"""Operations whose counts differ from their rows."""


def match(connection: sa.Connection, ids: Sequence[int], now: int) -> None:
    """Apply reports as if their text had been known when they arrived."""
    zone = connection.execute(sa.select(workspace.c.zone)).scalar_one()
    planner = Planner(zone)
    select = sa.select(callbacks.c.carrier_id).where(callbacks.c.carrier_id.is_not(None))
    known = [row.carrier_id for row in select_in(connection, select, callbacks.c.id, ids)]
    match_early(connection, known, planner.find_next, now)


def recount(connection: sa.Connection, ids: Sequence[int], _: int) -> None:
    """Count the rows of operations again."""
    for operation_id in ids:
        counted = connection.exec_driver_sql(
            f"SELECT total, done, skipped, conflict FROM ({_COUNTED}) WHERE operation_id = ?",  # noqa: S608 # our own words
            (operation_id,),
        ).first()
        total, done, skipped, conflict = counted or (0, 0, 0, 0)
        connection.execute(
            sa.update(operations)
            .where(operations.c.id == operation_id)
            .values(total=total, done=done, skipped=skipped, conflict=conflict)
        )
