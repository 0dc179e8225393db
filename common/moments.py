"""The times of a filter: durations from now, named days, dates and ranges of dates.

    <2h  >3d  <30m            less or more than that from now (`due`) or ago (`enrolled`)
    today  tomorrow
    2026-12-01                that day
    2026-12-01..2026-12-05    both days and those between
    <2026-12-01  >2026-12-01  before or after that day

Days are whole days in the caller's time zone. This module uses no clock.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Final, Literal

import msgspec

MAX_SECONDS: Final = 3_660 * 86_400
"""Ten years, the longest duration."""

_SECONDS: Final = {"m": 60, "h": 3_600, "d": 86_400}
_DURATION: Final = re.compile(r"([<>])([0-9]{1,7})([mhd])", re.ASCII)
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ONE_DATE: Final = re.compile(rf"([<>]?)({_DATE})", re.ASCII)
_RANGE: Final = re.compile(rf"({_DATE})\.\.({_DATE})", re.ASCII)


class Day(StrEnum):
    """Days with a name."""

    TODAY = "today"
    TOMORROW = "tomorrow"


class Within(msgspec.Struct, frozen=True, tag="within"):
    """Less (`<`) or more (`>`) than so many seconds away from now.

    For a due time, in the future; `<` includes overdue. For an enrollment, in the past.
    """

    op: Literal["<", ">"]
    seconds: int


class OnDay(msgspec.Struct, frozen=True, tag="day"):
    """On a day relative to now."""

    day: Day


class Dates(msgspec.Struct, frozen=True, tag="dates"):
    """From `first` to `last`, both included; None means no limit."""

    first: date | None
    last: date | None


Moment = Within | OnDay | Dates


def read_moment(text: str) -> Moment | None:
    """Parse the value; None if it is not a time."""
    value = text.lower()
    if value in {Day.TODAY, Day.TOMORROW}:
        return OnDay(Day(value))
    if duration := _DURATION.fullmatch(value):
        seconds = int(duration[2]) * _SECONDS[duration[3]]
        if not 0 < seconds <= MAX_SECONDS:
            return None
        return Within("<" if duration[1] == "<" else ">", seconds)
    if one := _ONE_DATE.fullmatch(value):
        day = _date(one[2])
        return None if day is None else _dates(one[1], day)
    if both := _RANGE.fullmatch(value):
        first, last = _date(both[1]), _date(both[2])
        if first is None or last is None or last < first:
            return None
        return Dates(first, last)
    return None


def _dates(op: str, day: date) -> Dates | None:
    """The days before, after, or the day itself; None if the calendar has no such days."""
    if op == "<":
        return None if day == date.min else Dates(None, date.fromordinal(day.toordinal() - 1))
    if op == ">":
        return None if day == date.max else Dates(date.fromordinal(day.toordinal() + 1), None)
    return Dates(day, day)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
