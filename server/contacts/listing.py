"""Contacts as people see them: one, several by id, and those that a search finds.

A search consists of words: each must be the beginning of a word of the name, accents folded, or be
in the digits of the phone number. A word of digits is tried as both. A search without letters and
digits, such as `???`, finds nobody; an empty one finds everyone. Functions over a Connection; none
commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import sqlalchemy as sa

from common.model.contacts import Contact, ContactDetail, ContactPage, Line
from common.model.groups import GroupName
from common.searching import MOST_TESTS, Wanted, split, tests, ways
from common.vocabulary import LineKind, LineSource, SuppressionSource
from server.clock import to_datetime
from server.contacts import store, suppressions
from server.database.statements import count_rows, select_in
from server.database.tables import contacts, group_members, groups, operators, workspace
from server.errors import NotFound, invalid

Sort = Literal["name", "-name", "phone", "-phone", "created", "-created"]

_ORDERS: Final[dict[str, tuple[sa.ColumnElement[Any], ...]]] = {
    "name": (contacts.c.sort_key, contacts.c.id),
    "phone": (contacts.c.phone,),
    "created": (contacts.c.id,),
}


def list_contacts(
    connection: sa.Connection,
    q: str,
    sort: Sort,
    offset: int,
    limit: int,
    *,
    group_id: int | None = None,
) -> ContactPage:
    """The contacts that match `q`, optionally of one group, sorted by `sort`."""
    matching = _matching(connection, q, "query.q")
    if group_id is not None:
        matching.append(
            sa.exists().where(
                group_members.c.group_id == group_id, group_members.c.contact_id == contacts.c.id
            )
        )
    order = _ORDERS[sort.removeprefix("-")]
    if sort.startswith("-"):
        order = tuple(column.desc() for column in order)
    total = count_rows(connection, contacts, *matching)
    # Ids first, so that the columns of skipped rows need not be read.
    ids = connection.execute(
        sa.select(contacts.c.id).where(*matching).order_by(*order).offset(offset).limit(limit)
    ).scalars()
    return ContactPage(read_contacts(connection, list(ids)), total)


def contact_ids_matching(connection: sa.Connection, q: str) -> list[int]:
    """The ids of all contacts that match `q`, by name. Raises Invalid without words."""
    if not any(ways(word) for word in split(q)):
        raise invalid(
            "body.q",
            "has no letter or digit to search for.",
            "Type the beginning of a name, or digits of the phone number.",
        )
    order = _ORDERS["name"]
    found = connection.execute(
        sa.select(contacts.c.id).where(*_matching(connection, q, "body.q")).order_by(*order)
    )
    return list(found.scalars())


def all_contact_ids(connection: sa.Connection) -> list[int]:
    """The ids of all contacts, by name."""
    return list(connection.execute(sa.select(contacts.c.id).order_by(*_ORDERS["name"])).scalars())


def get_detail(connection: sa.Connection, contact_id: int) -> ContactDetail:
    """One contact with its groups and active suppressions. Raises NotFound."""
    contact = get_contact(connection, contact_id)
    member_of = connection.execute(
        sa.select(groups.c.id, groups.c.name)
        .join_from(groups, group_members)
        .where(group_members.c.contact_id == contact_id)
        .order_by(groups.c.name_key)
    )
    return ContactDetail(
        **{name: getattr(contact, name) for name in Contact.__struct_fields__},
        groups=tuple(GroupName(ident, name) for ident, name in member_of),
        suppressions=suppressions.suppressions_of(connection, contact.phone),
    )


def get_contact(connection: sa.Connection, contact_id: int) -> Contact:
    """One contact. Raises NotFound."""
    found = read_contacts(connection, [contact_id])
    if not found:
        raise NotFound("contact", contact_id)
    return found[0]


def read_contacts(connection: sa.Connection, ids: Sequence[int]) -> tuple[Contact, ...]:
    """The contacts with these ids, in the order of the ids; deleted ones are left out."""
    select = sa.select(contacts, operators.c.name.label("creator")).join_from(contacts, operators)
    rows = {row.id: row for row in select_in(connection, select, contacts.c.id, ids)}
    standing = suppressions.standing(connection, [row.phone for row in rows.values()])
    none: frozenset[SuppressionSource] = frozenset()
    return tuple(
        _contact(rows[ident], standing.get(rows[ident].phone, none))
        for ident in ids
        if ident in rows
    )


def _matching(connection: sa.Connection, q: str, pointer: str) -> list[sa.ColumnElement[bool]]:
    """The conditions for a contact to be found; none for an empty search.

    Raises Invalid at `pointer` for more words than any name has.
    """
    if not q:
        return []
    words = dict.fromkeys(split(q))
    if sum(map(tests, words)) > MOST_TESTS:
        raise invalid(pointer, "has too many words.", "Remove some.")
    region = connection.execute(sa.select(workspace.c.region)).scalar()
    return [
        sa.or_(sa.false(), *(sa.and_(*map(_has, way)) for way in ways(word, region)))
        for word in words
    ]


def _has(wanted: Wanted) -> sa.ColumnElement[bool]:
    found: list[sa.ColumnElement[bool]] = [
        contacts.c.phone.contains(number) for number in wanted.numbers
    ]
    if wanted.words:
        # Words are split as in names: "garcia-lopez" needs both words.
        found.append(sa.and_(*(contacts.c.search_key.contains(f" {one}") for one in wanted.words)))
    return sa.or_(*found)


def _contact(row: sa.Row[Any], suppressed: frozenset[SuppressionSource]) -> Contact:
    return Contact(
        id=row.id,
        phone=row.phone,
        first_name=row.first_name,
        last_name=row.last_name,
        zone=row.zone,
        number_zones=tuple(row.number_zones.split()),
        country=row.country,
        region=row.region,
        region_given=bool(row.region_given),
        line=Line(
            LineKind(row.line),
            LineSource(row.line_source) if row.line_source else None,
            bool(row.line_certain),
            None if row.line_at is None else to_datetime(row.line_at),
        ),
        fields=store.custom_fields(row.fields),
        suppressed=tuple(sorted(suppressed)),
        created_by=row.creator,
        created_at=to_datetime(row.created_at),
        updated_at=to_datetime(row.updated_at),
    )
