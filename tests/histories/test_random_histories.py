"""Random histories of edits, pauses, stops, failures, replies and undos, checked at each step.

After each step the plan of every pending enrollment follows from what happened, nothing is sent
twice or too early, and every hold is one that ends. At the end of a history, with every hold ended,
every enrollment ends.
"""

from __future__ import annotations

import pytest

from tests.histories.random_history import play
from tests.histories.world import World

HISTORIES = 2_000
PART = 100


@pytest.mark.parametrize("first", range(0, HISTORIES, PART))
def test_whatever_happens_the_plan_follows_from_it(first: int) -> None:
    world = World()
    play(world, range(first, first + PART))
    world.close()
