"""The ids of one whole list: how many of the marks it shows, and how many it does not."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from typing import Final

from tui.state.selection import Selection, Shown, holds

FEW: Final = 1_000
"""Ids up to which each is looked for by itself."""


class ListedIds:
    """The ids of a list, a million for eight bytes each. Marks are counted as they are now."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._ids = array("q", sorted(ids))
        self._all_of: array[int] | None = None
        self._in_all_of = 0

    def count_shown(self, marks: Selection) -> Shown:
        """Count the marks that are listed, and those that are not."""
        if marks.all_of is not self._all_of:
            self._all_of, self._in_all_of = marks.all_of, self._many(marks.all_of)
        shown = self._in_all_of - self._many(marks.removed) + self._many(marks.added)
        return Shown(shown, marks.count - shown)

    def _many(self, ids: Collection[int]) -> int:
        if len(ids) <= FEW:
            return sum(holds(self._ids, one) for one in ids)
        return len(set(self._ids).intersection(ids))
