"""The list of sequences: searched by name, sorted, updated in place."""

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
    """The columns of the list, which it can be sorted by."""

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
    """The glyph and the name of a state."""
    return f"{STATE_GLYPHS[state]} {state}"


def count(sequence: SequenceSummary, column: Column) -> int:
    """The number in a column; Finished includes those who responded."""
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
    """The loaded sequences, in the order in which they are shown.

    Counts change while an operator reads, so the list is sorted only when asked or first loaded;
    new sequences are added at the end.
    """

    def __init__(self) -> None:
        self.column = Column.NAME
        self.descending = False
        self.query = ""
        self._known: dict[int, SequenceSummary] = {}

    def __len__(self) -> int:
        """How many sequences there are, shown or not."""
        return len(self._known)

    def get(self, sequence_id: int) -> SequenceSummary | None:
        """The sequence with that id, or None if it is gone."""
        return self._known.get(sequence_id)

    def load(self, sequences: Iterable[SequenceSummary]) -> None:
        """Replace the sequences with the server's; known ones keep their place."""
        said = {one.id: one for one in sequences}
        new = not self._known
        kept = {ident: said.pop(ident) for ident in self._known if ident in said}
        self._known = kept | said
        if new:
            self._sort()

    def sort_by(self, column: Column) -> None:
        """Sort by a column, largest counts first; the same column again reverses the order."""
        counts = column not in {Column.NAME, Column.STATE}
        self.descending = not self.descending if column is self.column else counts
        self.column = column
        self._sort()

    def sort_again(self) -> None:
        """Sort by the same column again, with the current numbers."""
        self._sort()

    def shown(self) -> list[SequenceSummary]:
        """The matching sequences, in order: each search word starts a word of the name."""
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
