"""SQL of groups and their members. Functions over a Connection; none commits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from common.model.groups import Group, GroupPage, MembersAdded
from server.clock import to_datetime
from server.contacts.store import refuse_unknown
from server.database.statements import count_rows, execute_in, in_parts, select_in
from server.database.tables import group_members, groups, operators
from server.errors import Conflict, NotFound
from server.events import log
from server.titles import name_key


def add_group(connection: sa.Connection, name: str, operator_id: int, now: int) -> Group:
    """Create an empty group. Raises Conflict if the name is taken, in any case."""
    _refuse_taken(connection, name)
    group_id: int = connection.execute(
        sa.insert(groups)
        .values(name=name, name_key=name_key(name), created_by=operator_id, created_at=now)
        .returning(groups.c.id)
    ).scalar_one()
    _tell(connection, "group_added", operator_id, now, group_id=group_id, name=name)
    return get_group(connection, group_id)


def rename_group(
    connection: sa.Connection, group_id: int, name: str, operator_id: int, now: int
) -> Group:
    """Rename a group. Raises NotFound, and Conflict if the name is taken."""
    before = get_group(connection, group_id)
    if before.name == name:
        return before
    _refuse_taken(connection, name, but=group_id)
    connection.execute(
        sa.update(groups).where(groups.c.id == group_id).values(name=name, name_key=name_key(name))
    )
    _tell(
        connection,
        "group_renamed",
        operator_id,
        now,
        group_id=group_id,
        name=name,
        name_before=before.name,
    )
    return get_group(connection, group_id)


def delete_group(connection: sa.Connection, group_id: int, operator_id: int, now: int) -> None:
    """Delete a group; its contacts stay. Raises NotFound."""
    group = get_group(connection, group_id)
    connection.execute(sa.delete(group_members).where(group_members.c.group_id == group_id))
    connection.execute(sa.delete(groups).where(groups.c.id == group_id))
    _tell(
        connection,
        "group_deleted",
        operator_id,
        now,
        group_id=group_id,
        name=group.name,
        members=group.members,
    )


def get_group(connection: sa.Connection, group_id: int) -> Group:
    """One group with the count of its members. Raises NotFound."""
    row = connection.execute(_select().where(groups.c.id == group_id)).first()
    if row is None:
        raise NotFound("group", group_id)
    return _group(row)


def require_group(connection: sa.Connection, group_id: int) -> None:
    """Raises NotFound if there is no such group. Does not count members."""
    if connection.execute(sa.select(groups.c.id).where(groups.c.id == group_id)).first() is None:
        raise NotFound("group", group_id)


def list_groups(connection: sa.Connection, q: str, offset: int, limit: int) -> GroupPage:
    """Groups whose name contains every word of `q`, in any case, by name."""
    matching = [groups.c.name_key.contains(word, autoescape=True) for word in name_key(q).split()]
    total = count_rows(connection, groups, *matching)
    rows = connection.execute(
        _select().where(*matching).order_by(groups.c.name_key).offset(offset).limit(limit)
    )
    return GroupPage(tuple(_group(row) for row in rows), total)


def add_members(
    connection: sa.Connection,
    group_id: int,
    contact_ids: Sequence[int],
    operator_id: int,
    now: int,
) -> MembersAdded:
    """Add contacts to a group. Raises NotFound, and Invalid for an unknown contact id."""
    require_group(connection, group_id)
    wanted = list(dict.fromkeys(contact_ids))
    remedy = "Remove it from the list. Nothing was added."
    refuse_unknown(connection, contact_ids, "body.contact_ids", remedy)
    added = put_into_group(connection, group_id, wanted, operator_id, now)
    return MembersAdded(len(added), len(wanted) - len(added))


def put_into_group(
    connection: sa.Connection,
    group_id: int,
    contact_ids: Collection[int],
    operator_id: int,
    now: int,
) -> list[int]:
    """Add existing contacts to an existing group; returns those that were not in it."""
    already = members_among(connection, group_id, contact_ids)
    added = [ident for ident in dict.fromkeys(contact_ids) if ident not in already]
    if added:
        connection.execute(
            sa.insert(group_members),
            [
                {
                    "group_id": group_id,
                    "contact_id": contact_id,
                    "added_by": operator_id,
                    "added_at": now,
                }
                for contact_id in added
            ],
        )
        for part in in_parts(added):
            _tell(
                connection,
                "group_members_changed",
                operator_id,
                now,
                group_id=group_id,
                added=part,
                removed=[],
            )
    return added


def members_among(connection: sa.Connection, group_id: int, contact_ids: Iterable[int]) -> set[int]:
    """Those of these contacts who are in the group."""
    column = group_members.c.contact_id
    members = sa.select(column).where(group_members.c.group_id == group_id)
    return {row.contact_id for row in select_in(connection, members, column, contact_ids)}


def take_out_of_group(
    connection: sa.Connection, group_id: int, contact_ids: Collection[int]
) -> set[int]:
    """Take contacts out of a group; returns those that were in it. No event tells of it."""
    members = members_among(connection, group_id, contact_ids)
    leave = sa.delete(group_members).where(group_members.c.group_id == group_id)
    execute_in(connection, leave, group_members.c.contact_id, members)
    return members


def remove_member(
    connection: sa.Connection, group_id: int, contact_id: int, operator_id: int, now: int
) -> None:
    """Remove a contact from a group. Raises NotFound for an unknown group or member."""
    require_group(connection, group_id)
    if not take_out_of_group(connection, group_id, [contact_id]):
        raise NotFound("group_member", contact_id)
    _tell(
        connection,
        "group_members_changed",
        operator_id,
        now,
        group_id=group_id,
        added=[],
        removed=[contact_id],
    )


def _refuse_taken(connection: sa.Connection, name: str, *, but: int | None = None) -> None:
    taken = connection.execute(
        sa.select(groups.c.id).where(groups.c.name_key == name_key(name))
    ).scalar()
    if taken is not None and taken != but:
        raise Conflict(
            "group_exists",
            f"A group named {name!r} already exists; choose another name.",
            group_id=taken,
        )


def _select() -> sa.Select[Any]:
    members = (
        sa.select(sa.func.count())
        .where(group_members.c.group_id == groups.c.id)
        .scalar_subquery()
        .label("members")
    )
    return sa.select(groups, operators.c.name.label("creator"), members).join_from(
        groups, operators
    )


def _group(row: sa.Row[Any]) -> Group:
    return Group(row.id, row.name, row.members, row.creator, to_datetime(row.created_at))


def _tell(connection: sa.Connection, kind: str, operator_id: int, now: int, **body: Any) -> None:
    log.record(connection, now, kind, operator_id=operator_id, **body)
