"""The selected rows, kept by id, independent of search, sorting, loading and scrolling."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain
from typing import Final, NamedTuple

TOGETHER_BITS: Final = 14
"""Ids that differ only in these lower bits are sorted together."""


class Shown(NamedTuple):
    """How many selected rows are in the list, and how many are not."""

    shown: int
    hidden: int


class _Marks(NamedTuple):
    """One whole selection, so that it can be stored and restored."""

    all_of: array[int]
    added: set[int]
    removed: set[int]


class Selection:
    """Selected ids: a frozen list without some of its rows, plus some other rows.

    `all_of` holds the sorted ids of the last "select all"; `removed` are those of them that were
    unselected since, `added` are selected ids outside of it. So a million selected rows cost eight
    bytes each, and one more toggle costs nothing. Ids leave only when unselected, or by `forget`.
    """

    def __init__(self) -> None:
        self._marks = _none()
        self._last: _Marks | None = None

    @property
    def all_of(self) -> array[int]:
        """Sorted ids of the last "select all", including those unselected since. Read only."""
        return self._marks.all_of

    @property
    def added(self) -> frozenset[int]:
        """Selected ids that are not in `all_of`."""
        return frozenset(self._marks.added)

    @property
    def removed(self) -> frozenset[int]:
        """Ids in `all_of` that are not selected any more."""
        return frozenset(self._marks.removed)

    @property
    def count(self) -> int:
        """How many are selected."""
        all_of, added, removed = self._marks
        return len(all_of) - len(removed) + len(added)

    @property
    def can_give_back(self) -> bool:
        """Whether `give_back` has a selection to restore."""
        return self._last is not None

    def __len__(self) -> int:
        return self.count

    def __contains__(self, enrollment_id: int) -> bool:
        return self.contains(enrollment_id)

    def __iter__(self) -> Iterator[int]:
        """Selected ids: those of `all_of` in order, then the others in order."""
        all_of, added, removed = self._marks
        yield from (one for one in all_of if one not in removed)
        yield from sorted(added)

    def contains(self, enrollment_id: int) -> bool:
        """Whether an id is selected."""
        all_of, added, removed = self._marks
        if enrollment_id in added:
            return True
        return holds(all_of, enrollment_id) and enrollment_id not in removed

    def ids(self) -> array[int]:
        """All selected ids, sorted."""
        all_of, added, removed = self._marks
        if not added and not removed:
            return array("q", all_of)
        return in_order(self)

    def toggle(self, enrollment_id: int) -> bool:
        """Select or unselect an id; returns whether it is selected now."""
        if self.contains(enrollment_id):
            self.unmark((enrollment_id,))
            return False
        self.mark((enrollment_id,))
        return True

    def mark(self, ids: Iterable[int]) -> None:
        """Select ids, in addition to those already selected."""
        all_of, added, removed = self._marks
        for one in ids:
            if holds(all_of, one):
                removed.discard(one)
            else:
                added.add(one)

    def unmark(self, ids: Iterable[int]) -> None:
        """Unselect ids."""
        all_of, added, removed = self._marks
        for one in ids:
            if one in added:
                added.discard(one)
            elif holds(all_of, one):
                removed.add(one)

    def mark_all(self, ids: Iterable[int]) -> None:
        """Select all of a list, in addition to what is selected. Ids may come in any order."""
        everybody = chain(self, ids) if self.count else ids
        self._marks = _Marks(in_order(everybody), set(), set())

    def mark_none(self) -> None:
        """Unselect everything; `give_back` restores it. An empty selection is not stored."""
        if self.count:
            self._last = self._marks
        self._marks = _none()

    def give_back(self) -> bool:
        """Restore the selection from before the last `mark_none`, in addition to the present one.

        Returns whether there was anything to restore.
        """
        if self._last is None:
            return False
        since = self._marks
        self._marks, self._last = self._last, None
        if since.all_of:
            given = self.ids()
            self._marks = since
            self.mark_all(given)
        else:
            self.mark(since.added)
        return True

    def forget(self, ids: Iterable[int]) -> int:
        """Drop rows that no longer exist, here and in what can be restored.

        Returns how many selected ids that removed.
        """
        gone = set(ids)
        before = self.count
        self._marks = _without(self._marks, gone)
        if self._last is not None:
            self._last = _without(self._last, gone)
        return before - self.count

    def count_shown(self, listed: Iterable[int]) -> Shown:
        """Count the selected ids that are in the list, and those that are not."""
        shown = sum(map(self.contains, set(listed)))
        return Shown(shown, self.count - shown)


def _none() -> _Marks:
    return _Marks(array("q"), set(), set())


def in_order(ids: Iterable[int]) -> array[int]:
    """Each id once, sorted. A million ints at once take 80 MB, so they are sorted in parts."""
    given = ids if isinstance(ids, array) else array("q", ids)
    sizes = sorted(Counter(one >> TOGETHER_BITS for one in given).items())
    begins = accumulate((size for _, size in sizes), initial=0)
    places = {part: begin for (part, _), begin in zip(sizes, begins, strict=False)}
    found = array("q", bytes(given.itemsize * len(given)))
    for one in given:
        part = one >> TOGETHER_BITS
        found[places[part]] = one
        places[part] += 1
    begin = end = 0
    for _, size in sizes:
        once = array("q", sorted(set(found[begin : begin + size])))
        found[end : end + len(once)] = once
        begin, end = begin + size, end + len(once)
    del found[end:]
    return found


def holds(ids: array[int], enrollment_id: int) -> bool:
    """Whether sorted ids contain an id."""
    at = bisect_left(ids, enrollment_id)
    return at < len(ids) and ids[at] == enrollment_id


def _without(marks: _Marks, gone: set[int]) -> _Marks:
    all_of = marks.all_of
    if any(holds(all_of, one) for one in gone):
        all_of = array("q", all_of)
        for one in gone:
            if holds(all_of, one):
                del all_of[bisect_left(all_of, one)]
    return _Marks(all_of, marks.added - gone, marks.removed - gone)
