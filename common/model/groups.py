"""Groups of contacts in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

MEMBERS_AT_ONCE: Final = 10_000

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class GroupName(Struct, frozen=True):
    """The name of a group."""

    id: int
    name: str


class Group(Struct, frozen=True):
    """A named set of contacts; `members` counts them."""

    id: int
    name: str
    members: int
    created_by: str
    created_at: datetime


class NewGroup(Struct, frozen=True, forbid_unknown_fields=True):
    """Creates an empty group."""

    name: Name


class GroupChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Renames a group."""

    name: Name


class GroupPage(Struct, frozen=True):
    """A page of groups, by name, and the total."""

    items: tuple[Group, ...]
    total: int


class NewMembers(Struct, frozen=True, forbid_unknown_fields=True):
    """Adds contacts to a group."""

    contact_ids: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=2**63 - 1)], ...],
        Meta(min_length=1, max_length=MEMBERS_AT_ONCE),
    ]


class MembersAdded(Struct, frozen=True):
    """How many contacts were added to the group, and how many were already members."""

    added: int
    already: int
