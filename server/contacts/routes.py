"""Routes of contacts and of suppressions, as far as they stop nothing."""

from __future__ import annotations

import string
from typing import Annotated

import sqlalchemy as sa
from litestar import Response, Router, get, patch, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from common.model.contacts import (
    Contact,
    ContactChange,
    ContactDetail,
    ContactPage,
    NewContact,
    SuppressionPage,
)
from common.searching import numbers
from common.vocabulary import Role
from server.contacts import listing, service, suppressions
from server.contacts.group_routes import router as groups_router
from server.contacts.import_routes import import_contacts
from server.contacts.listing import Sort
from server.contacts.written import Dialing
from server.database.engine import Database
from server.dependencies import Injected
from server.errors import invalid
from server.followers import Followers
from server.mutation import Mutation
from server.parameters import PAGE, Id, Limit, Offset
from server.problems import problems

Query = Annotated[str, QueryParameter(max_length=200, description="Words of the name, or digits.")]
Digits = Annotated[str, QueryParameter(max_length=64, description="Digits of the number.")]


@get("/contacts", operation_id="listContacts", opt={"role": Role.VIEWER}, responses=problems())
async def list_contacts(
    database: Injected[Database],
    q: Query = "",
    sort: FromQuery[Sort] = "name",
    offset: Offset = 0,
    limit: Limit = PAGE,
) -> ContactPage:
    """Contacts whose name has words that begin so, accents folded, or whose phone has the digits.

    Several words narrow. `sort` is name (last name first), phone or created; `-` turns it round.
    """
    return await database.read(listing.list_contacts, q, sort, offset, limit)


@post(
    "/contacts",
    operation_id="addContact",
    opt={"role": Role.OPERATOR},
    responses=problems(409, 413),
)
async def add_contact(
    dialing: Injected[Dialing], data: JSONBody[NewContact], mutation: Injected[Mutation]
) -> Response[Contact]:
    """Add a contact. A number that is another contact's is a conflict that names the contact."""
    return await mutation(
        service.add_contact, data, dialing, mutation.caller.operator_id, mutation.now
    )


@get(
    "/contacts/{contact_id:int}",
    operation_id="getContact",
    opt={"role": Role.VIEWER},
    responses=problems(404),
)
async def get_contact(contact_id: Id, database: Injected[Database]) -> ContactDetail:
    """One contact with its groups and the standing suppressions of its number."""
    return await database.read(listing.get_detail, contact_id)


@patch(
    "/contacts/{contact_id:int}",
    operation_id="changeContact",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409, 413),
)
async def change_contact(
    dialing: Injected[Dialing],
    contact_id: Id,
    data: JSONBody[ContactChange],
    mutation: Injected[Mutation],
    followers: Injected[Followers],
) -> Response[Contact]:
    """Change what is given; null clears. A new number brings its own zones, region and line."""

    def change(connection: sa.Connection) -> Contact:
        changed = service.change_contact(
            connection,
            contact_id,
            data,
            dialing,
            mutation.caller.operator_id,
            mutation.now,
        )
        followers.contacts_changed(connection, [contact_id], mutation.now)
        return changed

    return await mutation(change)


@get(
    "/suppressions",
    operation_id="listSuppressions",
    opt={"role": Role.VIEWER},
    responses=problems(),
    tags=["suppressions"],
)
async def list_suppressions(
    dialing: Injected[Dialing],
    database: Injected[Database],
    q: Digits = "",
    lifted: FromQuery[bool] = False,
    texted: FromQuery[bool | None] = None,
    offset: Offset = 0,
    limit: Limit = PAGE,
) -> SuppressionPage:
    """Numbers that must not be texted, newest first; `lifted` shows past suppressions too.

    `texted=false` shows those of numbers that we never texted.
    """
    wanted = numbers(q, dialing.region)
    if len(q) == 1 and q in string.digits:
        wanted = (q,)
    if q and not wanted:
        raise invalid("query.q", "is not a part of a phone number.", "Write its digits.")
    return await database.read(
        suppressions.list_suppressions, wanted, offset, limit, lifted=lifted, texted=texted
    )


_contacts = Router(
    path="/",
    route_handlers=[list_contacts, add_contact, import_contacts, get_contact, change_contact],
    tags=["contacts"],
)

router = Router(path="/", route_handlers=[_contacts, groups_router, list_suppressions])
