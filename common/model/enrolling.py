"""Enrolling in the API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from common.vocabulary import ResumeMode

Ident = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Phone = Annotated[str, Meta(min_length=1, max_length=64)]


class Enrollees(Struct, frozen=True, forbid_unknown_fields=True):
    """The contacts to enroll, named in exactly one of five ways. `q` searches by name or phone.

    `phones` without a contact create one. `everybody` means all contacts; no `q` can mean that.
    With `dry_run` nothing is written, and the answer is the same as that of the real run.
    """

    contact_ids: Annotated[tuple[Ident, ...], Meta(max_length=50_000)] | None = None
    group_id: Ident | None = None
    phones: Annotated[tuple[Phone, ...], Meta(max_length=50_000)] | None = None
    q: Annotated[str, Meta(min_length=1, max_length=2_000)] | None = None
    everybody: bool = False
    dry_run: bool = False


class NotEnrolled(StrEnum):
    """Why a contact was refused or skipped."""

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
    """A contact who was refused, skipped, or enrolled and omitted, with the reason for people."""

    contact_id: int | None
    phone: str
    outcome: str
    why: str


class EnrollResult(Struct, frozen=True):
    """The result of enrolling. The counts add up to `asked`.

    `first_text_at` and `last_text_at` are the first and last time at which the pending contacts
    would get a text if nobody replies. `segments` counts the segments of these texts. `turned`
    lists the first 1,000 contacts who are not pending.
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
    """How to resume a paused sequence."""

    mode: ResumeMode
