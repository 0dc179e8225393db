"""Events as server-sent events, encoded once for all followers."""

from __future__ import annotations

from functools import cached_property
from typing import Final

import msgspec

from common.model.events import Event

EVENT_STREAM: Final = "text/event-stream"

HEARTBEAT: Final = b":\n"
"""Only a comment line. A blank line after it would be an empty event for some clients."""

_ENCODER: Final = msgspec.json.Encoder()


class EventBatch(tuple[Event, ...]):
    """Events that are sent together, in order."""

    @cached_property
    def written(self) -> bytes:
        """Their frames."""
        return b"".join(map(frame, self))


def frame(event: Event) -> bytes:
    """One event on the wire. JSON contains no line break, so its data is one line."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        event.id,
        event.kind.encode(),
        _ENCODER.encode(event),
    )
