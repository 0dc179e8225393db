"""Which event decided: found with bounded work, however often a text was read again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from common.vocabulary import Reading, Status
from server.enrollments import explanation
from server.enrollments.explanation import READ_AGAIN, find_turn
from server.enrollments.lifecycle import Recorded, Standing, fold
from server.enrollments.lifecycle_events import Enrolled, Next, Reread

ENROLLED = Recorded(1, 5, Enrolled(Status.PENDING, None, Next(1, 5, 9)))


def read_again(times: int) -> list[Recorded]:
    """A history of one who was enrolled, and of a text that was read again so often."""
    return [ENROLLED, *(Recorded(2 + n, 6 + n, Reread(1, Reading.REPLY)) for n in range(times))]


def test_the_event_that_decided_is_found() -> None:
    turn = find_turn(read_again(READ_AGAIN))
    assert (turn.standing, turn.status) == (fold(read_again(READ_AGAIN)), 1)


def test_a_history_that_was_read_again_very_often_costs_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folded: list[int] = []

    def counted(history: Sequence[Recorded]) -> Standing:
        folded.append(len(history))
        return fold(history)

    monkeypatch.setattr(explanation, "fold", counted)
    history = read_again(20 * READ_AGAIN)
    turn = find_turn(history)
    assert turn.standing == fold(history)
    assert len(folded) <= READ_AGAIN + 1
