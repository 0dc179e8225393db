"""How names, steps, statuses and times are written on every screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.cells import cell_len

from common.model.listing import ListedEnrollment
from common.terminal import clean
from common.vocabulary import Hold, Reason, Status

NOTHING: Final = "–"

STATUS_GLYPHS: Final = {
    Status.PENDING: "◷",
    Status.FINISHED_RESPONDED: "↩",
    Status.FINISHED_NO_RESPONSE: "✓",
    Status.FINISHED_STOPPED: "⊡",
    Status.FAILED: "✗",
    Status.OPTED_OUT: "⊘",
    Status.OMITTED_OPTED_OUT: "⊖",
    Status.OMITTED_LANDLINE: "⌂",
}
"""One cell each in every terminal: none is of ambiguous width, none is an emoji."""

_SAID_BY_STATUS: Final = frozenset({Reason.REPLIED, Reason.COMPLETED, Reason.STOPPED_BY_OPERATOR})
"""Reasons that repeat what the status says."""
_SHORT_HOLDS: Final = {
    Hold.UNKNOWN: "unclear if sent",
    Hold.SEQUENCE_PAUSED: "paused",
    Hold.DRAFT: "draft",
    Hold.CAMPAIGN_CAP: "sender's cap",
    Hold.MISSING_FIELD: "field missing",
    Hold.NEEDS_REVIEW: "needs review",
}
"""Short names for holds whose labels do not fit the table on 80 columns."""
_LAST_FAILED: Final = "last text failed"
_SEPARATOR: Final = " · "
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)
_HOURS_AHEAD: Final = 6
"""Up to this many hours ahead a time is shown as `in 2 h`, then as weekday and time."""
_DAYS_AHEAD: Final = 6
"""Up to this many days ahead a weekday is unambiguous."""


def name(row: ListedEnrollment) -> str:
    """The contact's name as `full_name` writes it."""
    return full_name(row.contact.first_name, row.contact.last_name)


def full_name(first_name: str, last_name: str) -> str:
    """`Last, First`; a dash without a name. Clean it before it is shown."""
    return ", ".join(part for part in (last_name.strip(), first_name.strip()) if part) or NOTHING


def step(row: ListedEnrollment) -> str:
    """The current step and the number of steps, `2/5`; a dash before the first."""
    return NOTHING if row.step is None else f"{row.step}/{row.steps}"


def status(row: ListedEnrollment, cells: int | None = None) -> str:
    """Glyph and label of the status, with its reason or hold.

    If that is wider than `cells`, a hold is shortened. If it is still too wide, the reason or hold
    is left out; a failure's reason and a hold without a due time are kept, for the caller to cut.
    """
    words = f"{STATUS_GLYPHS[row.status]} {row.status.label}"
    why = _why(row)
    if not why:
        return words
    whole = f"{words}{_SEPARATOR}{clean(why)}"
    if cells is None or cell_len(whole) <= cells:
        return whole
    if row.hold is not None:
        whole = f"{words}{_SEPARATOR}{clean(_short_hold(row, row.hold))}"
    untimed = row.status is Status.PENDING and row.due_at is None
    return whole if cell_len(whole) <= cells or row.status is Status.FAILED or untimed else words


def next_text(row: ListedEnrollment, now: datetime) -> str:
    """When the next text is due: `now`, `in 12 min`, `in 2 h`, `Tue 09:00`, `12 Dec`, `Dec 2027`.

    At most nine cells, in the contact's time zone; empty if no text is due. `now` is domain time.
    """
    due = row.due_at
    if due is None:
        return ""
    ahead = due - now
    if ahead < timedelta(minutes=1):
        return "now"
    minutes = ahead // timedelta(minutes=1)
    if minutes < 60:
        return f"in {minutes} min"
    if minutes < _HOURS_AHEAD * 60:
        return f"in {minutes // 60} h"
    zone = zone_of(row.contact.zone)
    local, today = due.astimezone(zone), now.astimezone(zone).date()
    if (local.date() - today).days <= _DAYS_AHEAD:
        return f"{_DAYS[local.weekday()]} {local:%H:%M}"
    if local.year == today.year or (local.date() - today).days < 300:
        return _day(local)
    return f"{_MONTHS[local.month - 1]} {local.year}"


def when(at: datetime, now: datetime, zone: str) -> str:
    """A time in the named zone: `Tue 3 Nov 09:00`, or `3 Nov 2027 09:00` in another year."""
    local = at.astimezone(zone_of(zone))
    if local.year != now.astimezone(zone_of(zone)).year:
        return date_and_time(local)
    return f"{_DAYS[local.weekday()]} {_day(local)} {local:%H:%M}"


def date_and_time(at: datetime) -> str:
    """A time with its year, in its own zone: `3 Nov 2027 09:00`."""
    return f"{_day(at)} {at.year} {at:%H:%M}"


def share(count: int, total: int) -> str:
    """A part of a total: `62%`, and `2.5%` below ten; empty if the total is 0."""
    if not total:
        return ""
    percent = 100 * count / total
    return f"{percent:.1f}%" if 0 < percent < 9.95 else f"{percent:.0f}%"


def _day(at: datetime) -> str:
    return f"{at.day} {_MONTHS[at.month - 1]}"


@lru_cache(maxsize=512)
def zone_of(name: str) -> tzinfo:
    """The time zone with that name, or UTC if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _short_hold(row: ListedEnrollment, hold: Hold) -> str:
    if hold is Hold.MISSING_FIELD and row.hold_detail:
        return f"no {row.hold_detail}"
    return _SHORT_HOLDS.get(hold, hold.words.label)


def _why(row: ListedEnrollment) -> str:
    if row.status is Status.PENDING:
        return row.hold_label or ""
    if row.last_failed:
        return _LAST_FAILED
    if row.reason is None or row.reason in _SAID_BY_STATUS:
        return ""
    return row.reason_label or row.reason.words.label
