"""The list of sequences: searched by words, sorted on request, never reordered by itself."""

from __future__ import annotations

import pytest

from tests.tui.stage import CLINIC, DRAFT, SPRING, THREE, sequence
from tui.state.sequence_list import Column, SequenceList, count


def known(*sequences: object) -> SequenceList:
    listed = SequenceList()
    listed.load(sequences or THREE)  # type: ignore[arg-type]
    return listed


def ids(listed: SequenceList) -> list[int]:
    return [one.id for one in listed.shown()]


def test_a_column_sums_its_statuses() -> None:
    counted = {column: count(SPRING, column) for column in list(Column)[2:]}

    assert counted == {
        Column.STEPS: 3,
        Column.PENDING: 412_033,
        Column.RESPONDED: 80_211,
        Column.FINISHED: 480_211,
        Column.OPTED_OUT: 7_756,
        Column.FAILED: 90_000,
        Column.OMITTED: 10_000,
        Column.TOTAL: 1_000_000,
    }


def test_the_same_column_again_reverses_the_order() -> None:
    listed = known()
    orders = [ids(listed)]
    for column in (Column.PENDING, Column.PENDING, Column.NAME, Column.NAME, Column.STATE):
        listed.sort_by(column)
        orders.append(ids(listed))

    assert orders == [[3, 2, 1], [1, 2, 3], [3, 2, 1], [3, 2, 1], [1, 2, 3], [3, 1, 2]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3, 2, 1]),
        ("spr", [1]),
        ("2026 HIR", [1]),
        ("ogretmen", [3]),
        ("pring", []),
        ("clin rec", [2]),
        ("*", [3, 2, 1]),
    ],
)
def test_each_search_word_starts_a_word_of_the_name(query: str, found: list[int]) -> None:
    listed = known()
    listed.query = query

    assert ids(listed) == found


def test_counts_that_change_do_not_reorder_until_it_is_sorted_again() -> None:
    listed = known()
    listed.sort_by(Column.PENDING)
    risen = sequence(3, DRAFT.name, pending=999_999)
    listed.load((risen, CLINIC, SPRING))

    assert ids(listed) == [1, 2, 3]
    assert listed.get(3) == risen

    listed.sort_again()

    assert ids(listed) == [3, 1, 2]


def test_new_sequences_come_last_and_deleted_ones_leave() -> None:
    listed = known()
    listed.load((sequence(9, "Aaa"), SPRING, CLINIC))

    assert ids(listed) == [2, 1, 9]
    assert listed.get(3) is None
    assert len(listed) == 3
