"""The list of enrollments in the API."""

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
"""A column; a minus sign reverses the order. Rows without a value are last either way."""


class Enroller(Struct, frozen=True):
    """The operator who enrolled."""

    id: int
    name: str


class ListedContact(Struct, frozen=True):
    """The enrolled contact. The contact's times are shown in `zone`."""

    id: int
    first_name: str
    last_name: str
    phone: str
    zone: str


class ListedEnrollment(Struct, frozen=True):
    """One row of the Contacts tab.

    `step` is the current position of the enrollment's step: while pending, the step that is next or
    being sent; after the end, the last accepted one; null if nothing was accepted or the step was
    deleted. `steps` is the number of steps of the sequence. `due_at` is when the next text is due;
    it is null during a hold without a known end, and `planned_at` keeps the time. `run` is 2 for
    the second enrollment of the contact in this sequence. `last_failed` is true if it finished
    without a response and its last text failed.
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

    `status` has all eight statuses, `step` every position and `none`, `enrolled_by` everyone who
    enrolled a contact in the sequence, by name.
    """

    status: dict[str, int]
    step: dict[str, int]
    enrolled_by: dict[str, int]


class EnrollmentPage(Struct, frozen=True):
    """A page of a sequence's enrollments.

    `total` match `q`, of `enrolled` in the sequence. `version` is the newest event that order,
    total and facets include. A later request with this `snapshot` gets the same rows in the same
    order, with their current content.
    """

    items: tuple[ListedEnrollment, ...]
    total: int
    enrolled: int
    facets: Facets
    version: int
    snapshot: str


class EnrollmentIds(Struct, frozen=True):
    """Ids of some enrollments of a sequence, by rank; `total` match.

    `version` and `snapshot` are as in `EnrollmentPage`.
    """

    ids: tuple[int, ...]
    total: int
    version: int
    snapshot: str
