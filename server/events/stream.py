"""Events as server-sent events: how one is written on the wire."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final

import msgspec

from common.model.events import Event
from server.events.hub import Hub

EVENT_STREAM: Final = "text/event-stream"

HEARTBEAT: Final = b":\n"
"""A comment line alone. A blank line after it would be an empty event to some clients."""

_ENCODER: Final = msgspec.json.Encoder()


def frame(event: Event) -> bytes:
    """One event as it travels. JSON holds no line break, so its data is one line."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        event.id,
        event.kind.encode(),
        _ENCODER.encode(event),
    )


async def stream(
    hub: Hub,
    after: int | None,
    sequence_id: int | None,
    may_listen: Callable[[], Awaitable[bool]],
) -> AsyncGenerator[bytes, None]:
    """What a client that follows is sent: a comment at once, then frames and heartbeats.

    Before each of them it is asked whether the client still may listen; the stream ends if not.
    """
    yield HEARTBEAT
    async with aclosing(hub.follow(after, sequence_id)) as following:
        async for events in following:
            if not await may_listen():
                return
            yield HEARTBEAT if events is None else b"".join(map(frame, events))
