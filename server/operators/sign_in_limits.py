"""Slows down failed sign-ins by address; a successful one never waits."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

FREE: Final = 5
"""Failures in a row of one address without a wait."""
PACE: Final = 1.0
"""Real seconds for each one after that."""
LONGEST: Final = 5.0
"""Longest wait of an answer in real seconds; beyond that, a sign-in is refused."""
ADDRESSES: Final = 10_000
"""Most addresses that are remembered; the one with the oldest failure is forgotten first."""


class FailedSignIns:
    """When each address may fail again. Times are monotonic real seconds."""

    def __init__(self) -> None:
        self._next: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._next)

    def wait(self, address: str, now: float) -> float:
        """Count a failure; returns how long to delay its answer. Above `LONGEST` it is not counted
        but refused: it may try again after that.
        """
        free_from = max(self._next.pop(address, 0.0), now - FREE * PACE)
        wait = max(0.0, free_from + PACE - now)
        self._next[address] = free_from if wait > LONGEST else free_from + PACE
        if len(self._next) > ADDRESSES:
            self._next.popitem(last=False)
        return wait
