"""The time zones of a recipient: an explicit zone, else the number's, else the workspace's.

Zones are IANA names. Times are UTC microseconds since the epoch. Offsets are exact to the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from common.windows import Span, Window
from server.zone_names import UnknownZone, is_place

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

MOST_ZONES: Final = 4
"""A number with more zones than this could be anywhere in its country."""

WIDEST_SPREAD: Final = 4 * HOUR
"""So could one whose zones differ by more than this."""

EASTERN: Final = "America/New_York"
DAYTIME: Final[Window] = (Span(frozenset(range(7)), 8 * 60, 20 * 60),)
"""Daytime hours, in each zone of a country."""

DAYTIME_US: Final[Window] = (Span(frozenset(range(7)), 11 * 60, 20 * 60),)
"""The same from the Pacific to the Atlantic, on Eastern clocks."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
REFERENCE_INSTANTS: Final = (
    (datetime(2026, 1, 5, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1),
    (datetime(2026, 7, 6, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1),
)
"""A Monday in winter and one in summer, on which zones are compared."""


class ZoneSource(StrEnum):
    """Where a recipient's zone comes from, strongest first."""

    EXPLICIT = "explicit"
    NUMBER = "number"
    WORKSPACE = "workspace"


class RecipientZones(NamedTuple):
    """The zones in which a recipient's window applies.

    `zones` must all be open at once; the first one decides local dates. `country_hours` are further
    hours in further zones, for a number that could be anywhere in its country; `elsewhere` is then
    a zone of that country, in which the window applies if the workspace's zone leaves nothing open.
    """

    zones: tuple[str, ...]
    source: ZoneSource
    country_hours: tuple[tuple[str, Window], ...] = ()
    elsewhere: str | None = None


def recipient_zones(
    *,
    explicit: str | None,
    number_zones: Sequence[str],
    workspace: str,
    calling_code: int | None,
) -> RecipientZones:
    """The zones of one recipient.

    `number_zones` are libphonenumber's for the number, without unknown names. Up to four of them,
    at most four hours apart, must all be open. With more, or none, the number could be anywhere:
    the workspace's zone counts, within 11:00 to 20:00 Eastern for calling code 1, and within
    daytime in every zone of the country elsewhere.

    Raises:
        UnknownZone: the explicit zone or the workspace's is not a zone.
    """
    return _recipient_zones(explicit, tuple(number_zones), workspace, calling_code)


@lru_cache(maxsize=4096)
def _recipient_zones(
    explicit: str | None, number_zones: tuple[str, ...], workspace: str, calling_code: int | None
) -> RecipientZones:
    if explicit is not None:
        return RecipientZones((_known(explicit),), ZoneSource.EXPLICIT)
    named = tuple(name for name in dict.fromkeys(number_zones) if is_zone(name))
    if named and len(named) <= MOST_ZONES and spread(named) <= WIDEST_SPREAD:
        return RecipientZones(_distinct(named), ZoneSource.NUMBER)
    _known(workspace)
    if calling_code == 1:
        hours: tuple[tuple[str, Window], ...] = ((EASTERN, DAYTIME_US),)
        return RecipientZones((workspace,), ZoneSource.WORKSPACE, hours, EASTERN)
    hours = tuple((name, DAYTIME) for name in _distinct(named))
    elsewhere = named[0] if named else None
    return RecipientZones((workspace,), ZoneSource.WORKSPACE, hours, elsewhere)


def is_zone(name: str) -> bool:
    """Whether a name is a zone of the tz database and the name of a place."""
    if not is_place(name):
        return False
    try:
        _zone(name)
    except UnknownZone:
        return False
    return True


def spread(names: Sequence[str]) -> int:
    """The largest difference between the clocks of zones, in microseconds, in winter or summer."""
    offsets = [[offset_at(name, season) for name in names] for season in REFERENCE_INSTANTS]
    return max(max(season) - min(season) for season in offsets)


def offset_at(name: str, instant: int) -> int:
    """A zone's offset from UTC at a time, in microseconds."""
    moment = _EPOCH + timedelta(microseconds=instant)
    offset = moment.astimezone(_zone(name)).utcoffset()
    assert offset is not None
    return offset // timedelta(microseconds=1)


def wall_at(name: str, instant: int) -> int:
    """The local time of a zone at an instant: microseconds since 1970-01-01T00:00 on its clock."""
    return instant + offset_at(name, instant)


def instant_of(name: str, wall: int) -> int:
    """The instant of a local time, both in microseconds.

    A local time that the clock skips becomes the first one after the gap; one that occurs twice is
    the first.
    """
    early, late = sorted(wall - offset_at(name, wall - side) for side in (-DAY, DAY))
    if wall_at(name, early) == wall:
        return early
    if wall_at(name, late) == wall:
        return late
    return change_between(name, early, late)


def change_between(name: str, start: int, end: int) -> int:
    """When, to the second, a zone changes its offset, if it does so once from `start` to `end`."""
    before = offset_at(name, start)
    low, high = start // SECOND, -(-end // SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset_at(name, middle * SECOND) == before else (low, middle)
    return high * SECOND


def constant_stretches(name: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The intervals of UTC from `start` to `end`, at most two days, with a constant offset.

    Each is (start, end, offset), in microseconds.
    """
    first, last = offset_at(name, start), offset_at(name, end)
    if first == last:
        yield start, end, first
        return
    change = change_between(name, start, end)
    yield start, change, first
    if change < end:
        yield change, end, last


def date_of(wall: int) -> date:
    """The calendar day of a clock's reading."""
    return date(1970, 1, 1) + timedelta(days=wall // DAY)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """One of each group of zones with equal clocks, in order."""
    rules: dict[tuple[int, ...], str] = {}
    for name in names:
        months = (
            REFERENCE_INSTANTS[0] + month * 30 * DAY + half
            for month in range(13)
            for half in (0, 15 * DAY)
        )
        rules.setdefault(tuple(offset_at(name, instant) for instant in months), name)
    return tuple(rules.values())


def _known(name: str) -> str:
    _zone(name)
    return name


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        remedy = "Write an IANA name such as America/Chicago."
        raise UnknownZone(name, "no such time zone", remedy) from None
