"""Events as server-sent events, written on the wire once for all who are told them."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import msgspec

from common.model.events import Event

EVENT_STREAM: Final = "text/event-stream"

HEARTBEAT: Final = b":\n"
"""A comment line alone. A blank line after it would be an empty event to some clients."""

_ENCODER: Final = msgspec.json.Encoder()


class EventBatch(tuple[Event, ...]):
    """Events that are told together, in order."""

    @cached_property
    def written(self) -> bytes:
        """Their frames."""
        return b"".join(map(frame, self))


def frame(event: Event) -> bytes:
    """One event as it travels. JSON holds no line break, so its data is one line."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        event.id,
        event.kind.encode(),
        _ENCODER.encode(event),
    )
