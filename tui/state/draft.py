"""What is written of a sequence and not saved yet, over what the server has. Steps by their place.

Places count from 0. A step keeps its id through every change, so that the server knows which it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from common.changes import changes
from common.documents import document_of
from common.model.sequences import (
    STEPS_LIMIT,
    Delay,
    Difference,
    Sequence,
    SequenceDocument,
    StepDocument,
)
from common.vocabulary import SequenceKind
from tui.state.differences import difference_lines
from tui.state.merging import merge

FIRST: Final = Delay()
LATER: Final = Delay(days=1)
"""The delays of new steps: at once for the first, else so that a daily limit of one is kept."""


class TooManySteps(Exception):
    """A sequence has as many steps as it may have."""


@dataclass
class Draft:
    """The document of one sequence as somebody writes it here; it outlives its pages.

    `base` is what the server has, as it was read last. `newer` is what somebody else saved since:
    it waits there until it is taken by `bring_over` or `go_back`, so that neither overwrites the
    other unseen.
    """

    base: Sequence
    document: SequenceDocument
    newer: Sequence | None = None
    saving: bool = False
    """Whether it is being saved, so that nothing is to be changed."""

    @classmethod
    def of(cls, sequence: Sequence) -> Draft:
        """A draft in which nothing is changed yet."""
        return cls(sequence, document_of(sequence))

    @property
    def steps(self) -> tuple[StepDocument, ...]:
        """The steps as they are written."""
        return self.document.steps

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What saving would change."""
        return changes(document_of(self.base), self.document).differences

    @property
    def changed(self) -> bool:
        """Whether there is anything to save."""
        return bool(self.differences)

    def told(self) -> list[str]:
        """The differences for people, a line each; words from outside are not cleaned yet."""
        return list(difference_lines(self.differences))

    # Changing.

    def change(self, **settings: Any) -> None:
        """Give fields of the document other values; `steps` have methods of their own.

        Another kind takes the times from the steps, as they mean nothing there; a step that the
        server has with a time of that kind gets it again.
        """
        document = msgspec.structs.replace(self.document, **settings)
        if document.kind is not self.document.kind:
            known = {step.id: step for step in document_of(self.base).steps}
            steps = (_timed(step, document.kind, known.get(step.id)) for step in document.steps)
            document = msgspec.structs.replace(document, steps=tuple(steps))
        self.document = document

    def new_step(self, place: int) -> StepDocument:
        """An empty step as it would begin at that place; it is not in the document yet."""
        if self.document.kind is SequenceKind.SCHEDULED:
            return StepDocument("", local=True)
        return StepDocument("", FIRST if place == 0 else LATER)

    def add(self, place: int, step: StepDocument) -> None:
        """Put a step in at that place. Raises TooManySteps."""
        if len(self.steps) >= STEPS_LIMIT:
            raise TooManySteps(f"A sequence has at most {STEPS_LIMIT} steps; remove one first.")
        self._set((*self.steps[:place], step, *self.steps[place:]))

    def replace(self, place: int, step: StepDocument) -> None:
        """Let the step at that place be another; it stays the same step."""
        same = msgspec.structs.replace(step, id=self.steps[place].id)
        self._set((*self.steps[:place], same, *self.steps[place + 1 :]))

    def duplicate(self, place: int) -> None:
        """Put a new step like the one at that place behind it. Raises TooManySteps."""
        self.add(place + 1, msgspec.structs.replace(self.steps[place], id=None))

    def remove(self, place: int) -> None:
        """Take a step out."""
        self._set(self.steps[:place] + self.steps[place + 1 :])

    def move(self, place: int, by: int) -> int:
        """Let a step change places with one beside it; returns where it is now."""
        to = place + by
        if not 0 <= to < len(self.steps):
            return place
        steps = list(self.steps)
        steps[place], steps[to] = steps[to], steps[place]
        self._set(tuple(steps))
        return to

    def _set(self, steps: tuple[StepDocument, ...]) -> None:
        self.document = msgspec.structs.replace(self.document, steps=steps)

    # The server's.

    def take(self, sequence: Sequence) -> None:
        """Take what the server has by now; what is written here stays.

        An older version is let go. Where what is written here is in it, or nothing is, it is the
        base at once; else it waits as `newer`.
        """
        if sequence.version < (self.newer or self.base).version:
            return
        before, theirs = document_of(self.base), document_of(sequence)
        if theirs == before:
            self.base, self.newer = sequence, None
        elif merge(before, self.document, theirs) == (theirs, ()):
            self.base, self.document, self.newer = sequence, theirs, None
        else:
            self.newer = sequence

    def saved(self, sequence: Sequence) -> None:
        """Take what became of the draft when it was saved; nothing was changed meanwhile."""
        self.base, self.document, self.newer = sequence, document_of(sequence), None
        self.saving = False

    def bring_over(self) -> tuple[str, ...]:
        """Put what was changed here onto the newer version; returns what both had changed.

        Where both changed the same thing, what is written here stands; nothing is saved by it.
        """
        if self.newer is None:
            return ()
        merged = merge(document_of(self.base), self.document, document_of(self.newer))
        self.base, self.document, self.newer = self.newer, merged.document, None
        return merged.clashes

    def go_back(self) -> None:
        """Forget what was written here for what the server has."""
        self.base = self.newer or self.base
        self.document, self.newer = document_of(self.base), None


def _timed(step: StepDocument, kind: SequenceKind, known: StepDocument | None) -> StepDocument:
    bare = StepDocument(step.body, id=step.id)
    if kind is SequenceKind.SCHEDULED:
        at, local = (known.at, known.local) if known is not None else (None, None)
        return msgspec.structs.replace(bare, at=at, local=True if local is None else local)
    delay = None if known is None else known.delay
    return msgspec.structs.replace(bare, delay=delay or FIRST)
