"""Send windows: the days and hours at which texts may be sent.

A window has no time zone; `openings` applies it to a recipient's clock. Its written form, in TOML
and JSON, is `{ days = "mon-sat", from = "09:00", to = "20:00" }` or a list of those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypedDict

LONG_NAMES: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_NAMES: Final = tuple(name[:3] for name in LONG_NAMES)
FULL_DAY: Final = 1440
"""Minutes in a day of 24 hours."""

_SETS: Final = {
    "daily": range(7),
    "all": range(7),
    "every day": range(7),
    "weekdays": range(5),
    "weekends": range(5, 7),
}

Hours = tuple[tuple[int, int], ...]
"""Open intervals of one day, (start, end) in minutes, end exclusive, separate and in order."""

Week = tuple[Hours, ...]
"""The open intervals of the seven days, Monday first."""

ALWAYS: Final[Week] = (((0, FULL_DAY),),) * 7


class Span(NamedTuple):
    """Open hours on some days of the week.

    `days` counts from Monday = 0; `start` and `end` are minutes after midnight, `end` exclusive. An
    end not after the start is on the next day: 22:00 to 02:00 crosses midnight, and 00:00 to 00:00
    is the whole day.
    """

    days: frozenset[int]
    start: int
    end: int


Window = tuple[Span, ...]
"""Spans; the window is open when any of them is."""

DEFAULT_WINDOW: Final[Window] = (
    Span(frozenset(range(6)), 9 * 60, 20 * 60),
    Span(frozenset({6}), 12 * 60, 20 * 60),
)
"""Every day 9:00 to 20:00, Sundays from 12:00."""


WrittenSpan = TypedDict("WrittenSpan", {"days": str, "from": str, "to": str})
"""A span as it is written."""


class BadWindow(ValueError):
    """A window that cannot be parsed: the field and span, the reason, and what to write."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(f"{field}: {reason} {remedy}")
        self.field = field
        self.reason = reason
        self.remedy = remedy


def parse_window(written: object) -> Window:
    """Parse a window from its written form: a mapping, or a list of mappings.

    Raises:
        BadWindow: the shape, a day or a time is wrong, or the window would never open.
    """
    if isinstance(written, Mapping):
        return (_parse_span(written, ""),)
    if not isinstance(written, Sequence) or isinstance(written, str):
        reason = "A window needs days and hours."
        raise BadWindow(
            "window", reason, 'Write { days = "mon-sat", from = "09:00", to = "20:00" }.'
        )
    if not written:
        raise BadWindow(
            "window", "The window is empty and would never open.", "Add at least one span."
        )
    return tuple(_parse_span(span, f"[{index}]") for index, span in enumerate(written))


def format_window(window: Window) -> list[WrittenSpan]:
    """The written form of a window, as a list. `parse_window` returns the same window."""
    return [
        {"days": _format_days(days), "from": _format_time(start), "to": _format_time(end)}
        for days, start, end in window
    ]


def week_of(window: Window) -> Week:
    """The open intervals of each day of the week, joined and cut at midnight."""
    days: list[list[tuple[int, int]]] = [[] for _ in DAY_NAMES]
    for span in window:
        for day in span.days:
            if span.start < span.end:
                days[day].append((span.start, span.end))
            else:
                days[day].append((span.start, FULL_DAY))
                days[(day + 1) % 7].append((0, span.end))
    return tuple(join(stretches) for stretches in days)


def intersect_weeks(first: Week, second: Week) -> Week:
    """The intersection of two weeks."""
    return tuple(intersect(one, other) for one, other in zip(first, second, strict=True))


def join(stretches: Iterable[tuple[int, int]]) -> Hours:
    """Intervals in order; those that touch or overlap are joined, empty ones removed."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def intersect(first: Hours, second: Hours) -> Hours:
    """The intersection of two lists of joined intervals."""
    common = (
        (max(start, other_start), min(end, other_end))
        for start, end in first
        for other_start, other_end in second
    )
    return join(common)


def _parse_span(written: object, place: str) -> Span:
    if not isinstance(written, Mapping):
        raise BadWindow(f"window{place}", "It is not a span.", "Write it with days, from and to.")
    for name in written:
        if name not in {"days", "from", "to"}:
            raise BadWindow(
                f"window{place}.{name}", "This field does not exist.", "Use days, from and to."
            )
    return Span(
        _parse_days(written.get("days", "daily"), f"window{place}.days"),
        _parse_time(written.get("from"), f"window{place}.from") % FULL_DAY,
        _parse_time(written.get("to"), f"window{place}.to"),
    )


def _parse_days(written: object, field: str) -> frozenset[int]:
    remedy = 'Write days as "mon-fri", "mon,wed,fri" or "daily".'
    if not isinstance(written, str) or not written.strip():
        raise BadWindow(field, "No day is given.", remedy)
    days: set[int] = set()
    for part in written.lower().split(","):
        if part.strip() in _SETS:
            days.update(_SETS[part.strip()])
            continue
        ends = [_parse_day(end.strip(), field, remedy) for end in part.split("-")]
        if len(ends) > 2:
            raise BadWindow(field, f"“{part.strip()}” is not a valid range of days.", remedy)
        first, last = ends[0], ends[-1]
        days.update(day % 7 for day in range(first, last + 1 + 7 * (last < first)))
    return frozenset(days)


def _parse_day(written: str, field: str, remedy: str) -> int:
    for day, name in enumerate(LONG_NAMES):
        if len(written) >= 3 and name.startswith(written):
            return day
    raise BadWindow(field, f"“{written}” is not a day.", remedy)


def _parse_time(written: object, field: str) -> int:
    """Minutes after midnight, 0 to 1440."""
    match = (
        re.fullmatch(r"(\d{1,2}):(\d{2})", written.strip()) if isinstance(written, str) else None
    )
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= minutes <= FULL_DAY:
        said = "It is missing." if written is None else f"“{written}” is not a time of day."
        raise BadWindow(field, said, 'Write it as "09:00", from 00:00 to 24:00.')
    return minutes


def _format_days(days: frozenset[int]) -> str:
    if len(days) == 7:
        return "daily"
    ordered = sorted(days)
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{DAY_NAMES[ordered[0]]}-{DAY_NAMES[ordered[-1]]}"
    return ",".join(DAY_NAMES[day] for day in ordered)


def _format_time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
