"""Events as server-sent events: how one is written on the wire."""

from __future__ import annotations

from collections.abc import AsyncGenerator
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
    hub: Hub, after: int | None, sequence_id: int | None
) -> AsyncGenerator[bytes, None]:
    """What a client that follows is sent: a comment at once, then frames and heartbeats."""
    yield HEARTBEAT
    async with aclosing(hub.follow(after, sequence_id)) as following:
        async for events in following:
            yield HEARTBEAT if events is None else b"".join(map(frame, events))
