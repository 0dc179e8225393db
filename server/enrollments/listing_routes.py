"""Routes of enrollments: the list of a sequence, and one by id."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Router
from litestar.params import Parameter, QueryParameter

from common.filters import MAX_LENGTH
from common.model.listing import EnrollmentIds, EnrollmentPage, ListedEnrollment, Sort
from server.database.engine import Database
from server.dependencies import Injected
from server.enrollments import rows
from server.enrollments.listing import ListEngine, PageAsked, list_enrollments, list_ids
from server.enrollments.snapshots import Snapshots
from server.parameters import PAGE, Id, Limit, Offset
from server.routing import view

MOST_IDS: Final = 50_000
"""Most ids per answer: some 400 KB."""

Q = Annotated[
    str | None,
    Parameter(
        required=False,
        description=(
            f"Filter, at most {MAX_LENGTH:,} characters. Words match name or phone; fields "
            "look like `status:failed step:2 by:ana due:<2h -group:vip`."
        ),
    ),
]
SortBy = Annotated[
    Sort | None,
    Parameter(
        required=False,
        description="Column to sort by; a minus sign reverses the order. Default: name.",
    ),
]
SnapshotId = Annotated[
    str | None,
    Parameter(
        required=False,
        max_length=100,
        description="List in the frozen order of this snapshot; q and sort may be left out.",
    ),
]
IdsLimit = Annotated[int, QueryParameter(ge=1, le=MOST_IDS, description="Most ids to return.")]


@view("/sequences/{sequence_id:int}/enrollments", "listEnrollments", 404, 410)
async def list_of_sequence(
    sequence_id: Id,
    database: Injected[Database],
    now: Injected[int],
    list_engine: Injected[ListEngine],
    snapshots: Injected[Snapshots],
    q: Q = None,
    sort: SortBy = None,
    offset: Offset = 0,
    limit: Limit = PAGE,
    snapshot: SnapshotId = None,
) -> EnrollmentPage:
    """The enrollments of a sequence, filtered and sorted, with counts for every choice."""
    asked = PageAsked(sequence_id, q, sort, offset, limit, snapshot)
    return await database.read(list_enrollments, list_engine, snapshots, asked, now)


@view("/sequences/{sequence_id:int}/enrollments/ids", "listEnrollmentIds", 404, 410)
async def ids_of_sequence(
    sequence_id: Id,
    database: Injected[Database],
    now: Injected[int],
    list_engine: Injected[ListEngine],
    snapshots: Injected[Snapshots],
    q: Q = None,
    sort: SortBy = None,
    offset: Offset = 0,
    limit: IdsLimit = MOST_IDS,
    snapshot: SnapshotId = None,
) -> EnrollmentIds:
    """Only the ids of a sequence's enrollments, by rank, up to 50,000 at a time."""
    asked = PageAsked(sequence_id, q, sort, offset, limit, snapshot)
    return await database.read(list_ids, list_engine, snapshots, asked, now)


@view("/enrollments/{enrollment_id:int}", "getEnrollment", 404)
async def get_enrollment(enrollment_id: Id, database: Injected[Database]) -> ListedEnrollment:
    """One enrollment, as in the list."""
    return await database.read(rows.read_row, enrollment_id)


router = Router(
    path="/",
    route_handlers=[list_of_sequence, ids_of_sequence, get_enrollment],
    tags=["enrollments"],
)
