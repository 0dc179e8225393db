"""Starting a sender again: its waits and its rows of failures are forgotten, too."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from server.dispatch import pace
from server.enrollments.releases import senders_changed
from server.messages import quarantine


def senders_started(connection: sa.Connection, sender_ids: Iterable[int], now: int) -> None:
    """Everything that these senders held is looked at again, as if they had never been stopped."""
    ids = list(sender_ids)
    for sender_id in ids:
        pace.reset(connection, sender_id)
    quarantine.forget(connection, ids)
    senders_changed(connection, ids, now)
