"""Events gathered into what has to be read again, a few times a second at most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from common.client import RESYNC
from common.model.events import Event

EVERY: Final = 0.2
"""Real seconds between two batches."""
ENROLLED: Final = "enrolled"
OWN: Final = "sequence_"
"""How the kinds of events begin that tell of a sequence itself."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What some events changed.

    `rows` are enrollments by their sequence, to be read again; `newcomers` says how many were
    enrolled, by sequence; `sequences` are those whose own words or counts changed, `themselves`
    those of them that are others than before: state, name, settings, steps; `contacts` and
    `operations` likewise. After a `resync` everything is to be read again. `clock` is the server's
    `now` and `rate` as they were told last.
    """

    rows: Mapping[int, frozenset[int]] = field(default_factory=dict)
    newcomers: Mapping[int, int] = field(default_factory=dict)
    sequences: frozenset[int] = frozenset()
    themselves: frozenset[int] = frozenset()
    contacts: frozenset[int] = frozenset()
    operations: frozenset[int] = frozenset()
    resync: bool = False
    clock: tuple[datetime, float] | None = None

    def rows_of(self, sequence_id: int) -> frozenset[int]:
        """The enrollments of a sequence to be read again."""
        return self.rows.get(sequence_id, frozenset())


class Changes:
    """Gathers events until they are taken. A `resync` makes all that was gathered needless."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._rows: dict[int, set[int]] = {}
        self._newcomers: Counter[int] = Counter()
        self._sequences: set[int] = set()
        self._themselves: set[int] = set()
        self._contacts: set[int] = set()
        self._operations: set[int] = set()
        self._resync = False
        self._clock: tuple[datetime, float] | None = None

    def __bool__(self) -> bool:
        """Tell whether there is anything to take."""
        return bool(
            self._resync
            or self._rows
            or self._newcomers
            or self._sequences
            or self._contacts
            or self._operations
        )

    def add(self, event: Event) -> None:
        """Remember what an event changes."""
        if event.kind == RESYNC:
            self._forget()
            self._resync = True
        self._clock = event.now, event.rate
        if self._resync:
            return
        if event.sequence_id is not None:
            self._sequences.add(event.sequence_id)
            if event.kind == ENROLLED:
                self._newcomers[event.sequence_id] += 1
            elif event.enrollment_id is not None:
                self._rows.setdefault(event.sequence_id, set()).add(event.enrollment_id)
            elif event.kind.startswith(OWN):
                self._themselves.add(event.sequence_id)
        if event.contact_id is not None:
            self._contacts.add(event.contact_id)
        if event.operation_id is not None:
            self._operations.add(event.operation_id)

    def take(self) -> Batch:
        """Give what was gathered, and forget it."""
        batch = Batch(
            {sequence: frozenset(ids) for sequence, ids in self._rows.items()},
            dict(self._newcomers),
            frozenset(self._sequences),
            frozenset(self._themselves),
            frozenset(self._contacts),
            frozenset(self._operations),
            self._resync,
            self._clock,
        )
        self._forget()
        return batch
