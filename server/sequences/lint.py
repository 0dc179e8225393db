"""Lint: finds errors and surprises in a sequence before anyone gets a text. Pure.

An error prevents activation; a warning is for the operator to judge. `lint_texts` checks the
bodies, this module settings and times; callers use this one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from typing import Final

from common.model.sequences import (
    Delay,
    Finding,
    SequenceDocument,
    Severity,
)
from common.vocabulary import SequenceKind
from common.windows import FULL_DAY, Window, week_of
from server.sequences.document import read_window, spans_of
from server.sequences.lint_texts import lint_texts
from server.sequences.openings import NeverOpens, Schedule, next_open, schedule_for
from server.sequences.plan import scheduled_step
from server.sequences.timing import Skip, scheduled_due, scheduled_instant
from server.sequences.zones import date_of, recipient_zones, wall_at

_WIDEN: Final = "Widen the window, or give the step another time."


def lint(
    document: SequenceDocument,
    *,
    known_fields: Collection[str],
    zone: str,
    country: str | None,
    now: int,
) -> list[Finding]:
    """Findings of a canonical document: of the sequence first, then by step, errors first.

    `known_fields` are the custom fields of contacts. `zone` and `country` (ISO 3166) are the
    workspace's; the window is checked with their clock and quiet hours.
    """
    window = read_window(document)
    schedule = _schedule(window, zone, country)
    found = [*_sequence_findings(document, window, schedule, zone, country, now)]
    if document.kind is SequenceKind.SCHEDULED:
        found += _scheduled_findings(document, schedule, zone, now)
        found += _same_dates(document, zone)
    else:
        found += _moved_by_limit(document, window)
    found += lint_texts(document, known_fields)
    return sorted(found, key=lambda one: (one.step or 0, one.severity is Severity.WARNING))


def errors_of(findings: Collection[Finding]) -> list[Finding]:
    """The findings that prevent activation."""
    return [one for one in findings if one.severity is Severity.ERROR]


def _schedule(window: Window, zone: str, country: str | None) -> Schedule:
    zones = recipient_zones(explicit=zone, number_zones=(), workspace=zone, calling_code=None)
    return schedule_for(window, zones, country)


def _sequence_findings(
    document: SequenceDocument,
    window: Window,
    schedule: Schedule,
    zone: str,
    country: str | None,
    now: int,
) -> Iterator[Finding]:
    if not document.steps:
        yield Finding(
            Severity.ERROR,
            "no_steps",
            None,
            "steps",
            "The sequence has no steps.",
            "Add a text to send.",
        )
    if not _opens(schedule, now):
        yield Finding(
            Severity.ERROR,
            "never_opens",
            None,
            "window",
            "Quiet hours cover the whole window, so no step can ever be sent.",
            "Extend the window into the day.",
        )
        return
    if len(window) > 1:
        for index, (span, written) in enumerate(zip(window, spans_of(window), strict=True)):
            if not _opens(_schedule((span,), zone, country), now):
                yield Finding(
                    Severity.WARNING,
                    "span_never_opens",
                    None,
                    f"window[{index}]",
                    f"Quiet hours cover all of {written.days} {written.start} to {written.to}.",
                    "Move it into the day, or remove it.",
                )


def _opens(schedule: Schedule, now: int) -> bool:
    try:
        next_open(now, schedule)
    except NeverOpens:
        return False
    return True


def _scheduled_findings(
    document: SequenceDocument, schedule: Schedule, zone: str, now: int
) -> Iterator[Finding]:
    before: tuple[int, int] | None = None
    for number, step in enumerate(document.steps, 1):
        assert step.at is not None
        timed = scheduled_step(step.at, bool(step.local), zone)
        meant = scheduled_instant(timed, schedule)
        if before is not None and meant < before[1]:
            yield _of_time(
                Severity.ERROR,
                "out_of_order",
                number,
                f"It is before step {before[0]}, which it follows.",
                "Put the steps in order of time.",
            )
        if before is None or meant > before[1]:
            before = (number, meant)
        if meant < now:
            yield _of_time(
                Severity.WARNING,
                "in_the_past",
                number,
                "Its time has passed, so nobody enrolled from now on gets it.",
                "Give it a time in the future, or remove it.",
            )
        try:
            fate = scheduled_due(timed.at, timed.local, schedule, document.late_hours)
        except NeverOpens:
            continue
        if isinstance(fate, Skip):
            yield _of_time(
                Severity.ERROR if timed.local else Severity.WARNING,
                "outside_window",
                number,
                f"It is outside the window, which opens more than {document.late_hours} "
                "hours later, so it would be skipped.",
                _WIDEN,
            )


def _same_dates(document: SequenceDocument, zone: str) -> Iterator[Finding]:
    """Scheduled steps beyond the daily limit on their date."""
    seen: Counter[date] = Counter()
    for number, step in enumerate(document.steps, 1):
        assert step.at is not None
        timed = scheduled_step(step.at, bool(step.local), zone)
        day = date_of(timed.at if timed.local else wall_at(zone, timed.at))
        seen[day] += 1
        if seen[day] > document.daily_limit:
            yield _over_limit(number, "at", f"on {day.isoformat()}", document.daily_limit)


def _moved_by_limit(document: SequenceDocument, window: Window) -> Iterator[Finding]:
    """Relative steps that can fall on a day with more texts than the limit allows.

    Without a delay in days, a step falls on the day of an earlier one if the time between them is
    shorter than the longest opening of the window on one day.
    """
    longest = max(
        (hours[-1][1] - hours[0][0] for hours in week_of(window) if hours), default=FULL_DAY
    )
    limit = document.daily_limit
    for index in range(limit, len(document.steps)):
        since = [step.delay or Delay() for step in document.steps[index - limit + 1 : index + 1]]
        apart = sum(delay.hours * 60 + delay.minutes for delay in since)
        if not any(delay.days for delay in since) and apart < longest:
            yield _over_limit(index + 1, "delay", "on the same day as the steps before it", limit)


def _over_limit(number: int, field: str, when: str, limit: int) -> Finding:
    texts = "one text" if limit == 1 else f"{limit} texts"
    return Finding(
        Severity.WARNING,
        "moved_by_daily_limit",
        number,
        _field(number, field),
        f"It would be sent {when}, but the daily limit is {texts}, so it moves to a later day.",
        "Raise daily_limit, or give the step a delay in days."
        if field == "delay"
        else "Raise daily_limit, or give the step another date.",
    )


def _of_time(severity: Severity, code: str, number: int, reason: str, remedy: str) -> Finding:
    return Finding(severity, code, number, _field(number, "at"), reason, remedy)


def _field(number: int, name: str) -> str:
    return f"steps[{number - 1}].{name}"
