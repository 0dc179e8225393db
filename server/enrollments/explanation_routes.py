"""Routes that tell why: the explanation of an enrollment, the timeline of a contact."""

from __future__ import annotations

from typing import Annotated

from litestar import Router, get
from litestar.params import Parameter

from common.model.explanation import Explanation, Timeline
from common.vocabulary import Role
from server.database.engine import Database
from server.dependencies import Injected
from server.enrollments.explanation import CodeLabel, explain
from server.enrollments.rate_wait import Moment
from server.enrollments.timeline import read_timeline
from server.parameters import PAGE, Id, Limit
from server.problems import problems

OneEnrollment = Annotated[
    int | None,
    Parameter(ge=1, le=2**63 - 1, required=False, description="Only what belongs to this one."),
]
Before = Annotated[
    str | None,
    Parameter(
        required=False, max_length=20, description="Items before this one: what `earlier` said."
    ),
]


@get(
    "/enrollments/{enrollment_id:int}/explanation",
    operation_id="explainEnrollment",
    opt={"role": Role.VIEWER},
    responses=problems(404),
)
async def explain_enrollment(
    enrollment_id: Id,
    database: Injected[Database],
    code_label: Injected[CodeLabel],
    moment: Injected[Moment],
) -> Explanation:
    """Why this status, which event decided it, what happens next and what holds it."""
    return await database.read(explain, enrollment_id, code_label, moment)


@get(
    "/contacts/{contact_id:int}/timeline",
    operation_id="getTimeline",
    opt={"role": Role.VIEWER},
    responses=problems(404),
)
async def timeline_of_contact(
    contact_id: Id,
    database: Injected[Database],
    code_label: Injected[CodeLabel],
    enrollment_id: OneEnrollment = None,
    before: Before = None,
    limit: Limit = PAGE,
) -> Timeline:
    """What happened to a contact, oldest first; the newest page unless `before` says another."""
    return await database.read(read_timeline, contact_id, enrollment_id, before, limit, code_label)


router = Router(
    path="/", route_handlers=[explain_enrollment, timeline_of_contact], tags=["enrollments"]
)
