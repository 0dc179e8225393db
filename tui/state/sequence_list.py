"""The list of sequences: searched by name, sorted, changed in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final

from common.model.sequences import SequenceSummary
from common.names import fold, words
from common.vocabulary import SequenceState, Status

FINISHED: Final = (
    Status.FINISHED_RESPONDED,
    Status.FINISHED_NO_RESPONSE,
    Status.FINISHED_STOPPED,
)
OMITTED: Final = (Status.OMITTED_OPTED_OUT, Status.OMITTED_LANDLINE)


class Column(StrEnum):
    """What the list shows of a sequence, and can be sorted by."""

    NAME = "name"
    STATE = "state"
    STEPS = "steps"
    PENDING = "pending"
    RESPONDED = "responded"
    FINISHED = "finished"
    OPTED_OUT = "opted_out"
    FAILED = "failed"
    OMITTED = "omitted"
    TOTAL = "total"


STATE_GLYPHS: Final = {
    SequenceState.DRAFT: "✎",
    SequenceState.ACTIVE: "▶",
    SequenceState.PAUSED: "‖",
    SequenceState.ARCHIVED: "▪",
}
_STATES: Final = tuple(SequenceState)
_COUNTED: Final[dict[Column, tuple[Status, ...]]] = {
    Column.PENDING: (Status.PENDING,),
    Column.RESPONDED: (Status.FINISHED_RESPONDED,),
    Column.FINISHED: FINISHED,
    Column.OPTED_OUT: (Status.OPTED_OUT,),
    Column.FAILED: (Status.FAILED,),
    Column.OMITTED: OMITTED,
}


def state_words(state: SequenceState) -> str:
    """A state by glyph and word."""
    return f"{STATE_GLYPHS[state]} {state}"


def count(sequence: SequenceSummary, column: Column) -> int:
    """How many a column of counts says; the finished ones include those who responded."""
    if column is Column.TOTAL:
        return sequence.total
    if column is Column.STEPS:
        return sequence.steps
    return sum(sequence.counts.get(status, 0) for status in _COUNTED[column])


def _rank(column: Column) -> Callable[[SequenceSummary], Any]:
    if column is Column.NAME:
        return lambda one: fold(one.name)
    if column is Column.STATE:
        return lambda one: _STATES.index(one.state)
    return lambda one: count(one, column)


class SequenceList:
    """The sequences that are known, in the order in which they are shown.

    Counts change while somebody reads: the order is made when the list is sorted or loaded for the
    first time, and then stays; what is new comes last.
    """

    def __init__(self) -> None:
        self.column = Column.NAME
        self.descending = False
        self.query = ""
        self._known: dict[int, SequenceSummary] = {}

    def __len__(self) -> int:
        """How many there are, shown or not."""
        return len(self._known)

    def get(self, sequence_id: int) -> SequenceSummary | None:
        """One of them, or None when it is gone."""
        return self._known.get(sequence_id)

    def load(self, sequences: Iterable[SequenceSummary]) -> None:
        """Take over what the server says now; who was known keeps the place."""
        said = {one.id: one for one in sequences}
        new = not self._known
        kept = {ident: said.pop(ident) for ident in self._known if ident in said}
        self._known = kept | said
        if new:
            self._sort()

    def sort_by(self, column: Column) -> None:
        """Sort by a column, counts from the most; by the same one again the other way round."""
        counts = column not in {Column.NAME, Column.STATE}
        self.descending = not self.descending if column is self.column else counts
        self.column = column
        self._sort()

    def sort_again(self) -> None:
        """Sort as before, by what is known now."""
        self._sort()

    def shown(self) -> list[SequenceSummary]:
        """Those that the search leaves, in order: each of its words begins a word of the name."""
        asked = words(self.query)
        return [
            one
            for one in self._known.values()
            if all(any(word.startswith(part) for word in words(one.name)) for part in asked)
        ]

    def _sort(self) -> None:
        ordered = sorted(self._known.values(), key=lambda one: (fold(one.name), one.id))
        ordered.sort(key=_rank(self.column), reverse=self.descending)
        self._known = {one.id: one for one in ordered}
