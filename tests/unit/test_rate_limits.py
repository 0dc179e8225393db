"""When the carrier says "too fast": who waits how long, and what ends the wait."""

from __future__ import annotations

from itertools import pairwise

import pytest

from common.vocabulary import FailureClass
from server.carriers.interface import SendAccepted, SendRefused, Sent, TryLater
from server.clock import DAY, HOUR, MINUTE, SECOND
from server.dispatch import pace
from server.dispatch.back_off import LONGEST
from server.dispatch.sender_start import senders_started
from server.dispatch.senders_due import Prospect, prospects
from tests.unit.dispatching import SENDER, Desk, desk

__all__ = ["desk"]  # a fixture

TOO_FAST = TryLater(1.0, "20429")
QUEUE_FULL = TryLater(60.0, "21611", FailureClass.SENDER_QUEUE)


def prospect(desk: Desk) -> Prospect:
    """What the sender may do now."""
    [found] = prospects(desk.connection, desk.wall)
    return found


def wait_until_free(desk: Desk) -> int:
    """Move both clocks to when something may be claimed; how long that was."""
    found = prospect(desk)
    wait = max(found.free_at - desk.wall, found.earliest - desk.now, 0)
    desk.pass_time(wait)
    return wait


def refused_again(desk: Desk, times: int, outcome: Sent = TOO_FAST) -> list[int]:
    """The waits of one person's text, refused so many times in a row."""
    waits = []
    desk.enroll(desk.sequence(), *desk.people())
    for _ in range(times):
        [text] = desk.claim()
        desk.record((text, outcome))
        waits.append(wait_until_free(desk))
    return waits


def test_a_sender_waits_twice_as_long_after_each_refusal(desk: Desk) -> None:
    waits = refused_again(desk, 16)
    for before, after in pairwise(waits[:11]):
        assert 1.5 <= after / before <= 2.6
    assert all(wait <= LONGEST for wait in waits)
    assert all(wait >= LONGEST * 0.8 for wait in waits[12:])
    assert len(set(waits[12:])) > 1


def test_while_refused_a_sender_tries_few_and_at_full_rate_after_success(desk: Desk) -> None:
    refused_again(desk, 8)
    assert prospect(desk).room == 1
    [text] = desk.claim()

    desk.record((text, SendAccepted("SM1", 1)))

    desk.enroll(desk.sequence(), *desk.people(300))
    assert prospect(desk).sender.segments_per_second == 100.0
    assert prospect(desk).room == 200


def test_after_success_the_next_wait_is_short_again(desk: Desk) -> None:
    refused_again(desk, 8)
    [text] = desk.claim()
    desk.accept([text])
    assert refused_again(desk, 1)[0] < 2 * SECOND


def test_a_refusal_for_another_reason_proves_that_the_rate_is_right(desk: Desk) -> None:
    refused_again(desk, 8)
    [text] = desk.claim()
    desk.record((text, SendRefused("21610", "opted out", FailureClass.OPTED_OUT)))
    assert refused_again(desk, 1)[0] < 2 * SECOND


def test_a_text_accepted_from_before_the_wait_does_not_end_it(desk: Desk) -> None:
    desk.enroll(desk.sequence(), *desk.people(2))
    early, late = desk.claim()
    desk.record((late, TOO_FAST), (early, SendAccepted("SM1", 1)))
    assert pace.read(desk.connection, desk.sender_id).refusals == 1


def test_one_number_that_is_always_refused_is_asked_less_and_less(desk: Desk) -> None:
    """Others of the same sender are accepted in between, so that the sender itself is quick."""
    desk.enroll(desk.sequence(), *desk.people())
    stubborn = "+16465520001"
    waits = []
    for _ in range(10):
        for text in desk.claim():
            desk.record((text, TOO_FAST if text.phone == stubborn else SendAccepted(None, 1)))
        due = desk.rows("SELECT due_at FROM enrollments ORDER BY id")[0][0]
        waits.append(due - desk.now)
        desk.enroll(desk.sequence(), *desk.people())
        desk.pass_time(due - desk.now)
    assert waits[-1] > 200 * waits[0]
    assert pace.read(desk.connection, desk.sender_id).refusals == 1


def test_a_full_queue_is_asked_after_a_minute_and_then_less_and_less(desk: Desk) -> None:
    waits = refused_again(desk, 9, QUEUE_FULL)
    assert MINUTE <= waits[0] <= 1.25 * MINUTE
    assert 2 * MINUTE <= waits[1] <= 2.5 * MINUTE
    assert waits[-1] <= LONGEST
    assert pace.read(desk.connection, desk.sender_id).slow_until_wall == 0


@pytest.mark.parametrize("asked", [float("inf"), float("nan"), 1e300, -5.0, 0.0, 86_400.0])
def test_no_outcome_is_lost_whatever_the_carrier_asks_for(desk: Desk, asked: float) -> None:
    desk.enroll(desk.sequence(), *desk.people())
    [text] = desk.claim()
    desk.record((text, TryLater(asked, "20429")))
    [(hold, due)] = desk.holds()
    assert hold == "sender_rate"
    assert due is not None
    assert SECOND <= due - desk.now <= LONGEST
    assert desk.rows("SELECT state FROM attempts") == [("unsent",)]


def test_the_hold_names_the_limit_and_ends_with_the_senders_wait(desk: Desk) -> None:
    desk.enroll(desk.sequence(), *desk.people())
    [text] = desk.claim()
    desk.record((text, TryLater(1800.0, "20429")))
    [row] = desk.rows("SELECT hold, hold_detail, due_at FROM enrollments")
    assert row[:2] == ("sender_rate", "too many requests (20429)")
    assert row[2] - desk.now >= pace.read(desk.connection, desk.sender_id).slow_until_wall - (
        desk.wall
    )


@pytest.mark.parametrize("back", [HOUR, 7 * DAY])
@pytest.mark.parametrize("asked", [None, 5.0, 600.0])
def test_a_clock_set_back_silences_no_sender_for_as_long(
    desk: Desk, back: int, asked: float | None
) -> None:
    desk.enroll(desk.sequence(), *desk.people(3))
    texts = desk.claim(limit=2)
    if asked is not None:
        desk.record((texts[0], TryLater(asked, "20429")))
    desk.wall -= back
    desk.now += HOUR
    assert prospect(desk).clock_was_set

    pace.set_clocks_right(desk.connection, desk.wall)

    assert not prospect(desk).clock_was_set
    assert prospect(desk).free_at - desk.wall <= (asked or 0.5) * 1.25 * SECOND


def test_instants_beyond_any_wait_are_pulled_back(desk: Desk) -> None:
    desk.enroll(desk.sequence(), *desk.people())
    far = desk.wall + 30 * DAY
    desk.connection.exec_driver_sql(
        "INSERT INTO sender_pace (sender_id, next_slot_wall, slow_until_wall) VALUES (?, ?, 0)",
        (desk.sender_id, far),
    )
    pace.set_clocks_right(desk.connection, desk.wall)
    assert prospect(desk).free_at <= desk.wall + 3 * SECOND


def test_a_slow_sender_sends(desk: Desk) -> None:
    """One segment in ten seconds is less than one in the two seconds that a claim looks ahead."""
    desk.set_sender(segments_per_second=0.1)
    desk.enroll(desk.sequence(), *desk.people(3))
    slots = []
    for _ in range(3):
        wait_until_free(desk)
        slots += [text.slot for text in desk.claim(prospect(desk).room)]
    assert [after - before for before, after in pairwise(slots)] == [10 * SECOND] * 2


def test_starting_a_sender_ends_its_waits_and_lets_all_go_that_waited(desk: Desk) -> None:
    refused_again(desk, 12)
    desk.enroll(desk.sequence(), *desk.people(2))
    direct = desk.text(desk.people()[0])
    desk.connection.exec_driver_sql(
        "UPDATE messages SET hold = 'sender_stopped', due_at = NULL WHERE id = ?", (direct,)
    )
    texts = desk.claim()
    desk.record(*((text, TryLater(3600.0, "20429")) for text in texts))
    assert prospect(desk).room == 0

    senders_started(desk.connection, [desk.sender_id], desk.now)

    assert prospect(desk).room == 200
    assert prospect(desk).sender.phone == SENDER
    assert len(desk.claim()) == 4
