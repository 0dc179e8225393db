"""The explanation of an enrollment, and the timeline of a contact, in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from common.model.listing import ListedEnrollment
from common.vocabulary import (
    Direction,
    FailureClass,
    Hold,
    MessageKind,
    MessageStatus,
    Reading,
    SuppressionSource,
)


class DecidingEvent(Struct, frozen=True):
    """The event that gave an enrollment its status, with a sentence for people."""

    event_id: int
    kind: str
    at: datetime
    operator: str | None
    sentence: str


class NextText(Struct, frozen=True):
    """The next text: its step's current position, and when it is due.

    `due_at` is null while a hold without a known end lasts; `planned_at` keeps the time.
    """

    step: int | None
    step_id: int | None
    due_at: datetime | None
    planned_at: datetime | None


class StandingHold(Struct, frozen=True):
    """What holds a pending enrollment, what ends the hold, and since when it lasts."""

    hold: Hold
    label: str
    detail: str | None
    ends: str
    since: datetime | None


class OpenReview(Struct, frozen=True):
    """A text that sounds like an opt-out and waits for an operator's review."""

    id: int
    message_id: int
    opened_at: datetime
    body: str


class Explanation(Struct, frozen=True):
    """Why an enrollment has its status, what happens next, and what holds it.

    `sentences` say everything for people; the other fields are for programs. `next` and `held_by`
    are null for an ended enrollment. `suppressed_by` lists the active suppressions of the number.
    """

    enrollment: ListedEnrollment
    decided_by: DecidingEvent | None
    next: NextText | None
    held_by: StandingHold | None
    suppressed_by: tuple[SuppressionSource, ...]
    review: OpenReview | None
    remedy: str | None
    retryable: bool
    sentences: tuple[str, ...]


class Handoff(Struct, frozen=True):
    """One attempt to hand a text to the carrier."""

    n: int
    state: str
    started_at: datetime
    ended_at: datetime | None
    error: str | None


class TimelineText(Struct, frozen=True):
    """A text and its outcome. `fate` says it in words, with the carrier's code if there is one."""

    message_id: int
    direction: Direction
    kind: MessageKind
    status: MessageStatus
    fate: str
    body: str
    segments: int
    code: str | None
    failure: FailureClass | None
    hold: Hold | None
    due_at: datetime | None
    handed_off_at: datetime | None
    final_at: datetime | None
    step: int | None
    sequence_id: int | None
    sequence: str | None
    enrollment_id: int | None
    operation_id: int | None
    operator: str | None
    sender: str | None
    reading: Reading | None
    reading_by_operator: bool
    attempts: tuple[Handoff, ...]


class TimelineEvent(Struct, frozen=True):
    """An event of a contact that is not a text; `sentence` says it in words."""

    event_id: int
    kind: str
    sentence: str
    operator: str | None
    operation_id: int | None
    sequence_id: int | None
    sequence: str | None
    enrollment_id: int | None
    message_id: int | None
    body: dict[str, Any]


class TimelineItem(Struct, frozen=True):
    """Either a text or another event. `key` (`m12`, `e34`) identifies it for paging."""

    key: str
    at: datetime
    text: TimelineText | None = None
    event: TimelineEvent | None = None


class Timeline(Struct, frozen=True):
    """A page of a contact's timeline, oldest first.

    Send `earlier` as `before` to get the page before this one; null at the start.
    """

    items: tuple[TimelineItem, ...]
    earlier: str | None
