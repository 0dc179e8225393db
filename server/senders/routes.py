"""Routes of senders."""

from __future__ import annotations

import sqlalchemy as sa
from litestar import Response, Router, patch, post
from litestar.params import JSONBody

from common.model.senders import NewSender, Sender, SenderChange
from common.vocabulary import Role
from server.database.engine import Database
from server.dependencies import Injected
from server.followers import Followers
from server.mutation import Mutation
from server.parameters import Id
from server.routing import act, route, view
from server.senders import store


@view("/senders", "listSenders")
async def list_senders(database: Injected[Database]) -> list[Sender]:
    """All senders, the default first."""
    return await database.read(store.list_senders)


@route(post, "/senders", "addSender", 409, 413, role=Role.ADMIN)
async def add_sender(
    data: JSONBody[NewSender], mutation: Injected[Mutation], followers: Injected[Followers]
) -> Response[Sender]:
    """Create a sender; the first becomes the default."""

    def add(connection: sa.Connection) -> Sender:
        added = store.add_sender(connection, data, mutation.operator_id, mutation.now)
        followers.senders_changed(connection, [added.id], mutation.now)
        return added

    return await mutation(add)


@view("/senders/{sender_id:int}", "getSender", 404)
async def get_sender(sender_id: Id, database: Injected[Database]) -> Sender:
    """One sender."""
    return await database.read(store.tell_sender, sender_id)


@route(patch, "/senders/{sender_id:int}", "changeSender", 404, 409, 413, role=Role.ADMIN)
async def change_sender(
    sender_id: Id,
    data: JSONBody[SenderChange],
    mutation: Injected[Mutation],
    followers: Injected[Followers],
) -> Response[Sender]:
    """Change a sender's name, rate or daily cap, or make it the default."""

    def change(connection: sa.Connection) -> Sender:
        changed = store.change_sender(
            connection, sender_id, data, mutation.operator_id, mutation.now
        )
        followers.senders_changed(connection, [sender_id], mutation.now)
        return changed

    return await mutation(change)


@act("/senders/{sender_id:int}/start", "startSender", 404, 409, role=Role.ADMIN)
async def start_sender(
    sender_id: Id, mutation: Injected[Mutation], followers: Injected[Followers]
) -> Response[Sender]:
    """Let a stopped sender send again."""

    def start(connection: sa.Connection) -> Sender:
        started = store.start_sender(connection, sender_id, mutation.operator_id, mutation.now)
        followers.senders_started(connection, [sender_id], mutation.now)
        return started

    return await mutation(start)


router = Router(
    path="/",
    route_handlers=[list_senders, add_sender, get_sender, change_sender, start_sender],
    tags=["senders"],
)
