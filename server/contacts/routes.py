"""Routes of contacts, and the list of suppressions."""

from __future__ import annotations

import string
from typing import Annotated

import sqlalchemy as sa
from litestar import Response, Router, patch, post
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
from server.contacts import listing, service, suppressions
from server.contacts.fields import Dialing
from server.contacts.group_routes import router as groups_router
from server.contacts.import_routes import import_contacts
from server.contacts.listing import Sort
from server.database.engine import Database
from server.dependencies import Injected
from server.errors import invalid
from server.followers import Followers
from server.mutation import Mutation
from server.parameters import PAGE, Id, Limit, Offset
from server.routing import route, view

Query = Annotated[
    str, QueryParameter(max_length=200, description="Words of the name, or digits of the number.")
]
Digits = Annotated[str, QueryParameter(max_length=64, description="Digits of the number.")]


@view("/contacts", "listContacts")
async def list_contacts(
    database: Injected[Database],
    q: Query = "",
    sort: FromQuery[Sort] = "name",
    offset: Offset = 0,
    limit: Limit = PAGE,
) -> ContactPage:
    """Contacts by the beginnings of name words, accents folded, or by digits of the phone number.

    Several words narrow the search. `sort` is name (last name first), phone or created; `-`
    reverses it.
    """
    return await database.read(listing.list_contacts, q, sort, offset, limit)


@route(post, "/contacts", "addContact", 409, 413)
async def add_contact(
    dialing: Injected[Dialing], data: JSONBody[NewContact], mutation: Injected[Mutation]
) -> Response[Contact]:
    """Add a contact. A number of another contact is a conflict that names the contact."""
    return await mutation(service.add_contact, data, dialing, mutation.operator_id, mutation.now)


@view("/contacts/{contact_id:int}", "getContact", 404)
async def get_contact(contact_id: Id, database: Injected[Database]) -> ContactDetail:
    """One contact with its groups and the active suppressions of its number."""
    return await database.read(listing.get_detail, contact_id)


@route(patch, "/contacts/{contact_id:int}", "changeContact", 404, 409, 413)
async def change_contact(
    dialing: Injected[Dialing],
    contact_id: Id,
    data: JSONBody[ContactChange],
    mutation: Injected[Mutation],
    followers: Injected[Followers],
) -> Response[Contact]:
    """Change the given fields; null clears. A new number sets its own zones, region and line."""

    def change(connection: sa.Connection) -> Contact:
        changed = service.change_contact(
            connection,
            contact_id,
            data,
            dialing,
            mutation.operator_id,
            mutation.now,
        )
        followers.contacts_changed(connection, [contact_id], mutation.now)
        return changed

    return await mutation(change)


@view("/suppressions", "listSuppressions", tags=["suppressions"])
async def list_suppressions(
    dialing: Injected[Dialing],
    database: Injected[Database],
    q: Digits = "",
    lifted: FromQuery[bool] = False,
    texted: FromQuery[bool | None] = None,
    offset: Offset = 0,
    limit: Limit = PAGE,
) -> SuppressionPage:
    """Suppressed numbers, newest first; `lifted` includes past suppressions.

    `texted=false` lists only numbers that we never texted.
    """
    wanted = numbers(q, dialing.region)
    if len(q) == 1 and q in string.digits:
        wanted = (q,)
    if q and not wanted:
        raise invalid("query.q", "is not part of a phone number.", "Enter digits.")
    return await database.read(
        suppressions.list_suppressions, wanted, offset, limit, lifted=lifted, texted=texted
    )


_contacts = Router(
    path="/",
    route_handlers=[list_contacts, add_contact, import_contacts, get_contact, change_contact],
    tags=["contacts"],
)

router = Router(path="/", route_handlers=[_contacts, groups_router, list_suppressions])
