"""Direct texts: one way for an operator's text, a reply from the inbox and a bulk action."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from common.model.messages import LeftOut, Message, MessagePreview, NewMessage
from common.vocabulary import Direction, MessageKind, MessageStatus
from server.clock import to_datetime
from server.contacts.store import refuse_unknown
from server.database.statements import next_ids
from server.database.tables import messages
from server.errors import Conflict, invalid
from server.events import log
from server.messages import store
from server.messages.drafts import DirectDraft, draft_texts
from server.messages.listing import get_message
from server.titles import read_reason


def queue_texts(
    connection: sa.Connection,
    drafts: Sequence[DirectDraft],
    operator_id: int,
    override_reason: str | None,
    now: int,
    operation_id: int | None = None,
) -> dict[int, int]:
    """Queue the texts that can be sent, due now; returns their messages' ids by contact."""
    going = [draft for draft in drafts if draft.left_out is None]
    ids = dict(
        zip(
            (draft.contact_id for draft in going),
            next_ids(connection, messages, len(going)),
            strict=True,
        )
    )
    store.add_direct_texts(
        connection,
        [
            (
                ids[draft.contact_id],
                Direction.OUT.value,
                MessageKind.DIRECT.value,
                MessageStatus.WAITING.value,
                draft.contact_id,
                draft.phone,
                draft.sender_id,
                operation_id,
                operator_id,
                draft.text,
                draft.segments,
                False,
                override_reason,
                now,
                now,
            )
            for draft in going
        ],
    )
    log.append(
        connection,
        [
            log.Entry(
                now,
                "message_queued",
                contact_id=draft.contact_id,
                message_id=ids[draft.contact_id],
                operation_id=operation_id,
                operator_id=operator_id,
            )
            for draft in going
        ],
    )
    return ids


def preview_texts(
    connection: sa.Connection, zone: str, body: str, contact_ids: Sequence[int], now: int
) -> list[MessagePreview]:
    """The text as each contact would get it now. Raises Invalid for an unknown contact id."""
    refuse_unknown(connection, contact_ids, "body.contact_ids", "Remove it from the list.")
    drafts = draft_texts(connection, zone, body, contact_ids, now, override=False)
    return [draft.told() for draft in drafts]


def send_direct(
    connection: sa.Connection,
    zone: str,
    contact_id: int,
    new: NewMessage,
    operator_id: int,
    now: int,
) -> Message:
    """Text one contact.

    Raises NotFound, Invalid for the text, and Conflict with the reason's code if it cannot be sent.
    """
    reason = read_reason(new.override_reason, "body.override_reason")
    override = reason is not None
    draft = draft_texts(connection, zone, new.body, [contact_id], now, override=override)[0]
    match draft.left_out:
        case None:
            pass
        case LeftOut.MISSING_FIELD | LeftOut.TOO_LONG:
            assert draft.why is not None
            raise invalid("body.body", draft.why, "Nothing was sent.", code=draft.left_out.value)
        case left_out:
            opens_at = None if draft.opens_at is None else to_datetime(draft.opens_at)
            more = {"opens_at": opens_at} if left_out is LeftOut.OUTSIDE_WINDOW else {}
            raise Conflict(left_out.value, f"{draft.why} Nothing was sent.", **more)
    ids = queue_texts(connection, [draft], operator_id, reason, now)
    return get_message(connection, ids[contact_id])
