"""Notices that the clock for due times was set back."""

from __future__ import annotations

from typing import Final

from server.clock import MINUTE, DomainClock, steady

LEAST: Final = MINUTE
"""Smallest noticed difference. Many small changes add up."""


class ClockWatch:
    """Compares a clock that follows the wall clock with real time, which nobody can set."""

    def __init__(self, clock: DomainClock) -> None:
        self._clock = clock
        self._ahead = clock.now() - steady()

    def back(self) -> int:
        """By how many microseconds the clock was set back since the last note; 0 if not."""
        if not self._clock.follows_wall:
            return 0
        ahead = self._clock.now() - steady()
        self._ahead = max(self._ahead, ahead)
        back = self._ahead - ahead
        return back if back >= LEAST else 0

    def note(self, back: int) -> None:
        """Everything that waits was adjusted to a clock that was set back by this much."""
        self._ahead -= back
