"""The log: written in the transaction of what happened, read in order of ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from server.database.tables import events


class Entry(NamedTuple):
    """One event to append; its fields are in the order of the table's columns.

    `kind` is a word such as `enrolled` or `sequence_paused`; `body` is a JSON object with further
    facts.
    """

    at: int
    kind: str
    sequence_id: int | None = None
    enrollment_id: int | None = None
    contact_id: int | None = None
    message_id: int | None = None
    operation_id: int | None = None
    operator_id: int | None = None
    body: str = "{}"


# Compiled once, because every transaction of the hot path appends.
_APPEND: Final = str(
    sa.insert(events)
    .values({name: sa.bindparam(name) for name in Entry._fields})
    .compile(dialect=sqlite.dialect())
)


def append(connection: sa.Connection, entries: Iterable[Entry]) -> None:
    """Append entries, in order."""
    rows = list(entries)
    if rows:
        connection.exec_driver_sql(_APPEND, rows)


def record(
    connection: sa.Connection,
    at: int,
    kind: str,
    *,
    sequence_id: int | None = None,
    contact_id: int | None = None,
    message_id: int | None = None,
    operation_id: int | None = None,
    operator_id: int | None = None,
    **fields: Any,
) -> None:
    """Append one event; `fields` are its body."""
    entry = Entry(
        at,
        kind,
        sequence_id=sequence_id,
        contact_id=contact_id,
        message_id=message_id,
        operation_id=operation_id,
        operator_id=operator_id,
        body=body(**fields),
    )
    append(connection, [entry])


def body(**fields: Any) -> str:
    """JSON text of an event's body."""
    return msgspec.json.encode(fields).decode()


def last_id(connection: sa.Connection) -> int:
    """The newest event's id; 0 when there is none."""
    return connection.execute(sa.select(sa.func.max(events.c.id))).scalar() or 0


def read_after(connection: sa.Connection, after: int, limit: int) -> list[sa.Row[tuple[Any, ...]]]:
    """Up to `limit` events whose id is above `after`, in order."""
    return list(
        connection.execute(
            sa.select(events).where(events.c.id > after).order_by(events.c.id).limit(limit)
        )
    )
