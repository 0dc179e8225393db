"""Adds and changes contacts: reads the input, then writes the row and its event.

Functions over a Connection, run inside one write transaction by the routes.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from msgspec import UNSET

from common.model.contacts import Contact, ContactChange, NewContact
from common.vocabulary import LineSource
from server.contacts import store
from server.contacts.fields import (
    Dialing,
    merged_fields,
    read_given_region,
    read_line,
    read_phone,
    read_zone,
)
from server.contacts.listing import get_contact
from server.contacts.numbers import Number
from server.events import log

_NOT_TOLD: Final = frozenset({"search_key", "sort_key", "line_at", "fields"})


def add_contact(
    connection: sa.Connection, data: NewContact, dialing: Dialing, operator_id: int, now: int
) -> Contact:
    """Add a contact. Raises Invalid naming the field, and Conflict if the number is taken."""
    number = read_phone(data.phone, "body.phone", dialing)
    row = store.new_contact(
        number,
        read_line(data.first_name, "body.first_name"),
        read_line(data.last_name, "body.last_name"),
        operator_id,
        now,
    )
    if data.zone is not None:
        row["zone"] = read_zone(data.zone, "body.zone")
    if data.region is not None:
        row["region"] = read_given_region(data.region, "body.region")
        row["region_given"] = True
    if data.line is not None:
        row |= _line_by_operator(data.line, now)
    row["fields"] = store.fields_text(merged_fields({}, data.fields, "body.fields"))
    contact_id = store.insert_contact(connection, row)
    store.log_added(connection, {number.e164: contact_id}, operator_id, now)
    return get_contact(connection, contact_id)


def change_contact(
    connection: sa.Connection,
    contact_id: int,
    change: ContactChange,
    dialing: Dialing,
    operator_id: int,
    now: int,
) -> Contact:
    """Change the given fields. A new number sets its own zones, region and line type.

    The event `contact_changed` contains each changed field with its values before and after. Raises
    NotFound, Invalid naming the field, and Conflict if another contact has the number.
    """
    before = store.get_row(connection, contact_id)._mapping
    after = _changed(before, change, dialing, now)
    changed = {name: value for name, value in after.items() if before[name] != value}
    if changed:
        if "phone" in changed:
            store.refuse_taken(connection, changed["phone"])
        store.update_contact(connection, contact_id, {**changed, "updated_at": now})
        log.record(
            connection,
            now,
            "contact_changed",
            contact_id=contact_id,
            operator_id=operator_id,
            changed=_told(before, changed),
        )
    return get_contact(connection, contact_id)


def _changed(
    before: sa.RowMapping, change: ContactChange, dialing: Dialing, now: int
) -> dict[str, Any]:
    """The columns after the change, whether changed or not."""
    after: dict[str, Any] = {}
    # The stored number was accepted before, so it is accepted again.
    number = read_phone(before["phone"], "body.phone", dialing._replace(fictional_ok=True))
    if change.phone is not UNSET:
        given = read_phone(change.phone, "body.phone", dialing)
        if given.e164 != number.e164:
            number = given
            after |= store.number_columns(number, now)
            if not before["region_given"]:
                after["region"] = number.us_state
    names = [before["first_name"], before["last_name"]]
    for position, name in enumerate(("first_name", "last_name")):
        text = getattr(change, name)
        if text is not UNSET:
            names[position] = read_line(text or "", f"body.{name}")
    after |= store.name_columns(*names)
    if change.zone is not UNSET:
        after["zone"] = None if change.zone is None else read_zone(change.zone, "body.zone")
    if change.region is not UNSET:
        after |= _region(change.region, number)
    if change.line is not UNSET:
        after |= _line(before, change.line, number, now)
    if change.fields is not UNSET:
        fields = merged_fields(store.custom_fields(before["fields"]), change.fields, "body.fields")
        after["fields"] = store.fields_text(fields)
    return after


def _told(before: sa.RowMapping, changed: dict[str, Any]) -> dict[str, Any]:
    """The changed fields, each with its value before and after; custom fields one by one."""
    told: dict[str, Any] = {
        name: [before[name], value] for name, value in changed.items() if name not in _NOT_TOLD
    }
    if "fields" in changed:
        was, is_now = store.custom_fields(before["fields"]), store.custom_fields(changed["fields"])
        told["fields"] = {
            name: [was.get(name), is_now.get(name)]
            for name in sorted(was.keys() | is_now.keys())
            if was.get(name) != is_now.get(name)
        }
    return told


def _region(given: str | None, number: Number) -> dict[str, Any]:
    if given is None:
        return {"region": number.us_state, "region_given": False}
    return {"region": read_given_region(given, "body.region"), "region_given": True}


def _line(before: sa.RowMapping, said: str | None, number: Number, now: int) -> dict[str, Any]:
    columns = (
        _line_by_operator(said, now)
        if said is not None
        else {
            name: value
            for name, value in store.number_columns(number, now).items()
            if name.startswith("line")
        }
    )
    same = number.e164 == before["phone"] and all(
        columns[name] == before[name] for name in columns if name != "line_at"
    )
    return columns | ({"line_at": before["line_at"]} if same else {})


def _line_by_operator(said: str, now: int) -> dict[str, Any]:
    return {
        "line": said,
        "line_source": LineSource.OPERATOR.value,
        "line_certain": True,
        "line_at": now,
    }
