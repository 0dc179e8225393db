"""What is asked before something is done: the words of a confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TYPED_ABOVE: Final = 100
"""Rows above which the count is typed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be confirmed.

    `count` is how many rows it is about, None for what has none. `effects` say what will happen,
    `spared` to whom not and why; lines of plain text.
    """

    title: str
    effects: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    count: int | None = None

    @property
    def typed_count(self) -> str | None:
        """What has to be typed before it can be confirmed."""
        return None if self.count is None or self.count <= TYPED_ABOVE else str(self.count)
