"""Operators' classification of inbound texts, and its effects.

A text that sounds like an opt-out opens a review; everything to its number is held until an
operator classifies it. Any inbound text can be classified again; its enrollments are then folded
again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from common.model.messages import Message, Review, ReviewPage
from common.phones import is_number
from common.vocabulary import (
    Direction,
    Hold,
    Reading,
    Status,
    SuppressionSource,
)
from server.clock import to_datetime
from server.database.statements import count_rows, fetch_in
from server.database.tables import contacts, enrollments, events, messages, operators, reviews
from server.enrollments.apply import Application
from server.enrollments.holds import end_holds
from server.enrollments.lifecycle_events import Reread
from server.enrollments.planning import Planner
from server.enrollments.refold import refold
from server.errors import Conflict, NotFound
from server.events import log
from server.messages.listing import full_name, get_message
from server.messages.suppress import suppress

_OPEN: Final = reviews.c.decided_at.is_(None)


def in_review(connection: sa.Connection, phones: Iterable[str]) -> set[str]:
    """The numbers that have a text in review."""
    waiting = "SELECT phone FROM reviews WHERE decided_at IS NULL AND phone IN"
    return {row[0] for row in fetch_in(connection, waiting, dict.fromkeys(phones))}


def list_reviews(connection: sa.Connection, offset: int, limit: int) -> ReviewPage:
    """Open reviews, the oldest first."""
    total = count_rows(connection, reviews, _OPEN)
    rows = connection.execute(
        _select().where(_OPEN).order_by(reviews.c.id).offset(offset).limit(limit)
    )
    return ReviewPage(tuple(_review(row) for row in rows), total)


def get_review(connection: sa.Connection, review_id: int) -> Review:
    """One review, open or decided. Raises NotFound."""
    row = connection.execute(_select().where(reviews.c.id == review_id)).first()
    if row is None:
        raise NotFound("review", review_id)
    return _review(row)


def decide_review(
    connection: sa.Connection,
    planner: Planner,
    review_id: int,
    verdict: Reading,
    operator_id: int,
    now: int,
) -> Review:
    """Classify a text in review. Raises NotFound, and Conflict if it was decided before."""
    review = get_review(connection, review_id)
    if review.verdict is not None:
        raise Conflict(
            "review_decided",
            f"{review.decided_by} already classified it as {review.verdict}. To change "
            f"that, change the reading of message {review.message_id}.",
            verdict=review.verdict.value,
        )
    read_as(connection, planner, review.message_id, verdict, operator_id, now)
    return get_review(connection, review_id)


def read_as(
    connection: sa.Connection,
    planner: Planner,
    message_id: int,
    reading: Reading,
    operator_id: int,
    now: int,
) -> Message:
    """Classify an inbound text: its enrollments are folded again, its reviews are decided.

    An opt-out suppresses the number with the source keyword, a wrong number with the source
    operator. Suppressions from an earlier reading stay.

    Raises NotFound, and Conflict for an outbound text, for one that was read as an opt-out, which
    only the contact can undo, and for one from something other than a phone number, which cannot be
    suppressed.
    """
    message = get_message(connection, message_id)
    if message.direction is not Direction.IN:
        raise Conflict(
            "not_inbound", "This text was sent by us. Only inbound texts can be classified."
        )
    if message.reading is Reading.OPT_OUT and reading is not Reading.OPT_OUT:
        raise Conflict(
            "contact_must_opt_in",
            "This text was classified as an opt-out. Only the contact can undo that, by "
            "texting START.",
        )
    if reading in {Reading.OPT_OUT, Reading.WRONG_NUMBER} and not is_number(message.phone):
        raise Conflict(
            "not_a_number",
            f"This text is from {message.phone!r}, which is not a phone number, so there is "
            "nothing to suppress. Classify it as an automatic reply or as harmless.",
        )
    connection.execute(
        sa.update(messages)
        .where(messages.c.id == message_id)
        .values(reading=reading.value, reading_by_operator=True)
    )
    _refold(connection, planner, message, reading, operator_id, now)
    match reading:
        case Reading.OPT_OUT:
            source = SuppressionSource.KEYWORD
            note = f"an operator classified {message.body[:60]!r}"
            suppress(connection, [message.phone], source, note, operator_id, now)
        case Reading.WRONG_NUMBER:
            source = SuppressionSource.OPERATOR
            suppress(connection, [message.phone], source, "wrong number", operator_id, now)
        case _:
            pass
    connection.execute(
        sa.update(reviews)
        .where(reviews.c.message_id == message_id, _OPEN)
        .values(verdict=reading.value, decided_by=operator_id, decided_at=now)
    )
    _tell(connection, message, reading, operator_id, now)
    if not in_review(connection, [message.phone]):
        end_holds(connection, {Hold.NEEDS_REVIEW}, now, phones=[message.phone])
    return get_message(connection, message_id)


def _refold(
    connection: sa.Connection,
    planner: Planner,
    message: Message,
    reading: Reading,
    operator_id: int,
    now: int,
) -> None:
    told = connection.execute(
        sa.select(events.c.enrollment_id)
        .join(enrollments, enrollments.c.id == events.c.enrollment_id)
        .where(
            enrollments.c.contact_id == message.contact_id,
            events.c.kind == "text_received",
            events.c.message_id == message.id,
        )
        .order_by(events.c.enrollment_id)
    ).scalars()
    refold(
        connection,
        planner,
        [
            Application(
                enrollment_id,
                Reread(message.id, reading),
                message_id=message.id,
                operator_id=operator_id,
            )
            for enrollment_id in told
        ],
        now,
    )


def _tell(
    connection: sa.Connection, message: Message, reading: Reading, operator_id: int, now: int
) -> None:
    log.record(
        connection,
        now,
        "text_read",
        contact_id=message.contact_id,
        message_id=message.id,
        operator_id=operator_id,
        phone=message.phone,
        reading=reading,
        before=message.reading,
    )


def _select() -> sa.Select[Any]:
    held = (
        sa.select(sa.func.count())
        .select_from(enrollments)
        .join(contacts, contacts.c.id == enrollments.c.contact_id)
        .where(contacts.c.phone == reviews.c.phone, enrollments.c.status == Status.PENDING.value)
        .scalar_subquery()
    )
    return (
        sa.select(
            reviews,
            messages.c.body,
            messages.c.reading,
            contacts.c.id.label("contact_id"),
            contacts.c.first_name,
            contacts.c.last_name,
            operators.c.name.label("decider"),
            held.correlate(reviews).label("held"),
        )
        .select_from(reviews)
        .join(messages, messages.c.id == reviews.c.message_id)
        .outerjoin(contacts, contacts.c.phone == reviews.c.phone)
        .outerjoin(operators, operators.c.id == reviews.c.decided_by)
    )


def _review(row: sa.Row[Any]) -> Review:
    return Review(
        id=row.id,
        message_id=row.message_id,
        contact_id=row.contact_id,
        name=full_name(row.first_name, row.last_name),
        phone=row.phone,
        body=row.body,
        reading=Reading(row.reading) if row.reading else None,
        held=row.held,
        opened_at=to_datetime(row.opened_at),
        verdict=Reading(row.verdict) if row.verdict else None,
        decided_by=row.decider,
        decided_at=None if row.decided_at is None else to_datetime(row.decided_at),
    )
