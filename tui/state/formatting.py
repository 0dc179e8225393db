"""The words of one row: name, step, status with its reason, and when the next text goes."""

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
_SHORT_HOLDS: Final = {
    Hold.UNKNOWN: "not known if sent",
    Hold.SEQUENCE_PAUSED: "paused",
    Hold.DRAFT: "draft",
    Hold.CAMPAIGN_CAP: "daily cap",
    Hold.MISSING_FIELD: "field missing",
    Hold.NEEDS_REVIEW: "needs review",
}
"""Holds in few cells, where their labels are longer than the table is on 80 columns."""
_LAST_FAILED: Final = "last text failed"
_SEPARATOR: Final = " · "
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_HOURS_AHEAD: Final = 6
"""Hours up to which a time is told as a distance; beyond, the weekday and the time say more."""
_DAYS_AHEAD: Final = 6
"""Days up to which a weekday means one day only."""


def name(row: ListedEnrollment) -> str:
    """Last name, first name; a dash for nobody's. As it is kept, to be cleaned where it shows."""
    return full_name(row.contact.first_name, row.contact.last_name)


def full_name(first_name: str, last_name: str) -> str:
    """Last name, first name; a dash for nobody's. As it is kept, to be cleaned where it shows."""
    return ", ".join(part for part in (last_name.strip(), first_name.strip()) if part) or NOTHING


def step(row: ListedEnrollment) -> str:
    """The step it is on, of how many; a dash for none."""
    return NOTHING if row.step is None else f"{row.step}/{row.steps}"


def status(row: ListedEnrollment, cells: int | None = None) -> str:
    """Glyph and label of the status, and its reason or hold where that says more.

    In so many cells a hold that does not fit is told in short words. What does not fit even so is
    left out, but for a failure's reason and for a hold without a time, which are cut.
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
    """When the next text goes: `now`, `in 12 min`, `in 2 h`, `tue 09:00`, `12 dec`, `dec 2027`.

    At most nine cells, in the contact's zone; empty if no text goes. `now` is the domain's.
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
        return f"{local.day} {_MONTHS[local.month - 1]}"
    return f"{_MONTHS[local.month - 1]} {local.year}"


def when(at: datetime, now: datetime, zone: str) -> str:
    """A moment past or to come in the named zone: `tue 3 nov 09:00`, with the year if another."""
    local = at.astimezone(zone_of(zone))
    year = "" if local.year == now.astimezone(zone_of(zone)).year else f" {local.year}"
    day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}"
    return f"{day}{year} {local:%H:%M}"


@lru_cache(maxsize=512)
def zone_of(name: str) -> tzinfo:
    """The time zone of that name, UTC if there is none."""
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
