"""Routes that suppress numbers and lift suppressions."""

from __future__ import annotations

from typing import Annotated, Final

import sqlalchemy as sa
from litestar import Response, Router, delete, post
from litestar.params import JSONBody, PathParameter

from common.model.messages import LiftedUntexted, LiftUntexted, NewSuppression, Suppressed
from common.phones import normal
from common.vocabulary import Role
from server.clock import from_datetime
from server.contacts import suppressions
from server.contacts.fields import Dialing, read_phone
from server.dependencies import Injected
from server.errors import invalid
from server.messages.suppress import suppress_one
from server.mutation import Mutation
from server.routing import act, route
from server.titles import read_note

_PART: Final = 1_000
"""Suppressions that are lifted in one transaction."""
Phone = Annotated[str, PathParameter(max_length=64, description="The phone number in E.164.")]


@route(post, "/suppressions", "addSuppression", 409, 413)
async def add_suppression(
    data: JSONBody[NewSuppression], dialing: Injected[Dialing], mutation: Injected[Mutation]
) -> Response[Suppressed]:
    """Suppress a number. Its pending enrollments and waiting direct texts end."""
    phone = read_phone(data.phone, "body.phone", dialing).e164
    note = read_note(data.note, "body.note")
    return await mutation(suppress_one, phone, note, mutation.operator_id, mutation.now)


@route(delete, "/suppressions/{phone:str}", "liftSuppression", 404, 409)
async def lift_suppression(phone: Phone, mutation: Injected[Mutation]) -> Response[None]:
    """Lift an operator's or an import's suppression; what it ended stays ended.

    If the contact opted out, only the contact can lift that.
    """
    number = normal(phone)

    def lift(connection: sa.Connection) -> None:
        suppressions.lift_by_operator(connection, number, mutation.operator_id, mutation.now)

    return await mutation(lift)


@act("/suppressions/lift-untexted", "liftUntextedSuppressions", 409, 413, role=Role.ADMIN)
async def lift_untexted(
    data: JSONBody[LiftUntexted], mutation: Injected[Mutation]
) -> Response[LiftedUntexted]:
    """Lift keyword suppressions of numbers that were never texted: a flood of fake opt-outs.

    A person who was texted can undo an opt-out alone. Each lift is an event.
    """
    since, until = from_datetime(data.since), from_datetime(data.until)
    if since >= until:
        raise invalid("body.until", "is not after since.", "Write a later time.")
    database = mutation.database

    async def work() -> LiftedUntexted:
        if data.dry_run:
            count = await database.read(suppressions.count_untexted, since, until)
            return LiftedUntexted(count, dry_run=True)
        lifted, operator_id, now = 0, mutation.operator_id, mutation.now
        while part := await database.write(
            suppressions.lift_untexted, since, until, operator_id, now, _PART
        ):
            lifted += part
        return LiftedUntexted(lifted, dry_run=False)

    return await mutation.in_parts(200, work)


router = Router(
    path="/",
    route_handlers=[add_suppression, lift_suppression, lift_untexted],
    tags=["suppressions"],
)
