"""Routes of groups and their members."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, Router, delete, patch, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from common.model.contacts import ContactPage
from common.model.groups import (
    Group,
    GroupChange,
    GroupPage,
    MembersAdded,
    NewGroup,
    NewMembers,
)
from server.contacts import groups
from server.contacts.listing import Sort, list_contacts
from server.database.engine import Database
from server.dependencies import Injected
from server.mutation import Mutation
from server.parameters import PAGE, Id, Limit, Offset
from server.routing import act, route, view
from server.titles import read_title

Words = Annotated[str, QueryParameter(max_length=200, description="Words to search for.")]


@view("/groups", "listGroups")
async def list_groups(
    database: Injected[Database], q: Words = "", offset: Offset = 0, limit: Limit = PAGE
) -> GroupPage:
    """Groups by name, with member counts; `q` matches words of the name."""
    return await database.read(groups.list_groups, q, offset, limit)


@route(post, "/groups", "addGroup", 409, 413)
async def add_group(data: JSONBody[NewGroup], mutation: Injected[Mutation]) -> Response[Group]:
    """Create an empty group. A name that is taken, in any case, is a conflict."""
    name = read_title(data.name, "body.name")
    return await mutation(groups.add_group, name, mutation.operator_id, mutation.now)


@view("/groups/{group_id:int}", "getGroup", 404)
async def get_group(group_id: Id, database: Injected[Database]) -> Group:
    """One group."""
    return await database.read(groups.get_group, group_id)


@route(patch, "/groups/{group_id:int}", "renameGroup", 404, 409, 413)
async def rename_group(
    group_id: Id, data: JSONBody[GroupChange], mutation: Injected[Mutation]
) -> Response[Group]:
    """Rename a group."""
    name = read_title(data.name, "body.name")
    return await mutation(groups.rename_group, group_id, name, mutation.operator_id, mutation.now)


@route(delete, "/groups/{group_id:int}", "deleteGroup", 404, 409)
async def delete_group(group_id: Id, mutation: Injected[Mutation]) -> Response[None]:
    """Delete a group. Its contacts and their texts stay."""
    return await mutation(groups.delete_group, group_id, mutation.operator_id, mutation.now)


@view("/groups/{group_id:int}/contacts", "listGroupContacts", 404)
async def list_members(
    group_id: Id,
    database: Injected[Database],
    q: Words = "",
    sort: FromQuery[Sort] = "name",
    offset: Offset = 0,
    limit: Limit = PAGE,
) -> ContactPage:
    """The contacts of a group; `q` and `sort` as in the list of contacts."""
    await database.read(groups.get_group, group_id)
    return await database.read(list_contacts, q, sort, offset, limit, group_id=group_id)


@act("/groups/{group_id:int}/contacts", "addGroupContacts", 404, 409, 413)
async def add_members(
    group_id: Id, data: JSONBody[NewMembers], mutation: Injected[Mutation]
) -> Response[MembersAdded]:
    """Add up to 10,000 contacts to a group; existing members are counted separately."""
    return await mutation(
        groups.add_members, group_id, data.contact_ids, mutation.operator_id, mutation.now
    )


@route(delete, "/groups/{group_id:int}/contacts/{contact_id:int}", "removeGroupContact", 404, 409)
async def remove_member(
    group_id: Id, contact_id: Id, mutation: Injected[Mutation]
) -> Response[None]:
    """Remove one contact from a group."""
    return await mutation(
        groups.remove_member, group_id, contact_id, mutation.operator_id, mutation.now
    )


router = Router(
    path="/",
    route_handlers=[
        list_groups,
        add_group,
        get_group,
        rename_group,
        delete_group,
        list_members,
        add_members,
        remove_member,
    ],
    tags=["groups"],
)
