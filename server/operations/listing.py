"""Operations in the API. Functions over a Connection; none commits."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from common.model.operations import Operation, OperationPage, OperationRow
from common.vocabulary import OperationAction, Outcome
from server.clock import to_datetime
from server.database.statements import count_rows
from server.database.tables import contacts, operation_rows, operations, operators
from server.messages.listing import full_name
from server.operations import store
from server.operations.store import StoredOperation


def read(
    connection: sa.Connection,
    operation_id: int,
    now: int,
    *,
    outcome: Outcome | None = None,
    offset: int = 0,
    limit: int = 500,
) -> Operation:
    """One operation with a page of its rows, those of one outcome if asked. Raises NotFound."""
    operation = store.get(connection, operation_id)
    matching = [operation_rows.c.operation_id == operation_id]
    if outcome is not None:
        matching.append(operation_rows.c.outcome == outcome.value)
    count = count_rows(connection, operation_rows, *matching)
    rows = connection.execute(
        sa.select(
            operation_rows,
            contacts.c.first_name,
            contacts.c.last_name,
            contacts.c.phone,
        )
        .outerjoin_from(operation_rows, contacts, contacts.c.id == operation_rows.c.contact_id)
        .where(*matching)
        .order_by(operation_rows.c.position)
        .offset(offset)
        .limit(limit)
    )
    told = _told(operation, store.undo_of(connection, operation_id), now)
    return msgspec.structs.replace(
        told, rows=tuple(_operation_row(row) for row in rows), rows_total=count
    )


def list_operations(connection: sa.Connection, now: int, offset: int, limit: int) -> OperationPage:
    """Operations without their rows, newest first."""
    total = count_rows(connection, operations)
    undo = operations.alias()
    rows = connection.execute(
        sa.select(operations, operators.c.name.label("operator"), undo.c.id.label("undo_id"))
        .join(operators, operators.c.id == operations.c.operator_id)
        .outerjoin(undo, (undo.c.undoes_id == operations.c.id) & (undo.c.state != store.CANCELLED))
        .order_by(operations.c.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return OperationPage(
        tuple(_told(store.stored_operation(row), row.undo_id, now) for row in rows), total
    )


def _told(operation: StoredOperation, undo_id: int | None, now: int) -> Operation:
    in_time = (
        operation.action is not OperationAction.FINISH
        or now - operation.created_at <= store.UNDO_WITHIN
    )
    asked = operation.parameters
    return Operation(
        id=operation.id,
        action=operation.action,
        state=operation.state,
        operator=operation.operator,
        sequence_id=operation.sequence_id,
        created_at=to_datetime(operation.created_at),
        ended_at=None if operation.ended_at is None else to_datetime(operation.ended_at),
        total=operation.total,
        done=operation.done,
        skipped=operation.skipped,
        conflict=operation.conflict,
        with_carrier=operation.with_carrier,
        undoable=(
            operation.action in store.UNDOABLE
            and operation.undoes_id is None
            and undo_id is None
            and operation.state != store.RUNNING
            and operation.done > 0
            and in_time
        ),
        undone_by=undo_id,
        undoes=operation.undoes_id,
        detail=asked.group_name or asked.body or asked.note or None,
    )


def _operation_row(row: sa.Row[Any]) -> OperationRow:
    return OperationRow(
        enrollment_id=row.enrollment_id,
        contact_id=row.contact_id,
        name=full_name(row.first_name, row.last_name),
        phone=row.phone or "",
        outcome=Outcome(row.outcome) if row.outcome else None,
        why=row.why,
    )
