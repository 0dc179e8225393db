"""What the screen says about an import and about enrolling, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from common.model.contacts import ImportOutcome, Reject
from common.model.enrolling import EnrollResult
from common.phones import pretty
from common.terminal import fit
from common.vocabulary import SequenceState, Status
from tui.state import formatting
from tui.state.formatting import STATUS_GLYPHS
from tui.state.wording import counted, sentence

_NUMBER_CELLS: Final = 11
_PHONE_CELLS: Final = 18
_OUTCOME_CELLS: Final = 19
_HELD: Final = {
    SequenceState.DRAFT: "The sequence is a draft: nothing is sent until it is activated.",
    SequenceState.PAUSED: "The sequence is paused: nothing is sent until it is resumed.",
}
_ORDER: Final = {"refused": 0, "skipped": 2}
"""Refused numbers come first, contacts who are already enrolled last."""


class Here(NamedTuple):
    """The domain time now, and the time zone in which times are shown."""

    now: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Into:
    """The group that imported contacts are added to; without an id it is created for them."""

    name: str
    id: int | None = None
    members: int = 0

    def others(self, outcome: ImportOutcome) -> int:
        """How many members are not in the file, given the outcome of importing into the group."""
        if self.id is None:
            return 0
        return max(0, self.members + outcome.added_to_group - taken(outcome))


def taken(outcome: ImportOutcome) -> int:
    """How many contacts of a file are imported."""
    return outcome.added + outcome.changed + outcome.unchanged


def report_lines(outcome: ImportOutcome, into: Into, *, overwrite: bool) -> list[str]:
    """What importing a file would do."""
    filled = "values replaced from the file" if overwrite else "empty fields filled"
    lines = [
        f"{counted(outcome.rows, 'row')} in the file. Importing gives:",
        _numbered(outcome.added, "new"),
        _numbered(outcome.changed, f"existing, {filled}"),
        _numbered(outcome.unchanged, "existing, unchanged"),
        *_left(outcome),
        "",
    ]
    if into.id is None:
        lines += [f"They are added to the group “{into.name}”, which will be created."]
    else:
        lines += [f"They are added to the group “{into.name}” ({counted(into.members, 'member')})."]
    if others := into.others(outcome):
        lines += [f"! {_others(others)} would be enrolled too."]
    kept = "replaced from the file" if overwrite else "kept"
    lines += [f"Existing values are {kept}."]
    return lines


def _left(outcome: ImportOutcome) -> list[str]:
    return [
        _numbered(outcome.duplicates, "duplicate: an earlier row has the same number"),
        _numbered(outcome.rejected, "rejected"),
    ]


def _others(others: int) -> str:
    return f"{counted(others, 'group member')} not in this file"


def _numbered(number: int, what: str) -> str:
    return f"{number:>{_NUMBER_CELLS},} {what}"


def reject_lines(outcome: ImportOutcome) -> list[str]:
    """The rows that are not imported, each with line and reason, and how many more there are."""
    lines = [_reject_line(one) for one in outcome.rejects]
    if outcome.rejects_omitted:
        lines += [f"… and {outcome.rejects_omitted:,} more."]
    return lines


def _reject_line(one: Reject) -> str:
    where = f"line {one.line}, {one.field}" if one.field else f"line {one.line}"
    told = f"{where}: {sentence(one.reason)} {one.remedy}".rstrip()
    return f"{told} | {one.text}" if one.text else told


def import_effects(outcome: ImportOutcome, into: Into) -> list[str]:
    """What happens to contacts, for the confirm screen of an import."""
    known = counted(outcome.changed + outcome.unchanged, "existing contact")
    lines = [
        f"{counted(outcome.added, 'new contact')}; {outcome.changed:,} of {known} will change."
    ]
    if into.id is None:
        lines += ["The group will be created."]
    return [*lines, "Nobody is enrolled yet; that is the next step."]


def import_spared(outcome: ImportOutcome, into: Into) -> list[str]:
    """Who is not imported, and who else is in the group."""
    left = outcome.rejected + outcome.duplicates
    lines = [f"{counted(left, 'row')} will not be imported."] if left else []
    if others := into.others(outcome):
        lines += [f"{_others(others)} would be enrolled too."]
    return lines


def imported_lines(outcome: ImportOutcome, into: Into) -> list[str]:
    """The outcome of an import."""
    lines = [
        "Imported:",
        _numbered(outcome.added, "new"),
        _numbered(outcome.changed, "existing, changed"),
        _numbered(outcome.unchanged, "existing, unchanged"),
        *_left(outcome),
        "",
    ]
    return [*lines, f"They are in the group “{into.name}”. Nobody is enrolled yet."]


def enrolled(result: EnrollResult) -> int:
    """How many are enrolled: pending and omitted ones."""
    return result.pending + sum(result.omitted.values())


def result_lines(result: EnrollResult, state: SequenceState, here: Here) -> list[str]:
    """The outcome of enrolling, or of its dry run: counts, first and last text, segments."""
    verb = "would be enrolled" if result.dry_run else "enrolled"
    lines = [f"{enrolled(result):,} of {counted(result.asked, 'contact')} {verb}"]
    label = Status.PENDING.label
    lines += [_numbered(result.pending, f"{STATUS_GLYPHS[Status.PENDING]} {label}")]
    lines += [
        _numbered(n, f"{STATUS_GLYPHS[Status(value)]} {Status(value).label}")
        for value, n in result.omitted.items()
    ]
    lines += _by_reason("skipped", result.skipped) + _by_reason("refused", result.refused)
    return [*lines, "", *_texts(result, state, here)]


def _texts(result: EnrollResult, state: SequenceState, here: Here) -> list[str]:
    lines = []
    if result.first_text_at and result.last_text_at:
        first = formatting.when(result.first_text_at, *here)
        last = formatting.when(result.last_text_at, *here)
        lines += [f"First text {first}, last {last} ({here.zone})."]
    if result.pending:
        lines += [f"{counted(result.segments, 'segment')} if nobody replies."]
    return lines + ([_HELD[state]] if state in _HELD else [])


def _by_reason(what: str, counts: Mapping[str, int]) -> list[str]:
    return [_numbered(n, f"{what}: {why.replace('_', ' ')}") for why, n in counts.items()]


def turned_lines(result: EnrollResult) -> list[str]:
    """The contacts who will get no texts, each with the reason, and how many more there are."""
    first = sorted(result.turned, key=lambda one: _ORDER.get(one.outcome, 1))
    labels = {status.value: status.label for status in Status}
    lines = [
        f"{fit(pretty(one.phone), _PHONE_CELLS)}"
        f"{fit(labels.get(one.outcome, one.outcome), _OUTCOME_CELLS)} {one.why}"
        for one in first
    ]
    if result.turned_omitted:
        lines += [f"… and {result.turned_omitted:,} more."]
    return lines


def enroll_effects(result: EnrollResult, state: SequenceState, here: Here) -> list[str]:
    """What happens to contacts, for the confirm screen of enrolling."""
    lines = [f"{counted(result.pending, 'contact')} will be pending."]
    if omitted := sum(result.omitted.values()):
        lines += [f"{omitted:,} will be omitted: they are listed but get no texts."]
    return lines + _texts(result, state, here)


def enroll_spared(result: EnrollResult) -> list[str]:
    """Who is skipped or refused, for the confirm screen of enrolling."""
    return [
        f"{n:,} {what}: {why.replace('_', ' ')}."
        for what, counts in (("skipped", result.skipped), ("refused", result.refused))
        for why, n in counts.items()
    ]
