"""All the ids of a frozen list, or of a range of it, part by part."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Final, NamedTuple

from common.model.listing import Sort
from tui.source import Source

AT_ONCE: Final = 50_000
"""Ids of one request: the most that the server gives."""


class FrozenList(NamedTuple):
    """One order of a sequence's enrollments that the server keeps."""

    sequence_id: int
    q: str
    sort: Sort
    snapshot: str


async def gather_ids(
    source: Source, frozen: FrozenList, first: int, last: int, tell: Callable[[int], object]
) -> array[int]:
    """The ids of the ranks `first` to `last`; `tell` is told how many there are so far."""
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
