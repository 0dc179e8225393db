"""Routes that show enrollments: the list of a sequence, and one by id."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Router, get
from litestar.params import Parameter, QueryParameter

from common.filters import MAX_LENGTH
from common.model.listing import EnrollmentIds, EnrollmentPage, ListedEnrollment, Sort
from common.vocabulary import Role
from server.database.engine import Database
from server.dependencies import Injected
from server.enrollments import rows
from server.enrollments.listing import ListEngine, PageAsked, list_enrollments, list_ids
from server.enrollments.snapshots import Snapshots
from server.parameters import PAGE, Id, Limit, Offset
from server.problems import problems

MOST_IDS: Final = 50_000
"""Ids that are given at once: some 400 KB."""

Q = Annotated[
    str | None,
    Parameter(
        required=False,
        description=(
            f"The filter, {MAX_LENGTH:,} characters at most: words are name or phone,"
            " `status:failed step:2 by:ana due:<2h -group:vip`."
        ),
    ),
]
SortBy = Annotated[
    Sort | None, Parameter(required=False, description="A column; a minus turns it. name.")
]
SnapshotId = Annotated[
    str | None,
    Parameter(
        required=False,
        max_length=100,
        description="See the frozen order of this snapshot; q and sort may be left out then.",
    ),
]
IdsLimit = Annotated[int, QueryParameter(ge=1, le=MOST_IDS, description="Ids to give at most.")]


@get(
    "/sequences/{sequence_id:int}/enrollments",
    operation_id="listEnrollments",
    opt={"role": Role.VIEWER},
    responses=problems(404, 410),
)
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
    """Everyone enrolled in a sequence, filtered and sorted, with counts for every choice."""
    asked = PageAsked(sequence_id, q, sort, offset, limit, snapshot)
    return await database.read(list_enrollments, list_engine, snapshots, asked, now)


@get(
    "/sequences/{sequence_id:int}/enrollments/ids",
    operation_id="listEnrollmentIds",
    opt={"role": Role.VIEWER},
    responses=problems(404, 410),
)
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
    """The ids alone of those enrolled, by rank, in parts of up to 50,000."""
    asked = PageAsked(sequence_id, q, sort, offset, limit, snapshot)
    return await database.read(list_ids, list_engine, snapshots, asked, now)


@get(
    "/enrollments/{enrollment_id:int}",
    operation_id="getEnrollment",
    opt={"role": Role.VIEWER},
    responses=problems(404),
)
async def get_enrollment(enrollment_id: Id, database: Injected[Database]) -> ListedEnrollment:
    """One enrollment, as the list shows it."""
    return await database.read(rows.read_row, enrollment_id)


router = Router(
    path="/",
    route_handlers=[list_of_sequence, ids_of_sequence, get_enrollment],
    tags=["enrollments"],
)
