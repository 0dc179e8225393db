"""Drives the manual clock from one due time to the next, each time until nothing is left to do.

The simulated carrier shares the clock, so that a reply arrives before the step that it stops.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from server.clock import SECOND, ManualClock
from server.database.engine import Database
from server.dispatch.loop import Dispatcher
from server.errors import Problem
from server.start import keep_clock

if TYPE_CHECKING:
    import httpx

POLL: Final = 0.003
"""Real seconds between checks whether everything is done."""

PATIENCE: Final = 120.0
"""Real seconds after which unfinished work is an error."""


class SimulatorAway(Problem):
    """The simulated carrier does not answer."""

    status = 503
    title = "The simulator does not answer"


class SimulatorPending(msgspec.Struct, frozen=True):
    """What the simulator still has to do; `next_at` is a time."""

    next_at: int | None
    uncalled: int
    in_flight: int

    def idle(self, instant: int) -> bool:
        """Whether it has nothing left to do up to a time."""
        beyond = self.next_at is None or self.next_at > instant
        return beyond and self.uncalled == 0 and self.in_flight == 0


class ClockDriver:
    """Advances the manual clock of one workspace and the simulator's, one call at a time."""

    def __init__(
        self, database: Database, clock: ManualClock, dispatcher: Dispatcher, simulator_url: str
    ) -> None:
        self._database = database
        self._clock = clock
        self._dispatcher = dispatcher
        self._url = f"{simulator_url}/simulator"
        self._simulator: httpx.AsyncClient | None = None
        self._one = asyncio.Lock()

    async def advance(self, seconds: float) -> int:
        """Advance the clock; returns the new time, when nothing is due, being sent or uncalled.

        Raises SimulatorAway if the simulator does not answer or never finishes.
        """
        async with self._one:
            target = self._clock.now() + round(seconds * SECOND)
            await self._move_to(self._clock.now())
            while (now := self._clock.now()) < target:
                pending = await self._pending()
                times = [await self._dispatcher.next_due(), pending.next_at]
                later = [at for at in times if at is not None and now < at < target]
                await self._move_to(min(later, default=target))
            return target

    async def _move_to(self, instant: int) -> None:
        """Let the carrier act at a time, and then send what is due."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        async with self._dispatcher.claiming:
            await self._database.write(keep_clock, instant)
            self._clock.move_to(instant)
            await self._call("POST", "/clock", {"now": instant})
            while not (await self._pending()).idle(instant):
                await _wait(deadline)
        self._dispatcher.wake.set()
        await self._settle(instant, deadline)

    async def _settle(self, instant: int, deadline: float) -> None:
        """Wait until neither side has anything left to do at this time, checked twice in a row."""
        calm = 0
        while calm < 2:
            if (await self._pending()).idle(instant) and await self._dispatcher.quiet():
                calm += 1
                continue
            calm = 0
            await _wait(deadline)

    async def _pending(self) -> SimulatorPending:
        return msgspec.json.decode(await self._call("GET", "/pending", None), type=SimulatorPending)

    async def _call(self, method: str, path: str, body: object) -> bytes:
        import httpx  # noqa: PLC0415 # 60 ms that no start waits for; few clocks are moved by hand

        if self._simulator is None:
            self._simulator = httpx.AsyncClient(base_url=self._url, timeout=10, trust_env=False)
        try:
            answer = await self._simulator.request(method, path, json=body)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise SimulatorAway(
                "simulator_away",
                f"The simulator does not answer at {self._url} ({error!r}). Start it with "
                "drumbeat-server simulator --clock manual.",
            ) from error
        return answer.content

    async def close(self) -> None:
        """Close the connections."""
        if self._simulator is not None:
            await self._simulator.aclose()


async def _wait(deadline: float) -> None:
    if asyncio.get_running_loop().time() > deadline:
        raise SimulatorAway(
            "never_quiet",
            f"After {PATIENCE:.0f} s something is still due, being sent, or waiting for a "
            "callback. See the logs of the server and the simulator.",
        )
    await asyncio.sleep(POLL)
