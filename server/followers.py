"""What higher rooms do when something lower changes, in the same transaction.

A route of a lower room calls these without knowing who follows; `create_app` fills them in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import sqlalchemy as sa


class Followed(NamedTuple):
    """Pending enrollments that an edit gave another next text or time, and that have none left."""

    moved: int = 0
    ended: int = 0


class FollowsEdit(Protocol):
    """Called with the connection of an edit, the sequence, and now.

    A dry run is taken back by its caller: nothing of it may be remembered.
    """

    def __call__(
        self, connection: sa.Connection, sequence_id: int, now: int, *, dry_run: bool = False
    ) -> Followed:
        """Let enrollments follow."""


@dataclass(frozen=True)
class Followers:
    """Each is called with the connection of the change, what changed, and now."""

    sequence_edited: FollowsEdit
    contacts_changed: Callable[[sa.Connection, Iterable[int], int], object]
    senders_started: Callable[[sa.Connection, Iterable[int], int], object]
    caps_changed: Callable[[sa.Connection, Iterable[int], int], object]
