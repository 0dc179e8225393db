"""A zone is named after a place, so that its clock is that place's in summer and in winter."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from server.sequences.zones import is_zone, recipient_zones
from server.zone_names import MEANT, UnknownZone, is_place, place_meant, read_zone

_NO_PLACES = """
CET EET EST Factory GMT GMT+0 GMT-0 GMT0 Greenwich HST MET MST UCT UTC Universal WET Zulu localtime
posixrules
"""
NO_PLACES = frozenset(_NO_PLACES.split())
"""Names without a slash that say nothing of a place, in some release of the tz database."""


def test_every_name_of_the_database_is_a_place_or_known_as_none() -> None:
    for name in available_timezones():
        refused = name in NO_PLACES or name.startswith(("Etc/", "SystemV/", "right/", "posix/"))
        assert is_place(name) is not refused, name
        assert is_zone(name) is not refused, name
        if refused:
            with pytest.raises(UnknownZone):
                read_zone(name)
        else:
            assert read_zone(name.upper()) == name


@pytest.mark.parametrize(
    "name",
    [
        *("US/Eastern", "US/Central", "US/Mountain", "US/Pacific", "US/Arizona", "US/Hawaii"),
        *("EST5EDT", "CST6CDT", "MST7MDT", "PST8PDT", "Canada/Atlantic", "Mexico/General"),
        *("GB", "GB-Eire", "NZ", "NZ-CHAT", "W-SU", "Japan", "Navajo", "America/Panama"),
        *("America/Indiana/Knox", "America/Port-au-Prince", "Antarctica/Troll"),
    ],
)
def test_places_and_what_follows_their_clocks_stay(name: str) -> None:
    assert read_zone(f" {name.lower()} ") == name
    assert place_meant(name) == name


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("EST", "America/New_York"),
        ("est", "America/New_York"),
        ("MST", "America/Denver"),
        ("HST", "Pacific/Honolulu"),
        ("CET", "Europe/Brussels"),
        ("MET", "Europe/Brussels"),
        ("EET", "Europe/Athens"),
        ("WET", "Europe/Lisbon"),
        ("EDT", "America/New_York"),
        ("Eastern", "America/New_York"),
        ("Eastern Standard Time", "America/New_York"),
        ("PST", "America/Los_Angeles"),
        ("Pacific Time", "America/Los_Angeles"),
        ("CST", "America/Chicago"),
        ("GMT", "Europe/London"),
    ],
)
def test_an_abbreviation_is_refused_with_the_place_to_write(written: str, place: str) -> None:
    with pytest.raises(UnknownZone) as refused:
        read_zone(written)
    assert place in refused.value.remedy
    assert read_zone(place) == place


@pytest.mark.parametrize(
    "written",
    [
        *("UTC", "Zulu", "Etc/GMT+5", "etc/utc", "GMT0", "Factory", "localtime", "posixrules"),
        *("right/America/New_York", "posix/America/New_York", "SystemV/EST5", "Etc/Unknown"),
        *("Mars/Olympus", "", "America", "America/", "../etc/passwd", "+05:00", "UTC-5", "EST\0"),
        "x" * 100_000,
    ],
)
def test_what_names_no_place_is_refused_with_what_to_write(written: str) -> None:
    with pytest.raises(UnknownZone) as refused:
        read_zone(written)
    assert "America/New_York" in refused.value.remedy
    assert len(str(refused.value)) < 300


def test_what_was_stored_becomes_the_place_that_is_meant() -> None:
    assert {name: place_meant(name) for name in MEANT} == MEANT
    assert all(read_zone(place) == place for place in MEANT.values())
    assert [place_meant(name) for name in ("UTC", "Etc/GMT+5", "Mars/Base")] == [None] * 3


def test_the_zones_of_numbers_are_places() -> None:
    told = {name for names in TIMEZONE_DATA.values() for name in names}
    assert {name for name in told if not is_place(name)} == set()


def test_a_number_zone_that_is_no_place_is_left_out() -> None:
    zones = recipient_zones(
        explicit=None,
        number_zones=("EST", "America/New_York"),
        workspace="America/Chicago",
        calling_code=1,
    )
    assert zones.zones == ("America/New_York",)
