"""Caps, limits and back-off through the real loop, over HTTP, with the simulated carrier."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, pairwise

import pytest

from tests.system.workplace import Workplace, until, workplace

START = datetime(2026, 11, 2, 17, tzinfo=UTC)
"""A Monday, 12:00 in New York."""
ONE = ("One.", {"minutes": 0})

_numbers = count(1000)
_names = count(1)


def people(how_many: int) -> list[str]:
    """New numbers in New York whose texts are plainly delivered."""
    made: list[str] = []
    while len(made) < how_many:
        number = next(_numbers)
        if number % 100 < 50:
            made.append(f"+1646552{number}")
    return made


def sequence(place: Workplace) -> int:
    return place.sequence(f"sequence {next(_names)}", ONE)


@pytest.fixture
def place(opened: Workplace) -> Iterator[Workplace]:
    """The workplace on the noon of a new day, the sender without a cap, waits or rate limits."""
    noon = opened.now.replace(hour=17, minute=0, second=0, microsecond=0)
    opened.advance_to(noon if noon >= opened.now else noon.replace(day=noon.day + 1))
    [sender] = opened.get("/senders")
    opened.api.patch(
        f"/senders/{sender['id']}", json={"daily_cap": None, "segments_per_second": 100}
    ).raise_for_status()
    opened.post(f"/senders/{sender['id']}/start")
    yield opened
    assert opened.broken_invariants() == []
    assert opened.complaints() == []


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    with workplace(tmp_path_factory.mktemp("pacing"), START) as place:
        yield place


def cap(place: Workplace, segments: int | None) -> None:
    [sender] = place.get("/senders")
    place.api.patch(f"/senders/{sender['id']}", json={"daily_cap": segments}).raise_for_status()


def test_a_cap_of_ten_lets_ten_go_and_the_rest_on_the_next_days(place: Workplace) -> None:
    one, phones = sequence(place), people(25)
    before = len(place.log().accepted())
    cap(place, 10)

    place.enroll(one, *phones)
    place.advance(minutes=10)

    assert len(place.log().accepted()) - before == 10
    holds = [item["hold"] for item in place.enrollments(one).values()]
    assert holds.count("campaign_cap") == 15
    place.advance(days=1)
    assert len(place.log().accepted()) - before == 20
    cap(place, None)
    place.settle()
    assert sorted(item["status"] for item in place.enrollments(one).values()) == (
        ["finished_no_response"] * 25
    )


def test_a_number_that_is_too_much_is_asked_less_and_less_and_then_gets_its_text(
    place: Workplace,
) -> None:
    one, [phone] = sequence(place), people(1)
    place.script(phone, "busy_429", times=8)

    place.enroll(one, phone)
    place.settle()
    held = place.enrollment(one, phone)
    told = place.get(f"/enrollments/{held['id']}/explanation")
    place.advance(minutes=10)

    asked = [attempt.at for attempt in place.log().handed(phone)]
    gaps = [(after - before).total_seconds() for before, after in pairwise(asked)]
    assert len(asked) == 9
    assert all(after > before * 1.5 for before, after in pairwise(gaps)), gaps
    assert (held["hold"], held["hold_detail"]) == ("sender_rate", "too many requests (20429)")
    assert told["held_by"]["hold"] == "sender_rate"
    assert not [sentence for sentence in told["sentences"] if "being sent" in sentence]
    assert place.enrollment(one, phone)["status"] == "finished_no_response"


def test_a_start_ends_a_long_wait(place: Workplace) -> None:
    one, [phone] = sequence(place), people(1)
    place.script(phone, "busy_429", times=1)
    place.enroll(one, phone)
    place.settle()
    [sender] = place.get("/senders")

    place.post(f"/senders/{sender['id']}/start")

    until(
        lambda: len(place.log().accepted(phone)) == 1,
        "the text goes at once, though no clock has moved",
    )
    place.settle()


def test_a_text_held_for_days_counts_on_the_day_it_goes(place: Workplace) -> None:
    """Made on one day, refused for the rate, paused for four days, handed over, then a second."""
    first, [phone] = sequence(place), people(1)
    second = sequence(place)
    place.script(phone, "busy_429", times=1)
    place.enroll(first, phone)
    place.settle()
    place.post(f"/sequences/{first}/pause")
    place.advance(days=4)
    place.post(f"/sequences/{first}/resume", {"mode": "keep_gaps"})
    place.settle()
    assert len(place.log().accepted(phone)) == 1

    place.enroll(second, phone)
    place.settle()

    assert len(place.log().accepted(phone)) == 1
    assert place.enrollment(second, phone)["hold"] == "daily_limit"
    place.advance(days=1)
    assert len(place.log().accepted(phone)) == 2


def test_three_people_with_one_unlisted_code_stop_the_sender(place: Workplace) -> None:
    one, phones = sequence(place), people(1)
    place.script(phones[0], "refused_21408")
    place.enroll(one, *phones)
    place.settle()
    assert place.enrollment(one, phones[0])["reason"] == "recipient_refused"
    [sender] = place.get("/senders")
    assert sender["stopped_at"] is None

    two, unlisted = sequence(place), people(5)
    for phone in unlisted:
        place.script(phone, "refused_unlisted")
    place.enroll(two, *unlisted)
    place.advance(seconds=5)

    [sender] = place.get("/senders")
    assert sender["stopped_at"] is not None
    stood = [(item["status"], item["hold"]) for item in place.enrollments(two).values()]
    assert sorted(stood, key=str) == [("failed", None)] * 3 + [("pending", "sender_stopped")] * 2
