"""Supervises background tasks and restarts those that fail.

A failure is logged, the task is restarted after a pause that doubles, and `failing` lists it until
it runs again; `/health/ready` answers 503 in the meantime.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from server.clock import monotonic

FIRST_PAUSE: Final = 0.5
"""Real seconds before a task is restarted after its first failure; doubled each time."""
LONGEST_PAUSE: Final = 10.0
STEADY: Final = 10.0
"""Real seconds after which a restarted task counts as healthy."""

_log = structlog.get_logger(__name__)


class Supervisor:
    """Starts background tasks and restarts them when they fail."""

    def __init__(
        self,
        *,
        first_pause: float = FIRST_PAUSE,
        longest_pause: float = LONGEST_PAUSE,
        steady: float = STEADY,
    ) -> None:
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._steady = steady
        self._failing: dict[str, str] = {}

    @property
    def failing(self) -> Mapping[str, str]:
        """The tasks that failed and do not run yet, each with its last error."""
        return self._failing

    def start(self, name: str, work: Callable[[], Awaitable[object]]) -> asyncio.Task[None]:
        """A task that runs `work`, and restarts it whenever it fails, until it is cancelled."""
        return asyncio.create_task(self._run(name, work, repeat=False), name=name)

    def repeat(self, name: str, once: Callable[[], Awaitable[object]]) -> asyncio.Task[None]:
        """A task that runs `once` again and again, also after failures, until cancelled."""
        return asyncio.create_task(self._run(name, once, repeat=True), name=name)

    async def _run(self, name: str, work: Callable[[], Awaitable[object]], *, repeat: bool) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        pause = self._first_pause
        while True:
            begun = monotonic()
            steady = loop.call_later(self._steady, self._recovered, name)
            try:
                try:
                    await work()
                finally:
                    steady.cancel()
            except (Exception, asyncio.CancelledError) as error:
                if task.cancelling():
                    raise
                if monotonic() - begun >= self._steady:
                    pause = self._first_pause
                self._failed(name, error, pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._longest_pause)
            else:
                self._recovered(name)
                pause = self._first_pause
                if not repeat:
                    return

    def _failed(self, name: str, error: BaseException, pause: float) -> None:
        self._failing[name] = f"{type(error).__name__}: {error}"
        _log.error(
            "a background task failed and is being restarted",
            task=name,
            after_seconds=pause,
            exc_info=error,
        )

    def _recovered(self, name: str) -> None:
        if self._failing.pop(name, None) is not None:
            _log.warning("a background task is running again", task=name)
