"""The server killed at every point of a hand-off: nobody gets a text twice, nothing is lost.

One server for all tests; each kills it and restarts it with the same file.
"""

from __future__ import annotations

import random
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import partial
from itertools import count

import httpx
import pytest

from tests.system.workplace import SENDER, TOKEN, Workplace, until, workplace

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
"""A Monday, 10:00 in New York."""

FAST = 1000
"""Texts a second, as fast as a sender may go."""

_numbers = count(1000)


def people(how_many: int) -> list[str]:
    """New numbers in New York, whose texts are plainly delivered."""
    made: list[str] = []
    while len(made) < how_many:
        number = next(_numbers)
        if number % 100 < 50:
            made.append(f"+1646552{number}")
    return made


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    patient = {"DRUMBEAT_CARRIER_READ_TIMEOUT": "30"}
    with workplace(tmp_path_factory.mktemp("crashes"), START, patient) as place:
        yield place


@pytest.fixture
def place(opened: Workplace) -> Iterator[Workplace]:
    """The workplace at an hour at which texts go; in the end everything must hold together."""
    opened.advance_to(opened.now.replace(hour=15, minute=0, second=0))
    yield opened
    assert opened.broken_invariants() == []
    assert opened.complaints() == []


def two_steps(place: Workplace, name: str) -> int:
    """A sequence of two texts, a day apart, that go at the same hours on every day."""
    window = {"days": "daily", "from": "09:00", "to": "20:00"}
    return place.sequence(name, ("One.", {"minutes": 0}), ("Two.", {"days": 1}), window=window)


def pace(place: Workplace, texts_per_second: float) -> None:
    """Let the sender go this fast."""
    sender = place.get("/senders")[0]["id"]
    answer = place.api.patch(f"/senders/{sender}", json={"segments_per_second": texts_per_second})
    assert answer.status_code == httpx.codes.OK, answer.text


def taken(place: Workplace, phones: list[str]) -> Counter[tuple[str, str]]:
    """How often the carrier took each text, by number and body."""
    ours = set(phones)
    return Counter((one.phone, one.body) for one in place.log().accepted() if one.phone in ours)


def attempts_of(place: Workplace, phone: str) -> list[str]:
    """The states of the attempts at a number's texts, in order."""
    return [
        row["state"]
        for row in place.rows(
            "SELECT state FROM attempts JOIN messages ON messages.id = message_id"
            " WHERE phone = ? ORDER BY attempts.id",
            phone,
        )
    ]


def claimed_and_not_asked(place: Workplace, phones: list[str]) -> list[str]:
    """Those whose text is claimed, while the carrier has heard nothing of it."""
    claimed = [phone for phone in phones if attempts_of(place, phone) == ["sending"]]
    log = place.log()
    return [phone for phone in claimed if not log.of("asked", phone)]


def was_unknown(place: Workplace, sequence: int, phone: str) -> bool:
    """Whether its history has a hold for an unknown text."""
    events = place.events_of(place.enrollment(sequence, phone)["id"])
    return any(kind == "in_doubt" for kind, _ in events)


def assert_it_goes_on(place: Workplace, sequence: int, phones: list[str]) -> None:
    """After the restart each has the first text once, and a day later the second, once."""
    place.settle()
    assert taken(place, phones) == {(phone, "One."): 1 for phone in phones}
    place.advance(days=1)
    assert taken(place, phones) == {
        (phone, body): 1 for phone in phones for body in ("One.", "Two.")
    }
    ended = place.enrollments(sequence)
    assert {
        phone: (ended[phone]["status"], ended[phone]["step"]) for phone in phones
    } == dict.fromkeys(phones, ("finished_no_response", 2))


def test_killed_after_the_claim_and_before_the_request(place: Workplace) -> None:
    """Looked for at the carrier, not found twice: proven unsent, and handed over once more."""
    phones = people(12)
    pace(place, 5)
    sequence = two_steps(place, "claimed")
    place.enroll(sequence, *phones)

    until(lambda: bool(claimed_and_not_asked(place, phones)), "texts are claimed ahead of time")
    place.kill_server()
    lost = claimed_and_not_asked(place, phones)
    assert lost, "the request went out before the end"
    place.start_server()
    pace(place, FAST)

    assert_it_goes_on(place, sequence, phones)
    for phone in lost:
        assert was_unknown(place, sequence, phone)
        assert attempts_of(place, phone) == ["unsent", "accepted", "accepted"]


@pytest.mark.parametrize("outcome", ["held_after_accept", "held_after_accept_no_callbacks"])
def test_killed_after_the_request_and_before_the_answer(place: Workplace, outcome: str) -> None:
    """Found at the carrier, and adopted."""
    [phone] = people(1)
    pace(place, FAST)
    place.script(phone, outcome, times=1)
    sequence = two_steps(place, f"asked, {outcome}")
    place.enroll(sequence, phone)

    until(lambda: bool(place.log().accepted(phone)), "the carrier has the text")
    assert attempts_of(place, phone) == ["sending"]
    place.kill_server()
    assert attempts_of(place, phone) == ["sending"]
    place.start_server()

    assert_it_goes_on(place, sequence, [phone])
    assert was_unknown(place, sequence, phone)
    assert attempts_of(place, phone) == ["accepted", "accepted"]


def test_killed_after_the_answer_and_before_the_commit(place: Workplace) -> None:
    """The answer was read and could not be written down: found at the carrier, and adopted."""
    phones = people(12)
    pace(place, 5)
    sequence = two_steps(place, "answered")
    place.enroll(sequence, *phones)
    until(lambda: bool(claimed_and_not_asked(place, phones)), "texts are claimed ahead of time")

    with closing(sqlite3.connect(place.path, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")  # no one else can write from here on
        answered = claimed_and_not_asked(place, phones)
        assert answered, "the requests went out before"
        until(lambda: all(place.log().accepted(phone) for phone in answered), "they are taken")
        for _ in range(3):  # requests of ours come behind the carrier's answers
            place.get("/me")
        place.kill_server()
        other.execute("ROLLBACK")
    assert {tuple(attempts_of(place, phone)) for phone in answered} == {("sending",)}
    place.start_server()
    pace(place, FAST)

    assert_it_goes_on(place, sequence, phones)
    for phone in answered:
        assert was_unknown(place, sequence, phone)
        assert attempts_of(place, phone) == ["accepted", "accepted"]


def test_killed_again_and_again_with_many_texts_in_flight(place: Workplace) -> None:
    phones = people(120)
    chance = random.Random(2026)
    pace(place, 100)
    sequence = two_steps(place, "many")
    began = len(place.log().of("accepted"))
    place.enroll(sequence, *phones)

    for least in sorted(chance.sample(range(10, 100), 2)):
        until(partial(_went, place, began + least), f"{least} texts went")
        place.kill_server()
        place.start_server()
    place.settle()
    first = taken(place, phones)

    # The second time while its reports come in and the clock is being moved.
    before = len(place.log().entries)
    target = place.now.replace(day=place.now.day + 1)
    moving = threading.Thread(target=_move, args=(place, target))
    moving.start()
    least = before + chance.randrange(60, 600)
    until(lambda: len(place.log().entries) >= least, "the second step is under way")
    place.kill_server()
    moving.join()
    place.start_server()
    place.advance_to(target)

    assert first == {(phone, "One."): 1 for phone in phones}
    assert taken(place, phones) == {
        (phone, body): 1 for phone in phones for body in ("One.", "Two.")
    }
    ended = place.enrollments(sequence)
    assert Counter((ended[phone]["status"], ended[phone]["step"]) for phone in phones) == {
        ("finished_no_response", 2): len(phones)
    }
    assert place.rows("SELECT count(*) FROM messages WHERE status = 'unknown'")[0][0] == 0


def _went(place: Workplace, least: int) -> bool:
    return len(place.log().of("accepted")) >= least


def _move(place: Workplace, target: datetime) -> None:
    with suppress(httpx.HTTPError):
        place.advance_to(target)


def test_nothing_is_answered_before_it_is_stored(place: Workplace) -> None:
    """While nothing can be written, an inbound text is not answered.

    After a kill, only the carrier's list knows it.
    """
    [phone] = people(1)
    sequence = two_steps(place, "not stored")
    place.enroll(sequence, phone)
    place.settle()

    with closing(sqlite3.connect(place.path, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        place.carrier.post("/inbound", json={"from": phone, "to": SENDER, "body": "Yes"})
        until(lambda: bool(place.log().of("inbound_sent", phone)), "the text is on its way")
        for _ in range(5):  # requests of ours come behind it
            place.get("/me")
        answered = place.log().of("inbound_answered", phone)
        place.kill_server()
        other.execute("ROLLBACK")
    place.start_server()
    place.settle()

    assert answered == []
    assert place.enrollment(sequence, phone)["status"] == "finished_responded"


def test_everything_acknowledged_to_the_carrier_was_kept(place: Workplace) -> None:
    """Reports and replies that were answered with 200 are stored, through all the crashes."""
    [phone] = people(1)
    sequence = two_steps(place, "kept")
    place.enroll(sequence, phone)
    place.settle()
    place.carrier.post("/inbound", json={"from": phone, "to": SENDER, "body": "Yes"})
    until(lambda: bool(place.log().of("inbound_answered", phone)), "the reply is answered")

    place.kill_server()
    place.start_server()
    place.settle()

    stored = {row["carrier_id"] for row in place.rows("SELECT carrier_id FROM callbacks")}
    answered = {
        entry["carrier_id"]
        for kind in ("callback_answered", "inbound_answered")
        for entry in place.log().of(kind)
        if entry["http_status"] == httpx.codes.OK
    }
    assert answered <= stored
    assert place.enrollment(sequence, phone)["status"] == "finished_responded"


def test_a_terminated_server_ends_soon_and_loses_nothing(place: Workplace) -> None:
    """Texts without a request are given back, those on the wire end; streams are ended."""
    phones = people(60)
    pace(place, 8)
    sequence = two_steps(place, "ended")
    with httpx.Client(timeout=60, trust_env=False) as listener:
        stream = listener.stream(
            "GET", f"{place.url}/api/v1/events", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        with stream as events:
            lines = events.iter_lines()
            assert next(lines) == ":"
            place.enroll(sequence, *phones)
            until(lambda: sum(taken(place, phones).values()) >= 5, "some texts went")
            code, seconds = place.stop_server()
            told = [line for line in lines if line.startswith("event: ")]

    assert code == 0
    assert seconds < 10
    assert told, "the stream said nothing, or was cut before what had happened"
    went = taken(place, phones)
    assert 5 <= len(went) < len(phones)
    states = Counter(state for phone in phones for state in attempts_of(place, phone))
    assert set(states) <= {"accepted", "unsent"}
    assert states["accepted"] == len(went)
    place.start_server()
    pace(place, FAST)
    assert_it_goes_on(place, sequence, phones)


def test_the_doctor_finds_nothing(place: Workplace) -> None:
    place.settle()
    place.doctor()
