"""The schedule of the simulator: what happens when, and its progress."""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from operator import itemgetter

import structlog

from server.carriers.simulator.texts import SECOND_US, SimulatedText
from server.clock import DomainClock, ManualClock, RunningClock

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ScheduledReport:
    """A text will reach a status."""

    text: SimulatedText
    status: str
    code: str | None

    @property
    def phone(self) -> str:
        """The person's number."""
        return self.text.to


@dataclass(frozen=True, slots=True)
class ScheduledInbound:
    """A person will send a text."""

    text: SimulatedText

    @property
    def phone(self) -> str:
        """The person's number."""
        return self.text.from_


Happening = ScheduledReport | ScheduledInbound


class CarrierSchedule:
    """Runs what is due in order of time, several at once, but one at a time per number."""

    def __init__(
        self, clock: DomainClock, fire: Callable[[Happening, int], Awaitable[None]], lanes: int
    ) -> None:
        self.clock = clock
        self._fire = fire
        self._workers = lanes
        self._order = count()
        self._coming: list[tuple[int, int, Happening]] = []
        self._due: dict[str, deque[tuple[int, Happening]]] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._wake = asyncio.Event()
        self._waiting = 0
        self._in_flight = 0
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, at: int, happening: Happening) -> None:
        """Plan something for a time; it happens at once if that has passed."""
        soonest = not self._coming or at < self._coming[0][0]
        heapq.heappush(self._coming, (at, next(self._order), happening))
        if soonest:
            self._wake.set()

    async def now(self, happening: Happening) -> None:
        """Let something happen before anything else, and wait for it."""
        self._in_flight += 1
        try:
            await self._fire(happening, self.clock.now())
        finally:
            self._in_flight -= 1

    def pending(self) -> tuple[int | None, int, int]:
        """The next planned time, how much is due, and how much of that is on the wire."""
        self._release()
        next_at = self._coming[0][0] if self._coming else None
        return next_at, self._waiting + self._in_flight, self._in_flight

    def coming(self) -> list[tuple[int, Happening]]:
        """All planned events with their times, in order."""
        return [(at, happening) for at, _, happening in sorted(self._coming, key=itemgetter(0, 1))]

    def move_to(self, instant: int) -> None:
        """Set the clock and stop it. Raises ValueError if that is backwards."""
        if not isinstance(self.clock, ManualClock):
            self.clock = ManualClock(self.clock.now())
        self.clock.move_to(instant)
        self._release()
        self._wake.set()

    def run_at(self, rate: float) -> None:
        """Run the clock from its current time. Raises ValueError for a rate of 0 or less."""
        if rate <= 0:
            raise ValueError("a clock's rate must be positive; to stop the clock, set its time")
        self.clock = RunningClock(rate=rate, start=self.clock.now())
        self._wake.set()

    def start(self) -> None:
        """Start to run planned events."""
        self._tasks = [asyncio.create_task(self._follow_clock())]
        self._tasks += [asyncio.create_task(self._work()) for _ in range(self._workers)]

    async def stop(self) -> None:
        """Stop; requests on the wire are cancelled."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def _release(self) -> None:
        now = self.clock.now()
        while self._coming and self._coming[0][0] <= now:
            at, _, happening = heapq.heappop(self._coming)
            lane = self._due.get(happening.phone)
            self._waiting += 1
            if lane is None:
                self._due[happening.phone] = deque([(at, happening)])
                self._ready.put_nowait(happening.phone)
            else:
                lane.append((at, happening))

    async def _follow_clock(self) -> None:
        while True:
            self._release()
            next_at = self._coming[0][0] if self._coming else None
            await self.clock.sleep_until(next_at, self._wake)

    async def _work(self) -> None:
        while True:
            phone = await self._ready.get()
            lane = self._due[phone]
            at, happening = lane.popleft()
            self._waiting -= 1
            self._in_flight += 1
            try:
                await self._fire(happening, at)
            except Exception:  # noqa: BLE001 - one bad text must not stop the carrier
                _log.exception("simulator_failed", phone=phone)
            finally:
                self._in_flight -= 1
            if lane:
                self._ready.put_nowait(phone)
            else:
                del self._due[phone]


def seconds(value: float) -> int:
    """Seconds as microseconds."""
    return int(value * SECOND_US)
