"""A server that runs on and on: people enrolled, texted, answering and stopped, day after day.

Its memory must be flat: what it holds after many rounds is what it held after the first few. With
`DRUMBEAT_SOAK=1`, as `make soak` sets it, rounds are made for `DRUMBEAT_SOAK_SECONDS`, two hours
unless set; in `make test` there are two. Each round's figures are added to the file that
`DRUMBEAT_SOAK_LOG` names.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.benchmarks.processes import memory_of
from tests.sizes import FULL, sized
from tests.soak.test_kills import FAULTS, START
from tests.system.workplace import Workplace, workplace

pytestmark = pytest.mark.soak

SECONDS: Final = float(os.environ.get("DRUMBEAT_SOAK_SECONDS", "7200" if FULL else "0"))
LOG: Final = os.environ.get("DRUMBEAT_SOAK_LOG", os.devnull)
PEOPLE: Final = sized(20, 200)
"""Enrolled in each round."""
SETTLED: Final = 10
"""Rounds after which caches are full: flatness counts from there."""
ROOM: Final = 48 * 1024 * 1024
"""Bytes by which the server may hold more than it did then."""
AREAS: Final = (646, 212, 312, 415, 206, 303, 404, 512, 617, 702)
BODIES: Final = ("One. Reply STOP to opt out.", "Two, {{ first_name }}.", "Three.")


def people(round_: int) -> list[str]:
    """Numbers that no other round has."""
    first = round_ * PEOPLE
    return [f"+1{AREAS[n // 10_000]}552{n % 10_000:04}" for n in range(first, first + PEOPLE)]


def play(place: Workplace, round_: int) -> None:
    """Import and enroll people, read as a screen does, stop and retry some, let two days pass."""
    phones = people(round_)
    place.import_people([f"{phone},P{n}" for n, phone in enumerate(phones)])
    sequence = place.sequence(
        f"Round {round_}", *((body, {"days": n}) for n, body in enumerate(BODIES))
    )
    place.enroll(sequence, *phones)
    place.advance(hours=5)
    path = f"/sequences/{sequence}/enrollments"
    ids = [row["id"] for row in place.get(path, q="status:pending", limit=500)["items"]]
    place.post("/operations", {"action": "finish", "selection": {"ids": ids[:10]}})
    for word in ("p1", "status:pending -hold:none", "due:<2d", "55201", "step:2 replied:no"):
        place.get(path, q=word, sort="-name", limit=100)
    enrolled = place.get(path, limit=20)["items"]
    for row in enrolled:
        place.get(f"/enrollments/{row['id']}/explanation")
        place.get(f"/contacts/{row['contact']['id']}/timeline")
    place.text_from(phones[0], "Yes, who is this?")
    place.text_from(phones[1], "stop")
    place.text_from(f"+1917555{round_ % 10_000:04}", "STOP")
    place.advance(days=2)
    failed = [row["id"] for row in place.get(path, q="status:failed", limit=500)["items"]]
    if failed:
        place.post("/operations", {"action": "retry", "selection": {"ids": failed}})
    place.post(f"/sequences/{sequence}/pause")
    place.advance(days=1)
    answer = place.api.post(f"/sequences/{sequence}/resume", json={"mode": "shift"})
    assert answer.status_code == httpx.codes.OK, answer.text
    place.advance(days=4)


def test_a_server_holds_no_more_memory_the_longer_it_runs(tmp_path: Path) -> None:
    began = time.monotonic()
    held: list[int] = []
    with workplace(tmp_path, START) as place, place.faults(**FAULTS):
        assert place.server is not None
        place.api.timeout = 3_600  # a round has no deadline: the machine may be busy
        while len(held) < 2 or time.monotonic() < began + SECONDS:
            play(place, len(held))
            held.append(memory_of(place.server.pid).held)
            with Path(LOG).open("a", encoding="utf-8") as log:
                log.write(f"{time.monotonic() - began:8.0f} s {held[-1] >> 20:5} MiB\n")
        assert place.complaints() == []
        assert place.broken_invariants() == []
        place.doctor()
    for later in held[SETTLED:]:
        assert later <= held[SETTLED] + ROOM, [one >> 20 for one in held]
