"""The gate that every text passes at its claim: whether it may be sent now, or until when or why
not.

Pure: takes facts and the domain's current time, returns a verdict. Resends and retries pass the
whole gate again. Confirmations and help texts do not pass it.
"""

from __future__ import annotations

from typing import NamedTuple

from common.vocabulary import (
    Hold,
    LineKind,
    Reason,
    SequenceState,
    SuppressionSource,
)
from server.clock import SECOND
from server.enrollments.lifecycle import strongest
from server.sequences.openings import NeverOpens, Schedule, is_open, next_day_opening, next_open
from server.sequences.timing import SkipReason

AFTER_ANOTHER = 2 * SECOND
"""How long a text waits while another one to the same contact is on the wire."""


class Facts(NamedTuple):
    """The facts for the gate.

    `too_late` means that a scheduled step is too long after its time. `sent_today` counts the other
    sequence texts of the contact on its calendar day, across sequences, including unknown ones.
    `spent_until` is when a sender with a used-up daily cap may send again; None while it may.
    """

    now: int
    schedule: Schedule
    state: SequenceState
    suppressed_by: frozenset[SuppressionSource]
    in_review: bool
    on_its_way: bool
    line: LineKind
    line_reason: Reason | None
    sender_stopped: bool
    spent_until: int | None
    sent_today: int
    daily_limit: int
    too_late: bool


class Go(NamedTuple):
    """The text may be sent now."""


class Wait(NamedTuple):
    """Not now: held until `until`, or until the hold ends if that is None."""

    hold: Hold
    until: int | None
    detail: str | None = None


class Stop(NamedTuple):
    """Never: the number is suppressed by `source`, or a landline for `reason`."""

    source: SuppressionSource | None = None
    reason: Reason | None = None


class PassOver(NamedTuple):
    """Never this step, but perhaps the next one."""

    why: SkipReason


Verdict = Go | Wait | Stop | PassOver


def may_go(facts: Facts) -> Verdict:
    """The verdict on a step's text. What ends an enrollment is checked before what delays it."""
    if facts.suppressed_by:
        return Stop(source=strongest(facts.suppressed_by))
    if facts.line is LineKind.LANDLINE:
        return Stop(reason=facts.line_reason or Reason.LANDLINE_PLAN)
    match facts.state:
        case SequenceState.DRAFT:
            return Wait(Hold.DRAFT, None)
        case SequenceState.PAUSED | SequenceState.ARCHIVED:
            return Wait(Hold.SEQUENCE_PAUSED, None)
        case SequenceState.ACTIVE:
            pass
    if facts.in_review:
        return Wait(Hold.NEEDS_REVIEW, None)
    if facts.sender_stopped:
        return Wait(Hold.SENDER_STOPPED, None)
    if facts.too_late:
        return PassOver(SkipReason.LATE)
    return _in_time(facts)


def _in_time(facts: Facts) -> Verdict:
    try:
        if not is_open(facts.now, facts.schedule):
            return Wait(Hold.QUIET_HOURS, next_open(facts.now, facts.schedule))
        if facts.sent_today >= facts.daily_limit:
            return Wait(Hold.DAILY_LIMIT, next_day_opening(facts.now, facts.schedule))
        if facts.spent_until is not None:
            return over_cap(facts.spent_until, facts.schedule)
    except NeverOpens as error:
        return Wait(Hold.QUIET_HOURS, None, str(error))
    if facts.on_its_way:
        return Wait(Hold.OTHER_TEXT, facts.now + AFTER_ANOTHER)
    return Go()


def over_cap(resets_at: int, schedule: Schedule) -> Wait:
    """The verdict if the daily cap is used up: wait for the first opening after it resets."""
    return Wait(Hold.CAMPAIGN_CAP, next_open(resets_at, schedule))
