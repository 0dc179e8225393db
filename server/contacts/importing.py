"""Writes one part of an import: adds new contacts, and fills blank fields of known ones.

Functions over a Connection; none commits. A part is written as a whole, and writing it again
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from common.model.contacts import FIELDS_LIMIT, Reject
from common.vocabulary import LineKind, LineSource
from server.contacts import groups, store
from server.contacts.import_rows import ReadRow
from server.contacts.import_staging import too_many_fields
from server.database.tables import contacts
from server.events import log

_ADDED: Final = (
    *("phone", "first_name", "last_name", "search_key", "sort_key", "zone", "number_zones"),
    *("country", "region", "region_given", "line", "line_source", "line_certain", "line_at"),
    *("fields", "created_by", "created_at", "updated_at"),
)
_CHANGED: Final = (
    *("first_name", "last_name", "search_key", "sort_key", "zone", "region", "region_given"),
    *("line", "line_source", "line_certain", "line_at", "fields", "updated_at"),
)
# Compiled once, because they run for every person.
_INSERT: Final = str(
    sa.insert(contacts)
    .values({name: sa.bindparam(name) for name in _ADDED})
    .compile(dialect=sqlite.dialect())
)
_UPDATE: Final = str(
    sa.update(contacts)
    .ordered_values(*((name, sa.bindparam(name)) for name in _CHANGED))
    .where(contacts.c.id == sa.bindparam("contact_id"))
    .compile(dialect=sqlite.dialect())
)


class Manner(NamedTuple):
    """The options of an import: the operator, the time, and what it may change."""

    overwrite: bool
    dry_run: bool
    group_id: int | None
    operator_id: int
    now: int


class Candidate(NamedTuple):
    """A person of the file, and the row to insert if the number is new."""

    row: ReadRow
    columns: tuple[Any, ...]


class PartOutcome(NamedTuple):
    """The result of one part; `rejects` are rows that only the database could refuse.

    `changed_ids` are the changed contacts, none in a dry run.
    """

    added: int
    changed: int
    unchanged: int
    added_to_group: int
    rejects: list[Reject]
    changed_ids: list[int]


def candidates(rows: Sequence[ReadRow], manner: Manner) -> list[Candidate]:
    """Prepare people for writing. Uses no SQL, so that the writer has less to do."""
    return [Candidate(row, _new(row, manner)) for row in rows]


def import_part(
    connection: sa.Connection, part: Sequence[Candidate], manner: Manner
) -> PartOutcome:
    """Write the people of one part, each number once; a dry run only reports.

    Raises NotFound if the group was deleted.
    """
    if manner.group_id is not None:
        groups.require_group(connection, manner.group_id)
    known = {
        row.phone: row
        for row in connection.execute(
            sa.select(contacts).where(contacts.c.phone.in_([one.row.number.e164 for one in part]))
        )
    }
    added: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    rejects: list[Reject] = []
    taken: list[str] = []
    for row, columns in part:
        before = known.get(row.number.e164)
        if before is None:
            added.append(columns)
        else:
            after = _merged(before._mapping, row, manner)
            if isinstance(after, Reject):
                rejects.append(after)
                continue
            if after is not None:
                changed.append((*(after[name] for name in _CHANGED), before.id))
        taken.append(row.number.e164)
    unchanged = len(taken) - len(added) - len(changed)
    joined = 0
    if manner.dry_run:
        if manner.group_id is not None:
            members = groups.members_among(
                connection, manner.group_id, [row.id for row in known.values()]
            )
            joined = len(taken) - sum(
                known[phone].id in members for phone in taken if phone in known
            )
        return PartOutcome(len(added), len(changed), unchanged, joined, rejects, [])
    if added:
        connection.exec_driver_sql(_INSERT, added)
    if changed:
        connection.exec_driver_sql(_UPDATE, changed)
    if manner.group_id is not None:
        ids = store.contacts_by_phone(connection, taken)
        joined = len(
            groups.put_into_group(
                connection, manner.group_id, list(ids.values()), manner.operator_id, manner.now
            )
        )
    changed_ids = [values[-1] for values in changed]
    if added or changed:
        log.record(
            connection,
            manner.now,
            "contacts_imported",
            operator_id=manner.operator_id,
            added=len(added),
            changed=len(changed),
            unchanged=unchanged,
            changed_ids=changed_ids,
        )
    return PartOutcome(len(added), len(changed), unchanged, joined, rejects, changed_ids)


def _new(row: ReadRow, manner: Manner) -> tuple[Any, ...]:
    columns = store.new_contact(
        row.number, row.first_name, row.last_name, manner.operator_id, manner.now
    )
    columns["zone"] = row.zone
    if row.region is not None:
        columns["region"] = row.region
        columns["region_given"] = True
    if row.line_kind is not None:
        columns |= _line(row.line_kind, manner.now)
    if row.fields:
        columns["fields"] = store.fields_text(row.fields)
    return tuple([columns[name] for name in _ADDED])


def _merged(before: sa.RowMapping, row: ReadRow, manner: Manner) -> dict[str, Any] | Reject | None:
    """The columns of a known contact with blanks filled; None if nothing changes.

    A blank in the file never clears a field. Other values replace only if the import overwrites.
    """
    given = {
        "first_name": (row.first_name, not before["first_name"]),
        "last_name": (row.last_name, not before["last_name"]),
        "zone": (row.zone, before["zone"] is None),
        "region": (row.region, not before["region_given"]),
    }
    after = dict(before) | {
        name: value
        for name, (value, blank) in given.items()
        if value and (blank or manner.overwrite)
    }
    if row.region is not None and after["region"] == row.region:
        after["region_given"] = True
    may_say = before["line"] == LineKind.UNKNOWN or manner.overwrite
    if may_say and row.line_kind is not None and row.line_kind != before["line"]:
        after |= _line(row.line_kind, manner.now)
    if row.fields:
        had = store.custom_fields(before["fields"])
        filled = {
            name: value
            for name, value in row.fields.items()
            if manner.overwrite or not had.get(name)
        }
        has = had | filled
        if len(has) > FIELDS_LIMIT:
            return too_many_fields(row, len(has))
        if has != had:
            after["fields"] = store.fields_text(has)
    if after == dict(before):
        return None
    return (
        after
        | store.name_columns(after["first_name"], after["last_name"])
        | {"updated_at": manner.now}
    )


def _line(kind: LineKind, now: int) -> dict[str, Any]:
    """A line type from an operator's file."""
    return {
        "line": kind.value,
        "line_source": LineSource.OPERATOR.value,
        "line_certain": True,
        "line_at": now,
    }
