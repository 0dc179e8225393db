"""The list of enrollments, as the API says it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from common.vocabulary import Hold, Reason, Status

Sort = Literal[
    "name",
    "-name",
    "phone",
    "-phone",
    "step",
    "-step",
    "status",
    "-status",
    "next",
    "-next",
    "by",
    "-by",
    "enrolled",
    "-enrolled",
]
"""A column; with a minus, the other way round. Rows without a value are last both ways."""


class Enroller(Struct, frozen=True):
    """The operator who enrolled."""

    id: int
    name: str


class ListedContact(Struct, frozen=True):
    """Who is enrolled. `zone` is the one that the contact's times are shown in."""

    id: int
    first_name: str
    last_name: str
    phone: str
    zone: str


class ListedEnrollment(Struct, frozen=True):
    """One row of the Contacts tab.

    `step` is the position today of the step this enrollment is on: the one that goes next or is
    being sent while pending, the last accepted one after the end; null if nothing was accepted or
    the step is deleted. `steps` is how many the sequence has. `due_at` is when the next text goes;
    a hold without a known end has none, and `planned_at` keeps the time. `run` is 2 for the second
    time in this sequence. `last_failed`: finished without response, and its last text failed.
    """

    id: int
    sequence_id: int
    status: Status
    status_label: str
    reason: Reason | None
    reason_label: str | None
    hold: Hold | None
    hold_label: str | None
    hold_detail: str | None
    step: int | None
    steps: int
    step_id: int | None
    due_at: datetime | None
    planned_at: datetime | None
    enrolled_by: Enroller
    enrolled_at: datetime
    replied: bool
    run: int
    last_failed: bool
    contact: ListedContact


class Facets(Struct, frozen=True):
    """How many enrollments each choice of a dropdown would show, under all other terms of `q`.

    `status` has all eight, `step` every position and `none`, `enrolled_by` everyone who enrolled
    anybody in the sequence, by name.
    """

    status: dict[str, int]
    step: dict[str, int]
    enrolled_by: dict[str, int]


class EnrollmentPage(Struct, frozen=True):
    """Some enrollments of a sequence.

    `total` match `q`, of `enrolled` in the sequence. `version` is the newest event that order,
    total and facets reflect. A later request that names the `snapshot` sees the same rows in the
    same order, with their present content.
    """

    items: tuple[ListedEnrollment, ...]
    total: int
    enrolled: int
    facets: Facets
    version: int
    snapshot: str


class EnrollmentIds(Struct, frozen=True):
    """The ids of some enrollments of a sequence, by rank: `total` match in all.

    `version` and `snapshot` are those of `EnrollmentPage`.
    """

    ids: tuple[int, ...]
    total: int
    version: int
    snapshot: str
