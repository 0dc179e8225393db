"""Asking the server from a screen: the answer comes back through the screen's own messages.

A worker only asks. What it was answered is handed on by `call_later`, so that widgets are touched
by the message pump of their screen alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

from textual.timer import Timer

from common.client import ClientError

T = TypeVar("T")

Work = Callable[[], Awaitable[T]]
"""Called when its turn comes: work that is replaced before it began leaves no coroutine behind."""


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

    An exclusive one ends the work of its group that is under way. `wait` are real seconds before it
    begins, in which another may replace it. An error of ours does not end the screen: `failed` is
    told of it, too.
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
    """Reads one thing again and again: one reading at a time, and one more if asked meanwhile.

    `pause` is the time between two readings, `retry` the time after which a reading that failed is
    tried again, both in real seconds; without it, a failed reading waits for the next call.
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
        """Whether it is being read, or rests after that."""

    def read(self) -> None:
        """Read, or read once more when the reading under way and the pause after it are over."""
        if self.busy:
            self._again = True
            return
        self.busy, self._again = True, False
        fetch(self._node, self._work, self._taken, self._failed, group="read")

    def read_now(self) -> None:
        """Read without waiting for the end of a pause."""
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
