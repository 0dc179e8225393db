"""What is told of an import and of enrolling, before and after, for people."""

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
from tui.wording import counted, sentence

_NUMBER_CELLS: Final = 11
_PHONE_CELLS: Final = 18
_OUTCOME_CELLS: Final = 19
_HELD: Final = {
    SequenceState.DRAFT: "The sequence is a draft: nothing goes out until it is activated.",
    SequenceState.PAUSED: "The sequence is paused: nothing goes out until it is resumed.",
}
_ORDER: Final = {"refused": 0, "skipped": 2}
"""Those whose number is wrong come first, those who are in it already last."""


class Here(NamedTuple):
    """When and where it is read: the domain's present, and the zone in which times are told."""

    now: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Into:
    """The group that a file's people are put into; one without an id is made for them."""

    name: str
    id: int | None = None
    members: int = 0

    def others(self, outcome: ImportOutcome) -> int:
        """How many are in it and not in the file, if `outcome` is that of importing into it."""
        if self.id is None:
            return 0
        return max(0, self.members + outcome.added_to_group - taken(outcome))


def taken(outcome: ImportOutcome) -> int:
    """How many people of a file are taken."""
    return outcome.added + outcome.changed + outcome.unchanged


def report_lines(outcome: ImportOutcome, into: Into, *, overwrite: bool) -> list[str]:
    """What importing a file would come to."""
    filled = "replaced by the file's" if overwrite else "filled where they are blank"
    lines = [
        f"{counted(outcome.rows, 'row')}; importing would come to",
        _numbered(outcome.added, "new"),
        _numbered(outcome.changed, f"known, fields {filled}"),
        _numbered(outcome.unchanged, "known, unchanged"),
        *_left(outcome),
        "",
    ]
    if into.id is None:
        lines += [f"They go into the group “{into.name}”, which is made for them."]
    else:
        lines += [f"They go into the group “{into.name}” of {counted(into.members, 'member')}."]
    if others := into.others(outcome):
        lines += [f"! {_others(others)} would be enrolled, too."]
    kept = "are replaced by the file's" if overwrite else "are kept as they are"
    lines += [f"Fields that known contacts have {kept}."]
    return lines


def _left(outcome: ImportOutcome) -> list[str]:
    return [
        _numbered(outcome.duplicates, "duplicate: an earlier row has the number"),
        _numbered(outcome.rejected, "rejected"),
    ]


def _others(others: int) -> str:
    return f"{counted(others, 'member')} of it that the file does not name"


def _numbered(number: int, what: str) -> str:
    return f"{number:>{_NUMBER_CELLS},} {what}"


def reject_lines(outcome: ImportOutcome) -> list[str]:
    """Every row that is told of those not taken, with its line, and how many more there are."""
    lines = [_reject_line(one) for one in outcome.rejects]
    if outcome.rejects_omitted:
        lines += [f"… and {outcome.rejects_omitted:,} more."]
    return lines


def _reject_line(one: Reject) -> str:
    where = f"line {one.line}, {one.field}" if one.field else f"line {one.line}"
    told = f"{where}: {sentence(one.reason)} {one.remedy}".rstrip()
    return f"{told} | {one.text}" if one.text else told


def import_effects(outcome: ImportOutcome, into: Into) -> list[str]:
    """What is asked before a file is imported."""
    known = outcome.changed + outcome.unchanged
    lines = [
        f"{counted(outcome.added, 'new contact')}; of {known:,} known {outcome.changed:,} change."
    ]
    if into.id is None:
        lines += ["The group will be made."]
    return [*lines, "Nobody is enrolled by it yet: that is asked next."]


def import_spared(outcome: ImportOutcome, into: Into) -> list[str]:
    """Who is left out of an import, and who else is in the group."""
    left = outcome.rejected + outcome.duplicates
    lines = [f"{counted(left, 'row')} not taken."] if left else []
    if others := into.others(outcome):
        lines += [f"{_others(others)} would be enrolled, too."]
    return lines


def imported_lines(outcome: ImportOutcome, into: Into) -> list[str]:
    """What an import came to."""
    lines = [
        "Imported:",
        _numbered(outcome.added, "new"),
        _numbered(outcome.changed, "known, changed"),
        _numbered(outcome.unchanged, "known, unchanged"),
        *_left(outcome),
        "",
    ]
    return [*lines, f"They are in the group “{into.name}”. Nobody is enrolled by it yet."]


def enrolled(result: EnrollResult) -> int:
    """How many rows enrolling makes: those pending and those omitted."""
    return result.pending + sum(result.omitted.values())


def result_lines(result: EnrollResult, state: SequenceState, here: Here) -> list[str]:
    """What enrolling came to, or by a dry run would: each figure, the texts, what holds them."""
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
    """Everybody who is told of those not pending, with why, and how many more there are."""
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
    """What is asked before enrolling."""
    lines = [f"{counted(result.pending, 'contact')} pending."]
    if omitted := sum(result.omitted.values()):
        lines += [f"{omitted:,} omitted: they are in the list, and get no text."]
    return lines + _texts(result, state, here)


def enroll_spared(result: EnrollResult) -> list[str]:
    """To whom enrolling does nothing."""
    return [
        f"{n:,} {what}: {why.replace('_', ' ')}."
        for what, counts in (("skipped", result.skipped), ("refused", result.refused))
        for why, n in counts.items()
    ]
