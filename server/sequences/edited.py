"""What enrollments do when their sequence is edited, as the routes of sequences call it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import sqlalchemy as sa

from server.sequences.plan import Plan


class Followed(NamedTuple):
    """Pending enrollments that an edit gave another next text or time, and that have none left."""

    moved: int = 0
    ended: int = 0


class FollowsEdit(Protocol):
    """Called with the connection of an edit, the sequence as it was before, and now.

    A dry run is taken back by its caller: nothing of it may be remembered.
    """

    def __call__(
        self, connection: sa.Connection, before: Plan, now: int, *, dry_run: bool = False
    ) -> Followed:
        """Let enrollments follow."""
