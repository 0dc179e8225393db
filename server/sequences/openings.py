"""When a recipient can be texted: a sequence's window in the recipient's zones, without quiet
hours.

Times are UTC microseconds since the epoch. A schedule is open exactly while the clocks show open
hours, so an hour skipped by daylight saving time does not exist and one that occurs twice is open
twice. Open intervals are computed for a day of UTC at a time and cached.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from common.windows import (
    ALWAYS,
    Hours,
    Span,
    Week,
    Window,
    intersect,
    intersect_weeks,
    join,
    week_of,
)
from server.sequences.quiet_hours import quiet_hours
from server.sequences.zones import (
    DAY,
    MINUTE,
    REFERENCE_INSTANTS,
    RecipientZones,
    constant_stretches,
    instant_of,
    wall_at,
)

_HORIZON: Final = 366
"""Days after which a window that has not opened never will: clocks repeat within a year."""

_THURSDAY: Final = 3
"""The weekday of 1970-01-01."""


class NeverOpens(ValueError):
    """There is no open hour: window, quiet hours and the recipient's zones have none in common."""

    remedy = "Extend the sequence's window, or set the contact's time zone."

    def __init__(self) -> None:
        super().__init__(f"The send window never opens for this recipient. {self.remedy}")


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours in which one kind of recipient may get a text.

    `zone` decides local dates and times. `weeks` are pairs of a zone and its open week; all of them
    must be open. Created by `schedule_for`; equal schedules share their cache.
    """

    zone: str
    weeks: tuple[tuple[str, Week], ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.zone, self.weeks)))

    def __hash__(self) -> int:
        return self._hash


@lru_cache(maxsize=4096)
def schedule_for(
    window: Window, zones: RecipientZones, country: str | None = None, state: str | None = None
) -> Schedule:
    """The schedule of a recipient: window, zones, and the quiet hours of country and US state.

    Quiet hours apply in every zone that counts. If the zones leave nothing of the window, it is
    relaxed step by step, so that zones alone never stop a sequence: first it applies only to the
    first zone, within quiet hours of all; for a number that could be anywhere, to a zone of its
    country; then only its days count, within daytime. If it still never opens, the window itself is
    the cause.
    """
    wanted = week_of(window)
    legal = ALWAYS
    for rule in quiet_hours(country, state):
        legal = intersect_weeks(legal, week_of(rule.open))
    days = week_of(tuple(Span(span.days, 0, 0) for span in window))
    country_weeks = tuple((zone, week_of(hours)) for zone, hours in zones.country_hours)
    first = zones.zones[0]
    all_legal = tuple((zone, legal) for zone in zones.zones) + country_weeks
    attempts = [
        _schedule(first, (*((zone, wanted) for zone in zones.zones), *all_legal)),
        _schedule(first, ((first, wanted), *all_legal)),
    ]
    if zones.elsewhere is not None:
        there = ((zones.elsewhere, legal), *country_weeks)
        attempts.append(_schedule(zones.elsewhere, ((zones.elsewhere, wanted), *there)))
        attempts.append(_schedule(zones.elsewhere, ((zones.elsewhere, days), *there)))
        attempts.append(_schedule(first, ((first, wanted), (first, legal))))
    return next(filter(_opens, attempts), attempts[0])


def is_open(instant: int, schedule: Schedule) -> bool:
    """Whether a text may go out at an instant."""
    stretches = _open_on(schedule, instant // DAY)
    index = bisect_right(stretches, instant, key=_start)
    return index > 0 and instant < stretches[index - 1][1]


def next_open(instant: int, schedule: Schedule) -> int:
    """The first time from this one on at which a text may be sent.

    Raises:
        NeverOpens: not within a year.
    """
    first = instant // DAY
    for day in range(first, first + _HORIZON + 1):
        for start, end in _open_on(schedule, day):
            if instant < end:
                return max(start, instant)
    raise NeverOpens


def openings(start: int, end: int, schedule: Schedule) -> Hours:
    """The open intervals from `start` to `end`, each (start, end), end exclusive."""
    days = range(start // DAY, -(-end // DAY))
    joined = join(stretch for day in days for stretch in _open_on(schedule, day))
    return intersect(joined, ((start, end),))


@lru_cache(maxsize=1024)
def local_day_bounds(now: int, schedule: Schedule) -> tuple[int, int]:
    """The recipient's calendar day: its start, and the start of the next day.

    Cached, because a claim calls it for each text with the same time, and few schedules cover all.
    """
    day = wall_at(schedule.zone, now) // DAY
    start, end = (instant_of(schedule.zone, midnight * DAY) for midnight in (day, day + 1))
    return start, end


def next_day_opening(now: int, schedule: Schedule) -> int:
    """The first opening on a later calendar day of the recipient, to which a daily limit moves a
    text.

    Raises:
        NeverOpens: there is none within a year.
    """
    return next_open(local_day_bounds(now, schedule)[1], schedule)


def minute_of_day(instant: int, schedule: Schedule) -> int:
    """The minute, 0 to 1439, that the recipient's clock shows."""
    return wall_at(schedule.zone, instant) % DAY // MINUTE


def _schedule(zone: str, weeks: tuple[tuple[str, Week], ...]) -> Schedule:
    """One week for each zone, without those that are always open."""
    by_zone: dict[str, Week] = {}
    for name, week in weeks:
        by_zone[name] = intersect_weeks(by_zone.get(name, ALWAYS), week)
    return Schedule(zone, tuple(by_zone.items()))


def _opens(schedule: Schedule) -> bool:
    """Whether it opens every week, in winter and in summer."""
    return all(
        any(_open_on(schedule, instant // DAY + day) for day in range(8))
        for instant in REFERENCE_INSTANTS
    )


def _start(stretch: tuple[int, int]) -> int:
    return stretch[0]


@lru_cache(maxsize=65536)
def _open_on(schedule: Schedule, day: int) -> Hours:
    """The open intervals of one day of UTC, counted from the epoch, in UTC microseconds."""
    stretches: Hours = ((day * DAY, (day + 1) * DAY),)
    for zone, week in schedule.weeks:
        stretches = intersect(stretches, _open_in(zone, week, day))
    return stretches


def _open_in(zone: str, week: Week, day: int) -> Hours:
    found: list[tuple[int, int]] = []
    for start, end, offset in constant_stretches(zone, day * DAY, (day + 1) * DAY):
        for local_day in range((start + offset) // DAY, (end + offset - 1) // DAY + 1):
            midnight = local_day * DAY - offset
            found += (
                (max(start, midnight + opens * MINUTE), min(end, midnight + closes * MINUTE))
                for opens, closes in week[(local_day + _THURSDAY) % 7]
            )
    return join(found)
