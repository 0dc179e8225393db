"""The three clocks, injected everywhere; nothing else in the server reads the time.

- the domain clock: due times, windows, caps, response window; the demo and tests drive it;
- real time, which nobody can set: `monotonic` for time-outs, and `steady` for what is stored and
  compared later (pacing, leases, waits, idempotency keys);
- the wall clock, which can be set at any time: dates that people read.

Times are integers: UTC microseconds since the epoch.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Final, Protocol

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

LOOK_AGAIN: Final = 30.0
"""Real seconds after which a sleeper reads the clock again: it may have been set, or the machine
suspended.
"""


def wall() -> int:
    """The wall clock."""
    return time.time_ns() // 1000


def since_boot() -> int:
    """Microseconds that never go back and include suspended time, if the system supports it."""
    boot = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(boot) // 1000


_SHOWN_AT_START: Final = wall() - since_boot()


def steady() -> int:
    """Real time as a date: the wall clock at the start, plus what has passed since.

    Setting the wall clock does not change it. Values stored by an earlier process come from another
    such clock; every start corrects them (`Dispatcher.run`, `mutation.keep_from_now`).
    """
    return _SHOWN_AT_START + since_boot()


def monotonic() -> float:
    """Real seconds that never go back; only differences have a meaning."""
    return time.monotonic()


class DomainClock(Protocol):
    """The clock that due times are read against."""

    @property
    def rate(self) -> float:
        """Domain seconds per real second; 0 if the clock moves only when advanced."""

    @property
    def follows_wall(self) -> bool:
        """Whether it follows the wall clock, and so may go back."""

    def now(self) -> int:
        """The domain's present instant."""

    async def sleep_until(self, instant: int | None, wake: asyncio.Event) -> None:
        """Return when the clock has reached `instant`, or when `wake` is set (and clear it)."""


class RunningClock:
    """A clock that runs at a rate: 1 is real time; the demo runs faster.

    `start` is the domain instant at the moment of creation.
    """

    def __init__(self, *, rate: float = 1.0, start: int | None = None) -> None:
        self.rate = rate
        self._zero = time.monotonic_ns() // 1000
        self._start = wall() if start is None else start
        self.follows_wall = rate == 1.0 and start is None

    def now(self) -> int:
        """The domain's present instant."""
        if self.follows_wall:
            return wall()
        return self._start + int((time.monotonic_ns() // 1000 - self._zero) * self.rate)

    async def sleep_until(self, instant: int | None, wake: asyncio.Event) -> None:
        """Return when the clock has reached `instant`, or when `wake` is set (and clear it)."""
        timeout = None if instant is None else (instant - self.now()) / SECOND / self.rate
        if timeout is None or timeout > 0:
            timeout = LOOK_AGAIN if timeout is None else min(timeout, LOOK_AGAIN)
            try:
                await asyncio.wait_for(wake.wait(), timeout)
            except TimeoutError:
                return
        wake.clear()


class ManualClock:
    """A clock that moves only when advanced, for tests."""

    rate = 0.0
    follows_wall = False

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        """The domain's present instant."""
        return self._now

    def move_to(self, instant: int) -> None:
        """Set the clock. It cannot go back: an earlier time is a ValueError."""
        if instant < self._now:
            raise ValueError(f"the clock cannot go back from {self._now} to {instant}")
        self._now = instant

    async def sleep_until(self, instant: int | None, wake: asyncio.Event) -> None:
        """Return at once if `instant` is reached, else when `wake` is set (and clear it)."""
        if instant is None or instant > self._now:
            await wake.wait()
        wake.clear()


def to_datetime(instant: int) -> datetime:
    """An instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(instant // SECOND, tz=UTC).replace(microsecond=instant % SECOND)


def from_datetime(moment: datetime) -> int:
    """Convert an aware datetime. Raises ValueError for a naive one, or one out of range in UTC."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    try:
        whole = moment.astimezone(UTC)
    except OverflowError as error:  # in the first or last hours of the calendar
        raise ValueError(f"{moment!r} is out of range") from error
    return int(whole.replace(microsecond=0).timestamp()) * SECOND + whole.microsecond
