"""The three clocks, injected everywhere: nothing else in the server asks what time it is.

- the domain clock: due times, windows, caps, response window; the demo and tests drive it;
- monotonic real time: time-outs, waits, pacing;
- the wall clock: tokens, idempotency keys, leases that must outlive a process.

Instants are integers: UTC microseconds since the epoch.
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


def wall() -> int:
    """The wall clock."""
    return time.time_ns() // 1000


def monotonic() -> float:
    """Real seconds that never go back; only differences mean anything."""
    return time.monotonic()


class DomainClock(Protocol):
    """The clock that due times are read against."""

    @property
    def rate(self) -> float:
        """Domain seconds per real second; 0 when the clock stands until it is moved."""

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
        self._follows_wall = rate == 1.0 and start is None

    def now(self) -> int:
        """The domain's present instant."""
        if self._follows_wall:
            return wall()
        return self._start + int((time.monotonic_ns() // 1000 - self._zero) * self.rate)

    async def sleep_until(self, instant: int | None, wake: asyncio.Event) -> None:
        """Return when the clock has reached `instant`, or when `wake` is set (and clear it)."""
        timeout = None if instant is None else (instant - self.now()) / SECOND / self.rate
        if timeout is None or timeout > 0:
            # At most an hour at a time: a wall clock that is set must not be slept through.
            timeout = 3600.0 if timeout is None else min(timeout, 3600.0)
            try:
                await asyncio.wait_for(wake.wait(), timeout)
            except TimeoutError:
                return
        wake.clear()


class ManualClock:
    """A clock that stands until it is moved, for tests."""

    rate = 0.0

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        """The domain's present instant."""
        return self._now

    def move_to(self, instant: int) -> None:
        """Set the clock. It never goes back: an earlier instant is a ValueError."""
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
    """An aware datetime as an instant. Raises ValueError for a naive one, or one that UTC lacks."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no zone; instants are aware")
    try:
        whole = moment.astimezone(UTC)
    except OverflowError as error:  # in the first or the last hours that there are
        raise ValueError(f"{moment!r} is out of range") from error
    return int(whole.replace(microsecond=0).timestamp()) * SECOND + whole.microsecond
