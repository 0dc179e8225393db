"""Requests from a screen: the result comes back through the screen's message pump.

A worker only makes the request. The result is delivered with `call_later`, so that only the
screen's own message pump touches its widgets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

from textual.timer import Timer

from common.client import ClientError

T = TypeVar("T")

Work = Callable[[], Awaitable[T]]
"""Called when it starts, so that work replaced before that leaves no unawaited coroutine."""


class Asker(Protocol):
    """A screen, a widget or the application."""

    def run_worker(
        self, work: Any, *, group: str, exclusive: bool, exit_on_error: bool
    ) -> object: ...

    def call_later(self, callback: Any, *args: Any) -> bool: ...

    def set_timer(self, delay: float, callback: Any) -> Timer: ...


def fetch(
    node: Asker,
    work: Work[T],
    take: Callable[[T], object],
    failed: Callable[[ClientError], object],
    *,
    group: str = "fetch",
    exclusive: bool = False,
    wait: float = 0.0,
) -> None:
    """Do the work in a worker, then call `take` with its result, or `failed` with the error.

    Exclusive work cancels running work of its group. `wait` is the real seconds before it starts,
    during which other work may replace it. Unexpected errors do not end the screen: they also go to
    `failed`.
    """

    async def ask() -> None:
        if wait:
            await asyncio.sleep(wait)
        try:
            answer = await work()
        except ClientError as error:
            node.call_later(failed, error)
        except Exception as error:  # noqa: BLE001 # a fault of ours must not end the screen
            node.call_later(failed, ClientError(f"Unexpected error: {error!r}"))
        else:
            node.call_later(take, answer)

    node.run_worker(ask, group=group, exclusive=exclusive, exit_on_error=False)


class Reader(Generic[T]):
    """Reads something repeatedly: one reading at a time, and one more if requested meanwhile.

    `pause` is the time between two readings, and `retry` the time before a failed reading is
    retried, both in real seconds. Without `retry`, a failed reading waits for the next request.
    """

    def __init__(
        self,
        node: Asker,
        work: Work[T],
        take: Callable[[T], object],
        failed: Callable[[ClientError], object] | None = None,
        *,
        pause: float = 0.0,
        retry: float = 0.0,
    ) -> None:
        self._node, self._work = node, work
        self._take, self._fail = take, failed
        self._seconds, self._retry = pause, retry
        self._again = False
        self._pause: Timer | None = None
        self.busy = False
        """Whether a reading or the pause after it is running."""

    def read(self) -> None:
        """Read now, or once more after the running reading and its pause."""
        if self.busy:
            self._again = True
            return
        self.busy, self._again = True, False
        fetch(self._node, self._work, self._taken, self._failed, group="read")

    def read_now(self) -> None:
        """Read without waiting for the pause."""
        if self._pause is not None:
            self._pause.stop()
            self._pause, self.busy = None, False
        self.read()

    def _taken(self, answer: T) -> None:
        self._take(answer)
        self._rest(self._seconds)

    def _failed(self, error: ClientError) -> None:
        if self._fail is not None:
            self._fail(error)
        self._again = self._again or bool(self._retry)
        self._rest(self._retry or self._seconds)

    def _rest(self, seconds: float) -> None:
        if seconds:
            self._pause = self._node.set_timer(seconds, self._next)
        else:
            self._next()

    def _next(self) -> None:
        self._pause, self.busy = None, False
        if self._again:
            self.read()
