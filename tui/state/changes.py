"""Collects events into what has to be read again, a few times a second at most."""

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
"""The prefix of event kinds that are about a sequence itself."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of events changed.

    `rows` are the enrollments to read again, by sequence; `newcomers` counts new enrollments by
    sequence; `sequences` are those whose data or counts changed, `themselves` those of them whose
    state, name, settings or steps changed; `contacts` and `operations` are ids likewise. After a
    `resync` everything must be read again. `clock` is the server's latest `now` and `rate`.
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
        """The enrollments of a sequence to read again."""
        return self.rows.get(sequence_id, frozenset())


class Changes:
    """Collects events until they are taken. A `resync` replaces everything collected before."""

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
        """Whether there is anything to take."""
        return bool(
            self._resync
            or self._rows
            or self._newcomers
            or self._sequences
            or self._contacts
            or self._operations
        )

    def add(self, event: Event) -> None:
        """Record what an event changes."""
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
        """Return what was collected, and start again."""
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
