"""Follows a server's events: connects, posts what changed, and reconnects.

The first request asks for events after an id that no log has reached. The server answers with a
`resync` and its newest id, so there is no gap between the lists read then and the events that
follow. A lost stream is resumed after the last id received.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from common.client import Client, ClientError, Unreachable
from common.model.operators import Me
from tui.state.changes import EVERY, Batch, Changes
from tui.state.connection import wait_after

BEYOND: Final = 2**63 - 1
"""An id higher than any event's."""


class Welcomed(NamedTuple):
    """The server answered: the signed-in operator, and the server's clock."""

    me: Me


class Changed(NamedTuple):
    """A batch of changes from the stream."""

    batch: Batch


class Lost(NamedTuple):
    """The connection was lost, or the server refused; `why` is for people, `wait` real seconds."""

    why: str
    wait: float


class Retrying(NamedTuple):
    """The next attempt to connect begins."""


Heard = Welcomed | Changed | Lost | Retrying
Post = Callable[[Heard], object]


async def follow(source: Client, post: Post, again: asyncio.Event) -> None:
    """Follow until cancelled, posting messages; setting `again` reconnects without waiting."""
    after, failures = BEYOND, 0
    changes, something = Changes(), asyncio.Event()
    posting = asyncio.create_task(_post_changes(changes, something, post))
    try:
        while True:
            try:
                me = await source.me()
                post(Welcomed(me))
                async for event in source.events(after, on_lost=_give_up):
                    failures = 0
                    after = event.id
                    changes.add(event)
                    something.set()
                why = "the stream of events ended"
            except Exception as error:  # noqa: BLE001 # whatever it is, keep following
                why = error.message if isinstance(error, ClientError) else repr(error)
            wait = wait_after(failures)
            failures += 1
            post(Lost(why, wait))
            again.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(again.wait(), wait)
            post(Retrying())
    finally:
        posting.cancel()


async def _post_changes(changes: Changes, something: asyncio.Event, post: Post) -> None:
    while True:
        await something.wait()
        something.clear()
        batch = changes.take()
        post(Changed(batch))
        await asyncio.sleep(EVERY)


def _give_up(lost: Unreachable) -> None:
    raise lost
