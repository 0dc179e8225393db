"""Two sides that take turns, and what their turns come to."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

Turn = Callable[[int], Awaitable[float]]
"""One side's turn number n, counted from 0; returns its figure, a rate or seconds."""


class Round(NamedTuple):
    """Both sides' figures of one round, taken right after each other."""

    ours: float
    peer: float


@dataclass(frozen=True)
class Benchmark:
    """One ratio that must hold: at least `limit`, or at most if `faster` is false.

    `aim` is what our side's figure may come to at most, whatever the ratio: for CPU time, memory,
    and what people wait for. `run` gets an empty folder that is removed afterwards. `what` is said
    of our side, `peer` of the other; figures are in `unit`. With `best`, each side's best turn
    counts instead of the median: for what happens once, and that other work can only delay.
    """

    name: str
    what: str
    peer: str
    unit: str
    limit: float
    run: Callable[[Path], Awaitable[Sequence[Round]]]
    faster: bool = True
    best: bool = False
    aim: float | None = None


@dataclass(frozen=True)
class Measured:
    """What a benchmark came to over its rounds."""

    benchmark: Benchmark
    rounds: Sequence[Round]

    @property
    def figure(self) -> float:
        """Ours."""
        return self._of([one.ours for one in self.rounds])

    @property
    def peer(self) -> float:
        """The other side's."""
        return self._of([one.peer for one in self.rounds])

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: each compares two turns that lay side by side."""
        if self.benchmark.best:
            return self.figure / self.peer
        return median(one.ours / one.peer for one in self.rounds)

    @property
    def ok(self) -> bool:
        """Whether the ratio keeps its limit, and our figure its aim."""
        limit, aim = self.benchmark.limit, self.benchmark.aim
        kept = self.ratio >= limit if self.benchmark.faster else self.ratio <= limit
        return kept and (aim is None or self.figure <= aim)

    def _of(self, figures: list[float]) -> float:
        if not self.benchmark.best:
            return median(figures)
        return max(figures) if self.benchmark.faster else min(figures)


async def take_turns(ours: Turn, peer: Turn, rounds: int) -> list[Round]:
    """Let both sides have `rounds` turns: A B, B A, A B, so that none is always the second."""
    taken = []
    for n in range(rounds):
        if n % 2 == 0:
            our_figure = await ours(n)
            taken.append(Round(our_figure, await peer(n)))
        else:
            peer_figure = await peer(n)
            taken.append(Round(await ours(n), peer_figure))
    return taken


class Stopwatch:
    """Real seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Since then."""
        return time.perf_counter() - self._began

    def rate(self, count: int) -> float:
        """So many a second."""
        return count / self.seconds
