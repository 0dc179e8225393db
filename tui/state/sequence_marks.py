"""The selected enrollments of a sequence, and how a bulk action names them to the server."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final

from common.model import operations
from tui.state.message_draft import MessageDraft
from tui.state.selection import Selection

MOST_IDS: Final = 100_000
"""Enrollments that an operation can list by id."""


class TooManyToName(Exception):
    """Too many are selected to list them by id, and they are not one frozen list."""


@dataclass(frozen=True)
class Whole:
    """A frozen list that was selected as a whole."""

    q: str
    snapshot: str
    ids: array[int]


@dataclass
class SequenceMarks:
    """The selected enrollments of one sequence, and the message being written to them.

    It outlives the page.
    """

    sequence_id: int
    marks: Selection = field(default_factory=Selection)
    whole: Whole | None = None
    outgoing: MessageDraft = field(default_factory=MessageDraft)

    def mark_whole(self, q: str, snapshot: str, ids: array[int]) -> None:
        """Select all of a frozen list, and remember the list if nothing else is selected."""
        self.marks.mark_all(ids)
        alone = self.marks.count == len(ids)
        self.whole = Whole(q, snapshot, self.marks.all_of) if alone else None

    def hidden(self, q: str, snapshot: str) -> int | None:
        """How many selected rows a list does not show; None unless one whole list is selected."""
        whole = self.whole
        if whole is None or whole.ids is not self.marks.all_of:
            return None
        return len(self.marks.added) if (whole.q, whole.snapshot) == (q, snapshot) else None

    def named(self) -> operations.Selection:
        """The selection as an operation names it. Raises TooManyToName."""
        marks = self.marks
        if marks.count <= MOST_IDS:
            return operations.Selection(ids=tuple(sorted(marks)))
        whole = self.whole
        if whole is None or whole.ids is not marks.all_of or marks.added:
            raise TooManyToName(
                f"{marks.count:,} are selected. More than {MOST_IDS:,} must all come from one list."
                " Clear the selection (-), search, then select all matches (*)."
            )
        return operations.Selection(
            sequence_id=self.sequence_id,
            q=whole.q,
            excluded=tuple(sorted(marks.removed)),
            snapshot=whole.snapshot,
        )
