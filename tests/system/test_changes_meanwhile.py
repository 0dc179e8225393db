"""What changes while a text waits or is on its way: the number, the sequence, the sender."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.system.workplace import Workplace, until, workplace

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
"""A Monday, 10:00 in New York."""

MINUTE, HOUR = 60, 3600
OLD, NEW = "+12125550140", "+12125550150"


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A workplace of its own for each; in the end everything must hold together."""
    impatient = {"DRUMBEAT_CARRIER_READ_TIMEOUT": "1"}
    with workplace(tmp_path_factory.mktemp("changes"), START, impatient) as opened:
        yield opened
        assert opened.broken_invariants() == []
        assert opened.complaints() == []
        opened.doctor()


def waiting_again(place: Workplace) -> int:
    """A sequence with one person whose first text ended unreachable and waits to go once more."""
    place.script(OLD, "undelivered_30003")
    sequence = place.sequence("one by one", ("One.", {"minutes": 0}), ("Two.", {"days": 2}))
    place.enroll(sequence, OLD)
    place.advance(seconds=10 * MINUTE)
    assert [text.phone for text in place.log().accepted()] == [OLD]
    return sequence


def give_number(place: Workplace, old: str, new: str) -> None:
    """The person at a number gets another one."""
    (person,) = place.get("/contacts", q=old[2:])["items"]
    place.api.patch(f"/contacts/{person['id']}", json={"phone": new}).raise_for_status()


def bodies_to(place: Workplace, phone: str) -> list[str]:
    return [text.body for text in place.log().accepted(phone)]


def test_an_unknown_text_to_a_new_number_is_looked_for_there(place: Workplace) -> None:
    sequence = waiting_again(place)
    give_number(place, OLD, NEW)
    place.script(NEW, "held_after_accept_no_callbacks")
    place.advance(seconds=4 * HOUR)
    assert bodies_to(place, NEW) == ["One."]
    place.advance(days=3)
    assert bodies_to(place, NEW) == ["One.", "Two."]
    assert bodies_to(place, OLD) == ["One."]
    assert place.enrollment(sequence, NEW)["status"] == "finished_no_response"


def test_suppressing_the_old_number_does_not_stop_the_person_at_the_new_one(
    place: Workplace,
) -> None:
    waiting_again(place)
    give_number(place, OLD, NEW)
    place.post("/suppressions", {"phone": OLD}, 201)
    place.advance(seconds=4 * HOUR)
    assert bodies_to(place, NEW) == ["One."]


def test_the_number_that_the_carrier_says_opted_out_is_the_one_suppressed(
    place: Workplace,
) -> None:
    sequence = waiting_again(place)
    give_number(place, OLD, NEW)
    place.script(NEW, "refused_21610")
    place.advance(seconds=4 * HOUR)
    assert place.enrollment(sequence, NEW)["status"] == "opted_out"
    assert [one["phone"] for one in place.get("/suppressions")["items"]] == [NEW]


def test_a_review_ends_though_the_number_changed_meanwhile(place: Workplace) -> None:
    sequence = place.sequence("one by one", ("One.", {"minutes": 0}), ("Two.", {"days": 2}))
    place.enroll(sequence, OLD)
    place.advance(seconds=10 * MINUTE)
    place.text_from(OLD, "please stop texting me")
    assert place.enrollment(sequence, OLD)["hold"] == "needs_review"
    give_number(place, OLD, NEW)
    (review,) = place.get("/reviews")["items"]
    place.post(f"/reviews/{review['id']}", {"verdict": "harmless"})
    place.advance(days=3)
    assert bodies_to(place, NEW) == ["Two."]


def test_nothing_is_sent_once_a_pause_is_answered(place: Workplace) -> None:
    phones = [f"+1212555{number:04}" for number in range(100, 112)]
    sender = place.get("/senders")[0]
    slow = {"segments_per_second": 5}
    place.api.patch(f"/senders/{sender['id']}", json=slow).raise_for_status()
    sequence = place.sequence("paused", ("One.", {"minutes": 0}))
    place.enroll(sequence, *phones)
    until(lambda: bool(place.log().accepted()), "the first has gone")
    place.post(f"/sequences/{sequence}/pause")
    on_the_wire = place.log().entries[-1]["n"]
    place.advance(seconds=5)
    gone = {text.phone for text in place.log().accepted()}
    assert len(gone) < len(phones)
    assert len([text for text in place.log().accepted() if text.n > on_the_wire]) <= 1
    held = {row["hold"] for phone, row in place.enrollments(sequence).items() if phone not in gone}
    assert held == {"sequence_paused"}
    place.post(f"/sequences/{sequence}/resume", {"mode": "keep_gaps"})
    place.advance(seconds=5)
    assert sorted(text.phone for text in place.log().accepted()) == phones


def test_a_pause_and_a_resume_at_once_lose_no_text(place: Workplace) -> None:
    sequence = waiting_again(place)
    place.post(f"/sequences/{sequence}/pause")
    place.post(f"/sequences/{sequence}/resume", {"mode": "skip"})
    place.script(OLD, "delivered")
    place.advance(days=3)
    assert bodies_to(place, OLD) == ["One.", "One.", "Two."]


@pytest.mark.parametrize("mode", ["skip", "shift", "keep_gaps"])
def test_a_step_removed_while_its_text_waits_hands_over_to_the_next(
    place: Workplace, mode: str
) -> None:
    sequence = waiting_again(place)
    place.post(f"/sequences/{sequence}/pause")
    steps = place.get(f"/sequences/{sequence}/steps")
    document = {
        "name": "one by one",
        "steps": [{"id": steps[1]["id"], "body": "Two.", "delay": {"days": 2}}],
    }
    place.api.put(f"/sequences/{sequence}", json=document).raise_for_status()
    place.script(OLD, "delivered")
    place.post(f"/sequences/{sequence}/resume", {"mode": mode})
    place.advance(days=1)
    assert bodies_to(place, OLD) == ["One."]
    place.advance(days=2)
    assert bodies_to(place, OLD) == ["One.", "Two."]
