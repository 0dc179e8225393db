"""The content of a confirm dialog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TYPED_ABOVE: Final = 100
"""Above this many rows the count must be typed."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be confirmed.

    `count` is how many rows change, None if it is not about rows. `effects` say what will happen,
    `spared` who is left out and why, as lines of plain text.
    """

    title: str
    effects: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    count: int | None = None

    @property
    def typed_count(self) -> str | None:
        """The number to type before it can be confirmed; None if there is none."""
        return None if self.count is None or self.count <= TYPED_ABOVE else str(self.count)
