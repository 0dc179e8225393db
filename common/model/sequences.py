"""Sequences in the API.

A `SequenceDocument` is what people write, in JSON or TOML. A `Sequence` is the stored document with
ids, state, version and counts.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from common.segments import Encoding
from common.vocabulary import OnReply, SequenceKind, SequenceState

NAME_LIMIT: Final = 100
BODY_LIMIT: Final = 1600
STEPS_LIMIT: Final = 100
SPANS_LIMIT: Final = 20

StepId = Annotated[int, Meta(ge=1, le=2**63 - 1)]
SequenceName = Annotated[
    str, Meta(min_length=1, max_length=NAME_LIMIT, examples=["Spring hiring 2026"])
]
Body = Annotated[
    str,
    Meta(
        max_length=BODY_LIMIT,
        description="The text, with merge fields such as {{ first_name | default: 'there' }}.",
    ),
]


class Reenroll(StrEnum):
    """Whether a contact may be enrolled again in the same sequence."""

    AFTER = "after"
    NEVER = "never"
    ALWAYS = "always"


class WindowSpan(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"start": "from"}
):
    """Hours on some days of the week. `to` is exclusive; a `to` not after `from` is on the next
    day.
    """

    days: Annotated[str, Meta(max_length=100, examples=["mon-sat"])] = "daily"
    start: Annotated[str, Meta(max_length=5, examples=["09:00"])]
    to: Annotated[str, Meta(max_length=5, examples=["20:00"])]


DEFAULT_WINDOW: Final = (
    WindowSpan(days="mon-sat", start="09:00", to="20:00"),
    WindowSpan(days="sun", start="12:00", to="20:00"),
)


class Delay(Struct, frozen=True, forbid_unknown_fields=True):
    """The wait after the step before, or after enrolling for the first step."""

    days: Annotated[int, Meta(ge=0, le=3650)] = 0
    hours: Annotated[int, Meta(ge=0, le=8760)] = 0
    minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0


class StepDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """One text and when it is sent: a delay in a relative sequence, otherwise `at`.

    `local` means that `at` is local time of each recipient. Without `local` and without an offset,
    `at` is local time of the workspace's zone. `id` refers to an existing step.
    """

    body: Body
    delay: Delay | None = None
    at: Annotated[str, Meta(max_length=40, examples=["2026-12-01T09:00:00"])] | None = None
    local: bool | None = None
    id: StepId | None = None


class SequenceDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A sequence as people write it, in JSON or TOML."""

    name: SequenceName
    kind: SequenceKind = SequenceKind.RELATIVE
    on_reply: OnReply = OnReply.FINISH
    window: (
        WindowSpan | Annotated[tuple[WindowSpan, ...], Meta(min_length=1, max_length=SPANS_LIMIT)]
    ) = DEFAULT_WINDOW
    sender: (
        Annotated[
            str,
            Meta(
                max_length=16, description="The sender's phone number; null for the default sender."
            ),
        ]
        | None
    ) = None
    daily_limit: Annotated[int, Meta(ge=1, le=100)] = 1
    late_hours: Annotated[int, Meta(ge=0, le=168)] = 12
    response_days: Annotated[int, Meta(ge=1, le=365)] = 7
    reenroll: Reenroll = Reenroll.AFTER
    reenroll_days: Annotated[int, Meta(ge=0, le=3650)] = 30
    steps: tuple[StepDocument, ...] = ()


class Step(Struct, frozen=True):
    """A stored step; `position` counts from 1."""

    id: int
    position: int
    body: str
    delay: Delay | None
    at: str | None
    local: bool | None


class SequenceSummary(Struct, frozen=True):
    """A sequence in a list. `counts` is by status and adds up to `total`, all enrollments ever
    made.
    """

    id: int
    name: str
    kind: SequenceKind
    state: SequenceState
    version: int
    steps: int
    counts: dict[str, int]
    total: int
    updated_at: datetime


class SequencePage(Struct, frozen=True):
    """A page of sequences and the total."""

    items: tuple[SequenceSummary, ...]
    total: int


class Sequence(Struct, frozen=True):
    """A whole sequence. `version` grows with every change."""

    id: int
    name: str
    kind: SequenceKind
    state: SequenceState
    version: int
    on_reply: OnReply
    window: tuple[WindowSpan, ...]
    sender: str | None
    daily_limit: int
    late_hours: int
    response_days: int
    reenroll: Reenroll
    reenroll_days: int
    steps: tuple[Step, ...]
    counts: dict[str, int]
    total: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    activated_at: datetime | None
    paused_at: datetime | None


class NewName(Struct, frozen=True, forbid_unknown_fields=True):
    """The name of a duplicate."""

    name: SequenceName


class Difference(Struct, frozen=True):
    """One field that differs: `before` is null if it was not there, `after` if it is removed."""

    field: str
    before: Any
    after: Any


class SequenceReplaced(Struct, frozen=True):
    """What a replacement did, or would do in a dry run.

    `pending` counts the enrollments that use the new version. Of those, `moved` get another next
    text or another due time, and `ended` have no steps left. Ids of new steps in a dry run may
    differ from the real ones.
    """

    sequence: Sequence
    changed: bool
    differences: tuple[Difference, ...]
    steps_added: int
    steps_removed: int
    timing_changed: bool
    pending: int
    moved: int
    ended: int
    dry_run: bool


class Apply(Struct, frozen=True, forbid_unknown_fields=True):
    """Creates or replaces the sequence with the document's name."""

    document: SequenceDocument
    dry_run: bool = False


class ApplyOutcome(StrEnum):
    """What an apply did, or would do in a dry run."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Applied(Struct, frozen=True):
    """The result of an apply; `id` is null in a dry run that would create the sequence."""

    outcome: ApplyOutcome
    id: int | None
    name: str
    version: int
    differences: tuple[Difference, ...]
    pending: int
    dry_run: bool


class Severity(StrEnum):
    """How serious a finding is. An error prevents activation."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Struct, frozen=True):
    """One result of lint. `step` counts from 1, null for the whole sequence; `code` is stable."""

    severity: Severity
    code: str
    step: int | None
    field: str
    reason: str
    remedy: str


class PreviewRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The fields for a preview: a contact's, the given ones, or both; given ones win.

    With `bodies`, those texts are shown instead of the sequence's steps, to preview unsaved texts.
    """

    contact_id: StepId | None = None
    fields: Annotated[
        dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=2000)]],
        Meta(max_length=100),
    ] = {}
    bodies: Annotated[tuple[Body, ...], Meta(max_length=STEPS_LIMIT)] | None = None


class Culprit(Struct, frozen=True):
    """A character that makes a text cost more segments; `plain` could replace it, if set."""

    position: int
    character: str
    plain: str | None


class StepPreview(Struct, frozen=True):
    """One text as the contact would get it; `text` is null if it would be held, see `problem`."""

    position: int
    step_id: int | None
    text: str | None
    encoding: Encoding | None
    characters: int
    segments: int
    missing: tuple[str, ...]
    culprits: tuple[Culprit, ...]
    plain_segments: int
    problem: str | None
