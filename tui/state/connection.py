"""How the screen stands with the server, and the server's clock.

Real times here are seconds of a monotonic clock. Domain times are only ever the server's: its `now`
as it was last told, moved on by its `rate`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
"""Real seconds before the first and before any later attempt to connect again."""


class Link(StrEnum):
    """Whether what is shown is what is."""

    CONNECTING = "connecting"
    """Nothing was ever shown, and nothing has failed."""
    LIVE = "live"
    STALE = "stale"
    """What is shown is the last that was known; it is tried again and again."""
    AWAY = "away"
    """Nothing was ever shown, and it is tried again and again."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the connection stands: since when, how often it failed, why, and when it tries again.

    `since` is when this link began: for a stale one, when it was last known to be live.
    """

    link: Link = Link.CONNECTING
    since: float = 0.0
    failures: int = 0
    retry_at: float | None = None
    why: str = ""

    def joined(self, now: float) -> Connection:
        """The server answered."""
        if self.link is Link.LIVE:
            return self
        return Connection(Link.LIVE, since=now)

    def lost(self, now: float, why: str, wait: float) -> Connection:
        """The server was lost, or did not answer again; it is tried again after `wait` seconds."""
        was_shown = self.link in {Link.LIVE, Link.STALE}
        first = self.link in {Link.LIVE, Link.CONNECTING}
        return Connection(
            Link.STALE if was_shown else Link.AWAY,
            since=now if first else self.since,
            failures=self.failures + 1,
            retry_at=now + wait,
            why=why,
        )

    def retrying(self) -> Connection:
        """An attempt is under way."""
        return replace(self, retry_at=None)

    def age(self, now: float) -> int:
        """Whole seconds that what is shown is old; 0 while it is live."""
        return 0 if self.link is Link.LIVE else max(0, int(now - self.since))

    def retry_in(self, now: float) -> int | None:
        """Whole seconds to the next attempt, rounded up; None while one is under way."""
        return None if self.retry_at is None else max(0, ceil(self.retry_at - now))

    def words(self, now: float) -> str:
        """The connection in a few words with its glyph, as the header shows it."""
        match self.link:
            case Link.CONNECTING:
                return "◌ connecting"
            case Link.LIVE:
                return "● live"
            case Link.STALE:
                return f"◌ stale {spell_seconds(self.age(now))}"
            case Link.AWAY:
                return "✕ no answer"


def wait_after(failures: int) -> float:
    """Real seconds to wait after so many failures before this one: doubled each time, bounded."""
    return min(FIRST_WAIT * 2.0 ** min(failures, 16), LONGEST_WAIT)


def spell_seconds(seconds: int) -> str:
    """A span in its largest unit: `12 s`, `3 min`, `2 h`."""
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3_600 else f"{seconds // 3_600} h"


@dataclass(frozen=True, slots=True)
class DomainClock:
    """The server's clock: it was `told` at the real time `at`, and goes `rate` times as fast."""

    told: datetime
    rate: float
    at: float

    def now(self, real: float) -> datetime:
        """The domain's present at a real time."""
        return self.told + timedelta(seconds=max(0.0, real - self.at) * self.rate)
