"""The selection is kept by id, however rows were selected and whatever is listed."""

from __future__ import annotations

from array import array

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tui.state.listed_ids import ListedIds
from tui.state.selection import Selection, Shown

IDS = st.integers(1, 30)
MANY = st.lists(IDS, max_size=20)
LISTED = range(3, 33, 3)


def test_toggling_selects_and_unselects() -> None:
    selection = Selection()
    assert selection.toggle(7)
    assert 7 in selection
    assert not selection.toggle(7)
    assert selection.count == 0


def test_all_except_some() -> None:
    selection = Selection()
    selection.mark_all([5, 3, 9, 3])
    selection.unmark([3, 4])
    assert list(selection.all_of) == [3, 5, 9]
    assert selection.removed == {3}
    assert list(selection.ids()) == [5, 9]
    assert selection.count == 2


def test_many_selected_rows_are_counted_against_a_long_list() -> None:
    selection = Selection()
    selection.mark_all(range(0, 10_000, 2))
    selection.mark(range(1, 4_000, 2))
    selection.unmark(range(0, 3_000, 2))
    listed = ListedIds(reversed(range(5_000)))

    assert listed.count_shown(selection) == Shown(shown=1_000 + 2_000, hidden=2_500)


def test_rows_selected_after_select_all_are_kept() -> None:
    selection = Selection()
    selection.mark_all([1, 2])
    selection.mark([8, 2])
    assert selection.added == {8}
    assert selection.count == 3


def test_reselecting_a_row_of_select_all_is_not_an_addition() -> None:
    selection = Selection()
    selection.mark_all([1, 2])
    selection.unmark([2])
    selection.mark([2])
    assert not selection.added
    assert not selection.removed


def test_selecting_all_of_another_search_adds_to_the_selection() -> None:
    selection = Selection()
    selection.mark([100])
    selection.mark_all([1, 2])
    selection.unmark([1])
    selection.mark_all([4])
    assert list(selection.ids()) == [2, 4, 100]


def test_a_cleared_selection_can_be_restored_once() -> None:
    selection = Selection()
    assert not selection.give_back()
    selection.mark_all([1, 2])
    selection.mark_none()
    assert selection.count == 0
    assert selection.can_give_back
    selection.mark([3])
    assert selection.give_back()
    assert list(selection.ids()) == [1, 2, 3]
    assert not selection.give_back()


def test_clearing_an_empty_selection_keeps_the_last_one() -> None:
    selection = Selection()
    selection.mark([1])
    selection.mark_none()
    selection.mark_none()
    selection.give_back()
    assert list(selection.ids()) == [1]


def test_deleted_rows_leave_the_selection_for_good() -> None:
    selection = Selection()
    selection.mark_all([1, 2, 3])
    selection.mark([9])
    selection.mark_none()
    selection.mark([2, 4])
    assert selection.forget([2, 9, 77]) == 1
    selection.give_back()
    assert list(selection.ids()) == [1, 3, 4]


def test_selected_rows_outside_the_list_are_counted_separately() -> None:
    selection = Selection()
    selection.mark([1, 2, 3])
    assert selection.count_shown([2, 3, 4, 5]) == Shown(shown=2, hidden=1)


def test_a_million_selected_rows_are_a_flat_array() -> None:
    selection = Selection()
    selection.mark_all(range(1_000_000, 0, -1))
    selection.toggle(500_000)
    assert selection.count == 999_999
    assert isinstance(selection.all_of, array)
    assert selection.all_of.itemsize == 8
    assert selection.removed == {500_000}


class Marking(RuleBasedStateMachine):
    """After any actions the selection equals a plain set of ids."""

    def __init__(self) -> None:
        super().__init__()
        self.selection = Selection()
        self.marked: set[int] = set()
        self.last: set[int] | None = None
        self.listed = ListedIds(LISTED)

    @rule(one=IDS)
    def toggle(self, one: int) -> None:
        self.marked ^= {one}
        assert self.selection.toggle(one) == (one in self.marked)

    @rule(ids=MANY)
    def mark(self, ids: list[int]) -> None:
        self.selection.mark(ids)
        self.marked |= set(ids)

    @rule(ids=MANY)
    def unmark(self, ids: list[int]) -> None:
        self.selection.unmark(ids)
        self.marked -= set(ids)

    @rule(ids=MANY)
    def mark_all(self, ids: list[int]) -> None:
        self.selection.mark_all(ids)
        self.marked |= set(ids)

    @rule()
    def mark_none(self) -> None:
        self.selection.mark_none()
        self.last = set(self.marked) or self.last
        self.marked = set()

    @rule()
    def give_back(self) -> None:
        assert self.selection.give_back() == (self.last is not None)
        self.marked |= self.last or set()
        self.last = None

    @rule(ids=MANY)
    def forget(self, ids: list[int]) -> None:
        assert self.selection.forget(ids) == len(self.marked & set(ids))
        self.marked -= set(ids)
        self.last = None if self.last is None else self.last - set(ids)

    @invariant()
    def is_the_set(self) -> None:
        selection = self.selection
        assert set(selection) == self.marked
        assert list(selection.ids()) == sorted(self.marked)
        assert selection.count == len(selection) == len(self.marked)
        assert all((one in selection) == (one in self.marked) for one in range(32))
        assert selection.added.isdisjoint(selection.all_of)
        assert selection.removed <= set(selection.all_of)

    @invariant()
    def is_counted_beside_a_list(self) -> None:
        shown = Shown(len(self.marked & set(LISTED)), len(self.marked - set(LISTED)))
        assert self.listed.count_shown(self.selection) == shown
        assert self.selection.count_shown(LISTED) == shown


TestMarking = Marking.TestCase
