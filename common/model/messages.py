"""Texts, direct texts, reviews and callbacks, as the API says them."""

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
"""What an operator may say of a text that sounds like an opt-out."""
SaidReading = Literal["reply", "auto_reply", "opt_out", "wrong_number", "harmless"]
"""What an operator may say of any inbound text."""


class Media(Struct, frozen=True):
    """A picture or another file that came with a text: its address at the carrier, and its type.

    Either is null where the carrier did not say it, or said what cannot be right.
    """

    url: str | None = None
    content_type: str | None = None


class Message(Struct, frozen=True):
    """One text, in or out.

    `sender` is our number: the one it goes out from, or that was texted. `enrollment_id` and
    `step_id` are set for the texts of a sequence. `due_at` is when a waiting text that stands by
    itself goes; `hold` is what keeps it. `reading` is what an inbound text is taken for. `media`
    came with it; the body names them behind the words, like "[2 pictures]".
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
    """Some texts, newest first, and how many there are in all."""

    items: tuple[Message, ...]
    total: int


class NewMessage(Struct, frozen=True, forbid_unknown_fields=True):
    """A direct text; outside the contact's window it needs `override_reason`."""

    body: Body
    override_reason: Why | None = None


class LeftOut(StrEnum):
    """Why a direct text cannot go to somebody."""

    SUPPRESSED = "suppressed"
    LANDLINE = "landline"
    IN_REVIEW = "in_review"
    NO_SENDER = "no_sender"
    SENDER_STOPPED = "sender_stopped"
    MISSING_FIELD = "missing_field"
    TOO_LONG = "too_long"
    OUTSIDE_WINDOW = "outside_window"


class MessagePreviewRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """A text and who is to get it."""

    body: Body
    contact_ids: Annotated[tuple[Ident, ...], Meta(min_length=1, max_length=10)]


class MessagePreview(Struct, frozen=True):
    """A direct text as one contact would get it now.

    `text` is null where it cannot be made. `left_out` and `why` say what keeps it back, null if
    nothing does. Left out for the window, it can go with an `override_reason`, or from `opens_at`,
    which is null if the window never opens.
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
    """Suppresses a number, whether it is a contact's or not."""

    phone: Annotated[str, Meta(min_length=1, max_length=64, examples=["+14155550142"])]
    note: Annotated[str, Meta(max_length=500)] = ""


class LiftUntexted(Struct, frozen=True, forbid_unknown_fields=True):
    """Lifts the suppressions by keyword that came between two instants, the second exclusive, from
    numbers that we never texted. With `dry_run`, only counts them.
    """

    since: datetime
    until: datetime
    dry_run: bool = False


class LiftedUntexted(Struct, frozen=True):
    """How many suppressions were lifted, or would be."""

    lifted: int
    dry_run: bool


class Suppressed(Struct, frozen=True):
    """A number that is suppressed now, by whom; `new` if no operator had suppressed it before.

    `stopped` counts the pending enrollments that ended by it.
    """

    phone: str
    sources: tuple[SuppressionSource, ...]
    new: bool
    stopped: int


class Review(Struct, frozen=True):
    """A text that sounds like an opt-out, until an operator says what it is.

    `held` counts the pending enrollments of the number: nothing goes to it meanwhile.
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
    """Open reviews, the oldest first, and how many there are in all."""

    items: tuple[Review, ...]
    total: int


class NewVerdict(Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator says that a text is."""

    verdict: Verdict


class NewReading(Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator says that an inbound text is."""

    reading: SaidReading


class Callback(Struct, frozen=True):
    """A carrier's status report as it is stored; `message_id` is null if it matched no text."""

    id: int
    carrier: str
    carrier_id: str | None
    status: MessageStatus | None
    code: str | None
    message_id: int | None
    received_at: datetime


class CallbackPage(Struct, frozen=True):
    """Some callbacks, newest first, and how many there are in all."""

    items: tuple[Callback, ...]
    total: int
