"""Failed sign-ins are slowed down by the address they come from; one that succeeds never waits."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

FREE: Final = 5
"""Failures in a row of one address that cost nothing: slips."""
PACE: Final = 1.0
"""Real seconds for each one after that."""
LONGEST: Final = 5.0
"""Real seconds that an answer is kept back at most; whoever would wait longer is turned away."""
ADDRESSES: Final = 10_000
"""Addresses that are remembered; the one that has failed least recently is forgotten first."""


class FailedSignIns:
    """When each address may fail again. Times are monotonic real seconds."""

    def __init__(self) -> None:
        self._next: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._next)

    def wait(self, address: str, now: float) -> float:
        """Count a failure; how long its answer is to be kept back. Above `LONGEST` it is not
        counted, and is turned away: it may try again after that.
        """
        free_from = max(self._next.pop(address, 0.0), now - FREE * PACE)
        wait = max(0.0, free_from + PACE - now)
        self._next[address] = free_from if wait > LONGEST else free_from + PACE
        if len(self._next) > ADDRESSES:
            self._next.popitem(last=False)
        return wait
