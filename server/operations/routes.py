"""Routes of operations: start one, see its progress, cancel it, undo it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Response, Router, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from common.model.operations import NewOperation, Operation, OperationPage
from common.vocabulary import Outcome, Role
from server.database.engine import Database
from server.dependencies import Injected
from server.enrollments.listing import ListEngine
from server.enrollments.planning import Planner
from server.enrollments.snapshots import Snapshots
from server.errors import Problem
from server.mutation import Mutation
from server.operations import listing, service
from server.operations.run import AT_ONCE, OperationRunner
from server.operations.selections import Selected, select
from server.operators.guards import CallerRequest
from server.parameters import PAGE, Id, Limit, Offset
from server.problems import problems
from server.routing import act, view

OfOutcome = Annotated[Outcome | None, QueryParameter(description="Only rows with this outcome.")]
_GOES_ON: Final[dict[int, Any]] = {
    202: ResponseSpec(
        data_container=Operation,
        generate_examples=False,
        description="More than 500 rows: the operation has started and continues.",
    )
}


@post(
    "/operations",
    operation_id="addOperation",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409, 410, 413) | _GOES_ON,
    status_code=200,
)
async def add_operation(
    request: CallerRequest,
    data: JSONBody[NewOperation],
    mutation: Injected[Mutation],
    planner: Injected[Planner],
    list_engine: Injected[ListEngine],
    snapshots: Injected[Snapshots],
    operations: Injected[OperationRunner],
) -> Response[Operation]:
    """Start a bulk action on a selection; every row ends as done, skipped or conflict, with a
    reason.

    Up to 500 rows end before the answer (200); more continue afterwards (202): see the operation
    for its progress.
    """
    found: Selected | Problem
    try:
        found = await mutation.database.read(
            select, list_engine, snapshots, data.selection, mutation.now
        )
    except (
        Problem
    ) as error:  # raised in its turn, because a request with a known key gets its stored answer
        found = error
    rows = 0 if isinstance(found, Problem) else len(found.rows)
    answer = await mutation.answering(
        200 if rows <= AT_ONCE else 202,
        service.begin,
        planner,
        data,
        found,
        mutation.operator_id,
        mutation.now,
    )
    operations.wake()
    return answer


@view("/operations", "listOperations")
async def list_operations(
    database: Injected[Database], now: Injected[int], offset: Offset = 0, limit: Limit = PAGE
) -> OperationPage:
    """Who did what to how many, newest first."""
    return await database.read(listing.list_operations, now, offset, limit)


@view("/operations/{operation_id:int}", "getOperation", 404)
async def get_operation(
    operation_id: Id,
    database: Injected[Database],
    now: Injected[int],
    outcome: OfOutcome = None,
    offset: Offset = 0,
    limit: Limit = 500,
) -> Operation:
    """One operation with a page of its rows, in the order of the selection."""
    return await database.read(
        listing.read,
        operation_id,
        now,
        outcome=outcome,
        offset=offset,
        limit=limit,
    )


@post(
    "/operations/{operation_id:int}/undo",
    operation_id="undoOperation",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409) | _GOES_ON,
    status_code=200,
)
async def undo_operation(
    operation_id: Id,
    mutation: Injected[Mutation],
    planner: Injected[Planner],
    operations: Injected[OperationRunner],
) -> Response[Operation]:
    """Undo an operation as far as possible; returns the operation that undoes it.

    Undoes a finish within 7 days, added group members, and suppressions, whose ended enrollments
    stay ended.
    """
    rows = await mutation.database.read(service.rows_to_undo, operation_id)
    at_once = rows <= AT_ONCE
    answer = await mutation.answering(
        200 if at_once else 202,
        service.undo,
        planner,
        operation_id,
        mutation.operator_id,
        at_once,
        mutation.now,
    )
    operations.wake()
    return answer


@act("/operations/{operation_id:int}/cancel", "cancelOperation", 404, 409)
async def cancel_operation(operation_id: Id, mutation: Injected[Mutation]) -> Response[Operation]:
    """Cancel the rest of a running operation; finished rows stay."""
    return await mutation(service.cancel, operation_id, mutation.now)


router = Router(
    path="/",
    route_handlers=[
        add_operation,
        list_operations,
        get_operation,
        undo_operation,
        cancel_operation,
    ],
    tags=["operations"],
)
