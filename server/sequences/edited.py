"""What happens to enrollments when their sequence is edited, called by the routes of sequences."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import sqlalchemy as sa

from server.sequences.plan import Plan


class Followed(NamedTuple):
    """Pending enrollments that got another next text or time through an edit, and those with no
    steps left.
    """

    moved: int = 0
    ended: int = 0


class FollowsEdit(Protocol):
    """Called with the connection of an edit, the sequence before it, and now.

    The caller rolls back a dry run, so nothing of it may be cached.
    """

    def __call__(
        self, connection: sa.Connection, before: Plan, now: int, *, dry_run: bool = False
    ) -> Followed:
        """Apply the edit to enrollments."""
