"""The rows of the Steps tab: when each step is sent, what it costs, whether it is saved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from common.changes import changes
from common.documents import document_of, read_at
from common.model.sequences import (
    Delay,
    Finding,
    Sequence,
    SequenceDocument,
    Severity,
    StepDocument,
)
from common.segments import estimate
from common.vocabulary import SequenceKind
from tui.state.formatting import date_and_time
from tui.state.settings import delay_words

NOTHING: Final = "–"
AT_ONCE: Final = "immediately"
NO_TIME: Final = "no time set"
LOCAL: Final = "local"


class Mark(StrEnum):
    """How a step differs from the saved version."""

    SAME = " "
    NEW = "+"
    CHANGED = "*"


class StepLine(NamedTuple):
    """One row.

    `when` is short, `when_long` also says after what. `segments` is an estimate for a typical
    contact. `waiting` counts the pending contacts who get this step next; None for a new step.
    """

    number: int
    mark: Mark
    when: str
    when_long: str
    body: str
    segments: int
    waiting: int | None
    errors: int
    warnings: int


def step_lines(
    base: Sequence,
    document: SequenceDocument,
    findings: Collection[Finding],
    waiting: Mapping[str, int] | None,
) -> list[StepLine]:
    """The steps of a document, compared with the saved sequence.

    `waiting` counts pending contacts by the saved position of their next step.
    """
    before = document_of(base)
    kept = changes(before, document).kept
    lines = []
    for place, (step, old) in enumerate(zip(document.steps, kept, strict=True)):
        found = [one.severity for one in findings if one.step == place + 1]
        was = None if old is None else before.steps[old]
        line = StepLine(
            place + 1,
            _mark(was, step, moved=old is not None and _moved(kept, place)),
            when(document.kind, step),
            when_long(document.kind, place, step),
            step.body,
            estimate(step.body).count,
            None if old is None or waiting is None else waiting.get(str(old + 1), 0),
            found.count(Severity.ERROR),
            found.count(Severity.WARNING),
        )
        lines.append(line)
    return lines


def _mark(was: StepDocument | None, step: StepDocument, *, moved: bool) -> Mark:
    if was is None:
        return Mark.NEW
    same = (was.body, was.delay, was.at, was.local) == (step.body, step.delay, step.at, step.local)
    return Mark.SAME if same and not moved else Mark.CHANGED


def _moved(kept: tuple[int | None, ...], place: int) -> bool:
    """Whether a kept step changed places with other kept steps."""
    stayed = [old for old in kept if old is not None]
    at = sum(old is not None for old in kept[:place])
    return sorted(stayed)[at] != kept[place]


def when(kind: SequenceKind, step: StepDocument) -> str:
    """When a step is sent, in short: `immediately`, `+2 d 3 h`, `1 Dec 2026 09:00 local`."""
    if kind is SequenceKind.SCHEDULED:
        return _moment(step)
    short = _short(step.delay or Delay())
    return f"+{short}" if short else AT_ONCE


def when_long(kind: SequenceKind, place: int, step: StepDocument) -> str:
    """When a step is sent, and after what: `2 days after step 1`."""
    if kind is SequenceKind.SCHEDULED:
        return _moment(step)
    after = "enrolling" if place == 0 else f"step {place}"
    return f"{delay_words(step.delay) or AT_ONCE} after {after}"


def _short(delay: Delay) -> str:
    parts = ((delay.days, "d"), (delay.hours, "h"), (delay.minutes, "min"))
    return " ".join(f"{many} {unit}" for many, unit in parts if many)


def _moment(step: StepDocument) -> str:
    """A date and time; what was typed if that is not a valid time."""
    if step.at is None:
        return NO_TIME
    try:
        moment = read_at(step.at)
    except ValueError:
        return step.at
    written = date_and_time(moment)
    if moment.second:
        written = f"{written}:{moment.second:02}"
    offset = f"{moment:%z}"
    if offset:
        return f"{written} {offset[:3]}:{offset[3:]}"
    return f"{written} {LOCAL}" if step.local else written
