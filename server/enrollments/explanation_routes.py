"""Routes of the explanation of an enrollment and the timeline of a contact."""

from __future__ import annotations

from typing import Annotated

from litestar import Router
from litestar.params import Parameter

from common.model.explanation import Explanation, Timeline
from server.database.engine import Database
from server.dependencies import Injected
from server.enrollments.explanation import CodeLabel, explain
from server.enrollments.rate_wait import PresentMoment
from server.enrollments.timeline import read_timeline
from server.parameters import PAGE, Id, Limit
from server.routing import view

OneEnrollment = Annotated[
    int | None,
    Parameter(
        ge=1, le=2**63 - 1, required=False, description="Return only items of this enrollment."
    ),
]
Before = Annotated[
    str | None,
    Parameter(
        required=False,
        max_length=20,
        description="Return items before this one: the `earlier` of the last answer.",
    ),
]


@view("/enrollments/{enrollment_id:int}/explanation", "explainEnrollment", 404)
async def explain_enrollment(
    enrollment_id: Id,
    database: Injected[Database],
    code_label: Injected[CodeLabel],
    moment: Injected[PresentMoment],
) -> Explanation:
    """Why an enrollment has its status, which event decided it, what is next and what holds it."""
    return await database.read(explain, enrollment_id, code_label, moment)


@view("/contacts/{contact_id:int}/timeline", "getTimeline", 404)
async def timeline_of_contact(
    contact_id: Id,
    database: Injected[Database],
    code_label: Injected[CodeLabel],
    enrollment_id: OneEnrollment = None,
    before: Before = None,
    limit: Limit = PAGE,
) -> Timeline:
    """The timeline of a contact, oldest first; the newest page unless `before` names another."""
    return await database.read(read_timeline, contact_id, enrollment_id, before, limit, code_label)


router = Router(
    path="/", route_handlers=[explain_enrollment, timeline_of_contact], tags=["enrollments"]
)
