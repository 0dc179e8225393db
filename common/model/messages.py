"""Texts, direct texts, reviews and callbacks in the API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from common.vocabulary import (
    Direction,
    FailureClass,
    Hold,
    MessageKind,
    MessageStatus,
    Reading,
    SuppressionSource,
)

Ident = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Body = Annotated[str, Meta(min_length=1, max_length=1_600)]
Why = Annotated[str, Meta(min_length=1, max_length=500)]
Verdict = Literal["reply", "opt_out", "wrong_number", "harmless"]
"""What an operator may decide in a review."""
SaidReading = Literal["reply", "auto_reply", "opt_out", "wrong_number", "harmless"]
"""What an operator may classify an inbound text as."""


class Media(Struct, frozen=True):
    """A picture or another file that came with a text: its address at the carrier, and its type.

    Either is null if the carrier did not send it, or sent an invalid value.
    """

    url: str | None = None
    content_type: str | None = None


class Message(Struct, frozen=True):
    """One text, in or out.

    `sender` is our number: the one that sends it, or that was texted. `enrollment_id` and `step_id`
    are set for the texts of a sequence. `due_at` is when a waiting text that belongs to no step is
    due; `hold` is what holds it. `reading` is how an inbound text was classified. `media` came with
    it; the body names them after the words, such as "[2 pictures]".
    """

    id: int
    direction: Direction
    kind: MessageKind
    status: MessageStatus
    contact_id: int | None
    name: str
    phone: str
    sender: str | None
    enrollment_id: int | None
    step_id: int | None
    operation_id: int | None
    created_by: str | None
    body: str
    segments: int
    code: str | None
    failure: FailureClass | None
    reading: Reading | None
    reading_by_operator: bool
    override_reason: str | None
    hold: Hold | None
    due_at: datetime | None
    created_at: datetime
    handed_off_at: datetime | None
    final_at: datetime | None
    media: tuple[Media, ...] = ()


class MessagePage(Struct, frozen=True):
    """A page of texts, newest first, and the total."""

    items: tuple[Message, ...]
    total: int


class NewMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """A direct text. Outside the contact's sending hours it needs `override_reason`."""

    body: Body
    override_reason: Why | None = None


class LeftOut(StrEnum):
    """Why a direct text cannot be sent to a contact."""

    SUPPRESSED = "suppressed"
    LANDLINE = "landline"
    IN_REVIEW = "in_review"
    NO_SENDER = "no_sender"
    SENDER_STOPPED = "sender_stopped"
    MISSING_FIELD = "missing_field"
    TOO_LONG = "too_long"
    OUTSIDE_WINDOW = "outside_window"


class MessagePreviewRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A text and the contacts who would get it."""

    body: Body
    contact_ids: Annotated[tuple[Ident, ...], Meta(min_length=1, max_length=10)]


class MessagePreview(Struct, frozen=True):
    """A direct text as one contact would get it now.

    `text` is null if it cannot be rendered. `left_out` and `why` say why it cannot be sent, null if
    it can. A text left out for sending hours can be sent with an `override_reason`, or from
    `opens_at`, which is null if the window never opens.
    """

    contact_id: int
    name: str
    phone: str
    text: str | None
    segments: int
    left_out: LeftOut | None
    why: str | None
    opens_at: datetime | None


class NewSuppression(Struct, frozen=True, forbid_unknown_fields=True):
    """Suppresses a number. It need not belong to a contact."""

    phone: Annotated[str, Meta(min_length=1, max_length=64, examples=["+14155550142"])]
    note: Annotated[str, Meta(max_length=500)] = ""


class LiftUntexted(Struct, frozen=True, forbid_unknown_fields=True):
    """Lifts keyword suppressions from numbers that we never texted, made between two times, the
    second exclusive. With `dry_run`, only counts them.
    """

    since: datetime
    until: datetime
    dry_run: bool = False


class LiftedUntexted(Struct, frozen=True):
    """How many suppressions were lifted, or would be."""

    lifted: int
    dry_run: bool


class Suppressed(Struct, frozen=True):
    """The suppressed number and its sources. `new` is false if an operator had suppressed it
    before.

    `stopped` counts the pending enrollments that it ended.
    """

    phone: str
    sources: tuple[SuppressionSource, ...]
    new: bool
    stopped: int


class Review(Struct, frozen=True):
    """A text that sounds like an opt-out, until an operator classifies it.

    `held` counts the number's pending enrollments: nothing is sent to it until then.
    """

    id: int
    message_id: int
    contact_id: int | None
    name: str
    phone: str
    body: str
    reading: Reading | None
    held: int
    opened_at: datetime
    verdict: Reading | None
    decided_by: str | None
    decided_at: datetime | None


class ReviewPage(Struct, frozen=True):
    """A page of open reviews, the oldest first, and the total."""

    items: tuple[Review, ...]
    total: int


class NewVerdict(Struct, frozen=True, forbid_unknown_fields=True):
    """An operator's decision in a review."""

    verdict: Verdict


class NewReading(Struct, frozen=True, forbid_unknown_fields=True):
    """How an operator classifies an inbound text."""

    reading: SaidReading


class Callback(Struct, frozen=True):
    """A stored status report of a carrier; `message_id` is null if it matched no text."""

    id: int
    carrier: str
    carrier_id: str | None
    status: MessageStatus | None
    code: str | None
    message_id: int | None
    received_at: datetime


class CallbackPage(Struct, frozen=True):
    """A page of callbacks, newest first, and the total."""

    items: tuple[Callback, ...]
    total: int
