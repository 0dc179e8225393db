"""Direct texts before sending: what each contact would get, and why some cannot be sent.

The caller learns this before anything is sent. A queued text passes the whole gate again when it is
claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from common.model.faults import Fault
from common.model.messages import LeftOut, MessagePreview
from common.segments import count_segments
from common.vocabulary import LineKind
from server.clock import to_datetime
from server.contacts import suppressions
from server.contacts.store import merge_fields
from server.database.tables import contacts, messages, senders
from server.enrollments.planning import Recipient
from server.errors import Invalid, NotFound, invalid
from server.messages.listing import full_name
from server.messages.reviews import in_review
from server.messages.window import direct_schedule
from server.sequences.openings import NeverOpens, is_open, next_open
from server.sequences.text import MissingField, TextError, check, render


class DirectDraft(NamedTuple):
    """A direct text for one contact; it can be sent if `left_out` is None.

    If it is left out for sending hours, `opens_at` is when they begin.
    """

    contact_id: int
    name: str
    phone: str
    sender_id: int | None
    text: str | None
    segments: int
    left_out: LeftOut | None = None
    why: str | None = None
    opens_at: int | None = None

    def told(self) -> MessagePreview:
        """The draft in the API."""
        return MessagePreview(
            self.contact_id,
            self.name,
            self.phone,
            self.text,
            self.segments,
            self.left_out,
            self.why,
            None if self.opens_at is None else to_datetime(self.opens_at),
        )


class _Sender(NamedTuple):
    id: int
    phone: str
    stopped: bool


def draft_texts(
    connection: sa.Connection,
    zone: str,
    body: str,
    contact_ids: Iterable[int],
    now: int,
    *,
    override: bool,
) -> list[DirectDraft]:
    """The text for each contact, in the given order, and why it cannot be sent, if so.

    `zone` is the workspace's; `override` allows sending outside sending hours. Raises Invalid for a
    faulty body, and NotFound for an unknown contact.
    """
    refuse_faulty(body)
    wanted = list(dict.fromkeys(contact_ids))
    people = {
        row.id: row
        for row in connection.execute(sa.select(contacts).where(contacts.c.id.in_(wanted)))
    }
    for contact_id in wanted:
        if contact_id not in people:
            raise NotFound("contact", contact_id)
    phones = [row.phone for row in people.values()]
    suppressed = suppressions.standing(connection, phones)
    reviewed = in_review(connection, phones)
    chosen = _senders_of(connection, wanted)
    drafts = []
    for contact_id in wanted:
        row = people[contact_id]
        sender = chosen.get(contact_id)
        name = full_name(row.first_name, row.last_name)
        draft = DirectDraft(contact_id, name, row.phone, sender.id if sender else None, None, 0)
        try:
            fields = merge_fields(row.first_name, row.last_name, row.phone, row.fields)
            text = render(body, fields)
        except TextError as error:
            missing = isinstance(error, MissingField)
            fault = LeftOut.MISSING_FIELD if missing else LeftOut.TOO_LONG
            draft = draft._replace(left_out=fault, why=str(error))
        else:
            draft = draft._replace(text=text, segments=count_segments(text).count)
        draft = _gate(draft, row, suppressed.get(row.phone), row.phone in reviewed, sender)
        if draft.left_out is None and not override:
            recipient = Recipient(*(getattr(row, one) for one in Recipient._fields))
            draft = _in_window(draft, recipient, zone, now)
        drafts.append(draft)
    return drafts


def refuse_faulty(body: str, pointer: str = "body.body") -> None:
    """Raises Invalid with all faults of a body."""
    if not body.strip():
        raise invalid(pointer, "is blank.", "Enter a text.")
    faults = [Fault(pointer, one.reason, one.remedy) for one in check(body)]
    if faults:
        raise Invalid(*faults)


def _gate(
    draft: DirectDraft,
    row: sa.Row[tuple[object, ...]],
    sources: frozenset[str] | None,
    reviewed: bool,
    sender: _Sender | None,
) -> DirectDraft:
    """Why a text to this contact can never be sent now; checked before faults of the text."""
    if sources:
        why = f"The number is suppressed ({', '.join(sorted(sources))})."
        return draft._replace(left_out=LeftOut.SUPPRESSED, why=why)
    if row.line == LineKind.LANDLINE.value:
        why = "The number is a landline. Correct the number or its line type."
        return draft._replace(left_out=LeftOut.LANDLINE, why=why)
    if reviewed:
        why = "A text from this number sounds like an opt-out. Classify it first."
        return draft._replace(left_out=LeftOut.IN_REVIEW, why=why)
    if sender is None:
        why = "There is no sender to text from. An admin can add one."
        return draft._replace(left_out=LeftOut.NO_SENDER, why=why)
    if sender.stopped:
        why = f"The sender {sender.phone} is stopped. Fix its settings and start it again."
        return draft._replace(left_out=LeftOut.SENDER_STOPPED, why=why)
    return draft


def _in_window(draft: DirectDraft, recipient: Recipient, zone: str, now: int) -> DirectDraft:
    schedule = direct_schedule(recipient, zone, override=False)
    if is_open(now, schedule):
        return draft
    try:
        opens_at = next_open(now, schedule)
        local = to_datetime(opens_at).astimezone(ZoneInfo(schedule.zone))
        when = f" until {local:%a %Y-%m-%d %H:%M} ({schedule.zone})"
    except NeverOpens:
        opens_at, when = None, ": the send window never opens for this contact"
    why = f"Outside sending hours{when}. Enter a reason to send now."
    return draft._replace(left_out=LeftOut.OUTSIDE_WINDOW, why=why, opens_at=opens_at)


def _senders_of(connection: sa.Connection, contact_ids: Sequence[int]) -> dict[int, _Sender]:
    """The number each contact last texted with, unless it is stopped; else the default sender."""
    known = {
        row.id: _Sender(row.id, row.phone, row.stopped_at is not None)
        for row in connection.execute(sa.select(senders))
    }
    default_id = connection.execute(
        sa.select(senders.c.id).where(senders.c.is_default.is_(True))
    ).scalar()
    default = None if default_id is None else known[default_id]
    latest = (
        sa.select(sa.func.max(messages.c.id))
        .where(messages.c.contact_id.in_(contact_ids), messages.c.sender_id.is_not(None))
        .group_by(messages.c.contact_id)
    )
    last = {
        contact_id: known[sender_id]
        for contact_id, sender_id in connection.execute(
            sa.select(messages.c.contact_id, messages.c.sender_id).where(messages.c.id.in_(latest))
        )
    }
    chosen: dict[int, _Sender] = {}
    for contact_id in contact_ids:
        sender = last.get(contact_id)
        if sender is None or (sender.stopped and default is not None):
            sender = default
        if sender is not None:
            chosen[contact_id] = sender
    return chosen
