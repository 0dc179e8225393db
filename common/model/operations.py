"""Bulk actions, as the API says them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from common.vocabulary import OperationAction, Outcome

Ident = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class Selection(Struct, frozen=True, forbid_unknown_fields=True):
    """Which enrollments: `ids`, or all that match `q` in a sequence but `except`.

    With `snapshot`, exactly those that were in the list answer that named it.
    """

    ids: Annotated[tuple[Ident, ...], Meta(max_length=100_000)] | None = None
    sequence_id: Ident | None = None
    q: Annotated[str, Meta(max_length=2_000)] = ""
    excluded: Annotated[tuple[Ident, ...], Meta(max_length=100_000)] = ()
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
    """How one row ended; `outcome` is null while it has not."""

    enrollment_id: int | None
    contact_id: int | None
    name: str
    phone: str
    outcome: Outcome | None
    why: str | None


class Operation(Struct, frozen=True):
    """A bulk action: who, what, how far, and how it ended row by row (first 1,000 rows).

    `with_carrier` counts finished enrollments whose text was already with the carrier.
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
    rows: tuple[OperationRow, ...] = ()


class OperationPage(Struct, frozen=True):
    """Operations, newest first."""

    items: tuple[Operation, ...]
    total: int
