"""Applies inbound texts: to the number and to its enrollments, and queues answers.

One function does this, inside the transaction that stores the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa

from common.model.messages import Media
from common.phones import is_number, normal
from common.segments import count_segments, normalize
from common.vocabulary import (
    Direction,
    Hold,
    MessageKind,
    MessageStatus,
    OnReply,
    Reading,
    Status,
    SuppressionSource,
)
from server.clock import DAY
from server.contacts import suppressions
from server.database.statements import in_parts
from server.database.tables import contacts, enrollments, messages, reviews, sequences, workspace
from server.enrollments.apply import Application, apply, clear_probable_landlines
from server.enrollments.lifecycle_events import Held, TextReceived
from server.events import log
from server.messages import keywords, store
from server.messages.media import named
from server.messages.suppress import suppress
from server.senders.store import find_sender

CONFIRMATION: Final = (
    "You are unsubscribed and will get no more texts from this number. Reply START to resubscribe."
)
HELP_TEXT: Final = "Reply STOP to get no more texts from this number. Msg & data rates may apply."
LIFTED_BY_START: Final = frozenset({SuppressionSource.KEYWORD, SuppressionSource.CARRIER})
NATIONAL_DIGITS: Final = 10
"""Fewest digits of a number without a country code that may be a person's; short codes have fewer.
"""
BODY_LIMIT: Final = 4_000
"""Most characters of a text that are stored and read; a carrier delivers at most 1,600."""


class Inbound(NamedTuple):
    """A text from a carrier; `opt` is the carrier's own reading (STOP, START, HELP).

    `carrier_answered` means that a keyword must not be answered again. `overtaken` means that the
    person opted out in a later text that arrived earlier: then this text opts nobody in.
    """

    carrier_id: str
    from_phone: str
    to_phone: str
    body: str
    opt: str | None
    carrier_answered: bool
    media: tuple[Media, ...] = ()
    overtaken: bool = False


def receive(connection: sa.Connection, text: Inbound, now: int) -> int:
    """Store an inbound text and apply it; returns the message's id.

    Must be called once per text: the caller has deduplicated it in the same transaction. Both
    numbers are taken in their normal form. A text from a short code or a sender's name always
    counts as an automatic reply, because we text neither.
    """
    text = text._replace(from_phone=_sender(connection, text.from_phone))
    phone = text.from_phone
    standing = suppressions.standing(connection, [phone]).get(phone, frozenset())
    reading = (
        keywords.read(text.body, standing, text.opt) if is_number(phone) else Reading.AUTO_REPLY
    )
    text = text._replace(body=normalize(text.body[:BODY_LIMIT])[:BODY_LIMIT])
    contact_id = connection.execute(
        sa.select(contacts.c.id).where(contacts.c.phone == phone)
    ).scalar()
    sender = find_sender(connection, text.to_phone)
    sender_id = None if sender is None else sender.id
    answers = connection.execute(
        sa.select(sa.func.max(messages.c.id)).where(
            messages.c.phone == phone,
            messages.c.direction == Direction.OUT.value,
            messages.c.handed_off_at.is_not(None),
        )
    ).scalar()
    message_id = store.add_text(
        connection,
        direction=Direction.IN.value,
        kind=MessageKind.INBOUND.value,
        status=MessageStatus.RECEIVED.value,
        contact_id=contact_id,
        phone=phone,
        sender_id=sender_id,
        body=named(text.body, text.media),
        media=msgspec.json.encode(text.media).decode(),
        segments=count_segments(text.body).count,
        carrier_id=text.carrier_id,
        reading=reading.value,
        answers_id=answers,
        created_at=now,
    )
    if contact_id is not None:
        clear_probable_landlines(connection, {contact_id}, now)
        tell_enrollments(connection, contact_id, message_id, reading, now)
    _act(connection, text, reading, standing, message_id, sender_id, contact_id, now)
    log.record(
        connection,
        now,
        "inbound_text",
        contact_id=contact_id,
        message_id=message_id,
        phone=phone,
        reading=reading.value,
    )
    return message_id


def _sender(connection: sa.Connection, written: str) -> str:
    """The sender in normal form; a long number without a country code belongs to the workspace's
    country.
    """
    sender = normal(written)
    if is_number(sender) or not (sender.isdecimal() and len(sender) >= NATIONAL_DIGITS):
        return sender
    return normal(sender, connection.execute(sa.select(workspace.c.region)).scalar())


def opted_out_by(connection: sa.Connection, carrier_ids: Sequence[str]) -> bool:
    """Whether one of these texts was an opt-out."""
    return any(
        connection.execute(
            sa.select(messages.c.id)
            .where(
                messages.c.carrier_id.in_(part),
                messages.c.direction == Direction.IN.value,
                messages.c.reading == Reading.OPT_OUT.value,
            )
            .limit(1)
        ).first()
        for part in in_parts(carrier_ids)
    )


def _act(
    connection: sa.Connection,
    text: Inbound,
    reading: Reading,
    standing: frozenset[SuppressionSource],
    message_id: int,
    sender_id: int | None,
    contact_id: int | None,
    now: int,
) -> None:
    """Apply the text to its number."""
    phone = text.from_phone
    match reading:
        case Reading.OPT_OUT:
            new = suppress(
                connection, [phone], SuppressionSource.KEYWORD, text.body[:80], None, now
            )
            if new and not text.carrier_answered:
                _answer(connection, MessageKind.CONFIRMATION, phone, sender_id, contact_id, now)
        case Reading.OPT_IN if not text.overtaken:
            suppressions.lift(connection, phone, LIFTED_BY_START, None, now)
            if standing - LIFTED_BY_START:
                open_review(connection, phone, message_id, now)
        case Reading.HELP:
            if not text.carrier_answered and not _helped_today(connection, phone, now):
                _answer(connection, MessageKind.HELP, phone, sender_id, contact_id, now)
        case Reading.SOUNDS_LIKE_OPT_OUT:
            open_review(connection, phone, message_id, now)
            hold_for_review(connection, phone, now)
        case _:
            pass


def tell_enrollments(
    connection: sa.Connection, contact_id: int, message_id: int, reading: Reading, now: int
) -> None:
    """Apply an inbound text to every enrollment of its contact, with the rules in force now."""
    rows = connection.execute(
        sa.select(
            enrollments.c.id,
            sequences.c.on_reply,
            sequences.c.response_days,
            sa.exists(
                sa.select(messages.c.id).where(
                    messages.c.enrollment_id == enrollments.c.id,
                    messages.c.kind == MessageKind.STEP.value,
                    messages.c.status.in_(
                        [MessageStatus.SENDING.value, MessageStatus.UNKNOWN.value]
                    ),
                )
            ).label("on_its_way"),
        )
        .join(sequences, sequences.c.id == enrollments.c.sequence_id)
        .where(enrollments.c.contact_id == contact_id)
        .order_by(enrollments.c.id)
    ).all()
    apply(
        connection,
        [
            Application(
                row.id,
                TextReceived(
                    message_id,
                    reading,
                    OnReply(row.on_reply),
                    row.response_days * DAY,
                    bool(row.on_its_way),
                ),
                message_id=message_id,
            )
            for row in rows
        ],
        now,
    )


def open_review(connection: sa.Connection, phone: str, message_id: int, now: int) -> None:
    """Open a review of a text for operators."""
    connection.execute(sa.insert(reviews).values(phone=phone, message_id=message_id, opened_at=now))
    log.record(connection, now, "review_opened", message_id=message_id, phone=phone)


def hold_for_review(connection: sa.Connection, phone: str, now: int) -> None:
    """Hold what is due to a number until an operator has classified its text."""
    rows = connection.execute(
        sa.select(enrollments.c.id)
        .join(contacts, contacts.c.id == enrollments.c.contact_id)
        .where(
            contacts.c.phone == phone,
            enrollments.c.status == Status.PENDING.value,
            enrollments.c.due_at.is_not(None),
        )
    ).all()
    apply(
        connection,
        [
            Application(
                row.id,
                Held(Hold.NEEDS_REVIEW, None),
            )
            for row in rows
        ],
        now,
    )


def _answer(
    connection: sa.Connection,
    kind: MessageKind,
    phone: str,
    sender_id: int | None,
    contact_id: int | None,
    now: int,
) -> None:
    """Queue a confirmation or a help text, due now, from the number that was texted."""
    if sender_id is None:
        return  # texted to a number that is not our sender: there is no number to answer from
    body = CONFIRMATION if kind is MessageKind.CONFIRMATION else HELP_TEXT
    store.add_text(
        connection,
        direction=Direction.OUT.value,
        kind=kind.value,
        status=MessageStatus.WAITING.value,
        contact_id=contact_id,
        phone=phone,
        sender_id=sender_id,
        body=body,
        segments=count_segments(body).count,
        due_at=now,
        created_at=now,
    )


def _helped_today(connection: sa.Connection, phone: str, now: int) -> bool:
    return (
        connection.execute(
            sa.select(messages.c.id)
            .where(
                messages.c.phone == phone,
                messages.c.kind == MessageKind.HELP.value,
                messages.c.created_at > now - DAY,
            )
            .limit(1)
        ).first()
        is not None
    )
