"""Suppresses numbers in every status, and stops all unsent texts to them."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from common.model.messages import Suppressed
from common.phones import normal
from common.vocabulary import Status, SuppressionSource
from server.contacts import suppressions
from server.contacts.store import contacts_by_phone
from server.database.statements import in_parts
from server.database.tables import contacts, enrollments
from server.enrollments.apply import Application, apply
from server.enrollments.lifecycle_events import NumberSuppressed
from server.messages import store as message_store


def suppress(
    connection: sa.Connection,
    phones: Iterable[str],
    source: SuppressionSource,
    note: str,
    operator_id: int | None,
    now: int,
    operation_id: int | None = None,
) -> set[str]:
    """Suppress numbers, and stop all their pending enrollments and direct texts.

    Returns the numbers that were not suppressed by this source before.
    """
    numbers = _numbers(connection, list(phones))
    new = suppressions.suppress(connection, numbers, source, note, operator_id, now)
    for part in in_parts(numbers):
        pending = connection.execute(
            sa.select(enrollments.c.id)
            .join(contacts, contacts.c.id == enrollments.c.contact_id)
            .where(contacts.c.phone.in_(part), enrollments.c.status == Status.PENDING.value)
            .order_by(enrollments.c.id)
        ).scalars()
        apply(
            connection,
            [
                Application(
                    enrollment_id,
                    NumberSuppressed(source),
                    operator_id=operator_id,
                    operation_id=operation_id,
                )
                for enrollment_id in pending
            ],
            now,
        )
        message_store.cancel_direct(connection, part, now)
    return new


def suppress_one(
    connection: sa.Connection, phone: str, note: str, operator_id: int, now: int
) -> Suppressed:
    """Suppress a number as an operator; the result counts the enrollments that it stopped."""
    pending: int = connection.execute(
        sa.select(sa.func.count())
        .select_from(enrollments)
        .join(contacts, contacts.c.id == enrollments.c.contact_id)
        .where(contacts.c.phone == phone, enrollments.c.status == Status.PENDING.value)
    ).scalar_one()
    new = suppress(connection, [phone], SuppressionSource.OPERATOR, note, operator_id, now)
    sources = suppressions.standing(connection, [phone])[phone]
    return Suppressed(phone, tuple(sorted(sources)), bool(new), pending)


def _numbers(connection: sa.Connection, phones: list[str]) -> list[str]:
    """The numbers in normal form, and in another spelling if a contact still has it.

    A text that was handed over before its number was respelled still has the old spelling.
    """
    others = [phone for phone in phones if normal(phone) != phone]
    left = contacts_by_phone(connection, others) if others else {}
    return list(dict.fromkeys([*map(normal, phones), *left]))
