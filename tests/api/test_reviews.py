"""Reviews, readings and suppressions: what an operator says of a text, and what follows."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Role
from server.clock import MINUTE
from server.enrollments.apply import load
from server.enrollments.lifecycle import fold
from server.enrollments.refold import histories
from tests.api.conftest import Sign, fault_of, stored, told
from tests.api.running import (
    AGAIN,
    NOW,
    contact_of,
    enrolled,
    row_of,
    sent,
    sequence_of,
    status_of,
    texts,
)

Api = TestClient[Litestar]
PHONE = "+14155550101"
SOUNDS = "Please stop texting me"


def review(api: Api) -> dict[str, Any]:
    page = api.get("/reviews").json()
    assert page["total"] == 1
    one: dict[str, Any] = page["items"][0]
    return one


def decide(api: Api, review_id: int, verdict: str) -> dict[str, Any]:
    answer = api.post(f"/reviews/{review_id}", json={"verdict": verdict})
    assert answer.status_code == 200, answer.text
    decided: dict[str, Any] = answer.json()
    return decided


def suppressed(api: Api) -> list[tuple[str, str]]:
    return [(one["phone"], one["source"]) for one in api.get("/suppressions").json()["items"]]


def assert_status_is_the_fold(api: Api, enrollment_id: int) -> None:
    row = stored(api, load, [enrollment_id])[enrollment_id]
    assert fold(stored(api, histories, [enrollment_id])[enrollment_id]) == row.standing


def test_a_text_that_sounds_like_an_opt_out_holds_everything_until_it_is_read(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, _ = sent(api, sequence_id, contact_of(api, 1, first_name="Lena", last_name="Abadi"))
    text = texts(api, PHONE, SOUNDS)
    found = review(api)
    assert found == {
        "id": found["id"],
        "message_id": text,
        "contact_id": found["contact_id"],
        "name": "Lena Abadi",
        "phone": PHONE,
        "body": SOUNDS,
        "reading": "sounds_like_opt_out",
        "held": 1,
        "opened_at": "2026-11-02T14:00:00Z",
        "verdict": None,
        "decided_by": None,
        "decided_at": None,
    }
    assert row_of(api, one)["hold"] == "needs_review"


def test_harmless_lets_it_continue_at_the_planned_time(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    text = texts(api, PHONE, SOUNDS)
    decided = decide(api, review(api)["id"], "harmless")
    assert (decided["verdict"], decided["decided_by"]) == ("harmless", "admin")
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["due_at"]) == ("pending", None, AGAIN)
    message = api.get(f"/messages/{text}").json()
    assert (message["reading"], message["reading_by_operator"]) == ("harmless", True)
    assert api.get("/reviews").json() == {"items": [], "total": 0}
    assert suppressed(api) == []
    assert_status_is_the_fold(api, one)


def test_a_reply_ends_the_sequence_as_one(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    (other,) = enrolled(api, sequence_of(api, "Other"), one_contact(api, one))
    texts(api, PHONE, SOUNDS)
    decide(api, review(api)["id"], "reply")
    assert status_of(api, one) == "finished_responded"
    row = row_of(api, other)
    assert (row["status"], row["hold"]) == ("pending", None)
    assert_status_is_the_fold(api, one)


def one_contact(api: Api, enrollment_id: int) -> int:
    contact_id: int = row_of(api, enrollment_id)["contact"]["id"]
    return contact_id


def test_an_opt_out_is_the_contacts_own(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    (other,) = enrolled(api, sequence_of(api, "Other"), one_contact(api, one))
    texts(api, PHONE, SOUNDS)
    decide(api, review(api)["id"], "opt_out")
    assert suppressed(api) == [(PHONE, "keyword")]
    assert [row_of(api, ident)["reason"] for ident in (one, other)] == ["keyword", "keyword"]
    assert status_of(api, one) == "opted_out"
    answer = api.delete(f"/suppressions/{PHONE}")
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_must_opt_in")


def test_a_wrong_number_is_suppressed_by_the_operator(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    texts(api, PHONE, "You have the wrong number")
    decide(api, review(api)["id"], "wrong_number")
    assert suppressed(api) == [(PHONE, "operator")]
    row = row_of(api, one)
    assert (row["status"], row["reason"]) == ("opted_out", "suppressed_by_operator")


def test_the_hold_stays_while_another_text_of_the_number_is_in_review(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    texts(api, PHONE, SOUNDS)
    texts(api, PHONE, "Leave me alone")
    first, second = api.get("/reviews").json()["items"]
    assert first["id"] < second["id"]
    decide(api, first["id"], "harmless")
    assert row_of(api, one)["hold"] == "needs_review"
    decide(api, second["id"], "harmless")
    assert row_of(api, one)["hold"] is None


def test_a_review_is_decided_once(api: Api) -> None:
    sent(api, sequence_of(api), contact_of(api, 1))
    texts(api, PHONE, SOUNDS)
    ident = review(api)["id"]
    decide(api, ident, "harmless")
    answer = api.post(f"/reviews/{ident}", json={"verdict": "opt_out"})
    assert (answer.status_code, answer.json()["code"]) == (409, "review_decided")
    assert suppressed(api) == []


def test_a_text_of_nobody_can_be_in_review(api: Api) -> None:
    sequence_of(api)
    sent(api, sequence_of(api, "Other"), contact_of(api, 2))
    texts(api, PHONE, SOUNDS)
    found = review(api)
    assert (found["contact_id"], found["name"], found["held"]) == (None, "", 0)
    decide(api, found["id"], "opt_out")
    assert suppressed(api) == [(PHONE, "keyword")]


@pytest.mark.parametrize(
    ("path", "request_", "pointer"),
    [
        ("/reviews/1", {"verdict": "auto_reply"}, "body.verdict"),
        ("/reviews/1", {"verdict": "maybe"}, "body.verdict"),
        ("/reviews/1", {}, "body"),
        ("/messages/1/reading", {"reading": "sounds_like_opt_out"}, "body.reading"),
        ("/messages/1/reading", {"reading": None}, "body.reading"),
        ("/suppressions", {}, "body"),
        ("/suppressions", {"phone": "12"}, "body.phone"),
        ("/suppressions", {"phone": PHONE, "note": "x" * 501}, "body.note"),
        ("/suppressions", {"phone": PHONE, "note": "\u0007"}, "body.note"),
        ("/suppressions", {"phone": PHONE, "source": "keyword"}, "body"),
    ],
)
def test_what_cannot_be_is_refused_by_field(
    api: Api, path: str, request_: dict[str, Any], pointer: str
) -> None:
    fault_of(api.post(path, json=request_), pointer)
    assert suppressed(api) == []


def test_what_is_not_there_is_not_found(api: Api) -> None:
    assert api.post("/reviews/9", json={"verdict": "reply"}).status_code == 404
    assert api.post("/messages/9/reading", json={"reading": "reply"}).status_code == 404
    for phone in (PHONE, "nobody", "+"):
        assert api.delete(f"/suppressions/{phone}").status_code == 404


def test_viewers_decide_nothing(api: Api, sign: Sign) -> None:
    sent(api, sequence_of(api), contact_of(api, 1))
    text = texts(api, PHONE, SOUNDS)
    viewer = sign(Role.VIEWER)
    ident = api.get("/reviews", headers=viewer).json()["items"][0]["id"]
    for method, path, request in [
        ("POST", f"/reviews/{ident}", {"verdict": "harmless"}),
        ("POST", f"/messages/{text}/reading", {"reading": "harmless"}),
        ("POST", "/suppressions", {"phone": PHONE}),
        ("DELETE", f"/suppressions/{PHONE}", None),
    ]:
        assert api.request(method, path, json=request, headers=viewer).status_code == 403
    assert review(api)["verdict"] is None


def test_suppressing_stops_what_is_pending_and_is_lifted_by_an_operator(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    answer = api.post("/suppressions", json={"phone": "(415) 555-0101", "note": "by letter"})
    assert answer.status_code == 201
    assert answer.json() == {"phone": PHONE, "sources": ["operator"], "new": True, "stopped": 1}
    assert status_of(api, one) == "opted_out"
    api.app.state.clock.move_to(NOW + MINUTE)
    again = api.post("/suppressions", json={"phone": PHONE}).json()
    assert (again["new"], again["stopped"]) == (False, 0)
    assert api.delete(f"/suppressions/{PHONE}").status_code == 204
    assert suppressed(api) == []
    assert status_of(api, one) == "opted_out"
    assert len(told(api, "suppression_lifted")) == 1
    assert api.delete(f"/suppressions/{PHONE}").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        *("STOP 12345", "I said stop", "told you to stop", "not interested stop", "STOP!!! please"),
        *("quit texting me", "END 12345", "Unsubscribe me", "ALTO por favor", "lose my number"),
    ],
)
@pytest.mark.parametrize("on_reply", ["continue", "finish"])
def test_who_may_have_opted_out_is_texted_no_more_until_it_is_read(
    api: Api, body: str, on_reply: str
) -> None:
    one, _ = sent(api, sequence_of(api, on_reply=on_reply), contact_of(api, 1))
    texts(api, PHONE, body)
    assert review(api)["body"] == body
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["replied"]) == ("pending", "needs_review", False)


@pytest.mark.parametrize(
    "body", ["we have to STOP this bill", "stop by tomorrow?", "please don't stop sending these"]
)
def test_a_text_of_something_else_opens_no_review(api: Api, body: str) -> None:
    one, _ = sent(api, sequence_of(api, on_reply="continue"), contact_of(api, 1))
    texts(api, PHONE, body)
    assert api.get("/reviews").json()["total"] == 0
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["replied"]) == ("pending", None, True)


def test_a_text_without_measure_is_kept_and_read_by_its_ends(api: Api) -> None:
    contact_of(api, 1)
    text = texts(api, PHONE, "!" * 40_000 + " stop texting me")
    kept = api.get(f"/messages/{text}").json()
    assert kept["body"] == "!" * 4_000
    assert kept["reading"] == "sounds_like_opt_out"
