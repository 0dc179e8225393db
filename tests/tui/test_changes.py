"""Events collected into what has to be read again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common.client import RESYNC
from common.model.events import Event
from tests.tui.stage import NOW, event
from tui.state.changes import Batch, Changes

IDS = st.none() | st.integers(1, 3)
EVENTS = st.builds(
    lambda n, kind, s, e, c: event(n, kind, s, enrollment_id=e, contact_id=c),
    st.integers(1, 99),
    st.sampled_from(("enrolled", "replied", "sequence_paused", RESYNC)),
    IDS,
    IDS,
    IDS,
)


def gathered(*events: Event) -> Batch:
    changes = Changes()
    for one in events:
        changes.add(one)
    return changes.take()


def test_many_events_of_one_enrollment_are_one_row() -> None:
    batch = gathered(
        event(1, "accepted", 4, enrollment_id=9),
        event(2, "delivered", 4, enrollment_id=9),
        event(3, "replied", 5, enrollment_id=2, contact_id=7),
    )

    assert batch == Batch(
        rows={4: frozenset({9}), 5: frozenset({2})},
        sequences=frozenset({4, 5}),
        contacts=frozenset({7}),
        clock=(NOW, 1.0),
    )
    assert [len(batch.rows_of(ident)) for ident in (4, 5, 6)] == [1, 1, 0]


def test_newcomers_are_counted_but_not_reread() -> None:
    batch = gathered(*(event(n, "enrolled", 4, enrollment_id=n) for n in range(1, 15)))

    assert batch == Batch(newcomers={4: 14}, sequences=frozenset({4}), clock=(NOW, 1.0))


def test_operations_and_events_of_the_sequence_itself_are_collected() -> None:
    batch = gathered(
        event(1, "operation_progress", 4, operation_id=3), event(2, "sequence_paused", 8)
    )

    assert batch == Batch(
        sequences=frozenset({4, 8}),
        themselves=frozenset({8}),
        operations=frozenset({3}),
        clock=(NOW, 1.0),
    )


@given(st.lists(EVENTS, max_size=20))
def test_after_a_resync_nothing_else_matters(events: list[Event]) -> None:
    batch = gathered(*events, event(100, RESYNC))

    assert batch == Batch(resync=True, clock=(NOW, 1.0))


@given(st.lists(EVENTS, max_size=20))
def test_a_batch_is_taken_only_once(events: list[Event]) -> None:
    changes = Changes()
    for one in events:
        changes.add(one)
    changes.take()

    assert not changes
    assert changes.take() == Batch()
