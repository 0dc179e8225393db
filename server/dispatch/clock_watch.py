"""Noticing that the clock which due times are read against was set back."""

from __future__ import annotations

from typing import Final

from server.clock import MINUTE, DomainClock, steady

LEAST: Final = MINUTE
"""Less is no more than a short wait. Many small leaps add up until they are as much."""


class ClockWatch:
    """Compares a clock that follows the wall clock with real time, which nobody can set."""

    def __init__(self, clock: DomainClock) -> None:
        self._clock = clock
        self._ahead = clock.now() - steady()

    def back(self) -> int:
        """By how many microseconds the clock was set back since that was last noted; 0 if not."""
        if not self._clock.follows_wall:
            return 0
        ahead = self._clock.now() - steady()
        self._ahead = max(self._ahead, ahead)
        back = self._ahead - ahead
        return back if back >= LEAST else 0

    def note(self, back: int) -> None:
        """Everything that waits was set right for a clock that was set back by so much."""
        self._ahead -= back
