"""Everything at once: all faults on, the server killed at random, days passing, seed after seed.

Small in `make test`; with `DRUMBEAT_SOAK=1`, as `make soak` sets it, at full size.
"""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.sizes import FULL
from tests.system.workplace import Workplace, until, workplace

pytestmark = pytest.mark.soak

SEEDS, PEOPLE, KILLS = (range(20), 300, 10) if FULL else (range(1), 40, 2)
START = datetime(2026, 11, 2, 15, tzinfo=UTC)
FAULTS = {
    "double": 0.2,
    "reorder": 0.2,
    "lose": 0.1,
    "callback_before_response": 0.2,
    "timeout_after_accept": 0.03,
    "error_after_accept": 0.05,
    "drop_after_accept": 0.05,
    "drop_before_accept": 0.05,
}


def move(place: Workplace, days: int) -> None:
    """Advance, though the server may be killed meanwhile."""
    with suppress(httpx.HTTPError):
        place.advance(days=days)


def stirred(place: Workplace, entries: int, moving: threading.Thread) -> bool:
    """Whether the carrier's log has grown so far, or the clock stands again."""
    return len(place.log().entries) >= entries or not moving.is_alive()


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_gets_a_step_twice_whatever_happens(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    # Those whose last digits let them reply, opt out or just receive: none is tried again.
    plain = [number for number in range(10_000) if number % 100 < 80 and number % 1000 < 950]
    phones = [f"+1646552{number:04}" for number in chance.sample(plain, PEOPLE)]
    with workplace(tmp_path, START) as place:
        place.import_people([f"{phone},P" for phone in phones])
        bodies = ("One. Reply STOP to opt out.", "Two.", "Three.")
        sequence = place.sequence(
            "all at once", *((body, {"days": n}) for n, body in enumerate(bodies))
        )
        place.enroll(sequence, *phones)
        with place.faults(**FAULTS):
            for _ in range(KILLS):
                seen = len(place.log().entries)
                moving = threading.Thread(target=move, args=(place, 1))
                moving.start()
                more = seen + chance.randrange(5, 3 * PEOPLE)
                until(partial(stirred, place, more, moving), "something happens")
                place.kill_server()
                moving.join()
                place.start_server()
            for _ in range(8):
                place.advance(days=1)
        taken: dict[tuple[str, str], int] = {}
        for text in place.log().accepted():
            taken[text.phone, text.body] = taken.get((text.phone, text.body), 0) + 1
        assert {step: times for step, times in taken.items() if times > 1} == {}
        assert place.broken_invariants() == []
        place.doctor()
