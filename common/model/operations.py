"""Bulk actions in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from common.vocabulary import OperationAction, Outcome

MESSAGE_RECIPIENTS: Final = 10
"""Most contacts of one send_message."""

Ident = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class Selection(Struct, frozen=True, forbid_unknown_fields=True):
    """The enrollments to act on: `ids`, or all that match `q` in a sequence except `except`.

    With `snapshot`, exactly those in the list answer that returned it.
    """

    ids: Annotated[tuple[Ident, ...], Meta(min_length=1, max_length=100_000)] | None = None
    sequence_id: Ident | None = None
    q: Annotated[str, Meta(max_length=2_000)] | None = None
    excluded: Annotated[tuple[Ident, ...], Meta(max_length=100_000)] = field(
        default=(), name="except"
    )
    snapshot: Annotated[str, Meta(max_length=100)] | None = None


class NewOperation(Struct, frozen=True, forbid_unknown_fields=True):
    """A bulk action on a selection.

    add_to_group needs `group_id`, or `group_name`, which creates a missing group. send_message
    needs `body` and at most 10 contacts, and `override_reason` to send outside sending hours.
    suppress takes a `note`.
    """

    action: OperationAction
    selection: Selection
    group_id: Ident | None = None
    group_name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    body: Annotated[str, Meta(min_length=1, max_length=1_600)] | None = None
    override_reason: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class OperationRow(Struct, frozen=True):
    """The outcome of one row; `outcome` is null until then.

    `why` gives the reason for people: always for skipped and conflict, and for done if there is
    more to say.
    """

    enrollment_id: int | None
    contact_id: int | None
    name: str
    phone: str
    outcome: Outcome | None
    why: str | None


class Operation(Struct, frozen=True):
    """A bulk action: who, what, its progress, and the outcome of each row.

    `state` is running, done or cancelled. `with_carrier` counts finished enrollments whose text was
    already with the carrier. `detail` is the parameter of the action: the group's name, the text,
    the note. `rows` is a page of rows with the requested outcome and `rows_total` their number; the
    list of operations has no rows.
    """

    id: int
    action: OperationAction
    state: str
    operator: str
    sequence_id: int | None
    created_at: datetime
    ended_at: datetime | None
    total: int
    done: int
    skipped: int
    conflict: int
    with_carrier: int
    undoable: bool
    undone_by: int | None
    undoes: int | None
    detail: str | None = None
    rows: tuple[OperationRow, ...] = ()
    rows_total: int = 0


class OperationPage(Struct, frozen=True):
    """A page of operations, newest first, and the total."""

    items: tuple[Operation, ...]
    total: int
