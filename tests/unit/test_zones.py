"""Whose clock counts, and what a clock shows when daylight saving time begins and ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.windows import BadWindow, parse_window
from server.sequences.quiet_hours import parse_quiet_hours, quiet_hours
from server.sequences.zones import (
    DAYTIME,
    DAYTIME_US,
    HOUR,
    MINUTE,
    SECOND,
    RecipientZones,
    ZoneSource,
    instant_of,
    recipient_zones,
    spread,
    wall_at,
)
from server.zone_names import UnknownZone

ZONES = (
    *("America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Asuncion"),
    *("Asia/Kolkata", "Pacific/Apia", "America/St_Johns", "Asia/Tehran", "UTC", "Asia/Tokyo"),
    *("Africa/Casablanca", "Pacific/Chatham", "America/Phoenix"),
)
RUSSIA = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Asia/Yekaterinburg",
    "Asia/Omsk",
    "Asia/Kamchatka",
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us(text: str) -> int:
    """Microseconds of a time written with or without an offset, UTC if without."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T03:00-04:00"),  # skipped
        ("America/New_York", "2026-03-08T03:00", "2026-03-08T03:00-04:00"),
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T01:30-04:00"),  # comes twice
        ("America/New_York", "2026-11-01T02:00", "2026-11-01T02:00-05:00"),
        ("Europe/London", "2026-03-29T01:59", "2026-03-29T02:00+01:00"),
        ("Europe/London", "2026-10-25T01:00", "2026-10-25T01:00+01:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T02:30+11:00"),  # half an hour
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T01:45+11:00"),
        ("America/Asuncion", "2023-10-01T00:00", "2023-10-01T01:00-03:00"),  # midnight skipped
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-31T00:00+14:00"),  # a day skipped
        ("Asia/Kolkata", "2026-06-01T09:00", "2026-06-01T09:00+05:30"),
    ],
)
def test_a_wall_time_is_one_instant(zone: str, wall: str, instant: str) -> None:
    assert instant_of(zone, us(wall)) == us(instant)


@given(st.sampled_from(ZONES), st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)))  # noqa: DTZ001 # a wall clock
def test_a_wall_time_is_shown_at_its_instant_and_at_none_before(zone: str, wall: datetime) -> None:
    reading = us(wall.isoformat())
    instant = instant_of(zone, reading)
    shown = wall_at(zone, instant)
    local = wall.replace(tzinfo=ZoneInfo(zone))
    exists = local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall
    if exists:
        assert shown == reading
        assert instant == us(local.isoformat())
    else:
        assert shown > reading
        assert wall_at(zone, instant - SECOND) < reading


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)),  # noqa: DTZ001 # a wall clock
    st.integers(0, 3 * HOUR),
)
def test_later_wall_times_are_never_earlier_instants(zone: str, wall: datetime, more: int) -> None:
    reading = us(wall.isoformat())
    assert instant_of(zone, reading) <= instant_of(zone, reading + more)


def test_an_explicit_zone_goes_before_the_numbers() -> None:
    zones = recipient_zones(
        explicit="America/Denver",
        number_zones=("America/New_York",),
        workspace="America/Chicago",
        calling_code=1,
    )
    assert zones == RecipientZones(("America/Denver",), ZoneSource.EXPLICIT)


def test_the_numbers_zones_go_before_the_workspaces() -> None:
    zones = recipient_zones(
        explicit=None,
        number_zones=("America/Boise", "America/Los_Angeles"),
        workspace="America/Chicago",
        calling_code=1,
    )
    assert zones == RecipientZones(("America/Boise", "America/Los_Angeles"), ZoneSource.NUMBER)


def test_zones_that_always_agree_count_once() -> None:
    names = ("Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey", "Europe/London")
    zones = recipient_zones(
        explicit=None, number_zones=names, workspace="America/Chicago", calling_code=44
    )
    assert zones == RecipientZones(("Europe/Guernsey",), ZoneSource.NUMBER)


@pytest.mark.parametrize(
    "number_zones",
    [
        (),
        ("Etc/Unknown",),
        ("America/New_York", "Pacific/Honolulu"),
        ("America/New_York", "America/Chicago", "America/Denver", "America/Boise", "America/Adak"),
    ],
)
def test_an_american_number_that_could_be_anywhere(number_zones: tuple[str, ...]) -> None:
    zones = recipient_zones(
        explicit=None, number_zones=number_zones, workspace="America/Chicago", calling_code=1
    )
    assert zones.zones == ("America/Chicago",)
    assert zones.source is ZoneSource.WORKSPACE
    assert zones.country_hours == (("America/New_York", DAYTIME_US),)


def test_another_countrys_number_that_could_be_anywhere() -> None:
    zones = recipient_zones(
        explicit=None, number_zones=RUSSIA, workspace="America/Chicago", calling_code=7
    )
    assert zones.country_hours == tuple((zone, DAYTIME) for zone in RUSSIA)


def test_four_hours_apart_is_near_and_more_is_not() -> None:
    assert spread(("America/New_York", "America/Los_Angeles")) == 3 * HOUR
    assert spread(("America/New_York", "America/Anchorage")) == 4 * HOUR
    assert spread(("America/New_York", "Pacific/Honolulu")) == 6 * HOUR
    assert spread(("America/Denver", "America/Phoenix")) == HOUR  # in summer only
    near = recipient_zones(
        explicit=None,
        number_zones=("America/New_York", "America/Anchorage"),
        workspace="America/Chicago",
        calling_code=1,
    )
    assert near.source is ZoneSource.NUMBER


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "America"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone) as unknown:
        recipient_zones(explicit=name, number_zones=(), workspace="UTC", calling_code=1)
    assert unknown.value.name == name
    assert "America/Chicago" in unknown.value.remedy


def test_quiet_hours_name_their_law_and_date() -> None:
    (federal,) = quiet_hours("US")
    assert federal.open == parse_window({"from": "08:00", "to": "21:00"})
    assert "64.1200" in federal.source
    assert quiet_hours("us", "tx")[1].open == parse_window(
        [
            {"days": "mon-sat", "from": "09:00", "to": "21:00"},
            {"days": "sun", "from": "12:00", "to": "21:00"},
        ]
    )
    for state in ("AL", "CT", "FL", "KY", "LA", "MA", "MD", "MN", "MS", "OK", "RI", "TX", "WA"):
        country, own = quiet_hours("US", state)
        assert (country, own.state) == (federal, state)
        assert own.source
        assert own.as_of.year >= 2025


@pytest.mark.parametrize("place", [("US", "CA"), ("US", ""), ("US", "??")])
def test_other_states_have_the_federal_hours_alone(place: tuple[str, str]) -> None:
    assert quiet_hours(*place) == quiet_hours("US")


@pytest.mark.parametrize("country", [None, "GB", "FL", ""])
def test_other_countries_have_none(country: str | None) -> None:
    assert quiet_hours(country, "FL") == ()


def test_hours_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(BadWindow):
        parse_quiet_hours(
            '[[rule]]\ncountry="US"\nsource="x"\nas_of=2026-01-01\nopen={days="x",from="1:00",to="2:00"}'
        )


def test_minutes_and_hours_are_microseconds() -> None:
    assert (SECOND, MINUTE, HOUR) == (1_000_000, 60_000_000, 3_600_000_000)
