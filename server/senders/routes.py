"""Routes of senders."""

from __future__ import annotations

import sqlalchemy as sa
from litestar import Response, Router, get, patch, post
from litestar.params import JSONBody

from common.model.senders import NewSender, Sender, SenderChange
from common.vocabulary import Role
from server.database.engine import Database
from server.dependencies import Injected
from server.followers import Followers
from server.mutation import Mutation
from server.parameters import Id
from server.problems import problems
from server.senders import store


@get("/senders", operation_id="listSenders", opt={"role": Role.VIEWER}, responses=problems())
async def list_senders(database: Injected[Database]) -> list[Sender]:
    """All senders, the default first."""
    return await database.read(store.list_senders)


@post("/senders", operation_id="addSender", opt={"role": Role.ADMIN}, responses=problems(409, 413))
async def add_sender(
    data: JSONBody[NewSender], mutation: Injected[Mutation], followers: Injected[Followers]
) -> Response[Sender]:
    """Make a sender; the first becomes the default."""

    def add(connection: sa.Connection) -> Sender:
        added = store.add_sender(connection, data, mutation.caller.operator_id, mutation.now)
        followers.senders_changed(connection, [added.id], mutation.now)
        return added

    return await mutation(add)


@get(
    "/senders/{sender_id:int}",
    operation_id="getSender",
    opt={"role": Role.VIEWER},
    responses=problems(404),
)
async def get_sender(sender_id: Id, database: Injected[Database]) -> Sender:
    """One sender."""
    return await database.read(store.tell_sender, sender_id)


@patch(
    "/senders/{sender_id:int}",
    operation_id="changeSender",
    opt={"role": Role.ADMIN},
    responses=problems(404, 409, 413),
)
async def change_sender(
    sender_id: Id,
    data: JSONBody[SenderChange],
    mutation: Injected[Mutation],
    followers: Injected[Followers],
) -> Response[Sender]:
    """Change a sender's name, rate or daily cap, or make it the default."""

    def change(connection: sa.Connection) -> Sender:
        changed = store.change_sender(
            connection, sender_id, data, mutation.caller.operator_id, mutation.now
        )
        followers.senders_changed(connection, [sender_id], mutation.now)
        return changed

    return await mutation(change)


@post(
    "/senders/{sender_id:int}/start",
    operation_id="startSender",
    opt={"role": Role.ADMIN},
    responses=problems(404, 409),
    status_code=200,
)
async def start_sender(
    sender_id: Id, mutation: Injected[Mutation], followers: Injected[Followers]
) -> Response[Sender]:
    """Let a stopped sender send again."""

    def start(connection: sa.Connection) -> Sender:
        started = store.start_sender(
            connection, sender_id, mutation.caller.operator_id, mutation.now
        )
        followers.senders_started(connection, [sender_id], mutation.now)
        return started

    return await mutation(start)


router = Router(
    path="/",
    route_handlers=[list_senders, add_sender, get_sender, change_sender, start_sender],
    tags=["senders"],
)
