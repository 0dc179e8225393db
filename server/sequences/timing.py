"""When a step is due: a delay after the one before, or a set time.

Times are UTC microseconds since the epoch. Every due time is in the recipient's schedule.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from common.model.sequences import Delay
from server.sequences.openings import Schedule, minute_of_day, next_open
from server.sequences.zones import DAY, HOUR, MINUTE, instant_of, wall_at

LATE_LIMIT_HOURS: Final = 12
"""How late a scheduled step may be sent because the window was closed; a sequence may change this.
"""

UNDO_NOTICE: Final = 5 * MINUTE
"""The shortest time between an operator's undo and a text that it causes."""


def elapsed(delay: Delay) -> int:
    """The hours and minutes of a delay, in microseconds.

    Its days are calendar days on the recipient's clock. With both, the days come first.
    """
    return delay.hours * HOUR + delay.minutes * MINUTE


class SkipReason(StrEnum):
    """Why a step is skipped for one recipient."""

    PAST = "skipped_past"
    LATE = "skipped_late"
    PAUSED = "skipped_paused"

    @property
    def label(self) -> str:
        """The label shown to people."""
        return _SKIP_LABELS[self]


_SKIP_LABELS: Final = {
    SkipReason.PAST: "its time had passed when the contact was enrolled",
    SkipReason.LATE: "the send window opened too late for it",
    SkipReason.PAUSED: "its time passed while the sequence was paused",
}


class Due(NamedTuple):
    """A step is sent at this time."""

    at: int


class Skip(NamedTuple):
    """A step is skipped. `opens_at` is when it could have been sent, if that is the reason."""

    reason: SkipReason
    opens_at: int | None = None


class ScheduledStep(NamedTuple):
    """A step with a set time.

    `at` is an instant for all recipients; if `local`, local time of each recipient, as microseconds
    since 1970-01-01T00:00 on that clock (`wall_clock`).
    """

    at: int
    local: bool = False


def wall_clock(day: date, minute: int) -> int:
    """A calendar day and a minute of it, 0 to 1439, as a time for `ScheduledStep`."""
    return (day - date(1970, 1, 1)).days * DAY + minute * MINUTE


def first_due(delay: Delay, enrolled_at: int, schedule: Schedule) -> tuple[int, int]:
    """When the first step is due, and the enrollment's anchor.

    The anchor is the minute of the recipient's day, 0 to 1439, at which this step is sent, once it
    is in the window; later steps with a delay in days are sent at that minute.

    Raises:
        NeverOpens: the schedule has no opening.
    """
    wall = wall_at(schedule.zone, enrolled_at)
    due = instant_of(schedule.zone, wall + delay.days * DAY) if delay.days else enrolled_at
    due = next_open(max(due, enrolled_at) + elapsed(delay), schedule)
    return due, minute_of_day(due, schedule)


@lru_cache(maxsize=4096)
def next_due(delay: Delay, handed_off_at: int, anchor_minute: int, schedule: Schedule) -> int:
    """When the step after a hand-off is due.

    Hours and minutes count from the hand-off. Days count from its local date, and end at the
    anchor's minute; the window may move the result later, never the anchor. Cached, because
    contacts enrolled together continue together.

    Raises:
        NeverOpens: the schedule has no opening.
    """
    due = handed_off_at
    if delay.days:
        day = wall_at(schedule.zone, handed_off_at) // DAY + delay.days
        due = instant_of(schedule.zone, day * DAY + anchor_minute * MINUTE)
    return next_open(max(due, handed_off_at) + elapsed(delay), schedule)


def scheduled_instant(step: ScheduledStep, schedule: Schedule) -> int:
    """The time of a scheduled step, without the window."""
    return instant_of(schedule.zone, step.at) if step.local else step.at


def scheduled_due(
    step_at: int,
    local: bool,
    schedule: Schedule,
    late_limit_hours: int = LATE_LIMIT_HOURS,
    not_before: int | None = None,
) -> Due | Skip:
    """When a scheduled step is due: at its time, or at the next opening if that is soon enough.

    `not_before` is when the step before was due or handed off, so that the order never inverts.

    Raises:
        NeverOpens: the schedule has no opening.
    """
    meant = scheduled_instant(ScheduledStep(step_at, local), schedule)
    due = next_open(meant if not_before is None else max(meant, not_before), schedule)
    if due - meant > late_limit_hours * HOUR:
        return Skip(SkipReason.LATE, due)
    return Due(due)


def remaining_scheduled(
    steps: Iterable[ScheduledStep],
    now: int,
    schedule: Schedule,
    late_limit_hours: int = LATE_LIMIT_HOURS,
) -> list[Due | Skip]:
    """The result of each step, in order, for a recipient who is enrolled now.

    Steps whose time has passed are skipped. If no step is Due, the caller refuses to enroll.

    Raises:
        NeverOpens: the schedule has no opening.
    """
    fates: list[Due | Skip] = []
    before = now
    for step in steps:
        if scheduled_instant(step, schedule) < now:
            fates.append(Skip(SkipReason.PAST))
            continue
        fate = scheduled_due(step.at, step.local, schedule, late_limit_hours, before)
        if isinstance(fate, Due):
            before = fate.at
        fates.append(fate)
    return fates
