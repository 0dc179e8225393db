"""Enrolling, as the API says it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from common.vocabulary import ResumeMode

Ident = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Phone = Annotated[str, Meta(min_length=1, max_length=64)]


class Enrollees(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to enroll: exactly one of the five. `q` searches contacts by name or phone.

    `phones` that are nobody's yet become contacts. `everybody` is every contact there is; no `q`
    means that. With `dry_run` nothing is written and the answer is the one the real run would give.
    """

    contact_ids: Annotated[tuple[Ident, ...], Meta(max_length=50_000)] | None = None
    group_id: Ident | None = None
    phones: Annotated[tuple[Phone, ...], Meta(max_length=50_000)] | None = None
    q: Annotated[str, Meta(min_length=1, max_length=2_000)] | None = None
    everybody: bool = False
    dry_run: bool = False


class NotEnrolled(StrEnum):
    """Why somebody was refused or skipped."""

    INVALID_NUMBER = "invalid_number"
    NOT_MOBILE = "not_mobile"
    UNKNOWN_CONTACT = "unknown_contact"
    ALREADY_PENDING = "already_pending"
    ENROLLED_BEFORE = "enrolled_before"
    ALREADY_OMITTED = "already_omitted"
    ALL_STEPS_PAST = "all_steps_past"
    OUTSIDE_WINDOW = "outside_window"
    NAMED_TWICE = "named_twice"


class Turned(Struct, frozen=True):
    """Somebody who was refused or skipped, or enrolled and omitted, with why, for people."""

    contact_id: int | None
    phone: str
    outcome: str
    why: str


class EnrollResult(Struct, frozen=True):
    """What enrolling came to. The counts add up to `asked`.

    `first_text_at` and `last_text_at` span what those pending would get if nobody replies;
    `segments` is how many their texts come to. `turned` tells the first 1,000 who are not pending.
    """

    sequence_id: int
    asked: int
    pending: int
    omitted: dict[str, int]
    skipped: dict[str, int]
    refused: dict[str, int]
    first_text_at: datetime | None
    last_text_at: datetime | None
    segments: int
    turned: tuple[Turned, ...]
    turned_omitted: int
    dry_run: bool


class Resume(Struct, frozen=True, forbid_unknown_fields=True):
    """How a paused sequence goes on."""

    mode: ResumeMode
