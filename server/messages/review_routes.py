"""Routes of reviews, and of classifying inbound texts."""

from __future__ import annotations

from litestar import Response, Router
from litestar.params import JSONBody

from common.model.messages import Message, NewReading, NewVerdict, Review, ReviewPage
from common.vocabulary import Reading
from server.database.engine import Database
from server.dependencies import Injected
from server.enrollments.planning import Planner
from server.messages import reviews
from server.mutation import Mutation
from server.parameters import PAGE, Id, Limit, Offset
from server.routing import act, view


@view("/reviews", "listReviews")
async def list_reviews(
    database: Injected[Database], offset: Offset = 0, limit: Limit = PAGE
) -> ReviewPage:
    """Texts that sound like an opt-out and are not classified yet, the oldest first."""
    return await database.read(reviews.list_reviews, offset, limit)


@act("/reviews/{review_id:int}", "decideReview", 404, 409, 413)
async def decide_review(
    review_id: Id,
    data: JSONBody[NewVerdict],
    mutation: Injected[Mutation],
    planner: Injected[Planner],
) -> Response[Review]:
    """Classify a text in review; its holds end, or its enrollments do."""
    return await mutation(
        reviews.decide_review,
        planner,
        review_id,
        Reading(data.verdict),
        mutation.operator_id,
        mutation.now,
    )


@act("/messages/{message_id:int}/reading", "readMessage", 404, 409, 413)
async def read_message(
    message_id: Id,
    data: JSONBody[NewReading],
    mutation: Injected[Mutation],
    planner: Injected[Planner],
) -> Response[Message]:
    """Classify an inbound text; enrollments change as if it had been read so from the start."""
    return await mutation(
        reviews.read_as,
        planner,
        message_id,
        Reading(data.reading),
        mutation.operator_id,
        mutation.now,
    )


router = Router(
    path="/", route_handlers=[list_reviews, decide_review, read_message], tags=["reviews"]
)
