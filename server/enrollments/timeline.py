"""A contact's timeline: texts with their outcomes, and other events, in order of time.

Events about a text are left out, because the text itself shows its outcome.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from common.model.explanation import (
    Handoff,
    Timeline,
    TimelineEvent,
    TimelineItem,
    TimelineText,
)
from common.vocabulary import Direction, FailureClass, Hold, MessageKind, MessageStatus, Reading
from server.clock import to_datetime
from server.database.tables import (
    attempts,
    contacts,
    enrollments,
    events,
    messages,
    operators,
    senders,
    sequences,
    steps,
)
from server.enrollments.explanation import CodeLabel, step_of
from server.enrollments.sentences import tell_event, tell_fate
from server.errors import NotFound, invalid

TOLD_BY_TEXTS: Final = (
    "accepted",
    "treated_as_sent",
    "delivered",
    "text_received",
    "inbound_text",
    "message_status",
    "message_queued",
    "text_read",
)


def read_timeline(
    connection: sa.Connection,
    contact_id: int,
    enrollment_id: int | None,
    before: str | None,
    limit: int,
    label: CodeLabel,
) -> Timeline:
    """The newest items before `before`, or of all. Raises NotFound, or Invalid for a bad key."""
    phone = connection.execute(
        sa.select(contacts.c.phone).where(contacts.c.id == contact_id)
    ).scalar()
    if phone is None:
        raise NotFound("contact", contact_id)
    found = _keys(contact_id, phone, enrollment_id).subquery()
    place = sa.tuple_(found.c.at, found.c.kind, found.c.id)
    ordered = sa.select(found).order_by(found.c.at.desc(), found.c.kind.desc(), found.c.id.desc())
    if before is not None:
        ordered = ordered.where(place < _place(connection, before))
    keys = connection.execute(ordered.limit(limit + 1)).all()
    page = keys[:limit][::-1]
    told = _texts(connection, [row.id for row in page if row.kind == "m"], label)
    told |= _events(connection, [row.id for row in page if row.kind == "e"])
    items = tuple(told[f"{row.kind}{row.id}"] for row in page)
    return Timeline(items, items[0].key if len(keys) > limit else None)


def _keys(contact_id: int, phone: str, enrollment_id: int | None) -> sa.CompoundSelect[Any]:
    # A text from before the contact was known has only the number.
    theirs = sa.or_(
        messages.c.contact_id == contact_id,
        sa.and_(messages.c.phone == phone, messages.c.contact_id.is_(None)),
    )
    of_events = [events.c.contact_id == contact_id, events.c.kind.not_in(TOLD_BY_TEXTS)]
    of_texts = [theirs]
    if enrollment_id is not None:
        answered = messages.alias()
        of_events.append(events.c.enrollment_id == enrollment_id)
        of_texts.append(
            sa.or_(
                messages.c.enrollment_id == enrollment_id,
                messages.c.answers_id.in_(
                    sa.select(answered.c.id).where(
                        answered.c.contact_id == contact_id,
                        answered.c.enrollment_id == enrollment_id,
                    )
                ),
            )
        )
    return sa.union_all(
        sa.select(
            events.c.at.label("at"), sa.literal_column("'e'").label("kind"), events.c.id.label("id")
        ).where(*of_events),
        sa.select(
            messages.c.created_at.label("at"),
            sa.literal_column("'m'").label("kind"),
            messages.c.id.label("id"),
        ).where(*of_texts),
    )


def _place(connection: sa.Connection, key: str) -> tuple[int, str, int]:
    kind, digits = key[:1], key[1:]
    column = {"e": events.c.at, "m": messages.c.created_at}.get(kind)
    if column is not None and digits.isascii() and digits.isdigit() and len(digits) < 19:
        at = connection.execute(sa.select(column).where(column.table.c.id == int(digits))).scalar()
        if at is not None:
            return at, kind, int(digits)
    raise invalid(
        "before",
        f"{key!r} is not an item of this timeline.",
        "Send the value of `earlier` from the last answer.",
    )


def _texts(connection: sa.Connection, ids: list[int], label: CodeLabel) -> dict[str, TimelineItem]:
    tries: defaultdict[int, list[Handoff]] = defaultdict(list)
    for row in connection.execute(
        sa.select(attempts).where(attempts.c.message_id.in_(ids)).order_by(attempts.c.n)
    ):
        tries[row.message_id].append(
            Handoff(row.n, row.state, to_datetime(row.started_at), _when(row.ended_at), row.error)
        )
    rows = connection.execute(
        sa.select(
            messages,
            operators.c.name.label("operator"),
            senders.c.phone.label("sender"),
            senders.c.carrier,
            steps.c.position,
            steps.c.deleted_at,
            enrollments.c.sequence_id,
            sequences.c.name.label("sequence"),
        )
        .join(operators, operators.c.id == messages.c.created_by, isouter=True)
        .join(senders, senders.c.id == messages.c.sender_id, isouter=True)
        .join(steps, steps.c.id == messages.c.step_id, isouter=True)
        .join(enrollments, enrollments.c.id == messages.c.enrollment_id, isouter=True)
        .join(sequences, sequences.c.id == enrollments.c.sequence_id, isouter=True)
        .where(messages.c.id.in_(ids))
    )
    return {
        f"m{row.id}": TimelineItem(
            f"m{row.id}", to_datetime(row.created_at), text=_text(row, tries[row.id], label)
        )
        for row in rows
    }


def _text(row: sa.Row[Any], tries: list[Handoff], label: CodeLabel) -> TimelineText:
    status = MessageStatus(row.status)
    failure = FailureClass(row.failure) if row.failure else None
    return TimelineText(
        message_id=row.id,
        direction=Direction(row.direction),
        kind=MessageKind(row.kind),
        status=status,
        fate=tell_fate(
            status, failure, row.code, _labelled(row.carrier, row.code, label), len(tries)
        ),
        body=row.body,
        segments=row.segments,
        code=row.code,
        failure=failure,
        hold=Hold(row.hold) if row.hold else None,
        due_at=_when(row.due_at),
        handed_off_at=_when(row.handed_off_at),
        final_at=_when(row.final_at),
        step=row.position if row.deleted_at is None else None,
        sequence_id=row.sequence_id,
        sequence=row.sequence,
        enrollment_id=row.enrollment_id,
        operation_id=row.operation_id,
        operator=row.operator,
        sender=row.sender,
        reading=Reading(row.reading) if row.reading else None,
        reading_by_operator=row.reading_by_operator,
        attempts=tuple(tries),
    )


def _labelled(carrier: str | None, code: str | None, label: CodeLabel) -> str | None:
    if code is None or carrier is None:
        return None
    try:
        return label(carrier, code)
    except KeyError:
        return None


def _events(connection: sa.Connection, ids: list[int]) -> dict[str, TimelineItem]:
    rows = connection.execute(
        sa.select(events, operators.c.name.label("operator"), sequences.c.name.label("sequence"))
        .join(operators, operators.c.id == events.c.operator_id, isouter=True)
        .join(sequences, sequences.c.id == events.c.sequence_id, isouter=True)
        .where(events.c.id.in_(ids))
    ).all()
    told = {}
    for row in rows:
        body = msgspec.json.decode(row.body)
        told[f"e{row.id}"] = TimelineItem(
            f"e{row.id}",
            to_datetime(row.at),
            event=TimelineEvent(
                event_id=row.id,
                kind=row.kind,
                sentence=tell_event(row.kind, body, row.operator, step_of(connection, body)),
                operator=row.operator,
                operation_id=row.operation_id,
                sequence_id=row.sequence_id,
                sequence=row.sequence,
                enrollment_id=row.enrollment_id,
                message_id=row.message_id,
                body=body,
            ),
        )
    return told


def _when(instant: int | None) -> Any:
    return None if instant is None else to_datetime(instant)
