"""Routes of groups and their members."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, Router, delete, get, patch, post
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
from common.vocabulary import Role
from server.contacts import groups
from server.contacts.listing import Sort, list_contacts
from server.database.engine import Database
from server.dependencies import Injected
from server.mutation import Mutation
from server.parameters import PAGE, Id, Limit, Offset
from server.problems import problems
from server.titles import read_title

Words = Annotated[str, QueryParameter(max_length=200, description="Words to look for.")]


@get("/groups", operation_id="listGroups", opt={"role": Role.VIEWER}, responses=problems())
async def list_groups(
    database: Injected[Database], q: Words = "", offset: Offset = 0, limit: Limit = PAGE
) -> GroupPage:
    """Groups by name, each with the count of its members; `q` narrows to names with its words."""
    return await database.read(groups.list_groups, q, offset, limit)


@post("/groups", operation_id="addGroup", opt={"role": Role.OPERATOR}, responses=problems(409, 413))
async def add_group(data: JSONBody[NewGroup], mutation: Injected[Mutation]) -> Response[Group]:
    """Make an empty group. A name that is taken, in any case, is a conflict."""
    name = read_title(data.name, "body.name")
    return await mutation(groups.add_group, name, mutation.caller.operator_id, mutation.now)


@get(
    "/groups/{group_id:int}",
    operation_id="getGroup",
    opt={"role": Role.VIEWER},
    responses=problems(404),
)
async def get_group(group_id: Id, database: Injected[Database]) -> Group:
    """One group."""
    return await database.read(groups.get_group, group_id)


@patch(
    "/groups/{group_id:int}",
    operation_id="renameGroup",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409, 413),
)
async def rename_group(
    group_id: Id, data: JSONBody[GroupChange], mutation: Injected[Mutation]
) -> Response[Group]:
    """Give a group another name."""
    name = read_title(data.name, "body.name")
    return await mutation(
        groups.rename_group, group_id, name, mutation.caller.operator_id, mutation.now
    )


@delete(
    "/groups/{group_id:int}",
    operation_id="deleteGroup",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409, empty=True),
)
async def delete_group(group_id: Id, mutation: Injected[Mutation]) -> Response[None]:
    """Delete a group. Its contacts stay, and what was sent to them."""
    return await mutation(groups.delete_group, group_id, mutation.caller.operator_id, mutation.now)


@get(
    "/groups/{group_id:int}/contacts",
    operation_id="listGroupContacts",
    opt={"role": Role.VIEWER},
    responses=problems(404),
)
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


@post(
    "/groups/{group_id:int}/contacts",
    operation_id="addGroupContacts",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409, 413),
    status_code=200,
)
async def add_members(
    group_id: Id, data: JSONBody[NewMembers], mutation: Injected[Mutation]
) -> Response[MembersAdded]:
    """Put up to 10,000 contacts into a group; those in it already are counted apart."""
    return await mutation(
        groups.add_members,
        group_id,
        data.contact_ids,
        mutation.caller.operator_id,
        mutation.now,
    )


@delete(
    "/groups/{group_id:int}/contacts/{contact_id:int}",
    operation_id="removeGroupContact",
    opt={"role": Role.OPERATOR},
    responses=problems(404, 409, empty=True),
)
async def remove_member(
    group_id: Id, contact_id: Id, mutation: Injected[Mutation]
) -> Response[None]:
    """Take one contact out of a group."""
    return await mutation(
        groups.remove_member, group_id, contact_id, mutation.caller.operator_id, mutation.now
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
