"""Senders in the API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType


class CarrierName(StrEnum):
    """The carriers that a sender can belong to."""

    SIMULATOR = "simulator"
    TWILIO = "twilio"


Name = Annotated[str, Meta(min_length=1, max_length=100)]
Phone = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=16,
        description="In E.164: a plus sign, the country code and the number.",
    ),
]
Rate = Annotated[
    float, Meta(gt=0, le=1000, description="Segments per second that the carrier accepts.")
]
Cap = Annotated[
    int, Meta(ge=1, le=1_000_000_000, description="Segments per day; null means no cap.")
]


class Sender(Struct, frozen=True):
    """A phone number that sends texts.

    `stopped_reason` is null while it sends. Sequences without a sender use the default sender.
    """

    id: int
    phone: str
    name: str
    carrier: CarrierName
    segments_per_second: float
    daily_cap: int | None
    is_default: bool
    stopped_reason: str | None
    stopped_at: datetime | None
    created_at: datetime


class NewSender(Struct, frozen=True, forbid_unknown_fields=True):
    """Creates a sender. The first one always becomes the default."""

    phone: Phone
    name: Name
    carrier: CarrierName
    segments_per_second: Rate = 1.0
    daily_cap: Cap | None = None
    is_default: bool = False


class SenderChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Changes the given fields; a `daily_cap` of null removes the cap."""

    name: Name | UnsetType = UNSET
    segments_per_second: Rate | UnsetType = UNSET
    daily_cap: Cap | UnsetType | None = UNSET
    is_default: bool | UnsetType = UNSET
