"""The unsaved changes of a sequence, on top of the version that the server has.

Steps are addressed by their place, from 0. A step keeps its id through every change, so that the
server can recognize it.
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
"""Default delays of new steps: none for the first, a day for others (a daily limit may be 1)."""


class TooManySteps(Exception):
    """The sequence already has the maximum number of steps."""


@dataclass
class Draft:
    """The document of one sequence with the changes made here; it outlives its pages.

    `base` is the version last read from the server. `newer` is a version that someone else saved
    since: it is kept aside until `bring_over` or `go_back` takes it, so that neither side's changes
    are overwritten unnoticed.
    """

    base: Sequence
    document: SequenceDocument
    newer: Sequence | None = None
    saving: bool = False
    """Whether it is being saved; it must not be changed meanwhile."""

    @classmethod
    def of(cls, sequence: Sequence) -> Draft:
        """A draft without changes."""
        return cls(sequence, document_of(sequence))

    @property
    def steps(self) -> tuple[StepDocument, ...]:
        """The steps with their changes."""
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
        """The differences as lines for people. Clean them before they are shown."""
        return list(difference_lines(self.differences))

    # Changing.

    def change(self, **settings: Any) -> None:
        """Change fields of the document; `steps` have methods of their own.

        Changing the kind removes the steps' times, which belong to the old kind. A step that the
        server has with a time of the new kind gets that time back.
        """
        document = msgspec.structs.replace(self.document, **settings)
        if document.kind is not self.document.kind:
            known = {step.id: step for step in document_of(self.base).steps}
            steps = (_timed(step, document.kind, known.get(step.id)) for step in document.steps)
            document = msgspec.structs.replace(document, steps=tuple(steps))
        self.document = document

    def new_step(self, place: int) -> StepDocument:
        """An empty step for that place. It is not added to the document."""
        if self.document.kind is SequenceKind.SCHEDULED:
            return StepDocument("", local=True)
        return StepDocument("", FIRST if place == 0 else LATER)

    def add(self, place: int, step: StepDocument) -> None:
        """Insert a step at that place. Raises TooManySteps."""
        if len(self.steps) >= STEPS_LIMIT:
            raise TooManySteps(f"A sequence can have up to {STEPS_LIMIT} steps. Remove one first.")
        self._set((*self.steps[:place], step, *self.steps[place:]))

    def replace(self, place: int, step: StepDocument) -> None:
        """Change the step at that place; it keeps its id."""
        same = msgspec.structs.replace(step, id=self.steps[place].id)
        self._set((*self.steps[:place], same, *self.steps[place + 1 :]))

    def duplicate(self, place: int) -> None:
        """Insert a copy of the step at that place after it. Raises TooManySteps."""
        self.add(place + 1, msgspec.structs.replace(self.steps[place], id=None))

    def remove(self, place: int) -> None:
        """Remove a step."""
        self._set(self.steps[:place] + self.steps[place + 1 :])

    def move(self, place: int, by: int) -> int:
        """Swap a step with a neighbor; returns its new place."""
        to = place + by
        if not 0 <= to < len(self.steps):
            return place
        steps = list(self.steps)
        steps[place], steps[to] = steps[to], steps[place]
        self._set(tuple(steps))
        return to

    def _set(self, steps: tuple[StepDocument, ...]) -> None:
        self.document = msgspec.structs.replace(self.document, steps=steps)

    # What the server has.

    def take(self, sequence: Sequence) -> None:
        """Take the server's current version; the changes made here stay.

        An older version is ignored. If it already contains the changes made here, or there are
        none, it becomes the base; otherwise it is kept as `newer`.
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
        """Take the saved version; nothing was changed while it was being saved."""
        self.base, self.document, self.newer = sequence, document_of(sequence), None
        self.saving = False

    def bring_over(self) -> tuple[str, ...]:
        """Merge the changes made here into the newer version; returns what both had changed.

        Where both changed the same thing, the change made here is kept. Nothing is saved.
        """
        if self.newer is None:
            return ()
        merged = merge(document_of(self.base), self.document, document_of(self.newer))
        self.base, self.document, self.newer = self.newer, merged.document, None
        return merged.clashes

    def go_back(self) -> None:
        """Discard the changes made here and use the server's version."""
        self.base = self.newer or self.base
        self.document, self.newer = document_of(self.base), None


def _timed(step: StepDocument, kind: SequenceKind, known: StepDocument | None) -> StepDocument:
    bare = StepDocument(step.body, id=step.id)
    if kind is SequenceKind.SCHEDULED:
        at, local = (known.at, known.local) if known is not None else (None, None)
        return msgspec.structs.replace(bare, at=at, local=True if local is None else local)
    delay = None if known is None else known.delay
    return msgspec.structs.replace(bare, delay=delay or FIRST)
