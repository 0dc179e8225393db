"""The content of an event stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from server.errors import Problem
from server.events.frames import HEARTBEAT
from server.events.hub import Hub


async def stream(
    hub: Hub, after: int | None, sequence_id: int | None, token_id: int
) -> AsyncGenerator[bytes, None]:
    """A comment at once, then frames and heartbeats, as long as the token is valid."""
    yield HEARTBEAT
    async with aclosing(hub.follow(after, sequence_id, token_id)) as following:
        try:
            async for events in following:
                yield HEARTBEAT if events is None else events.written
        except Problem:  # its place was taken in the meantime, or the log cannot be read
            return
