"""When a text may go out: in the window, on every clock that counts, outside quiet hours."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.windows import DEFAULT_WINDOW, Span, Window, parse_window
from server.sequences.openings import (
    NeverOpens,
    is_open,
    local_day_bounds,
    minute_of_day,
    next_day_opening,
    next_open,
    openings,
    schedule_for,
)
from server.sequences.quiet_hours import quiet_hours
from server.sequences.zones import DAY, HOUR, MINUTE, RecipientZones, ZoneSource, recipient_zones

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEW_YORK = "America/New_York"
RUSSIA = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Kamchatka",
)
NIGHTLY = parse_window({"days": "daily", "from": "22:00", "to": "02:00"})
ROUND_THE_CLOCK = parse_window({"days": "daily", "from": "00:00", "to": "24:00"})
ZONES = (
    *(NEW_YORK, "Europe/London", "Australia/Lord_Howe", "America/Asuncion", "Asia/Kolkata"),
    *("Pacific/Chatham", "America/St_Johns", "Asia/Tokyo"),
)

spans = st.builds(
    Span,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 1439),
    end=st.integers(0, 1440),
)
windows = st.lists(spans, min_size=1, max_size=3).map(tuple)
instants = st.integers(1_577_836_800, 1_893_456_000).map(lambda second: second * 1_000_000)


def us(text: str) -> int:
    """Microseconds of a time written with its offset."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


def at(zone: str, *more: str) -> RecipientZones:
    """A recipient whose clocks are known."""
    return RecipientZones((zone, *more), ZoneSource.NUMBER)


def clock(zone: str, instant: int) -> datetime:
    return (EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))


def shows_open(window: Window, zone: str, instant: int) -> bool:
    """Whether a zone's clock shows hours of the window, by another definition."""
    shown = clock(zone, instant)
    minute, weekday = shown.hour * 60 + shown.minute, shown.weekday()
    return any(
        (weekday in days and start <= minute and (minute < end or end <= start))
        or (end <= start and (weekday - 1) % 7 in days and minute < end)
        for days, start, end in window
    )


@given(instants, st.sampled_from([DEFAULT_WINDOW, NIGHTLY, ROUND_THE_CLOCK]))
def test_is_open_exactly_while_every_clock_shows_open_hours(instant: int, window: Window) -> None:
    zones = (NEW_YORK, "America/Asuncion", "America/St_Johns")
    expected = all(shows_open(window, zone, instant) for zone in zones)
    assert is_open(instant, schedule_for(window, at(*zones))) == expected


@given(windows, st.sampled_from(ZONES), instants)
def test_one_clock_is_read_to_the_minute(window: Window, zone: str, instant: int) -> None:
    assert is_open(instant, schedule_for(window, at(zone))) == shows_open(window, zone, instant)


@given(windows, st.sampled_from(ZONES), instants)
def test_the_next_opening_is_in_the_window_and_not_before_what_was_asked(
    window: Window, zone: str, instant: int
) -> None:
    schedule = schedule_for(window, at(zone))
    opening = next_open(instant, schedule)
    assert opening >= instant
    assert is_open(opening, schedule)
    assert next_open(opening, schedule) == opening
    if opening > instant:
        assert not is_open(instant, schedule)
        assert not is_open(opening - 1, schedule)
        assert not is_open((instant + opening) // 2, schedule)


@given(windows, st.sampled_from(ZONES), instants, st.integers(0, 3 * DAY))
def test_later_askers_are_never_served_earlier(
    window: Window, zone: str, instant: int, more: int
) -> None:
    schedule = schedule_for(window, at(zone))
    assert next_open(instant, schedule) <= next_open(instant + more, schedule)


@given(windows, st.sampled_from(ZONES), instants, st.sampled_from([None, "FL", "TX", "RI"]))
def test_quiet_hours_are_kept_whatever_the_window(
    window: Window, zone: str, instant: int, state: str | None
) -> None:
    schedule = schedule_for(window, at(zone), "US", state)
    try:
        opening = next_open(instant, schedule)
    except NeverOpens:
        return
    assert shows_open(window, zone, opening)
    assert all(shows_open(rule.open, zone, opening) for rule in quiet_hours("US", state))


@pytest.mark.parametrize(
    ("asked", "opening"),
    [
        ("2026-06-01T08:59:59-04:00", "2026-06-01T09:00-04:00"),  # a Monday
        ("2026-06-01T09:00-04:00", "2026-06-01T09:00-04:00"),
        ("2026-06-01T19:59:59.999999-04:00", "2026-06-01T19:59:59.999999-04:00"),
        ("2026-06-01T20:00-04:00", "2026-06-02T09:00-04:00"),
        ("2026-06-06T20:00-04:00", "2026-06-07T12:00-04:00"),  # Saturday night, Sunday noon
        ("2026-03-07T20:00-05:00", "2026-03-08T12:00-04:00"),  # the clock goes forward
        ("2026-10-31T20:00-04:00", "2026-11-01T12:00-05:00"),  # and back
    ],
)
def test_the_usual_window_in_new_york(asked: str, opening: str) -> None:
    assert next_open(us(asked), schedule_for(DEFAULT_WINDOW, at(NEW_YORK))) == us(opening)


def test_a_window_across_midnight() -> None:
    schedule = schedule_for(NIGHTLY, at(NEW_YORK))
    assert is_open(us("2026-06-02T01:59:59-04:00"), schedule)
    assert not is_open(us("2026-06-02T02:00-04:00"), schedule)
    assert next_open(us("2026-06-02T02:00-04:00"), schedule) == us("2026-06-02T22:00-04:00")


def test_an_opening_that_the_clock_skips_is_the_next_minute_there_is() -> None:
    window = parse_window({"from": "02:30", "to": "04:00"})
    schedule = schedule_for(window, at(NEW_YORK))
    assert next_open(us("2026-03-08T01:59-05:00"), schedule) == us("2026-03-08T03:00-04:00")
    half_hour = schedule_for(
        parse_window({"from": "02:10", "to": "04:00"}), at("Australia/Lord_Howe")
    )
    assert next_open(us("2026-10-04T01:00+10:30"), half_hour) == us("2026-10-04T02:30+11:00")


def test_an_opening_that_comes_twice_is_the_first() -> None:
    schedule = schedule_for(parse_window({"from": "01:30", "to": "02:00"}), at("Europe/London"))
    first = us("2026-10-25T01:30+01:00")
    assert next_open(us("2026-10-25T00:00+01:00"), schedule) == first
    assert openings(first - HOUR, first + 3 * HOUR, schedule) == (
        (first, first + 30 * MINUTE),
        (first + HOUR, first + 90 * MINUTE),
    )


def test_a_window_open_round_the_clock_never_closes() -> None:
    schedule = schedule_for(ROUND_THE_CLOCK, at("America/Asuncion"))
    start, end = us("2023-09-25T00:00-04:00"), us("2023-10-05T00:00-03:00")
    assert openings(start, end, schedule) == ((start, end),)


def test_openings_are_cut_to_what_was_asked() -> None:
    schedule = schedule_for(DEFAULT_WINDOW, at(NEW_YORK))
    start, end = us("2026-06-01T12:00-04:00"), us("2026-06-03T10:00-04:00")
    assert openings(start, end, schedule) == (
        (start, us("2026-06-01T20:00-04:00")),
        (us("2026-06-02T09:00-04:00"), us("2026-06-02T20:00-04:00")),
        (us("2026-06-03T09:00-04:00"), end),
    )


def test_a_number_in_two_zones_is_texted_when_both_are_open() -> None:
    schedule = schedule_for(DEFAULT_WINDOW, at("America/Los_Angeles", "America/Boise"))
    day = us("2026-06-01T00:00-07:00")
    assert openings(day, day + DAY, schedule) == (
        (us("2026-06-01T09:00-07:00"), us("2026-06-01T20:00-06:00")),
    )


def test_states_narrow_the_federal_hours() -> None:
    day = us("2026-06-07T00:00-05:00")  # a Sunday
    always = ROUND_THE_CLOCK

    def hours(state: str | None) -> list[tuple[str, str]]:
        schedule = schedule_for(always, at("America/Chicago"), "US", state)
        return [
            (f"{clock('America/Chicago', start):%H:%M}", f"{clock('America/Chicago', end):%H:%M}")
            for start, end in openings(day, day + DAY, schedule)
        ]

    assert hours(None) == [("08:00", "21:00")]
    assert hours("FL") == [("08:00", "20:00")]
    assert hours("TX") == [("12:00", "21:00")]
    assert hours("AL") == []


def test_a_window_inside_quiet_hours_never_opens() -> None:
    with pytest.raises(NeverOpens) as never:
        next_open(us("2026-06-01T00:00-04:00"), schedule_for(NIGHTLY, at(NEW_YORK), "US"))
    assert "window" in never.value.remedy
    sundays = parse_window({"days": "sun", "from": "12:00", "to": "20:00"})
    with pytest.raises(NeverOpens):
        next_open(
            us("2026-06-01T00:00-04:00"), schedule_for(sundays, at("America/Chicago"), "US", "AL")
        )


def anywhere(workspace: str, calling_code: int, *zones: str) -> RecipientZones:
    return recipient_zones(
        explicit=None, number_zones=zones, workspace=workspace, calling_code=calling_code
    )


def test_an_american_number_that_could_be_anywhere_is_texted_by_day_on_both_coasts() -> None:
    schedule = schedule_for(DEFAULT_WINDOW, anywhere("America/Chicago", 1), "US")
    day = us("2026-06-01T00:00-05:00")
    assert openings(day, day + DAY, schedule) == (
        (us("2026-06-01T11:00-04:00"), us("2026-06-01T20:00-04:00")),
    )


def test_a_russian_number_that_could_be_anywhere_is_texted_by_day_in_all_of_russia() -> None:
    schedule = schedule_for(DEFAULT_WINDOW, anywhere("Europe/London", 7, *RUSSIA))
    opening = next_open(us("2026-06-01T00:00+00:00"), schedule)
    assert all(8 <= clock(zone, opening).hour < 20 for zone in RUSSIA)


@pytest.mark.parametrize(
    "workspace", [NEW_YORK, "America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo"]
)
@pytest.mark.parametrize(
    "window",
    [
        DEFAULT_WINDOW,
        parse_window({"from": "09:00", "to": "10:00"}),
        parse_window({"days": "sun", "from": "19:00", "to": "21:00"}),
    ],
)
@pytest.mark.parametrize(
    ("calling_code", "zones", "country"), [(1, (), "US"), (7, RUSSIA, "RU"), (881, (), None)]
)
def test_zones_alone_never_silence_a_sequence(
    workspace: str, window: Window, calling_code: int, zones: tuple[str, ...], country: str | None
) -> None:
    schedule = schedule_for(window, anywhere(workspace, calling_code, *zones), country)
    opening = next_open(us("2026-06-01T00:00+00:00"), schedule)
    assert opening < us("2026-06-09T00:00+00:00")
    if calling_code == 1:
        assert 11 <= clock(NEW_YORK, opening).hour < 20
    assert all(8 <= clock(zone, opening).hour < 20 for zone in zones)


def test_zones_too_far_apart_for_a_short_window_leave_the_first_clock() -> None:
    window = parse_window({"from": "09:00", "to": "10:00"})
    schedule = schedule_for(window, at("America/Los_Angeles", NEW_YORK), "US")
    opening = next_open(us("2026-06-01T00:00-07:00"), schedule)
    assert opening == us("2026-06-01T09:00-07:00")


@given(st.sampled_from((*ZONES, "Pacific/Apia")), instants)
def test_a_local_day_holds_its_instant_and_ends_where_the_next_begins(
    zone: str, instant: int
) -> None:
    schedule = schedule_for(DEFAULT_WINDOW, at(zone))
    start, end = local_day_bounds(instant, schedule)
    assert start <= instant < end
    assert clock(zone, start).date() == clock(zone, end - 1).date() == clock(zone, instant).date()
    assert clock(zone, start - 1).date() < clock(zone, start).date() < clock(zone, end).date()
    assert local_day_bounds(end, schedule)[0] == end


def test_days_on_which_the_clock_changes_are_shorter_and_longer() -> None:
    schedule = schedule_for(DEFAULT_WINDOW, at(NEW_YORK))
    lengths = [
        end - start
        for start, end in (
            local_day_bounds(us(noon), schedule)
            for noon in (
                "2026-03-08T12:00-04:00",
                "2026-06-01T12:00-04:00",
                "2026-11-01T12:00-05:00",
            )
        )
    ]
    assert lengths == [23 * HOUR, 24 * HOUR, 25 * HOUR]


def test_a_daily_limit_moves_a_text_to_the_next_days_opening() -> None:
    schedule = schedule_for(DEFAULT_WINDOW, at(NEW_YORK))
    assert next_day_opening(us("2026-06-01T08:00-04:00"), schedule) == us("2026-06-02T09:00-04:00")
    assert next_day_opening(us("2026-06-06T15:00-04:00"), schedule) == us("2026-06-07T12:00-04:00")
    night = schedule_for(NIGHTLY, at(NEW_YORK))
    assert next_day_opening(us("2026-06-01T23:00-04:00"), night) == us("2026-06-02T00:00-04:00")


def test_minutes_of_the_day_are_the_recipients() -> None:
    schedule = schedule_for(DEFAULT_WINDOW, at("Asia/Kolkata"))
    assert minute_of_day(us("2026-06-01T09:15:59+05:30"), schedule) == 9 * 60 + 15


def test_asks_twenty_thousand_times_a_second_and_more() -> None:
    schedule = schedule_for(DEFAULT_WINDOW, at("America/Los_Angeles", "America/Boise"), "US", "ID")
    moment = us("2026-06-01T00:00-07:00")
    start = time.process_time()
    for step in range(4000):
        is_open(moment + step * MINUTE, schedule)
    assert time.process_time() - start < 0.2
