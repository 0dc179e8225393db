"""Bulk actions, as the API says them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct, field

from common.vocabulary import OperationAction, Outcome

MESSAGE_RECIPIENTS: Final = 10
"""Contacts that one send_message reaches at most."""

Ident = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class Selection(Struct, frozen=True, forbid_unknown_fields=True):
    """Which enrollments: `ids`, or all that match `q` in a sequence but `except`.

    With `snapshot`, exactly those that were in the list answer that named it.
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

    add_to_group needs `group_id` or `group_name` (made if it is not there); send_message needs
    `body` and at most 10 contacts, and `override_reason` to go outside the window; suppress takes a
    `note`.
    """

    action: OperationAction
    selection: Selection
    group_id: Ident | None = None
    group_name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    body: Annotated[str, Meta(min_length=1, max_length=1_600)] | None = None
    override_reason: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    note: Annotated[str, Meta(max_length=500)] = ""


class OperationRow(Struct, frozen=True):
    """How one row ended; `outcome` is null while it has not.

    `why` says it for people: always for skipped and conflict, for done where there is more to know.
    """

    enrollment_id: int | None
    contact_id: int | None
    name: str
    phone: str
    outcome: Outcome | None
    why: str | None


class Operation(Struct, frozen=True):
    """A bulk action: who, what, how far, and how it ended row by row.

    `state` is running, done or cancelled. `with_carrier` counts finished enrollments whose text was
    already with the carrier. `detail` is what was asked beside the action: the group's name, the
    text, the note. `rows` is a page of those with the outcome asked for, `rows_total` how many
    there are of it; the list of operations tells no rows.
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
    """Operations, newest first."""

    items: tuple[Operation, ...]
    total: int
