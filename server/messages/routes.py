"""Routes of texts: direct ones, their preview, the list, and unmatched callbacks."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, Router, post
from litestar.params import JSONBody, QueryParameter

from common.model.messages import (
    CallbackPage,
    Message,
    MessagePage,
    MessagePreview,
    MessagePreviewRequest,
    NewMessage,
)
from common.vocabulary import MessageKind, MessageStatus, Role
from server.database.engine import Database
from server.dependencies import Injected
from server.enrollments.planning import Planner
from server.messages import direct_texts, listing
from server.messages.review_routes import router as reviews_router
from server.messages.suppression_routes import router as suppressions_router
from server.mutation import Mutation
from server.parameters import PAGE, Id, Limit, Offset
from server.routing import act, route, view

OfContact = Annotated[
    int | None, QueryParameter(ge=1, le=2**63 - 1, description="Only texts of this contact.")
]
OfStatus = Annotated[
    MessageStatus | None, QueryParameter(description="Only texts with this status.")
]
OfKind = Annotated[MessageKind | None, QueryParameter(description="Only texts of this kind.")]
Unmatched = Annotated[bool, QueryParameter(description="Only callbacks that match no text.")]


@route(post, "/contacts/{contact_id:int}/messages", "sendMessage", 404, 409, 413)
async def send_message(
    contact_id: Id,
    data: JSONBody[NewMessage],
    mutation: Injected[Mutation],
    planner: Injected[Planner],
) -> Response[Message]:
    """Text one contact now. If it cannot be sent, it is refused with the reason and not stored.

    Outside sending hours it needs an `override_reason`.
    """
    return await mutation(
        direct_texts.send_direct, planner.zone, contact_id, data, mutation.operator_id, mutation.now
    )


@view("/messages", "listMessages")
async def list_messages(
    database: Injected[Database],
    contact_id: OfContact = None,
    status: OfStatus = None,
    kind: OfKind = None,
    offset: Offset = 0,
    limit: Limit = PAGE,
) -> MessagePage:
    """Texts in and out, newest first."""
    return await database.read(listing.list_messages, contact_id, status, kind, offset, limit)


@view("/messages/{message_id:int}", "getMessage", 404)
async def get_message(message_id: Id, database: Injected[Database]) -> Message:
    """One text."""
    return await database.read(listing.get_message, message_id)


@act("/messages/preview", "previewMessage", 413, role=Role.VIEWER)
async def preview_message(
    data: JSONBody[MessagePreviewRequest],
    database: Injected[Database],
    planner: Injected[Planner],
    now: Injected[int],
) -> list[MessagePreview]:
    """A direct text as each of up to 10 contacts would get it, and who is left out and why."""
    return await database.read(
        direct_texts.preview_texts,
        planner.zone,
        data.body,
        data.contact_ids,
        now,
    )


@view("/callbacks", "listCallbacks")
async def list_callbacks(
    database: Injected[Database],
    unmatched: Unmatched = False,
    offset: Offset = 0,
    limit: Limit = PAGE,
) -> CallbackPage:
    """Carriers' status reports as received, newest first."""
    return await database.read(listing.list_callbacks, offset, limit, unmatched=unmatched)


_messages = Router(
    path="/",
    route_handlers=[
        send_message,
        list_messages,
        get_message,
        preview_message,
        list_callbacks,
    ],
    tags=["messages"],
)

router = Router(path="/", route_handlers=[_messages, reviews_router, suppressions_router])
