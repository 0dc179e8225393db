"""Events in the stream."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct


class Event(Struct, frozen=True):
    """One event: its subject, the operator and the time. `id` grows and resumes the stream.

    `now` and `rate` are the server's domain clock when the event was sent.
    """

    id: int
    at: datetime
    kind: str
    sequence_id: int | None
    enrollment_id: int | None
    contact_id: int | None
    message_id: int | None
    operation_id: int | None
    operator_id: int | None
    body: dict[str, Any]
    now: datetime
    rate: float
