"""When steps fall due: delays that keep their hour and set times that keep their order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.model.sequences import Delay
from common.windows import DEFAULT_WINDOW, Window, parse_window
from server.sequences.openings import NeverOpens, Schedule, is_open, schedule_for
from server.sequences.timing import (
    Due,
    ScheduledStep,
    Skip,
    SkipReason,
    elapsed,
    first_due,
    next_due,
    remaining_scheduled,
    scheduled_due,
    wall_clock,
)
from server.sequences.zones import DAY, HOUR, MINUTE, RecipientZones, ZoneSource

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEW_YORK = "America/New_York"
LONDON = "Europe/London"
ROUND_THE_CLOCK = parse_window({"days": "daily", "from": "00:00", "to": "24:00"})
NIGHTLY = parse_window({"days": "daily", "from": "20:00", "to": "02:00"})
WEEKDAYS = parse_window({"days": "mon-fri", "from": "10:00", "to": "17:30"})


def us(text: str) -> int:
    """Microseconds of a time written with its offset."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def within(window: Window, *zones: str) -> Schedule:
    return schedule_for(window, RecipientZones(zones, ZoneSource.NUMBER))


def clock(zone: str, instant: int) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))


instants = st.integers(1_577_836_800, 1_893_456_000).map(lambda second: second * 1_000_000)
zones = st.sampled_from(
    [NEW_YORK, LONDON, "Australia/Lord_Howe", "America/Asuncion", "Asia/Kolkata", "Pacific/Chatham"]
)
schedules = st.builds(
    within, st.sampled_from([DEFAULT_WINDOW, NIGHTLY, WEEKDAYS, ROUND_THE_CLOCK]), zones
)
delays = st.one_of(
    st.builds(lambda days: Delay(days=days), st.integers(0, 40)),
    st.builds(lambda hours: Delay(hours=hours), st.integers(0, 100)),
    st.builds(lambda minutes: Delay(minutes=minutes), st.integers(0, 600)),
)

USUAL = within(DEFAULT_WINDOW, NEW_YORK)


def test_the_first_step_goes_at_once_inside_the_window() -> None:
    enrolled = us("2026-06-01T10:15:37-04:00")
    assert first_due(Delay(), enrolled, USUAL) == (enrolled, 10 * 60 + 15)


def test_the_first_step_waits_for_the_window_and_anchors_where_it_opens() -> None:
    assert first_due(Delay(), us("2026-06-01T21:40-04:00"), USUAL) == (
        us("2026-06-02T09:00-04:00"),
        9 * 60,
    )


def test_the_first_step_after_days_keeps_the_time_of_day_of_enrolling() -> None:
    enrolled = us("2026-03-06T15:20-05:00")  # a Friday; the clock changes on Sunday
    assert first_due(Delay(days=3), enrolled, USUAL) == (us("2026-03-09T15:20-04:00"), 920)


def test_the_first_step_after_hours_counts_elapsed_time() -> None:
    enrolled = us("2026-03-07T18:00-05:00")
    due, anchor = first_due(Delay(hours=20), enrolled, USUAL)
    assert (due, anchor) == (us("2026-03-08T15:00-04:00"), 15 * 60)


@pytest.mark.parametrize(
    ("delay", "handed_off", "due"),
    [
        (Delay(minutes=30), "2026-06-01T10:00-04:00", "2026-06-01T10:30-04:00"),
        (Delay(minutes=30), "2026-06-01T19:45-04:00", "2026-06-02T09:00-04:00"),
        (Delay(hours=2), "2026-06-01T10:00:05-04:00", "2026-06-01T12:00:05-04:00"),
        (Delay(hours=24), "2026-03-07T15:00-05:00", "2026-03-08T16:00-04:00"),  # elapsed
        (Delay(days=1), "2026-03-07T15:00-05:00", "2026-03-08T14:30-04:00"),  # calendar
        (Delay(days=1), "2026-06-01T19:59-04:00", "2026-06-02T14:30-04:00"),
        (Delay(days=7), "2026-10-29T09:00-04:00", "2026-11-05T14:30-05:00"),
        (Delay(days=1, hours=2), "2026-06-01T10:00-04:00", "2026-06-02T16:30-04:00"),
        (Delay(days=1, hours=8), "2026-06-01T10:00-04:00", "2026-06-03T09:00-04:00"),
    ],
)
def test_the_next_step_after_a_hand_off(delay: Delay, handed_off: str, due: str) -> None:
    assert next_due(delay, us(handed_off), 14 * 60 + 30, USUAL) == us(due)


def test_a_clamp_does_not_move_the_anchor() -> None:
    # Sent on a Saturday at 9:30; Sunday opens at noon; Monday is at 9:30 again.
    saturday, anchor = first_due(Delay(), us("2026-06-06T09:30-04:00"), USUAL)
    sunday = next_due(Delay(days=1), saturday, anchor, USUAL)
    monday = next_due(Delay(days=1), sunday, anchor, USUAL)
    assert sunday == us("2026-06-07T12:00-04:00")
    assert monday == us("2026-06-08T09:30-04:00")


@given(instants, zones, st.integers(0, 90))
def test_an_anchor_does_not_drift_over_thirty_daily_steps(
    enrolled: int, zone: str, late: int
) -> None:
    """Though every hand-off is some minutes late, and the clock may change on the way."""
    schedule = within(DEFAULT_WINDOW, zone)
    due, anchor = first_due(Delay(), enrolled, schedule)
    first_day = clock(zone, due).date()
    for step in range(1, 31):
        due = next_due(Delay(days=1), due + late * MINUTE, anchor, schedule)
        shown = clock(zone, due)
        if late == 0 or shown.hour < 18:
            assert shown.hour * 60 + shown.minute == max(anchor, 720 if shown.weekday() == 6 else 0)
        assert shown.date() == first_day + timedelta(days=step)


def test_a_daily_step_at_an_hour_that_the_clock_skips_comes_right_after() -> None:
    schedule = within(ROUND_THE_CLOCK, NEW_YORK)
    skipped = next_due(Delay(days=1), us("2026-03-07T02:30-05:00"), 150, schedule)
    assert skipped == us("2026-03-08T03:00-04:00")
    assert next_due(Delay(days=1), skipped, 150, schedule) == us("2026-03-09T02:30-04:00")


def test_a_daily_step_at_an_hour_that_comes_twice_goes_out_once() -> None:
    schedule = within(ROUND_THE_CLOCK, NEW_YORK)
    first = next_due(Delay(days=1), us("2026-10-31T01:30-04:00"), 90, schedule)
    assert first == us("2026-11-01T01:30-04:00")
    assert next_due(Delay(days=1), first, 90, schedule) == us("2026-11-02T01:30-05:00")


def test_several_zones_count_days_on_the_first() -> None:
    schedule = within(DEFAULT_WINDOW, "America/Los_Angeles", "America/Boise")
    due, anchor = first_due(Delay(), us("2026-06-01T09:30-06:00"), schedule)
    assert (due, anchor) == (us("2026-06-01T09:00-07:00"), 540)
    assert next_due(Delay(days=1), due, anchor, schedule) == us("2026-06-02T09:00-07:00")


@given(delays, instants, st.integers(0, 1439), schedules)
def test_a_step_falls_due_in_the_window_and_never_before_the_hand_off(
    delay: Delay, handed_off: int, anchor: int, schedule: Schedule
) -> None:
    due = next_due(delay, handed_off, anchor, schedule)
    assert due >= handed_off + elapsed(delay)
    assert is_open(due, schedule)
    first, first_anchor = first_due(delay, handed_off, schedule)
    assert first >= handed_off + elapsed(delay)
    assert is_open(first, schedule)
    shown = clock(schedule.zone, first)
    assert first_anchor == shown.hour * 60 + shown.minute


@given(delays, instants, st.integers(0, 5 * DAY), st.integers(0, 1439), schedules)
def test_a_later_hand_off_never_brings_the_next_step_forward(
    delay: Delay, handed_off: int, more: int, anchor: int, schedule: Schedule
) -> None:
    early = next_due(delay, handed_off, anchor, schedule)
    assert early <= next_due(delay, handed_off + more, anchor, schedule)


def test_a_window_that_never_opens_is_reported() -> None:
    never = schedule_for(NIGHTLY[:0], RecipientZones((NEW_YORK,), ZoneSource.NUMBER))
    with pytest.raises(NeverOpens):
        first_due(Delay(), us("2026-06-01T09:00-04:00"), never)


def test_one_instant_for_all_and_local_to_each() -> None:
    noon_utc = us("2026-06-01T16:00+00:00")
    local_noon = wall_clock(date(2026, 6, 1), 12 * 60)
    london = within(DEFAULT_WINDOW, LONDON)
    assert scheduled_due(noon_utc, False, USUAL) == Due(us("2026-06-01T12:00-04:00"))
    assert scheduled_due(noon_utc, False, london) == Due(us("2026-06-01T17:00+01:00"))
    assert scheduled_due(local_noon, True, USUAL) == Due(us("2026-06-01T12:00-04:00"))
    assert scheduled_due(local_noon, True, london) == Due(us("2026-06-01T12:00+01:00"))


def test_a_local_time_that_the_clock_skips_is_the_next_minute_there_is() -> None:
    half_past_two = wall_clock(date(2026, 3, 8), 150)
    schedule = within(ROUND_THE_CLOCK, NEW_YORK)
    assert scheduled_due(half_past_two, True, schedule) == Due(us("2026-03-08T03:00-04:00"))


def test_a_local_time_that_comes_twice_is_the_first() -> None:
    half_past_one = wall_clock(date(2026, 10, 25), 90)
    schedule = within(ROUND_THE_CLOCK, LONDON)
    assert scheduled_due(half_past_one, True, schedule) == Due(us("2026-10-25T01:30+01:00"))


@pytest.mark.parametrize(
    ("meant", "limit", "fate"),
    [
        ("2026-06-01T21:00-04:00", 12, Due(us("2026-06-02T09:00-04:00"))),  # twelve hours
        (
            "2026-06-01T20:59-04:00",
            12,
            Skip(SkipReason.LATE, us("2026-06-02T09:00-04:00")),
        ),
        ("2026-06-01T20:59-04:00", 13, Due(us("2026-06-02T09:00-04:00"))),
        ("2026-06-06T21:00-04:00", 12, Skip(SkipReason.LATE, us("2026-06-07T12:00-04:00"))),
        ("2026-06-01T20:00-04:00", 0, Skip(SkipReason.LATE, us("2026-06-02T09:00-04:00"))),
        ("2026-06-01T19:59-04:00", 0, Due(us("2026-06-01T19:59-04:00"))),
    ],
)
def test_outside_the_window_a_set_time_goes_at_the_next_opening_or_not_at_all(
    meant: str, limit: int, fate: Due | Skip
) -> None:
    assert scheduled_due(us(meant), False, USUAL, limit) == fate


def test_a_set_time_waits_for_the_step_before() -> None:
    meant, handed_off = us("2026-06-01T12:00-04:00"), us("2026-06-01T12:20-04:00")
    assert scheduled_due(meant, False, USUAL, not_before=handed_off) == Due(handed_off)
    day_later = handed_off + DAY
    assert scheduled_due(meant, False, USUAL, not_before=day_later) == Skip(
        SkipReason.LATE, day_later
    )


def test_steps_past_at_enrolling_are_skipped() -> None:
    steps = [
        ScheduledStep(us("2026-06-01T12:00-04:00")),
        ScheduledStep(us("2026-06-01T22:00-04:00")),
        ScheduledStep(wall_clock(date(2026, 6, 2), 12 * 60), local=True),
    ]
    now = us("2026-06-01T12:00:01-04:00")
    assert remaining_scheduled(steps, now, USUAL) == [
        Skip(SkipReason.PAST),
        Due(us("2026-06-02T09:00-04:00")),
        Due(us("2026-06-02T12:00-04:00")),
    ]
    assert remaining_scheduled(steps, now + 2 * DAY, USUAL) == [Skip(SkipReason.PAST)] * 3


@given(
    st.lists(
        st.builds(
            ScheduledStep, instants.map(lambda at: at % (6 * DAY) + 20_000 * DAY), st.booleans()
        ),
        max_size=6,
    ),
    st.integers(20_000 * DAY, 20_004 * DAY),
    schedules,
    st.integers(0, 48),
)
def test_scheduled_steps_keep_their_order_the_window_and_the_limit(
    steps: list[ScheduledStep], now: int, schedule: Schedule, limit: int
) -> None:
    fates = remaining_scheduled(steps, now, schedule, limit)
    dues = [fate.at for fate in fates if isinstance(fate, Due)]
    assert dues == sorted(dues)
    assert len(fates) == len(steps)
    for step, fate in zip(steps, fates, strict=True):
        meant = step.at if not step.local else clock_reading(schedule.zone, step.at)
        if isinstance(fate, Due):
            assert is_open(fate.at, schedule)
            assert now <= meant <= fate.at <= meant + limit * HOUR
        else:
            assert (fate.reason is SkipReason.PAST) == (meant < now)


def clock_reading(zone: str, wall: int) -> int:
    """The first instant at which a clock shows a time or a later one."""
    shown = EPOCH.replace(tzinfo=None) + timedelta(microseconds=wall)
    moment = shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != shown:
        late = (moment - EPOCH) // timedelta(microseconds=1)
        early = shown.replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
        gap = late - (early - EPOCH) // timedelta(microseconds=1)
        minutes = range(late - gap, late + MINUTE, MINUTE)
        return next(
            at - at % MINUTE
            for at in minutes
            if clock(zone, at - at % MINUTE).replace(tzinfo=None) >= shown
        )
    return (moment - EPOCH) // timedelta(microseconds=1)
