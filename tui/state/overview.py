"""The lines of the Overview tab: state, counts, the next text, problems, recent actions.

Everything comes from the server; nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from rich.cells import cell_len

from common.model.listing import EnrollmentPage, ListedEnrollment
from common.model.operations import Operation
from common.model.sequences import Finding, Sequence, Severity, Step
from common.terminal import clean, fit
from common.vocabulary import SequenceState, Status
from tui.state import formatting
from tui.state.operation_words import done_words
from tui.state.sequence_actions import finding_line
from tui.state.sequence_list import state_words
from tui.state.settings import window_words
from tui.state.wording import counted

LATEST_OPERATIONS: Final = 200
"""How many of the newest operations are searched for those on the sequence."""
RECENT: Final = 5
"""How many operations are listed."""
BAR: Final = "█"
LITTLE: Final = "▏"
"""A bar for less than one cell."""
_LABEL_CELLS: Final = 23
_COUNT_CELLS: Final = 10
_SHARE_CELLS: Final = 6
_PENDING_CELLS: Final = 18
_LEAST_BAR: Final = 4
_NONE: Final = "none"


class Line(NamedTuple):
    """Words and their style."""

    words: str
    style: str = ""


class SequenceOverview(NamedTuple):
    """The data of the overview.

    `everybody` and `pending` are pages of enrollments, used for their counts and the next text.
    """

    sequence: Sequence
    everybody: EnrollmentPage
    pending: EnrollmentPage
    findings: tuple[Finding, ...]
    operations: tuple[Operation, ...]


def lines(told: SequenceOverview, now: datetime, zone: str, cells: int) -> list[Line]:
    """The lines, at most `cells` wide; times in the named zone."""
    return [
        *_standing(told, now, zone),
        Line(""),
        *_statuses(told, cells),
        Line(""),
        *_steps(told, cells),
        Line(""),
        *_findings(told),
        Line(""),
        *_recent_actions(told, now, zone),
    ]


def _standing(told: SequenceOverview, now: datetime, zone: str) -> Iterator[Line]:
    one = told.sequence
    yield Line(f"{state_words(one.state)}{_since(one, now, zone)}", "bold")
    made = formatting.when(one.created_at, now, zone)
    yield Line(f"Created {made} by {clean(one.created_by, 30)} · version {one.version}")
    if one.state is not SequenceState.ACTIVE:
        yield Line(_ASLEEP[one.state])
    elif (row := _next(told)) is not None and row.due_at is not None:
        who = clean(formatting.name(row), 40)
        yield Line(f"Next text: {formatting.when(row.due_at, now, zone)}, to {who}.")
    else:
        yield Line("No text is due.")
    yield Line(f"Sending hours: {window_words(one.window)}, in each contact's time zone.")


_ASLEEP: Final = {
    SequenceState.DRAFT: "Nothing is sent until it is activated.",
    SequenceState.PAUSED: "Nothing is sent until it is resumed.",
    SequenceState.ARCHIVED: "No more texts are sent.",
}


def _since(one: Sequence, now: datetime, zone: str) -> str:
    if one.state is SequenceState.PAUSED and one.paused_at is not None:
        return f" since {formatting.when(one.paused_at, now, zone)}"
    if one.state is SequenceState.ARCHIVED:
        return f" since {formatting.when(one.updated_at, now, zone)}"
    if one.state is SequenceState.ACTIVE and one.activated_at is not None:
        return f", first activated {formatting.when(one.activated_at, now, zone)}"
    return ""


def _next(told: SequenceOverview) -> ListedEnrollment | None:
    return told.pending.items[0] if told.pending.items else None


def _statuses(told: SequenceOverview, cells: int) -> Iterator[Line]:
    counts, total = told.everybody.facets.status, told.everybody.enrolled
    yield Line(f"{total:,} enrolled", "bold")
    most = max(counts.values(), default=0)
    for status in Status:
        label = f"{formatting.STATUS_GLYPHS[status]} {status.label}"
        yield Line(_row(label, counts.get(status, 0), total, most, cells))


def _steps(told: SequenceOverview, cells: int) -> Iterator[Line]:
    yield Line("By step: next, or last sent if finished", "bold")
    everybody, pending = told.everybody.facets.step, told.pending.facets.step
    most = max(everybody.values(), default=0)
    total = told.everybody.enrolled
    for step in told.sequence.steps:
        key = str(step.position)
        more = f"{pending.get(key, 0):,} pending"
        label = _step_label(step)
        yield Line(_row(label, everybody.get(key, 0), total, most, cells, more))
    more = f"{pending.get(_NONE, 0):,} pending"
    yield Line(_row("– none", everybody.get(_NONE, 0), total, most, cells, more))


def _step_label(step: Step) -> str:
    return f"{step.position} {clean(step.body)}"


def _row(label: str, count: int, total: int, most: int, cells: int, more: str = "") -> str:
    share = formatting.share(count, total)
    row = f"{fit(label, _LABEL_CELLS)}{count:>{_COUNT_CELLS},}{share:>{_SHARE_CELLS}}"
    if more:
        row = f"{row}{more:>{_PENDING_CELLS}}"
    room = cells - cell_len(row) - 1
    return f"{row} {bar(count, most, room)}".rstrip() if room >= _LEAST_BAR else row


def bar(count: int, most: int, cells: int) -> str:
    """A bar of whole cells; `most` fills all of them, and a small count is still visible."""
    whole = count * cells // most if most else 0
    return BAR * whole if whole or not count else LITTLE


def _findings(told: SequenceOverview) -> Iterator[Line]:
    if not told.findings:
        yield Line("No problems found", "bold")
        return
    yield Line(f"{counted(len(told.findings), 'problem')} found", "bold")
    for one in told.findings:
        yield Line(f"{'✗' if one.severity is Severity.ERROR else '!'} {finding_line(one)}")


def _recent_actions(told: SequenceOverview, now: datetime, zone: str) -> Iterator[Line]:
    if not told.operations:
        yield Line("No recent actions", "bold")
        return
    yield Line("Recent actions", "bold")
    for one in told.operations:
        undone = ", undone since" if one.undone_by else ""
        state = "" if one.state == "done" else f" ({one.state})"
        yield Line(
            f"{formatting.when(one.created_at, now, zone)}  {clean(one.operator, 20)}:"
            f" {done_words(one)}{state}{undone}"
        )
