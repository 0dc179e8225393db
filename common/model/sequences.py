"""Sequences, as the API says them.

A `SequenceDocument` is what people write, as JSON and as TOML alike; a `Sequence` is that document
as it is kept, with ids, state, version and counts.
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
    """Whether a contact who went through a sequence may be enrolled in it again."""

    AFTER = "after"
    NEVER = "never"
    ALWAYS = "always"


class WindowSpan(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"start": "from"}
):
    """Hours on some days of the week. `to` is exclusive; one not after `from` is past midnight."""

    days: Annotated[str, Meta(max_length=100, examples=["mon-sat"])] = "daily"
    start: Annotated[str, Meta(max_length=5, examples=["09:00"])]
    to: Annotated[str, Meta(max_length=5, examples=["20:00"])]


DEFAULT_WINDOW: Final = (
    WindowSpan(days="mon-sat", start="09:00", to="20:00"),
    WindowSpan(days="sun", start="12:00", to="20:00"),
)


class Delay(Struct, frozen=True, forbid_unknown_fields=True):
    """How long after the step before; the first step's counts from enrolling."""

    days: Annotated[int, Meta(ge=0, le=3650)] = 0
    hours: Annotated[int, Meta(ge=0, le=8760)] = 0
    minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0


class StepDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """One text and when it goes out: a delay if the sequence is relative, else `at`.

    `local` says that `at` is wall time of each recipient. An `at` that is not local and has no
    offset is wall time of the workspace's zone. `id` names a step that is there already.
    """

    body: Body
    delay: Delay | None = None
    at: Annotated[str, Meta(max_length=40, examples=["2026-12-01T09:00:00"])] | None = None
    local: bool | None = None
    id: StepId | None = None


class SequenceDocument(Struct, frozen=True, forbid_unknown_fields=True):
    """A sequence as people write it; the same as JSON and as TOML."""

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
    """A step as it is kept; `position` counts from 1."""

    id: int
    position: int
    body: str
    delay: Delay | None
    at: str | None
    local: bool | None


class SequenceSummary(Struct, frozen=True):
    """A sequence in a list. `counts` is by status and adds up to `total`, all ever enrolled."""

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
    """Some sequences, and how many there are in all."""

    items: tuple[SequenceSummary, ...]
    total: int


class Sequence(Struct, frozen=True):
    """A whole sequence. `version` grows with every change of it."""

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
    """What a duplicate is to be called."""

    name: SequenceName


class Difference(Struct, frozen=True):
    """One field that differs: `before` is null for what was not there, `after` for what goes."""

    field: str
    before: Any
    after: Any


class SequenceReplaced(Struct, frozen=True):
    """What a replacement did, or in a dry run would do.

    `pending` is how many enrollments go by the new version; of those, `moved` get another text next
    or get it at another time, and `ended` have none left. New steps of a dry run may get other ids.
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
    """Makes the sequence of the document's name be as the document says."""

    document: SequenceDocument
    dry_run: bool = False


class ApplyOutcome(StrEnum):
    """What an apply did, or in a dry run would do."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Applied(Struct, frozen=True):
    """What an apply did; `id` is null in a dry run that would create."""

    outcome: ApplyOutcome
    id: int | None
    name: str
    version: int
    differences: tuple[Difference, ...]
    pending: int
    dry_run: bool


class Severity(StrEnum):
    """An error keeps a sequence from being activated."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Struct, frozen=True):
    """Something lint found. `step` counts from 1, null for the sequence; `code` is stable."""

    severity: Severity
    code: str
    step: int | None
    field: str
    reason: str
    remedy: str


class PreviewRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose fields to fill in: a contact's, those given, or those of the one over the other's.

    `bodies` are shown instead of the sequence's steps, for texts that are not saved yet.
    """

    contact_id: StepId | None = None
    fields: Annotated[
        dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=2000)]],
        Meta(max_length=100),
    ] = {}
    bodies: Annotated[tuple[Body, ...], Meta(max_length=STEPS_LIMIT)] | None = None


class Culprit(Struct, frozen=True):
    """A character that makes a text dearer; `plain` could stand in its place, if anything."""

    position: int
    character: str
    plain: str | None


class StepPreview(Struct, frozen=True):
    """One text as the person would get it; `text` is null where it would be held, see `problem`."""

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
