"""Whom a bulk action is for: the marks of a sequence, and how they are named to the server."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final

from common.model import operations
from tui.state.message_draft import MessageDraft
from tui.state.selection import Selection

MOST_IDS: Final = 100_000
"""Enrollments that can be named one by one in an operation."""


class TooManyToName(Exception):
    """More are marked than can be named, and they are no frozen list either."""


@dataclass(frozen=True)
class Whole:
    """A frozen list all of whose enrollments were marked."""

    q: str
    snapshot: str
    ids: array[int]


@dataclass
class SequenceMarks:
    """The marks of one sequence, and what is written to them. They outlive its page."""

    sequence_id: int
    marks: Selection = field(default_factory=Selection)
    whole: Whole | None = None
    outgoing: MessageDraft = field(default_factory=MessageDraft)

    def mark_whole(self, q: str, snapshot: str, ids: array[int]) -> None:
        """Mark all of a frozen list, and remember which if nothing else is marked."""
        self.marks.mark_all(ids)
        alone = self.marks.count == len(ids)
        self.whole = Whole(q, snapshot, self.marks.all_of) if alone else None

    def hidden(self, q: str, snapshot: str) -> int | None:
        """How many of the marks a frozen list does not show, if it is the one marked whole."""
        whole = self.whole
        if whole is None or whole.ids is not self.marks.all_of:
            return None
        return len(self.marks.added) if (whole.q, whole.snapshot) == (q, snapshot) else None

    def named(self) -> operations.Selection:
        """The marks as an operation names them, the same however they came about.

        Raises TooManyToName.
        """
        marks = self.marks
        if marks.count <= MOST_IDS:
            return operations.Selection(ids=tuple(sorted(marks)))
        whole = self.whole
        if whole is None or whole.ids is not marks.all_of or marks.added:
            raise TooManyToName(
                f"{marks.count:,} are selected beside each other; above {MOST_IDS:,} they must be"
                " one list. Take all marks away (-), search, then * marks all that match."
            )
        return operations.Selection(
            sequence_id=self.sequence_id,
            q=whole.q,
            excluded=tuple(sorted(marks.removed)),
            snapshot=whole.snapshot,
        )
