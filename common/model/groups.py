"""Groups of contacts, as the API says them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

MEMBERS_AT_ONCE: Final = 10_000

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class GroupName(Struct, frozen=True):
    """A group by name alone."""

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
    """Makes an empty group."""

    name: Name


class GroupChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Renames a group."""

    name: Name


class GroupPage(Struct, frozen=True):
    """Some groups, by name, and how many there are in all."""

    items: tuple[Group, ...]
    total: int


class NewMembers(Struct, frozen=True, forbid_unknown_fields=True):
    """Adds contacts to a group."""

    contact_ids: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=2**63 - 1)], ...],
        Meta(min_length=1, max_length=MEMBERS_AT_ONCE),
    ]


class MembersAdded(Struct, frozen=True):
    """How many contacts came into the group, and how many were in it already."""

    added: int
    already: int
