"""Inbound texts while the server is down are known at the next start, before anything is sent.

The simulated carrier calls once, as Twilio does if the URL does not ask for retries.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.system.workplace import SENDER, Workplace, until, workplace

START = datetime(2026, 11, 2, 15, tzinfo=UTC)
"""A Monday, 10:00 in New York."""
SLOW, FAST = 5, 1000
"""Texts a second."""

_numbers = count(1000)


def people(how_many: int) -> list[str]:
    """New numbers in New York, whose texts are plainly delivered."""
    made: list[str] = []
    while len(made) < how_many:
        number = next(_numbers)
        if number % 100 < 50:
            made.append(f"+1646553{number}")
    return made


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    settings = {"DRUMBEAT_CATCH_UP_EVERY": "0.5"}
    with workplace(tmp_path_factory.mktemp("lost"), START, settings) as place:
        yield place


@pytest.fixture
def place(opened: Workplace) -> Iterator[Workplace]:
    """The workplace at an hour at which texts go; in the end everything must hold together."""
    opened.advance_to(opened.now.replace(hour=15, minute=0, second=0) + timedelta(days=1))
    pace(opened, FAST)
    yield opened
    opened.settle()
    assert opened.broken_invariants() == []
    opened.doctor()


def pace(place: Workplace, texts_per_second: float) -> None:
    """Let the sender go this fast."""
    sender = place.get("/senders")[0]["id"]
    answer = place.api.patch(f"/senders/{sender}", json={"segments_per_second": texts_per_second})
    assert answer.status_code == httpx.codes.OK, answer.text


def two_steps(place: Workplace, name: str, on_reply: str = "finish") -> int:
    """A sequence of two texts, a day apart, that go at the same hours on every day."""
    window = {"days": "daily", "from": "09:00", "to": "20:00"}
    steps = (("One.", {"minutes": 0}), ("Two.", {"days": 1}))
    return place.sequence(name, *steps, window=window, on_reply=on_reply)


def enrolled(place: Workplace, name: str) -> tuple[int, str]:
    """A sequence and a contact who has had its first text."""
    [phone] = people(1)
    sequence = two_steps(place, name)
    place.enroll(sequence, phone)
    place.settle()
    return sequence, phone


def say(place: Workplace, phone: str, body: str = "", **more: Any) -> str:
    """Let a person text, and wait until the carrier has called, whatever the result."""
    sent = place.carrier.post("/inbound", json={"from": phone, "to": SENDER, "body": body, **more})
    sent.raise_for_status()
    carrier_id: str = sent.json()["carrier_id"]

    def ended() -> bool:
        kinds = ("inbound_answered", "inbound_failed", "inbound_dropped")
        log = place.log()
        return any(
            entry["carrier_id"] == carrier_id for kind in kinds for entry in log.of(kind, phone)
        )

    until(ended, "the carrier has called")
    return carrier_id


def bodies(place: Workplace, phone: str) -> list[str]:
    """The texts that went to a number."""
    return [one.body for one in place.log().handed(phone)]


def received(place: Workplace, phone: str) -> list[str]:
    """What is stored of a person's texts, in order."""
    rows = place.rows(
        "SELECT body FROM messages WHERE phone = ? AND direction = 'in' ORDER BY id", phone
    )
    return [row["body"] for row in rows]


def suppressed(place: Workplace, phone: str) -> int:
    """The number of active suppressions of a number."""
    found: int = place.rows(
        "SELECT count(*) FROM suppressions WHERE phone = ? AND lifted_at IS NULL", phone
    )[0][0]
    return found


@pytest.mark.parametrize(
    ("body", "status"),
    [("STOP", "opted_out"), ("Yes, call me", "finished_responded")],
)
def test_what_is_texted_while_the_server_is_down_counts_at_its_next_start(
    place: Workplace, body: str, status: str
) -> None:
    sequence, phone = enrolled(place, f"down, {body}")
    place.kill_server()
    say(place, phone, body)
    place.start_server()
    place.settle()

    assert place.enrollment(sequence, phone)["status"] == status
    place.advance(days=2)
    assert bodies(place, phone) == ["One."]
    assert received(place, phone) == [body]


def test_a_stop_goes_before_the_text_that_is_due_as_the_server_starts(place: Workplace) -> None:
    phones = people(30)
    pace(place, SLOW)
    sequence = two_steps(place, "due at the start")
    place.enroll(sequence, *phones)
    until(lambda: any(bodies(place, phone) for phone in phones), "the first texts go")
    place.kill_server()
    waiting = [phone for phone in phones if not bodies(place, phone)]
    for phone in waiting:
        if not place.rows("SELECT 1 FROM messages WHERE phone = ?", phone):
            say(place, phone, "STOP")
    stopped = {entry["phone"] for entry in place.log().of("opted_out")} & set(waiting)
    assert len(stopped) > 5
    place.start_server()
    pace(place, FAST)
    place.settle()

    assert {phone: bodies(place, phone) for phone in stopped} == {phone: [] for phone in stopped}
    assert {place.enrollment(sequence, phone)["status"] for phone in stopped} == {"opted_out"}


def test_of_several_lost_texts_the_last_one_counts(place: Workplace) -> None:
    _, back = enrolled(place, "stop and start")
    _, gone = enrolled(place, "start and stop")
    place.kill_server()
    for body in ("STOP", "START"):
        say(place, back, body)
    for body in ("START", "STOP"):
        say(place, gone, body)
    place.start_server()
    place.settle()

    assert received(place, back) == ["STOP", "START"]
    assert received(place, gone) == ["START", "STOP"]
    assert (suppressed(place, back), suppressed(place, gone)) == (0, 1)


def test_a_lost_start_never_undoes_the_stop_that_came_after_it(place: Workplace) -> None:
    _, phone = enrolled(place, "a start that came late")
    say(place, phone, "STOP")
    with place.faults(lose_inbound=1.0):
        say(place, phone, "START")
    say(place, phone, "STOP")
    until(lambda: "START" in received(place, phone), "the lost text is read")

    assert sorted(received(place, phone)) == ["START", "STOP", "STOP"]
    assert suppressed(place, phone) == 1


def test_what_is_lost_while_the_server_runs_is_read_soon(place: Workplace) -> None:
    sequence, phone = enrolled(place, "lost while it runs")
    with place.faults(lose_inbound=1.0):
        say(place, phone, "STOP")
    until(lambda: bool(suppressed(place, phone)), "the lost text is read")

    place.advance(days=2)
    assert place.enrollment(sequence, phone)["status"] == "opted_out"
    assert bodies(place, phone) == ["One."]


def test_what_came_by_callback_is_not_taken_in_again(place: Workplace) -> None:
    _, phone = enrolled(place, "once")
    say(place, phone, "Hello?")
    looks = len(place.log().of("asked", SENDER))
    place.kill_server()
    place.start_server()
    until(lambda: len(place.log().of("asked", SENDER)) > looks + 1, "the list is read twice")
    place.settle()

    assert received(place, phone) == ["Hello?"]


def test_a_keyword_that_is_read_hours_later_is_not_answered(place: Workplace) -> None:
    """The carrier has answered by itself, or it may be night where the person is."""
    [phone] = people(1)
    place.kill_server()
    sent = place.carrier.post("/inbound", json={"from": phone, "to": SENDER, "body": "stop."})
    sent.raise_for_status()
    until(lambda: bool(place.log().of("inbound_failed", phone)), "the carrier has called")
    later = place.now + timedelta(hours=12)
    place.carrier.post("/clock", json={"now": int(later.timestamp()) * 1_000_000})
    with closing(sqlite3.connect(place.path, timeout=30)) as raw:
        raw.execute("UPDATE workspace SET manual_now = ?", (int(later.timestamp()) * 1_000_000,))
        raw.commit()
    place.start_server()
    place.settle()

    assert suppressed(place, phone) == 1
    assert bodies(place, phone) == []


def test_a_stop_while_another_process_holds_the_database_counts_once(place: Workplace) -> None:
    """Refused in time, so that the carrier tries again; kept meanwhile; nothing claimed goes."""
    phones = people(12)
    pace(place, SLOW)
    sequence = two_steps(place, "held")
    place.enroll(sequence, *phones)

    def claimed() -> list[str]:
        states = place.rows(
            "SELECT phone FROM messages JOIN attempts ON message_id = messages.id"
            " WHERE state = 'sending' ORDER BY attempts.id DESC"
        )
        return [row["phone"] for row in states if not bodies(place, row["phone"])]

    until(lambda: len(claimed()) > 2, "texts are claimed ahead of time")
    with closing(sqlite3.connect(place.path, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        phone = claimed()[0]
        say(place, phone, "STOP")
        answered_after = time.monotonic() - began
        until(lambda: time.monotonic() - began > 12, "the database is held for long")
        other.execute("ROLLBACK")
    until(lambda: bool(suppressed(place, phone)), "the text is stored")
    pace(place, FAST)
    place.settle()

    [answer] = place.log().of("inbound_answered", phone)
    assert answer["http_status"] == httpx.codes.SERVICE_UNAVAILABLE
    assert answered_after < 5
    assert bodies(place, phone) == []
    assert place.enrollment(sequence, phone)["status"] == "opted_out"
    assert received(place, phone) == ["STOP"]
    assert suppressed(place, phone) == 1


def test_a_picture_without_words_is_a_reply(place: Workplace) -> None:
    sequence, phone = enrolled(place, "a picture")
    url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
    say(place, phone, media=[{"url": url, "content_type": "image/jpeg"}])
    place.settle()

    contact = place.get("/contacts", q=phone)["items"][0]["id"]
    [text] = [one for one in place.get("/messages", contact_id=contact)["items"] if one["media"]]
    assert text["body"] == "[picture]"
    assert text["media"] == [{"url": url, "content_type": "image/jpeg"}]
    assert place.enrollment(sequence, phone)["status"] == "finished_responded"
    timeline = place.get(f"/contacts/{contact}/timeline")["items"]
    assert "[picture]" in [item["text"]["body"] for item in timeline if item["text"]]


def test_a_picture_that_is_read_from_the_list_has_its_address(place: Workplace) -> None:
    _, phone = enrolled(place, "a lost picture")
    place.kill_server()
    pictures = [
        {"url": f"https://api.twilio.com/Media/ME{n}", "content_type": "image/png"} for n in (1, 2)
    ]
    carrier_id = say(place, phone, "Look", media=pictures)
    place.start_server()
    place.settle()

    assert received(place, phone) == ["Look [2 pictures]"]
    [stored] = place.rows("SELECT media FROM messages WHERE carrier_id = ?", carrier_id)
    assert f"/Messages/{carrier_id}/Media/ME2" in stored["media"]


def test_every_sender_of_ours_is_asked_about(place: Workplace) -> None:
    new = {"phone": "+12125550177", "name": "second", "carrier": "simulator"}
    place.post("/senders", new, 201)
    _, phone = enrolled(place, "another sender")
    place.kill_server()
    sent = place.carrier.post(
        "/inbound", json={"from": phone, "to": new["phone"], "body": "unsubscribe"}
    )
    sent.raise_for_status()
    until(lambda: bool(place.log().of("inbound_failed", phone)), "the carrier has called")
    place.start_server()
    place.settle()

    assert suppressed(place, phone) == 1


def test_texts_wait_for_a_list_that_cannot_be_read(place: Workplace) -> None:
    [phone] = people(1)
    with place.faults(list_fails=1.0):
        place.kill_server()
        place.start_server()
        place.enroll(two_steps(place, "held for the list"), phone)
        looks = len(place.log().of("asked", SENDER))
        until(lambda: len(place.log().of("asked", SENDER)) > looks + 2, "it is asked for again")
        assert bodies(place, phone) == []
    place.settle()

    assert bodies(place, phone) == ["One."]


def test_a_list_that_stays_unreadable_stops_nobody_forever(tmp_path: Path) -> None:
    [phone] = people(1)
    with workplace(tmp_path, START, {"DRUMBEAT_CATCH_UP_HOLD": "1"}) as place:
        place.settle()
        with place.faults(list_fails=1.0):
            place.kill_server()
            place.start_server()
            place.enroll(two_steps(place, "not for ever"), phone)
            place.settle()
            assert bodies(place, phone) == ["One."]
        assert any("without the carrier's list" in line for line in place.complaints())
        place.doctor()


def test_a_first_start_leaves_alone_what_was_texted_before(tmp_path: Path) -> None:
    old, new = people(2)
    settings = {"DRUMBEAT_CLOCK_START": (START + timedelta(days=800)).isoformat()}
    place = Workplace(tmp_path, START, settings, ())
    try:
        place.start_simulator()
        say(place, old, "STOP")
        now = int((START + timedelta(days=800)).timestamp()) * 1_000_000
        place.carrier.post("/clock", json={"now": now}).raise_for_status()
        say(place, new, "STOP")
        place.start_server()
        place.settle()

        assert (suppressed(place, old), suppressed(place, new)) == (0, 1)
        place.doctor()
    finally:
        place.close()
