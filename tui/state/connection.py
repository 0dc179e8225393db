"""The state of the connection to the server, and the server's clock.

Real times here are seconds of a monotonic clock. Domain times come only from the server: its last
known `now`, advanced at its `rate`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
"""Real seconds before the first attempt to reconnect, and at most before a later one."""


class Link(StrEnum):
    """Whether the data on the screen is current."""

    CONNECTING = "connecting"
    """Nothing was shown yet, and nothing has failed."""
    LIVE = "live"
    STALE = "stale"
    """The connection was lost: the last known data is shown while it reconnects."""
    AWAY = "away"
    """Nothing was shown yet, and the server does not answer; it keeps trying."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The connection: its state, since when, how often it failed, why, and the next attempt.

    `since` is when this state began; for a stale connection, when it was last live.
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
        """The server was lost or did not answer; the next attempt is in `wait` seconds."""
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
        """An attempt to connect is in progress."""
        return replace(self, retry_at=None)

    def age(self, now: float) -> int:
        """Age in whole seconds of the data on the screen; 0 while live."""
        return 0 if self.link is Link.LIVE else max(0, int(now - self.since))

    def retry_in(self, now: float) -> int | None:
        """Whole seconds to the next attempt, rounded up; None during one."""
        return None if self.retry_at is None else max(0, ceil(self.retry_at - now))

    def words(self, now: float) -> str:
        """What the header shows: a glyph and a few words."""
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
    """Real seconds to wait after that many earlier failures: doubled each time, up to a limit."""
    return min(FIRST_WAIT * 2.0 ** min(failures, 16), LONGEST_WAIT)


def spell_seconds(seconds: int) -> str:
    """A duration in its largest unit: `12 s`, `3 min`, `2 h`."""
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3_600 else f"{seconds // 3_600} h"


@dataclass(frozen=True, slots=True)
class DomainClock:
    """The server's clock: it showed `told` at the real time `at` and runs `rate` times as fast."""

    told: datetime
    rate: float
    at: float

    def now(self, real: float) -> datetime:
        """The domain time at a real time."""
        return self.told + timedelta(seconds=max(0.0, real - self.at) * self.rate)
