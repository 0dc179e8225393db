"""The last check, just before the hand-off: holds texts that must not be sent after a change since
the claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from server.dispatch.claim import Claimed
from server.sequences.openings import is_open

# Confirmations and help are always sent; a step or direct text only if nothing forbids it.
_STILL: Final = (
    "SELECT attempts.id FROM attempts JOIN messages ON messages.id = attempts.message_id"
    " JOIN senders ON senders.id = messages.sender_id"
    " LEFT JOIN contacts ON contacts.id = messages.contact_id"
    " LEFT JOIN enrollments ON enrollments.id = messages.enrollment_id"
    " LEFT JOIN sequences ON sequences.id = enrollments.sequence_id"
    " WHERE attempts.state = 'sending' AND messages.status = 'sending'"
    " AND (enrollments.id IS NULL OR enrollments.status = 'pending')"
    " AND senders.stopped_at IS NULL"
    " AND (messages.kind IN ('confirmation', 'help') OR ("
    " contacts.phone = messages.phone"
    " AND (sequences.id IS NULL OR sequences.state = 'active')"
    " AND NOT EXISTS (SELECT 1 FROM suppressions WHERE suppressions.phone = messages.phone"
    " AND suppressions.lifted_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM reviews WHERE reviews.phone = messages.phone"
    " AND reviews.decided_at IS NULL)))"
)


def still_to_go(connection: sa.Connection, texts: Sequence[Claimed], now: int) -> set[int]:
    """The attempts that may still be handed over.

    Checks status, number, sequence, sender, suppression, review and window again.
    """
    marks = ",".join("?" * len(texts))
    found = {
        row[0]
        for row in connection.exec_driver_sql(
            f"{_STILL} AND attempts.id IN ({marks})", tuple(text.attempt_id for text in texts)
        )
    }
    return {
        text.attempt_id
        for text in texts
        if text.attempt_id in found and (text.schedule is None or is_open(now, text.schedule))
    }
