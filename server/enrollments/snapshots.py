"""Frozen orders: the ids that a list found, by rank, kept while they are in use.

Pages and bulk actions that name a snapshot see exactly those rows. Snapshots are in this process's
memory, within a limit: the least recently used is dropped first, and each after ten idle minutes of
real time.
"""

from __future__ import annotations

import secrets
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from common.model.listing import Facets
from server.clock import monotonic
from server.errors import Gone

BUDGET: Final = 256 * 1024 * 1024
TTL: Final = 600.0
OVERHEAD: Final = 8 * 1024
"""Estimated bytes of a snapshot besides its ids: facets, key and bookkeeping."""


class Ranking(NamedTuple):
    """The result of a list engine: ids by rank, and counts, for one version of the database."""

    ids: array[int]
    enrolled: int
    facets: Facets
    version: int


class Asked(NamedTuple):
    """The query of a snapshot. `moment` is the domain's now if the filter depends on it."""

    sequence_id: int
    q: str
    sort: str
    moment: int | None


class Snapshot(NamedTuple):
    """A ranking with an id."""

    id: str
    asked: Asked
    ranking: Ranking

    @property
    def cost(self) -> int:
        """Estimated bytes of memory."""
        return len(self.ranking.ids) * self.ranking.ids.itemsize + OVERHEAD


class Snapshots:
    """The snapshots of one process; safe to use from the database's threads."""

    def __init__(
        self, *, budget: int = BUDGET, ttl: float = TTL, now: Callable[[], float] = monotonic
    ) -> None:
        self._budget = budget
        self._ttl = ttl
        self._now = now
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[Snapshot, float]] = OrderedDict()
        self._by_question: dict[tuple[Asked, int], str] = {}
        self._cost = 0

    def keep(self, asked: Asked, ranking: Ranking) -> Snapshot:
        """Freeze a ranking under a new random id."""
        snapshot = Snapshot(secrets.token_urlsafe(16), asked, ranking)
        with self._lock:
            self._kept[snapshot.id] = (snapshot, self._now())
            self._by_question[asked, ranking.version] = snapshot.id
            self._cost += snapshot.cost
            self._drop_idle()
            while self._cost > self._budget and len(self._kept) > 1:
                self._drop(next(iter(self._kept)))
        return snapshot

    def find(self, asked: Asked, version: int) -> Snapshot | None:
        """The snapshot of the same query and version, if there is one."""
        with self._lock:
            self._drop_idle()
            known = self._by_question.get((asked, version))
            return None if known is None else self._use(known)

    def get(self, snapshot_id: str, sequence_id: int) -> Snapshot:
        """A snapshot of this sequence. Raises Gone if it has expired or never existed."""
        with self._lock:
            self._drop_idle()
            if snapshot_id in self._kept:
                snapshot = self._use(snapshot_id)
                if snapshot.asked.sequence_id == sequence_id:
                    return snapshot
        raise Gone(
            "snapshot_expired",
            "The snapshot has expired or belongs to another sequence. List again without it.",
        )

    def __len__(self) -> int:
        return len(self._kept)

    def _use(self, snapshot_id: str) -> Snapshot:
        snapshot, _ = self._kept[snapshot_id]
        self._kept[snapshot_id] = (snapshot, self._now())
        self._kept.move_to_end(snapshot_id)
        return snapshot

    def _drop_idle(self) -> None:
        last_alive = self._now() - self._ttl
        while self._kept:
            oldest, (_, used) = next(iter(self._kept.items()))
            if used >= last_alive:
                return
            self._drop(oldest)

    def _drop(self, snapshot_id: str) -> None:
        snapshot, _ = self._kept.pop(snapshot_id)
        self._cost -= snapshot.cost
        question = (snapshot.asked, snapshot.ranking.version)
        if self._by_question.get(question) == snapshot_id:
            del self._by_question[question]
