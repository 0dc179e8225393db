"""All statements that write a text's status, with what changes beside it.

Plain functions over a Connection, inside the caller's write transaction. Enrollments, dispatching
and operations call them too, so this module imports only the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from common.vocabulary import Direction, Hold, MessageKind, MessageStatus
from server.database.statements import execute_in, insert_rows, run_many, update_rows
from server.database.tables import enrollments, messages

STEP_TEXT: Final = (
    "id",
    "direction",
    "kind",
    "status",
    "contact_id",
    "phone",
    "sender_id",
    "enrollment_id",
    "step_id",
    "body",
    "segments",
    "reading_by_operator",
    "created_at",
)
"""The columns of a claimed step's text, which starts as `sending`."""

DIRECT_TEXT: Final = (
    "id",
    "direction",
    "kind",
    "status",
    "contact_id",
    "phone",
    "sender_id",
    "operation_id",
    "created_by",
    "body",
    "segments",
    "reading_by_operator",
    "override_reason",
    "due_at",
    "created_at",
)
"""The columns of a direct text, which starts as `waiting`."""

REPORTED: Final = (
    "status",
    "carrier_id",
    "code",
    "failure",
    "handed_off_at",
    "hold",
    "due_at",
    "final_at",
)
"""The columns that a carrier's report may change."""

TAKEN: Final = ("status", "carrier_id", "handed_off_at")
"""The columns that change when the carrier accepts a text. The others are null while it is on the
wire, and SQLite updates each index whose column is named.
"""

_SENDING_AGAIN: Final = (
    "status",
    "sender_id",
    "phone",
    "due_at",
    "hold",
    "code",
    "failure",
    "final_at",
)
_WAITING: Final = MessageStatus.WAITING.value
_CANCEL_NEEDLESS: Final = (
    "UPDATE messages SET status = 'cancelled', hold = NULL, due_at = NULL, final_at = ?"
    " WHERE id = ? AND status = 'waiting' AND ((kind = 'step' AND (SELECT status FROM"
    " enrollments WHERE id = messages.enrollment_id) != 'pending')"
    " OR (kind = 'direct' AND EXISTS (SELECT 1 FROM suppressions"
    " WHERE suppressions.phone = messages.phone AND lifted_at IS NULL)))"
)


def add_step_texts(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert texts of steps, in the columns of `STEP_TEXT`."""
    insert_rows(connection, messages, STEP_TEXT, rows)


def add_direct_texts(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert direct texts, in the columns of `DIRECT_TEXT`."""
    insert_rows(connection, messages, DIRECT_TEXT, rows)


def add_text(connection: sa.Connection, **columns: Any) -> int:
    """Insert one text, an inbound one or the answer to a keyword; returns its id."""
    message_id: int = connection.execute(
        sa.insert(messages).values(reading_by_operator=False, **columns).returning(messages.c.id)
    ).scalar_one()
    return message_id


def send_again(connection: sa.Connection, texts: Sequence[tuple[int, str]], sender_id: int) -> None:
    """Waiting texts, as (id, number), are `sending` again.

    The number is the contact's current one, because the carrier will be asked about it.
    """
    sending = MessageStatus.SENDING.value
    rows = [(sending, sender_id, phone, None, None, None, None, None, one) for one, phone in texts]
    update_rows(connection, messages, _SENDING_AGAIN, rows)


def record_taken(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write that the carrier accepted texts: the columns of `TAKEN`, then the id."""
    update_rows(connection, messages, TAKEN, rows)


def record_reports(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write a carrier's reports about texts: the columns of `REPORTED`, then the id."""
    update_rows(connection, messages, REPORTED, rows)


def keep_back(
    connection: sa.Connection, texts: Sequence[tuple[int, Hold, int | None]], now: int
) -> None:
    """Texts that were not sent, as (id, hold, due time), wait.

    A text is cancelled instead if its enrollment ended while it was on the wire, or if the number
    of a direct text was suppressed.
    """
    rows = [(_WAITING, hold.value, due_at, one) for one, hold, due_at in texts]
    update_rows(connection, messages, ("status", "hold", "due_at"), rows)
    run_many(connection, _CANCEL_NEEDLESS, [(now, one) for one, _, _ in texts])


def mark_unknown(connection: sa.Connection, ids: Iterable[int]) -> None:
    """Make these texts unknown: they are reconciled with the carrier."""
    unknown = (MessageStatus.UNKNOWN.value, Hold.UNKNOWN.value, None)
    update_rows(
        connection, messages, ("status", "hold", "due_at"), [(*unknown, one) for one in ids]
    )


def wait_again(
    connection: sa.Connection, enrollment_ids: Iterable[int], statuses: Collection[MessageStatus]
) -> None:
    """Texts of these enrollments' next steps with one of these statuses wait to be sent again."""
    _set_waiting(
        connection,
        enrollment_ids,
        messages.c.enrollment_id,
        messages.c.kind == MessageKind.STEP.value,
        messages.c.status.in_([status.value for status in statuses]),
        messages.c.step_id == _next_step(),
    )


def retry(connection: sa.Connection, ids: Iterable[int]) -> None:
    """Failed texts wait to be handed over again, each as a new attempt."""
    _set_waiting(connection, ids, messages.c.id, code=None, failure=None)


def _set_waiting(
    connection: sa.Connection,
    values: Iterable[int],
    column: sa.Column[Any],
    *where: sa.ColumnElement[bool],
    **more: None,
) -> None:
    waiting = sa.update(messages).values(
        status=_WAITING, hold=None, due_at=None, final_at=None, **more
    )
    execute_in(connection, waiting.where(*where), column, values)


def cancel(connection: sa.Connection, ids: Iterable[int], now: int) -> None:
    """Cancel those of these texts that wait."""
    _cancel(connection, ids, messages.c.id, now)


def cancel_of_enrollments(
    connection: sa.Connection, enrollment_ids: Iterable[int], now: int
) -> None:
    """Cancel waiting texts of ended enrollments."""
    _cancel(connection, enrollment_ids, messages.c.enrollment_id, now)


def cancel_passed_over(connection: sa.Connection, enrollment_ids: Iterable[int], now: int) -> None:
    """Cancel waiting texts of steps that are no longer next."""
    _cancel(
        connection,
        enrollment_ids,
        messages.c.enrollment_id,
        now,
        messages.c.kind == sa.literal_column("'step'"),
        _next_step().is_distinct_from(messages.c.step_id),
    )


def cancel_direct(connection: sa.Connection, phones: Iterable[str], now: int) -> None:
    """Cancel direct texts that wait for suppressed numbers."""
    _cancel(
        connection,
        phones,
        messages.c.phone,
        now,
        messages.c.direction == Direction.OUT.value,
        messages.c.kind == MessageKind.DIRECT.value,
    )


def _next_step() -> sa.ScalarSelect[Any]:
    return (
        sa.select(enrollments.c.next_step_id)
        .where(enrollments.c.id == messages.c.enrollment_id)
        .scalar_subquery()
    )


def _cancel(
    connection: sa.Connection,
    values: Iterable[Any],
    column: sa.Column[Any],
    now: int,
    *where: sa.ColumnElement[bool],
) -> None:
    cancelled = sa.update(messages).values(
        status=MessageStatus.CANCELLED.value, hold=None, due_at=None, final_at=now
    )
    waits = messages.c.status == _WAITING
    execute_in(connection, cancelled.where(waits, *where), column, values)
