"""Claim, text and outcome with every commit on the disk, against the same rows written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from server.commands.serve import keep_what_started
from server.database.engine import Database
from server.enrollments.planning import Planner
from tests.benchmarks.by_hand import ByHand
from tests.benchmarks.measuring import Benchmark, Round, Stopwatch, take_turns
from tests.benchmarks.workspaces import (
    BATCH,
    SYNCHRONOUS,
    ZONE,
    claim_and_record,
    copy_of,
    count_rows,
    make_due,
    url_of,
)

PEOPLE: Final = 20_000
BATCHES: Final = 4
"""Batches a turn."""


async def run(folder: Path) -> Sequence[Round]:
    """Both sides work through all that is due, turn by turn."""
    keep_what_started()  # as the server does; both sides are in this process
    template = folder / "due.db"
    await make_due(template, PEOPLE)
    our_file, peer_file = copy_of(template, "ours.db"), copy_of(template, "peer.db")
    database = await Database.open(url_of(our_file), synchronous=SYNCHRONOUS)
    planner = Planner(ZONE)
    by_hand = ByHand(peer_file)

    async def ours(_: int) -> float:
        watch = Stopwatch()
        for _ in range(BATCHES):
            assert await claim_and_record(database, planner) == BATCH
        return watch.rate(BATCH * BATCHES)

    async def peer(_: int) -> float:
        watch = Stopwatch()
        for _ in range(BATCHES):
            assert by_hand.claim_and_record() == BATCH
        return watch.rate(BATCH * BATCHES)

    rounds = await take_turns(ours, peer, PEOPLE // BATCH // BATCHES)
    await database.close()
    by_hand.close()
    assert count_rows(our_file) == count_rows(peer_file), "the two sides wrote different rows"
    return rounds


BENCHMARK: Final = Benchmark(
    name="claim",
    what="claim, text and outcome, batches of 500",
    peer="the same rows through sqlite3 by hand",
    unit="texts/s",
    limit=0.4,
    run=run,
)
