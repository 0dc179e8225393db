"""SQL of operations and their rows. Functions over a Connection; none commits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from common.vocabulary import OperationAction, Outcome
from server.clock import DAY
from server.database.statements import count_rows, insert_rows, run_many
from server.database.tables import operation_rows, operations, operators
from server.errors import NotFound

UNDO_WITHIN: Final = 7 * DAY
"""How long a finish can be undone."""

UNDOABLE: Final = frozenset(
    {OperationAction.FINISH, OperationAction.ADD_TO_GROUP, OperationAction.SUPPRESS}
)
RUNNING: Final = "running"
DONE: Final = "done"
CANCELLED: Final = "cancelled"
LEFT_BY_CANCELLING: Final = "cancelled"
"""The reason for rows that a cancelled operation did not reach."""


class Parameters(msgspec.Struct, frozen=True, omit_defaults=True):
    """The parameters of an action, as stored."""

    group_id: int | None = None
    group_name: str | None = None
    body: str | None = None
    override_reason: str | None = None
    note: str = ""


class StoredOperation(NamedTuple):
    """The facts of an operation for running it."""

    id: int
    action: OperationAction
    state: str
    operator_id: int
    operator: str
    sequence_id: int | None
    parameters: Parameters
    total: int
    done: int
    skipped: int
    conflict: int
    with_carrier: int
    undoes_id: int | None
    created_at: int
    ended_at: int | None


class Target(NamedTuple):
    """One row without an outcome."""

    position: int
    enrollment_id: int
    contact_id: int


class Ending(NamedTuple):
    """The outcome of one row; `with_carrier` if its text was already with the carrier."""

    position: int
    outcome: Outcome
    why: str | None = None
    with_carrier: bool = False


def add(
    connection: sa.Connection,
    action: OperationAction,
    operator_id: int,
    sequence_id: int | None,
    parameters: Parameters,
    now: int,
    undoes_id: int | None = None,
) -> int:
    """Create a running operation without rows."""
    operation_id: int = connection.execute(
        sa.insert(operations)
        .values(
            action=action.value,
            state=RUNNING,
            operator_id=operator_id,
            sequence_id=sequence_id,
            parameters=msgspec.json.encode(parameters).decode(),
            total=0,
            done=0,
            skipped=0,
            conflict=0,
            with_carrier=0,
            undoes_id=undoes_id,
            created_at=now,
        )
        .returning(operations.c.id)
    ).scalar_one()
    return operation_id


def freeze(
    connection: sa.Connection, operation_id: int, selected: Sequence[tuple[int, int]]
) -> None:
    """Write the rows of an operation: (enrollment, contact), in their order."""
    insert_rows(
        connection,
        operation_rows,
        ("operation_id", "position", "enrollment_id", "contact_id"),
        [(operation_id, position, *one) for position, one in enumerate(selected)],
    )
    _set_total(connection, operation_id)


def freeze_done_of(connection: sa.Connection, operation_id: int, undone_id: int) -> None:
    """Write the rows of an undo: those that the operation has done and no undo has reached yet."""
    done = sa.select(
        sa.literal(operation_id),
        operation_rows.c.position,
        operation_rows.c.enrollment_id,
        operation_rows.c.contact_id,
    ).where(*_to_undo(undone_id))
    connection.execute(
        sa.insert(operation_rows).from_select(
            ["operation_id", "position", "enrollment_id", "contact_id"], done
        )
    )
    _set_total(connection, operation_id)


def count_to_undo(connection: sa.Connection, undone_id: int) -> int:
    """How many rows an undo of this operation would have."""
    return count_rows(connection, operation_rows, *_to_undo(undone_id))


def _to_undo(undone_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The done rows of an operation, without those that a cancelled undo decided."""
    decided = operation_rows.alias()
    left_by_cancelling = sa.and_(
        decided.c.outcome == Outcome.SKIPPED.value, decided.c.why == LEFT_BY_CANCELLING
    )
    reached = (
        sa.select(decided.c.position)
        .join(operations, operations.c.id == decided.c.operation_id)
        .where(
            operations.c.undoes_id == undone_id,
            decided.c.position == operation_rows.c.position,
            sa.not_(left_by_cancelling),
        )
    )
    return (
        operation_rows.c.operation_id == undone_id,
        operation_rows.c.outcome == Outcome.DONE.value,
        ~sa.exists(reached),
    )


def _set_total(connection: sa.Connection, operation_id: int) -> None:
    count = (
        sa.select(sa.func.count())
        .where(operation_rows.c.operation_id == operation_id)
        .scalar_subquery()
    )
    connection.execute(
        sa.update(operations).where(operations.c.id == operation_id).values(total=count)
    )


def get(connection: sa.Connection, operation_id: int) -> StoredOperation:
    """One operation. Raises NotFound."""
    row = connection.execute(
        sa.select(operations, operators.c.name.label("operator"))
        .join(operators, operators.c.id == operations.c.operator_id)
        .where(operations.c.id == operation_id)
    ).first()
    if row is None:
        raise NotFound("operation", operation_id)
    return stored_operation(row)


def running(connection: sa.Connection) -> list[int]:
    """Ids of the operations that have not ended, the oldest first."""
    return list(
        connection.execute(
            sa.select(operations.c.id)
            .where(operations.c.state == RUNNING)
            .order_by(operations.c.id)
        ).scalars()
    )


def undecided(connection: sa.Connection, operation_id: int, limit: int) -> list[Target]:
    """The first rows without an outcome, in their order."""
    rows = connection.execute(
        sa.select(
            operation_rows.c.position,
            operation_rows.c.enrollment_id,
            operation_rows.c.contact_id,
        )
        .where(operation_rows.c.operation_id == operation_id, operation_rows.c.outcome.is_(None))
        .order_by(operation_rows.c.position)
        .limit(limit)
    )
    return [Target(*row) for row in rows]


def end_rows(connection: sa.Connection, operation_id: int, endings: Iterable[Ending]) -> None:
    """Write the outcomes of rows, and count them."""
    ended = list(endings)
    run_many(
        connection,
        "UPDATE operation_rows SET outcome = ?, why = ? WHERE operation_id = ? AND position = ?",
        [(one.outcome.value, one.why, operation_id, one.position) for one in ended],
    )
    counts = dict.fromkeys(Outcome, 0)
    for one in ended:
        counts[one.outcome] += 1
    _count(connection, operation_id, counts, sum(one.with_carrier for one in ended))


def skip_the_rest(connection: sa.Connection, operation_id: int) -> None:
    """End all rows without an outcome as skipped, because the operation is cancelled."""
    skipped = connection.execute(
        sa.update(operation_rows)
        .where(operation_rows.c.operation_id == operation_id, operation_rows.c.outcome.is_(None))
        .values(outcome=Outcome.SKIPPED.value, why=LEFT_BY_CANCELLING)
    ).rowcount
    _count(connection, operation_id, {Outcome.SKIPPED: skipped}, 0)


def _count(
    connection: sa.Connection, operation_id: int, counts: dict[Outcome, int], with_carrier: int
) -> None:
    connection.execute(
        sa.update(operations)
        .where(operations.c.id == operation_id)
        .values(
            with_carrier=operations.c.with_carrier + with_carrier,
            **{
                outcome.value: operations.c[outcome.value] + count
                for outcome, count in counts.items()
            },
        )
    )


def end(connection: sa.Connection, operation_id: int, state: str, now: int) -> None:
    """Write that an operation has ended."""
    connection.execute(
        sa.update(operations)
        .where(operations.c.id == operation_id)
        .values(state=state, ended_at=now)
    )


def undo_of(connection: sa.Connection, operation_id: int) -> int | None:
    """The operation that undoes this one, if there is one; a cancelled undo does not count."""
    found: int | None = connection.execute(
        sa.select(operations.c.id).where(
            operations.c.undoes_id == operation_id, operations.c.state != CANCELLED
        )
    ).scalar()
    return found


def stored_operation(row: sa.Row[Any]) -> StoredOperation:
    """An operation from its columns and its operator's name."""
    stored = row._mapping
    return StoredOperation(
        **{
            **{name: stored[name] for name in StoredOperation._fields},
            "action": OperationAction(row.action),
            "parameters": msgspec.json.decode(row.parameters, type=Parameters),
        }
    )
