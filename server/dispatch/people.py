"""Reads what a claim needs about its contacts, one batch at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from common.vocabulary import REASON_OF_LANDLINE, LineKind, LineSource, MessageStatus, Reason
from server.clock import DAY
from server.database.statements import fetch, fetch_in, in_parts, marks


class Person(NamedTuple):
    """A contact with the facts for its text; the fields are columns, those of `Recipient` first."""

    phone: str
    zone: str | None
    number_zones: str
    country: str
    region: str | None
    first_name: str
    last_name: str
    fields: str
    line: str
    line_source: str | None


class Prior(NamedTuple):
    """An existing text of a step: to be handed over again, or already sent."""

    message_id: int
    status: MessageStatus
    body: str
    segments: int
    attempts: int

    @property
    def is_gone(self) -> bool:
        """Whether the person may have received it.

        Only a waiting text is ever cancelled, so a cancelled one reached nobody. Its step can be
        next again, after steps that an edit put before it.
        """
        return self.status not in {MessageStatus.WAITING, MessageStatus.CANCELLED}


def find_people(connection: sa.Connection, ids: Iterable[int]) -> dict[int, Person]:
    """Contacts by id."""
    columns = ", ".join(Person._fields)
    rows = fetch_in(connection, f"SELECT id, {columns} FROM contacts WHERE id IN", ids)  # noqa: S608 # our own column names
    return {row[0]: Person._make(row[1:]) for row in rows}


def find_priors(
    connection: sa.Connection, enrollment_ids: Sequence[int]
) -> dict[tuple[int, int], Prior]:
    """Existing texts of steps, by enrollment and step."""
    rows = fetch_in(
        connection,
        "SELECT enrollment_id, step_id, id, status, body, segments,"
        " (SELECT count(*) FROM attempts WHERE message_id = messages.id)"
        " FROM messages WHERE kind = 'step' AND enrollment_id IN",
        enrollment_ids,
    )
    return {(row[0], row[1]): Prior(row[2], MessageStatus(row[3]), *row[4:]) for row in rows}


def on_their_way(connection: sa.Connection, contact_ids: Sequence[int]) -> set[int]:
    """Contacts with a text on the wire."""
    rows = fetch_in(
        connection,
        "SELECT contact_id FROM messages WHERE status = 'sending'"
        " AND kind IN ('step', 'direct') AND contact_id IN",
        dict.fromkeys(contact_ids),
    )
    return {row[0] for row in rows}


# When a text was handed over; the last attempt of one on the wire or unknown.
_HANDED_OVER: Final = (
    "SELECT contact_id, id, handed_off_at FROM messages"
    " WHERE kind = 'step' AND handed_off_at >= ? AND contact_id IN"
)
_OPEN: Final = tuple(
    "SELECT contact_id, id, (SELECT max(started_at) FROM attempts"  # noqa: S608 # only the words below
    f" WHERE message_id = messages.id) FROM messages WHERE {which} AND kind = 'step'"
    " AND contact_id IN"
    for which in (
        "status = 'sending' AND kind IN ('step', 'direct')",
        "status = 'unknown'",
    )
)


def handed_over(
    connection: sa.Connection, contact_ids: Sequence[int], now: int
) -> dict[int, list[tuple[int, int]]]:
    """(Message, time) of sequence texts handed over in the last two days, by contact.

    Texts on the wire and unknown ones count too; a text with several attempts is listed once, with
    the last time. In no time zone did the current day begin earlier than that.
    """
    since = now - 2 * DAY
    found: dict[int, dict[int, int]] = {}
    for part in in_parts(dict.fromkeys(contact_ids)):
        among = f"({marks(part)})"
        rows = fetch(connection, f"{_HANDED_OVER} {among}", (since, *part))
        for sql in _OPEN:
            rows += fetch(connection, f"{sql} {among}", part)
        for contact_id, message_id, at in rows:
            texts = found.setdefault(contact_id, {})
            texts[message_id] = max(at, texts.get(message_id, at))
    return {contact_id: list(texts.items()) for contact_id, texts in found.items()}


def line_reason(person: Person) -> Reason | None:
    """Why a contact's number is a landline; None if it is not one."""
    if person.line != LineKind.LANDLINE.value:
        return None
    return REASON_OF_LANDLINE[LineSource(person.line_source) if person.line_source else None]
