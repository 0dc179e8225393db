"""Texts and callbacks in the API. Functions over a Connection; none commits."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from common.model.messages import Callback, CallbackPage, Media, Message, MessagePage
from common.vocabulary import (
    Direction,
    FailureClass,
    Hold,
    MessageKind,
    MessageStatus,
    Reading,
)
from server.clock import to_datetime
from server.database.statements import count_rows
from server.database.tables import callbacks, contacts, messages, operators, senders
from server.errors import NotFound


def list_messages(
    connection: sa.Connection,
    contact_id: int | None,
    status: MessageStatus | None,
    kind: MessageKind | None,
    offset: int,
    limit: int,
) -> MessagePage:
    """Texts, newest first; each given parameter narrows the list."""
    matching = [
        column == value
        for column, value in (
            (messages.c.contact_id, contact_id),
            (messages.c.status, status and status.value),
            (messages.c.kind, kind and kind.value),
        )
        if value is not None
    ]
    total = count_rows(connection, messages, *matching)
    rows = connection.execute(
        _select().where(*matching).order_by(messages.c.id.desc()).offset(offset).limit(limit)
    )
    return MessagePage(tuple(_message(row) for row in rows), total)


def get_message(connection: sa.Connection, message_id: int) -> Message:
    """One text. Raises NotFound."""
    row = connection.execute(_select().where(messages.c.id == message_id)).first()
    if row is None:
        raise NotFound("message", message_id)
    return _message(row)


def list_callbacks(
    connection: sa.Connection, offset: int, limit: int, *, unmatched: bool
) -> CallbackPage:
    """Carriers' status reports, newest first; with `unmatched`, only those that match no text."""
    matching = [callbacks.c.kind == sa.literal_column("'status'")]
    if unmatched:
        matching.append(callbacks.c.message_id.is_(None))
    total = count_rows(connection, callbacks, *matching)
    rows = connection.execute(
        sa.select(callbacks)
        .where(*matching)
        .order_by(callbacks.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return CallbackPage(
        tuple(
            Callback(
                row.id,
                row.carrier,
                row.carrier_id,
                MessageStatus(row.status) if row.status else None,
                row.code,
                row.message_id,
                to_datetime(row.received_at),
            )
            for row in rows
        ),
        total,
    )


def full_name(first_name: str | None, last_name: str | None) -> str:
    """Both names, or the one there is; empty without a name or contact."""
    return " ".join(name for name in (first_name, last_name) if name)


def _select() -> sa.Select[Any]:
    return (
        sa.select(
            messages,
            contacts.c.first_name,
            contacts.c.last_name,
            senders.c.phone.label("sender"),
            operators.c.name.label("creator"),
        )
        .select_from(messages)
        .outerjoin(contacts, contacts.c.id == messages.c.contact_id)
        .outerjoin(senders, senders.c.id == messages.c.sender_id)
        .outerjoin(operators, operators.c.id == messages.c.created_by)
    )


def _message(row: sa.Row[Any]) -> Message:
    return Message(
        id=row.id,
        direction=Direction(row.direction),
        kind=MessageKind(row.kind),
        status=MessageStatus(row.status),
        contact_id=row.contact_id,
        name=full_name(row.first_name, row.last_name),
        phone=row.phone,
        sender=row.sender,
        enrollment_id=row.enrollment_id,
        step_id=row.step_id,
        operation_id=row.operation_id,
        created_by=row.creator,
        body=row.body,
        segments=row.segments,
        code=row.code,
        failure=FailureClass(row.failure) if row.failure else None,
        reading=Reading(row.reading) if row.reading else None,
        reading_by_operator=row.reading_by_operator,
        override_reason=row.override_reason,
        hold=Hold(row.hold) if row.hold else None,
        due_at=None if row.due_at is None else to_datetime(row.due_at),
        created_at=to_datetime(row.created_at),
        handed_off_at=None if row.handed_off_at is None else to_datetime(row.handed_off_at),
        final_at=None if row.final_at is None else to_datetime(row.final_at),
        media=msgspec.json.decode(row.media, type=tuple[Media, ...]),
    )
