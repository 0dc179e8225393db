"""Carriers' status reports: stored once, matched to their text, applied; early ones later.

Matched by our attempt's id first, then by the carrier's id. Reports that match nothing are stored,
and matched again when the carrier's id becomes known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from common.vocabulary import Direction, FailureClass, MessageStatus
from server.clock import DAY
from server.database.statements import fetch, fetch_in, in_parts
from server.database.tables import callbacks, messages
from server.messages import delivery
from server.messages.delivery import DeliveryReport, FindNext

# Plain SQL, because each report runs these and composing them took most of the time.
_OF_ATTEMPT: Final = (
    "SELECT attempts.message_id, EXISTS (SELECT 1 FROM attempts AS later"
    " WHERE later.message_id = attempts.message_id AND later.n > attempts.n),"
    " CASE WHEN attempts.state = 'accepted' THEN messages.carrier_id END"
    " FROM attempts JOIN messages ON messages.id = attempts.message_id WHERE attempts.id = ?"
)
_OF_CARRIER_ID: Final = "SELECT id FROM messages WHERE carrier_id = ? AND direction = 'out'"
_UNMATCHED: Final = (
    "SELECT id FROM callbacks WHERE kind = 'status' AND message_id IS NULL AND carrier_id IN"
)


MOST_UNMATCHED: Final = 5_000
"""Most stored reports that match no text; the oldest are deleted."""
UNMATCHED_KEPT: Final = 7 * DAY
"""How long a report waits for its text. An early one is matched within minutes."""
UNMATCHED_RAW: Final = 4_096
"""Most stored bytes of the body of such a report."""


class StatusCallback(NamedTuple):
    """A carrier's report as received; `raw` is the whole body, stored as evidence."""

    carrier: str
    dedupe_key: str
    attempt_id: int | None
    carrier_id: str
    status: MessageStatus
    code: str | None
    failure: FailureClass | None
    raw: bytes


def keep(
    connection: sa.Connection,
    carrier: str,
    dedupe_key: str,
    kind: str,
    raw: bytes,
    now: int,
    *,
    attempt_id: int | None = None,
    carrier_id: str | None = None,
    status: str | None = None,
    code: str | None = None,
    failure: FailureClass | None = None,
) -> int | None:
    """Store a callback; returns its id, or None if the same one was stored before."""
    return connection.exec_driver_sql(
        "INSERT INTO callbacks (carrier, dedupe_key, kind, attempt_id, carrier_id, status, code,"
        " failure, raw, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (carrier, dedupe_key) DO NOTHING RETURNING id",
        (carrier, dedupe_key, kind, attempt_id, carrier_id, status, code, failure, raw, now),
    ).scalar()


def receive_statuses(
    connection: sa.Connection, reports: Sequence[StatusCallback], find_next: FindNext, now: int
) -> None:
    """Store reports, and apply those that are new and match a text, in the given order."""
    told: list[DeliveryReport] = []
    unmatched = False
    for one in reports:
        callback_id = keep(
            connection,
            one.carrier,
            one.dedupe_key,
            "status",
            one.raw,
            now,
            attempt_id=one.attempt_id,
            carrier_id=one.carrier_id,
            status=one.status.value,
            code=one.code,
            failure=one.failure,
        )
        if callback_id is None:
            continue
        found = _match(connection, one.attempt_id, one.carrier_id)
        if found is None:
            unmatched = True
            if len(one.raw) > UNMATCHED_RAW:
                connection.exec_driver_sql(
                    "UPDATE callbacks SET raw = ? WHERE id = ?",
                    (one.raw[:UNMATCHED_RAW], callback_id),
                )
            continue
        message_id, stale = found
        connection.exec_driver_sql(
            "UPDATE callbacks SET message_id = ? WHERE id = ?", (message_id, callback_id)
        )
        if stale and one.status is not MessageStatus.DELIVERED:
            continue
        if one.attempt_id is not None:
            connection.exec_driver_sql(
                "UPDATE attempts SET state = 'accepted', ended_at = ? WHERE id = ?"
                " AND state != 'accepted'",
                (now, one.attempt_id),
            )
        told.append(DeliveryReport(message_id, one.status, one.code, one.failure, one.carrier_id))
    delivery.report(connection, told, find_next, now)
    if unmatched:
        bound_unmatched(connection)


def bound_unmatched(connection: sa.Connection, most: int = MOST_UNMATCHED) -> None:
    """If there are more than `most` unmatched reports, delete the oldest, and a tenth more."""
    count = connection.exec_driver_sql(
        "SELECT count(*) FROM callbacks WHERE kind = 'status' AND message_id IS NULL"
    ).scalar_one()
    if count > most:
        connection.exec_driver_sql(
            "DELETE FROM callbacks WHERE id IN (SELECT id FROM callbacks WHERE kind = 'status'"
            " AND message_id IS NULL ORDER BY id LIMIT ?)",
            (count - most + most // 10,),
        )


def expire_unmatched(connection: sa.Connection, now: int, most: int) -> int:
    """Delete reports whose text never became known; returns how many, at most `most`."""
    return connection.exec_driver_sql(
        "DELETE FROM callbacks WHERE id IN (SELECT id FROM callbacks WHERE kind = 'status'"
        " AND message_id IS NULL AND received_at <= ? ORDER BY id LIMIT ?)",
        (now - UNMATCHED_KEPT, most),
    ).rowcount


def match_early(
    connection: sa.Connection, carrier_ids: Sequence[str], find_next: FindNext, now: int
) -> None:
    """Apply reports that arrived before their text's carrier id was known."""
    for part in in_parts(carrier_ids):
        if not any(fetch_in(connection, _UNMATCHED, part)):
            continue  # nearly always
        rows = connection.execute(
            sa.select(callbacks, messages.c.id.label("found"))
            .join(messages, messages.c.carrier_id == callbacks.c.carrier_id)
            .where(messages.c.direction == Direction.OUT.value)
            .where(
                callbacks.c.kind == sa.literal_column("'status'"),
                callbacks.c.message_id.is_(None),
                callbacks.c.carrier_id.in_(part),
            )
            .order_by(callbacks.c.id)
        ).all()
        if not rows:
            continue
        connection.execute(
            sa.update(callbacks)
            .where(callbacks.c.id == sa.bindparam("the_id"))
            .values(message_id=sa.bindparam("found")),
            [{"the_id": row.id, "found": row.found} for row in rows],
        )
        delivery.report(
            connection,
            [
                DeliveryReport(
                    row.found,
                    MessageStatus(row.status),
                    row.code,
                    FailureClass(row.failure) if row.failure else None,
                    row.carrier_id,
                )
                for row in rows
            ],
            find_next,
            now,
        )


def _match(
    connection: sa.Connection, attempt_id: int | None, carrier_id: str
) -> tuple[int, bool] | None:
    """The text of a report, and whether the report is of an earlier attempt that was followed by
    another.
    """
    if attempt_id is not None:
        for message_id, followed, known in fetch(connection, _OF_ATTEMPT, (attempt_id,)):
            if known not in {None, carrier_id} and not followed:
                return None  # a report of another text: the attempt's own id is known to differ
            return message_id, bool(followed)
    for (message_id,) in fetch(connection, _OF_CARRIER_ID, (carrier_id,)):
        return message_id, False
    return None
