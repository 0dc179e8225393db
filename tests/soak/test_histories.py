"""The random histories of `tests/histories`, a hundred thousand of them."""

from __future__ import annotations

import pytest

from tests.histories.random_history import play
from tests.histories.world import World
from tests.sizes import sized

pytestmark = pytest.mark.soak

FIRST = 2_000
HISTORIES = sized(10, 98_000)
PART = 1_000


@pytest.mark.parametrize("first", range(FIRST, FIRST + HISTORIES, PART))
def test_whatever_happens_a_hundred_thousand_times_the_plan_follows_from_it(first: int) -> None:
    world = World()
    play(world, range(first, min(first + PART, FIRST + HISTORIES)))
    world.close()
