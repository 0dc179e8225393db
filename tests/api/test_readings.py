"""Operators classify inbound texts: enrollments change as if the text had been read so from the
start.
"""

from __future__ import annotations

from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from server.enrollments.apply import load
from server.enrollments.lifecycle import fold
from server.enrollments.refold import histories
from tests.api.conftest import stored
from tests.api.running import (
    AGAIN,
    act,
    contact_of,
    enrolled,
    on_its_way,
    row_of,
    sent,
    sequence_of,
    status_of,
    texts,
)

Api = TestClient[Litestar]
PHONE = "+14155550101"


def read(api: Api, message_id: int, reading: str) -> dict[str, Any]:
    answer = api.post(f"/messages/{message_id}/reading", json={"reading": reading})
    assert answer.status_code == 200, answer.text
    message: dict[str, Any] = answer.json()
    return message


def suppressed(api: Api) -> list[tuple[str, str]]:
    return [(one["phone"], one["source"]) for one in api.get("/suppressions").json()["items"]]


def assert_status_is_the_fold(api: Api, enrollment_id: int) -> None:
    row = stored(api, load, [enrollment_id])[enrollment_id]
    assert fold(stored(api, histories, [enrollment_id])[enrollment_id]) == row.standing


def test_what_was_no_reply_is_pending_again_as_after_an_undo(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    text = texts(api, PHONE, "I am at lunch")
    assert status_of(api, one) == "finished_responded"
    read(api, text, "auto_reply")
    row = row_of(api, one)
    assert (row["status"], row["replied"], row["due_at"]) == ("pending", False, AGAIN)
    assert_status_is_the_fold(api, one)
    read(api, text, "reply")
    assert status_of(api, one) == "finished_responded"
    assert_status_is_the_fold(api, one)


def test_a_reading_moves_every_enrollment_that_got_the_text(api: Api) -> None:
    person = contact_of(api, 1)
    one, _ = sent(api, sequence_of(api), person)
    two, _ = sent(api, sequence_of(api, "Other", daily_limit=9), person)
    text = texts(api, PHONE, "Who is this?")
    assert [status_of(api, ident) for ident in (one, two)] == ["finished_responded"] * 2
    read(api, text, "harmless")
    assert [status_of(api, ident) for ident in (one, two)] == ["pending"] * 2


def test_a_text_read_as_an_opt_out_opts_out_what_has_ended_by_it(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    text = texts(api, PHONE, "no thanks, remove this number from your list")
    before = api.get(f"/messages/{text}").json()["reading"]
    assert before in {"reply", "sounds_like_opt_out"}
    read(api, text, "opt_out")
    row = row_of(api, one)
    assert (row["status"], row["reason"]) == ("opted_out", "keyword")
    assert suppressed(api) == [(PHONE, "keyword")]
    assert api.get("/reviews").json()["total"] == 0


def test_an_opt_out_is_undone_by_the_contact_alone(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    text = texts(api, PHONE, "STOP")
    answer = api.post(f"/messages/{text}/reading", json={"reading": "harmless"})
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_must_opt_in")
    assert status_of(api, one) == "opted_out"
    assert api.get(f"/messages/{text}").json()["reading"] == "opt_out"


def test_a_finish_between_reply_and_reading_stands(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    text = texts(api, PHONE, "Lunch")
    read(api, text, "harmless")
    act(api, "finish", one)
    read(api, text, "auto_reply")
    assert status_of(api, one) == "finished_stopped"
    read(api, text, "reply")
    assert status_of(api, one) == "finished_responded"


def test_a_pending_enrollment_keeps_its_turn_through_a_reading(api: Api) -> None:
    person = contact_of(api, 1)
    one, _ = on_its_way(api, sequence_of(api), person)
    text = texts(api, PHONE, "I am driving right now, I will get back to you")
    assert row_of(api, one)["hold"] == "sending"
    read(api, text, "harmless")
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["due_at"]) == ("pending", "sending", None)


def test_enrolled_again_meanwhile_it_finishes_without_a_reply(api: Api) -> None:
    sequence_id = sequence_of(api, reenroll="always")
    person = contact_of(api, 1)
    one, _ = sent(api, sequence_id, person)
    text = texts(api, PHONE, "Lunch")
    (second,) = enrolled(api, sequence_id, person)
    read(api, text, "harmless")
    row = row_of(api, one)
    assert (row["status"], row["reason"]) == ("finished_no_response", "no_steps_left")
    assert status_of(api, second) == "pending"
    assert_status_is_the_fold(api, one)


def test_what_went_out_is_not_read(api: Api) -> None:
    _, text = sent(api, sequence_of(api), contact_of(api, 1))
    answer = api.post(f"/messages/{text}/reading", json={"reading": "reply"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_inbound")
