"""What higher rooms do when something lower changes, in the same transaction.

A route of a lower room calls these without knowing who follows; `create_app` fills them in.
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
