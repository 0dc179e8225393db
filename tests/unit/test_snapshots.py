"""Frozen orders: kept while used, within a budget, with random names."""

from __future__ import annotations

from array import array

import pytest

from common.model.listing import Facets
from server.enrollments.snapshots import OVERHEAD, Asked, Ranking, Snapshots
from server.errors import Gone

ALL = Asked(1, "", "name", None)


class Clock:
    """Real time that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def ranking(count: int = 3, version: int = 1) -> Ranking:
    return Ranking(array("q", range(count)), count, Facets({}, {}, {}), version)


def test_a_kept_snapshot_is_found_by_its_id_and_by_its_question() -> None:
    snapshots = Snapshots()
    kept = snapshots.keep(ALL, ranking())
    assert snapshots.get(kept.id, 1) is kept
    assert snapshots.find(ALL, 1) is kept


@pytest.mark.parametrize(
    "asked",
    [
        ALL._replace(sequence_id=2),
        ALL._replace(q="abe"),
        ALL._replace(sort="-name"),
        ALL._replace(moment=5),
    ],
)
def test_another_question_or_version_is_not_answered_by_it(asked: Asked) -> None:
    snapshots = Snapshots()
    snapshots.keep(ALL, ranking())
    assert snapshots.find(asked, 1) is None
    assert snapshots.find(ALL, 2) is None


def test_the_name_of_a_snapshot_of_another_sequence_is_gone() -> None:
    snapshots = Snapshots()
    kept = snapshots.keep(ALL, ranking())
    with pytest.raises(Gone) as gone:
        snapshots.get(kept.id, 2)
    assert gone.value.code == "snapshot_expired"


def test_ids_differ_and_are_long() -> None:
    snapshots = Snapshots()
    ids = {snapshots.keep(ALL, ranking()).id for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) >= 22


def test_it_lives_while_it_is_used_and_is_gone_after_ten_idle_minutes() -> None:
    clock = Clock()
    snapshots = Snapshots(now=clock)
    kept = snapshots.keep(ALL, ranking())
    for _ in range(3):
        clock.now += 599
        assert snapshots.get(kept.id, 1) is kept
    clock.now += 601
    with pytest.raises(Gone):
        snapshots.get(kept.id, 1)
    assert snapshots.find(ALL, 1) is None
    assert len(snapshots) == 0


def test_over_the_budget_the_least_recently_used_goes() -> None:
    snapshots = Snapshots(budget=3 * (OVERHEAD + 8 * 10))
    first, second, third = (
        snapshots.keep(ALL._replace(sequence_id=n), ranking(10)) for n in (1, 2, 3)
    )
    snapshots.get(first.id, 1)
    fourth = snapshots.keep(ALL._replace(sequence_id=4), ranking(10))
    with pytest.raises(Gone):
        snapshots.get(second.id, 2)
    assert [snapshots.get(one.id, n) for one, n in [(first, 1), (third, 3), (fourth, 4)]]


def test_one_larger_than_the_budget_is_kept_alone() -> None:
    snapshots = Snapshots(budget=1)
    snapshots.keep(ALL, ranking())
    kept = snapshots.keep(ALL, ranking(version=2))
    assert snapshots.get(kept.id, 1) is kept
    assert len(snapshots) == 1


def test_dropping_an_older_answer_does_not_forget_the_newer_to_the_same_question() -> None:
    clock = Clock()
    snapshots = Snapshots(now=clock)
    snapshots.keep(ALL, ranking())
    clock.now += 500
    newer = snapshots.keep(ALL, ranking())
    clock.now += 200
    assert snapshots.find(ALL, 1) is newer
    assert len(snapshots) == 1
