"""The wait after a refusal: longer each time, never endless, whatever the carrier asks for."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clock import DAY, HOUR, MINUTE, SECOND
from server.dispatch.back_off import (
    AHEAD,
    LONGEST,
    Pace,
    back_off,
    set_right,
    slowed,
    slowed_rate,
)

WALL = 1_800_000_000 * SECOND
KEYS = [f"+15005550006 {attempt}" for attempt in range(1, 200)]
RATES = st.floats(0.01, 1000)
PACES = st.builds(
    Pace,
    next_slot_wall=st.integers(0, WALL + 10 * DAY),
    slow_until_wall=st.integers(0, WALL + 10 * DAY),
    refusals=st.integers(0, 100),
    set_wall=st.integers(0, WALL + 10 * DAY),
)


def test_each_refusal_in_a_row_doubles_the_wait_up_to_an_hour() -> None:
    waits = [back_off(n, 1.0, KEYS[0]) for n in range(1, 40)]
    for before, after in pairwise(waits[:12]):
        assert 1.99 <= after / before <= 2.01
    assert waits[0] < 1.25 * SECOND
    assert LONGEST * 0.8 <= waits[12] <= LONGEST
    assert set(waits[13:]) == {waits[12]}


@pytest.mark.parametrize("refusals", [1, 5, 12, 40])
def test_texts_that_were_refused_together_do_not_come_back_together(refusals: int) -> None:
    waits = [back_off(refusals, 0.0, key) for key in KEYS]
    assert len(set(waits)) > len(KEYS) * 0.9
    assert max(waits) - min(waits) > min(waits) * 0.2
    assert waits == [back_off(refusals, 0.0, key) for key in KEYS]


@given(
    refusals=st.integers(0, 10**6),
    asked=st.floats(allow_nan=True, allow_infinity=True),
    key=st.text(),
    first=st.sampled_from([SECOND, MINUTE]),
)
def test_a_wait_is_an_hour_at_most_and_no_shorter_than_was_asked_for(
    refusals: int, asked: float, key: str, first: int
) -> None:
    wait = back_off(refusals, asked, key, first)
    assert first <= wait <= LONGEST
    if math.isfinite(asked) and 0 < asked <= 3600:
        assert wait >= int(asked * SECOND)


def test_refusals_of_one_burst_are_one_refusal() -> None:
    first = slowed(Pace(), WALL, 1.0, KEYS[0], WALL)
    assert first.refusals == 1
    later = first
    for n, key in enumerate(KEYS[:50]):
        later = slowed(later, WALL + n * 1000, 1.0, key, WALL + n * 1000)
    assert later.refusals == 1
    assert later.slow_until_wall - WALL < 1.3 * SECOND
    again = slowed(later, later.slow_until_wall, 1.0, KEYS[0], later.slow_until_wall)
    assert again.refusals == 2
    assert again.slow_until_wall - later.slow_until_wall >= 2 * SECOND


@given(pace=PACES, slot=st.integers(0, WALL + DAY), asked=st.floats(), wall=st.just(WALL))
def test_no_refusal_silences_a_sender_beyond_an_hour(
    pace: Pace, slot: int, asked: float, wall: int
) -> None:
    right = set_right(pace, 1.0, wall)
    after = slowed(right, slot, asked, "a", wall)
    assert right.slow_until_wall <= after.slow_until_wall <= wall + LONGEST
    assert after.next_slot_wall >= after.slow_until_wall
    assert after.set_wall == wall


@given(pace=PACES, rate=RATES)
def test_refusals_slow_a_sender_that_still_sends(pace: Pace, rate: float) -> None:
    slow = slowed_rate(pace, rate)
    assert 0 < slow <= rate
    assert slow == rate if pace.refusals == 0 else slow <= max(rate / 2, min(rate, 0.5))
    assert slow >= min(rate, 0.5)


@given(pace=PACES, rate=RATES)
def test_what_a_clock_that_was_set_left_is_bounded_and_stays_so(pace: Pace, rate: float) -> None:
    right = set_right(pace, rate, WALL)
    assert right.slow_until_wall <= WALL + LONGEST
    furthest = WALL + AHEAD + int(25 / slowed_rate(right, rate) * SECOND)
    assert right.next_slot_wall <= max(right.slow_until_wall, furthest)
    assert right.refusals == pace.refusals
    assert set_right(right, rate, WALL) == right


@pytest.mark.parametrize("back", [MINUTE, HOUR, 30 * DAY])
@pytest.mark.parametrize("wait", [0, 5 * SECOND, 10 * MINUTE, HOUR])
def test_a_clock_that_is_set_back_makes_no_wait_longer(back: int, wait: int) -> None:
    before = Pace(WALL + max(wait, SECOND), WALL + wait, 3, WALL)
    after = set_right(before, 1.0, WALL - back)
    assert after.slow_until_wall == WALL - back + wait
    assert after.next_slot_wall == WALL - back + max(wait, SECOND)


def test_a_clock_that_continues_changes_nothing() -> None:
    before = Pace(WALL + HOUR, WALL + HOUR, 12, WALL)
    assert set_right(before, 1.0, WALL + 30 * MINUTE) == before


def test_a_clock_faster_than_real_time_makes_waits_as_much_shorter() -> None:
    real = slowed(Pace(refusals=8), WALL, 600.0, KEYS[0], WALL).slow_until_wall - WALL
    fast = slowed(Pace(refusals=8), WALL, 600.0, KEYS[0], WALL, 60.0).slow_until_wall - WALL
    standing = slowed(Pace(refusals=8), WALL, 600.0, KEYS[0], WALL, 0.0).slow_until_wall - WALL
    assert fast == real // 60
    assert standing == SECOND
