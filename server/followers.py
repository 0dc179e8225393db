"""Functions that higher layers run when a lower layer changes something, in the same transaction.

A route of a lower layer calls them without importing higher layers; `create_app` sets them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True)
class Followers:
    """Each is called with the connection of the change, what changed, and now."""

    contacts_changed: Callable[[sa.Connection, Iterable[int], int], object]
    senders_changed: Callable[[sa.Connection, Iterable[int], int], object]
    senders_started: Callable[[sa.Connection, Iterable[int], int], object]
