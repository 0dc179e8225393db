"""SQL of contacts. Functions over a Connection; none commits, none parses input."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from common.names import search_key, sort_key
from common.vocabulary import LineKind, LineSource
from server.contacts.numbers import Number
from server.database.statements import select_in
from server.database.tables import contacts
from server.errors import Conflict, NotFound, invalid
from server.events import log

T = TypeVar("T")


def number_columns(number: Number, now: int) -> dict[str, Any]:
    """The columns that depend on the number, except the region."""
    known = number.line != LineKind.UNKNOWN
    return {
        "phone": number.e164,
        "country": number.country,
        "number_zones": " ".join(number.zones),
        "line": number.line.value,
        "line_source": LineSource.PLAN.value if known else None,
        "line_certain": known,
        "line_at": now if known else None,
    }


def name_columns(first_name: str, last_name: str) -> dict[str, Any]:
    """The columns that depend on the name."""
    return {
        "first_name": first_name,
        "last_name": last_name,
        "search_key": search_key(first_name, last_name),
        "sort_key": sort_key(first_name, last_name),
    }


def new_contact(
    number: Number, first_name: str, last_name: str, created_by: int, now: int
) -> dict[str, Any]:
    """The row of a new contact with a known number and name."""
    return {
        **number_columns(number, now),
        **name_columns(first_name, last_name),
        "zone": None,
        "region": number.us_state,
        "region_given": False,
        "fields": "{}",
        "created_by": created_by,
        "created_at": now,
        "updated_at": now,
    }


def insert_contact(connection: sa.Connection, row: dict[str, Any]) -> int:
    """Insert one contact; returns its id. Raises Conflict if the number is taken."""
    refuse_taken(connection, row["phone"])
    contact_id: int = connection.execute(
        sa.insert(contacts).values(**row).returning(contacts.c.id)
    ).scalar_one()
    return contact_id


def refuse_taken(connection: sa.Connection, phone: str) -> None:
    """Raises Conflict, naming the contact, if a contact has the number."""
    taken = contacts_by_phone(connection, [phone])
    if taken:
        raise Conflict(
            "contact_exists",
            f"{phone} is already the number of contact {taken[phone]}; change that contact "
            "instead.",
            contact_id=taken[phone],
        )


def contacts_by_phone(connection: sa.Connection, phones: Collection[str]) -> dict[str, int]:
    """The ids of the contacts with these numbers; unknown numbers are left out."""
    select = sa.select(contacts.c.phone, contacts.c.id)
    return {row.phone: row.id for row in select_in(connection, select, contacts.c.phone, phones)}


def phones_of(connection: sa.Connection, contact_ids: Iterable[int]) -> dict[int, str]:
    """The numbers of contacts, by id."""
    select = sa.select(contacts.c.id, contacts.c.phone)
    return {row.id: row.phone for row in select_in(connection, select, contacts.c.id, contact_ids)}


def ensure_contacts(
    connection: sa.Connection, numbers: Iterable[Number], created_by: int, now: int
) -> dict[str, int]:
    """The ids of the contacts with these numbers, by number; missing contacts are created."""
    wanted = {number.e164: number for number in numbers}
    found = contacts_by_phone(connection, wanted.keys())
    missing = [number for phone, number in wanted.items() if phone not in found]
    if not missing:
        return found
    connection.execute(
        sa.insert(contacts), [new_contact(number, "", "", created_by, now) for number in missing]
    )
    added = contacts_by_phone(connection, [number.e164 for number in missing])
    log_added(connection, added, created_by, now)
    return found | added


def log_added(
    connection: sa.Connection, added: Mapping[str, int], created_by: int, now: int
) -> None:
    """Append an event for each new contact; the ids come by number."""
    for phone, contact_id in added.items():
        log.record(
            connection,
            now,
            "contact_added",
            contact_id=contact_id,
            operator_id=created_by,
            phone=phone,
        )


def refuse_unknown(
    connection: sa.Connection, contact_ids: Sequence[int], pointer: str, remedy: str
) -> None:
    """Raises Invalid naming the first id that is no contact's."""
    rows = select_in(connection, sa.select(contacts.c.id), contacts.c.id, contact_ids)
    known = {row.id for row in rows}
    for position, contact_id in enumerate(contact_ids):
        if contact_id not in known:
            raise invalid(f"{pointer}[{position}]", f"there is no contact {contact_id}.", remedy)


def get_row(connection: sa.Connection, contact_id: int) -> sa.Row[tuple[Any, ...]]:
    """One contact's columns. Raises NotFound."""
    row = connection.execute(sa.select(contacts).where(contacts.c.id == contact_id)).first()
    if row is None:
        raise NotFound("contact", contact_id)
    return row


def update_contact(connection: sa.Connection, contact_id: int, values: dict[str, Any]) -> None:
    """Write columns of one contact."""
    connection.execute(sa.update(contacts).where(contacts.c.id == contact_id).values(**values))


def custom_fields(text: str) -> dict[str, str]:
    """Parse the custom fields from their stored JSON."""
    return msgspec.json.decode(text, type=dict[str, str])


def merge_fields(first_name: str, last_name: str, phone: str, fields: str) -> dict[str, str | None]:
    """The merge fields of a contact: the custom fields (as stored), then its own."""
    named: dict[str, str | None] = {} if fields == "{}" else dict(custom_fields(fields))
    named.update(first_name=first_name, last_name=last_name, phone=phone)
    return named


def fields_text(fields: dict[str, str]) -> str:
    """Custom fields in their stored form."""
    return msgspec.json.encode(fields, order="sorted").decode()
