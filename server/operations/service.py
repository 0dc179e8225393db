"""Starts, cancels and undoes bulk actions: whole functions inside one write transaction."""

from __future__ import annotations

import sqlalchemy as sa

from common.model.operations import MESSAGE_RECIPIENTS, NewOperation, Operation
from common.vocabulary import OperationAction
from server.contacts import groups
from server.enrollments.planning import Planner
from server.errors import Conflict, Problem, invalid
from server.messages.drafts import refuse_faulty
from server.operations import listing, store
from server.operations.actions import find_group
from server.operations.run import AT_ONCE, run_chunk, tell_progress
from server.operations.selections import Selected, refuse_misfit
from server.operations.store import UNDO_WITHIN, Parameters, StoredOperation
from server.titles import read_note, read_reason, read_title


def begin(
    connection: sa.Connection,
    planner: Planner,
    new: NewOperation,
    selected: Selected | Problem,
    operator_id: int,
    now: int,
) -> Operation:
    """Freeze the rows of an operation, and run it to its end if it is small.

    `selected` was resolved before the write transaction; its error is raised here, so that a
    request with a known key gets its stored answer first. Raises Invalid, NotFound and Conflict.
    """
    if isinstance(selected, Problem):
        raise selected
    if new.action is OperationAction.SEND_MESSAGE:
        _refuse_too_many(selected)
    refuse_misfit(new)
    if new.body is not None:
        refuse_faulty(new.body)
    parameters = _parameters(connection, new, operator_id, now)
    operation_id = store.add(
        connection, new.action, operator_id, selected.sequence_id, parameters, now
    )
    store.freeze(connection, operation_id, selected.rows)
    return _start(connection, planner, operation_id, len(selected.rows), now)


def undo(
    connection: sa.Connection,
    planner: Planner,
    undone_id: int,
    operator_id: int,
    at_once: bool,
    now: int,
) -> Operation:
    """Undo an operation with another operation on its done rows.

    After a cancelled undo, it continues with the remaining rows.

    `at_once` means that it is small enough to end before the answer. Raises NotFound, and Conflict
    if it cannot be undone, is still running, was undone before, or is too old.
    """
    undone = store.get(connection, undone_id)
    refuse_undo(connection, undone, now)
    operation_id = store.add(
        connection,
        undone.action,
        operator_id,
        undone.sequence_id,
        undone.parameters,
        now,
        undone_id,
    )
    store.freeze_done_of(connection, operation_id, undone_id)
    return _start(connection, planner, operation_id, AT_ONCE if at_once else AT_ONCE + 1, now)


def refuse_undo(connection: sa.Connection, undone: StoredOperation, now: int) -> None:
    """Raises Conflict with the reason why an operation cannot be undone."""
    if undone.action not in store.UNDOABLE or undone.undoes_id is not None:
        what = "An undo" if undone.undoes_id is not None else undone.action.replace("_", " ")
        raise Conflict(
            "not_undoable",
            f"{what.capitalize()} cannot be undone. Change the rows with a new action instead.",
        )
    if undone.state == store.RUNNING:
        raise Conflict(
            "operation_running", "It is still running. Cancel it, or wait until it ends."
        )
    undo_id = store.undo_of(connection, undone.id)
    if undo_id is not None:
        raise Conflict(
            "already_undone",
            f"It was already undone by operation {undo_id}.",
            operation_id=undo_id,
        )
    if undone.done == 0:
        raise Conflict("nothing_to_undo", "It changed nothing, so there is nothing to undo.")
    if undone.action is OperationAction.FINISH and now - undone.created_at > UNDO_WITHIN:
        raise Conflict(
            "too_long_ago",
            "A finish can be undone only within 7 days. Enroll the contacts again instead.",
        )


def rows_to_undo(connection: sa.Connection, operation_id: int) -> int:
    """How many rows an undo of this operation has at most. Raises NotFound."""
    operation = store.get(connection, operation_id)
    if operation.state == store.RUNNING:
        return operation.total
    return store.count_to_undo(connection, operation_id)


def cancel(connection: sa.Connection, operation_id: int, now: int) -> Operation:
    """Cancel the rest; finished rows stay.

    Raises NotFound, and Conflict if it has ended.
    """
    operation = store.get(connection, operation_id)
    if operation.state != store.RUNNING:
        raise Conflict(
            "operation_ended",
            f"It has already ended ({operation.state}). Undo it instead, if it can be undone.",
        )
    store.skip_the_rest(connection, operation_id)
    store.end(connection, operation_id, store.CANCELLED, now)
    tell_progress(connection, operation_id, now)
    return listing.read(connection, operation_id, now)


def _start(
    connection: sa.Connection, planner: Planner, operation_id: int, total: int, now: int
) -> Operation:
    if total <= AT_ONCE:
        run_chunk(connection, planner, operation_id, AT_ONCE + 1, now)
    else:
        tell_progress(connection, operation_id, now)
    return listing.read(connection, operation_id, now)


def _refuse_too_many(selected: Selected) -> None:
    if selected.contacts > MESSAGE_RECIPIENTS:
        raise invalid(
            "body.selection",
            f"selects {selected.contacts:,} contacts.",
            f"A message goes to at most {MESSAGE_RECIPIENTS} contacts. Use a sequence for more.",
            code="too_many_contacts",
        )


def _parameters(
    connection: sa.Connection, new: NewOperation, operator_id: int, now: int
) -> Parameters:
    if new.group_id is not None:
        group = groups.get_group(connection, new.group_id)
        return Parameters(group_id=group.id, group_name=group.name)
    if new.group_name is not None:
        name = read_title(new.group_name, "body.group_name")
        group_id = find_group(connection, name)
        group = (
            groups.add_group(connection, name, operator_id, now)
            if group_id is None
            else groups.get_group(connection, group_id)
        )
        return Parameters(group_id=group.id, group_name=group.name)
    return Parameters(
        body=new.body,
        override_reason=read_reason(new.override_reason, "body.override_reason"),
        note=read_note(new.note, "body.note"),
    )
