"""The ids of one whole list, to count how many selected rows it shows."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from typing import Final

from tui.state.selection import Selection, Shown, holds, in_order

TOGETHER: Final = 20_000
"""Ids that are compared at once."""
FEW: Final = 1_000
"""Up to this many ids each is looked up by itself."""


class ListedIds:
    """The ids of a list, at eight bytes each."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = in_order(ids)
        self._all_of: array[int] | None = None
        self._in_all_of = 0

    def count_shown(self, marks: Selection) -> Shown:
        """Count the selected ids that are in the list, and those that are not."""
        if marks.all_of is not self._all_of:
            self._all_of, self._in_all_of = marks.all_of, self._many(marks.all_of)
        shown = self._in_all_of - self._many(marks.removed) + self._many(marks.added)
        return Shown(shown, marks.count - shown)

    def _many(self, ids: Collection[int]) -> int:
        if len(ids) <= FEW:
            return sum(holds(self._ids, one) for one in ids)
        return _count_common(self._ids, ids if isinstance(ids, array) else in_order(ids))


def _count_common(ids: array[int], others: array[int]) -> int:
    """Count the common ids of two sorted lists, part by part: a set of a million takes 80 MB."""
    many = 0
    for start in range(0, len(ids), TOGETHER):
        part = ids[start : start + TOGETHER]
        between = others[bisect_left(others, part[0]) : bisect_right(others, part[-1])]
        many += len(set(part).intersection(between))
    return many
