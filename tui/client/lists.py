"""Reads whole lists in parts: ids of a frozen list, all groups, ids of contacts."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final, NamedTuple

from common.client import Client
from common.model.groups import Group
from common.model.listing import Sort

PAGE: Final = 500
"""Groups or contacts per request: the server's maximum."""
AT_ONCE: Final = 50_000
"""Ids per request: the server's maximum."""


class FrozenList(NamedTuple):
    """A list of a sequence's enrollments in an order that the server keeps."""

    sequence_id: int
    q: str
    sort: Sort
    snapshot: str


async def gather_ids(
    source: Client, frozen: FrozenList, first: int, last: int, tell: Callable[[int], object]
) -> array[int]:
    """The ids of the ranks `first` to `last`; `tell` is called with the number read so far."""
    ids = array("q")
    while first + len(ids) <= last:
        part = await source.list_enrollment_ids(
            frozen.sequence_id,
            frozen.q,
            sort=frozen.sort,
            offset=first + len(ids),
            limit=min(AT_ONCE, last - first - len(ids) + 1),
            snapshot=frozen.snapshot,
        )
        if not part.ids:
            break
        ids.extend(part.ids)
        tell(len(ids))
    return ids


async def all_groups(source: Client) -> list[Group]:
    """Every group, by name."""
    found: list[Group] = []
    while True:
        page = await source.list_groups(offset=len(found), limit=PAGE)
        found += page.items
        if not page.items or len(found) >= page.total:
            return found


async def contact_ids(source: Client, q: str, first: int, last: int) -> list[int]:
    """The ids of the contacts matching a search, from rank `first` to `last`."""
    ids: list[int] = []
    while first + len(ids) <= last:
        limit = min(PAGE, last - first - len(ids) + 1)
        page = await source.list_contacts(q, offset=first + len(ids), limit=limit)
        if not page.items:
            break
        ids += [one.id for one in page.items]
    return ids
