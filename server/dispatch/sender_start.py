"""Starts a sender again, and forgets its waits and failures."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from server.dispatch import pace
from server.enrollments.releases import senders_changed
from server.messages import quarantine


def senders_started(connection: sa.Connection, sender_ids: Iterable[int], now: int) -> None:
    """Check everything that these senders held again, as if they had never been stopped."""
    ids = list(sender_ids)
    for sender_id in ids:
        pace.reset(connection, sender_id)
    quarantine.forget(connection, ids)
    senders_changed(connection, ids, now)
