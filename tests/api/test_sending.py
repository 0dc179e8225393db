"""Direct texts: the gate is checked before sending, and the queued text is the shown one."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.model.messages import NewMessage
from common.vocabulary import Role
from server.clock import HOUR, wall
from server.database.tables import messages, senders
from server.dispatch.claim import ClaimSender, Lease
from server.dispatch.outbox import claim_outbox
from server.messages.direct_texts import send_direct
from server.senders.store import default_sender
from tests.api.conftest import Sign, fault_of, stored, told
from tests.api.running import (
    NOW,
    OPENS,
    act,
    contact_of,
    enrolled,
    outcomes,
    sender_phone,
    sent,
    sequence_of,
    texts,
)

Api = TestClient[Litestar]
PHONE = "+14155550101"
OVERRIDE = "She asked for it this morning."


def send(api: Api, contact_id: int, body: str = "Hi", **more: Any) -> Any:
    return api.post(f"/contacts/{contact_id}/messages", json={"body": body, **more})


def preview(api: Api, body: str, *contact_ids: int) -> list[dict[str, Any]]:
    answer = api.post("/messages/preview", json={"body": body, "contact_ids": list(contact_ids)})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def open_window(api: Api) -> None:
    """Move the clock into the window."""
    api.app.state.clock.move_to(OPENS)


def test_outside_the_window_it_is_refused_with_when_it_opens(api: Api) -> None:
    person = contact_of(api, 1)
    answer = send(api, person)
    assert (answer.status_code, answer.json()["code"]) == (409, "outside_window")
    assert answer.json()["more"] == {"opens_at": "2026-11-02T17:00:00Z"}
    assert "2026-11-02 09:00 (America/Los_Angeles)" in answer.json()["detail"]
    assert api.get("/messages").json() == {"items": [], "total": 0}
    assert told(api, "message_queued") == []


def test_with_a_reason_it_goes_outside_the_window(api: Api) -> None:
    person = contact_of(api, 1, first_name="Lena", last_name="Abadi")
    answer = send(api, person, "Hi {{ first_name }}!", override_reason=OVERRIDE)
    assert answer.status_code == 201, answer.text
    text = answer.json()
    assert text == {
        "id": text["id"],
        "direction": "out",
        "kind": "direct",
        "status": "waiting",
        "contact_id": person,
        "name": "Lena Abadi",
        "phone": PHONE,
        "sender": sender_phone(api),
        "enrollment_id": None,
        "step_id": None,
        "operation_id": None,
        "created_by": "admin",
        "body": "Hi Lena!",
        "segments": 1,
        "code": None,
        "failure": None,
        "reading": None,
        "reading_by_operator": False,
        "override_reason": OVERRIDE,
        "hold": None,
        "due_at": "2026-11-02T14:00:00Z",
        "created_at": "2026-11-02T14:00:00Z",
        "handed_off_at": None,
        "final_at": None,
        "media": [],
    }
    assert len(told(api, "message_queued")) == 1


@pytest.mark.parametrize(
    ("phone", "zone"),
    [
        ("+61412345678", None),  # a mobile number of a country with many zones
        ("+61412345678", "Australia/Perth"),
        ("+79161234567", None),
        ("+393331234567", None),
        (PHONE, None),
        (PHONE, "Asia/Tokyo"),
        ("+5511961234567", None),
    ],
)
@pytest.mark.parametrize("hour", [0, 6, 12, 18])
def test_an_accepted_override_is_handed_over_at_once(
    api: Api, phone: str, zone: str | None, hour: int
) -> None:
    person = api.post("/contacts", json={"phone": phone, "zone": zone})
    assert person.status_code == 201, person.text
    at = NOW + hour * HOUR

    def accept_and_claim(connection: sa.Connection) -> list[tuple[str, str | None]]:
        new = NewMessage("Hi", OVERRIDE)
        text = send_direct(connection, "America/New_York", person.json()["id"], new, 1, at)
        row = default_sender(connection)
        sender = ClaimSender(row.id, row.phone, row.carrier, row.segments_per_second, False, None)
        lease = Lease("these tests", wall() + HOUR)
        claimed = claim_outbox(connection, "America/New_York", sender, 9, lease, at, wall())
        assert [one.message_id for one in claimed] == [text.id]
        kept = connection.execute(sa.select(messages.c.status, messages.c.hold)).all()
        return [(one.status, one.hold) for one in kept]

    assert stored(api, accept_and_claim) == [("sending", None)]


def test_inside_the_window_it_takes_no_reason(api: Api) -> None:
    person = contact_of(api, 1)
    open_window(api)
    answer = send(api, person)
    assert answer.status_code == 201
    assert answer.json()["override_reason"] is None


def test_the_same_key_sends_one_text(api: Api) -> None:
    person = contact_of(api, 1)
    key = {"Idempotency-Key": "once"}
    request = {"body": "Hi", "override_reason": OVERRIDE}
    path = f"/contacts/{person}/messages"
    first = api.post(path, json=request, headers=key)
    assert api.post(path, json=request, headers=key).json() == first.json()
    assert api.get("/messages").json()["total"] == 1


def refused(api: Api, person: int) -> str:
    answer = send(api, person, override_reason=OVERRIDE)
    assert answer.status_code == 409, answer.text
    assert api.get("/messages", params={"kind": "direct"}).json()["total"] == 0
    code: str = answer.json()["code"]
    assert [one["left_out"] for one in preview(api, "Hi", person)] == [code]
    return code


def test_a_suppressed_number_is_refused_whatever_the_reason(api: Api) -> None:
    person = contact_of(api, 1)
    api.post("/suppressions", json={"phone": PHONE})
    assert refused(api, person) == "suppressed"


def test_a_landline_is_refused(api: Api) -> None:
    assert refused(api, contact_of(api, 1, line="landline")) == "landline"


def test_a_number_in_review_is_refused(api: Api) -> None:
    person = contact_of(api, 1)
    texts(api, PHONE, "Please stop texting me")
    assert refused(api, person) == "in_review"


def test_a_workspace_without_a_sender_refuses(api: Api) -> None:
    person = contact_of(api, 1)
    stored(api, lambda connection: connection.execute(sa.delete(senders)) and None)
    assert refused(api, person) == "no_sender"


def test_a_stopped_sender_refuses(api: Api) -> None:
    person = contact_of(api, 1)
    stored(
        api,
        lambda connection: (
            connection.execute(sa.update(senders).values(stopped_at=1, stopped_reason="x")) and None
        ),
    )
    assert refused(api, person) == "sender_stopped"


def test_a_missing_field_is_refused_by_name(api: Api) -> None:
    person = contact_of(api, 1)
    body = "Hi {{ company }}"
    answer = send(api, person, body, override_reason=OVERRIDE)
    assert "company" in fault_of(answer, "body.body")["reason"]
    assert answer.json()["code"] == "missing_field"
    one = preview(api, body, person)[0]
    assert (one["text"], one["left_out"]) == (None, "missing_field")
    assert "company" in one["why"]


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        ({}, "body"),
        ({"body": ""}, "body.body"),
        ({"body": "  \n"}, "body.body"),
        ({"body": "x" * 1601}, "body.body"),
        ({"body": "{{ first_name"}, "body.body"),
        ({"body": "{% if a %}"}, "body.body"),
        ({"body": 7}, "body.body"),
        ({"body": "Hi", "override_reason": ""}, "body.override_reason"),
        ({"body": "Hi", "overide_reason": "x"}, "body"),
    ],
)
def test_a_text_that_nobody_can_get_is_refused_by_field(
    api: Api, request_: dict[str, Any], pointer: str
) -> None:
    person = contact_of(api, 1)
    fault_of(api.post(f"/contacts/{person}/messages", json=request_), pointer)
    assert api.get("/messages").json()["total"] == 0


def test_nobody_is_texted_who_is_not_there(api: Api) -> None:
    assert send(api, 7).json()["code"] == "contact_not_found"
    assert api.get("/messages/7").json()["code"] == "message_not_found"
    request = {"body": "Hi", "contact_ids": [7]}
    fault_of(api.post("/messages/preview", json=request), "body.contact_ids[0]")


def test_viewers_send_nothing_and_see_all(api: Api, sign: Sign) -> None:
    person = contact_of(api, 1)
    viewer = sign(Role.VIEWER)
    answer = api.post(f"/contacts/{person}/messages", json={"body": "Hi"}, headers=viewer)
    assert answer.status_code == 403
    text = send(api, person, override_reason=OVERRIDE).json()
    seen = api.get(f"/messages/{text['id']}", headers=viewer).json()
    assert (seen["id"], seen["body"], seen["created_by"]) == (text["id"], "Hi", "admin")


def test_the_answer_goes_out_from_the_number_that_was_texted(api: Api) -> None:
    person = contact_of(api, 1)
    sent(api, sequence_of(api), person)
    known = sender_phone(api)
    new = {"phone": "+12025550101", "name": "New", "carrier": "simulator", "is_default": True}
    assert api.post("/senders", json=new).status_code == 201
    assert sender_phone(api) == "+12025550101"
    assert send(api, person, override_reason=OVERRIDE).json()["sender"] == known
    stranger = contact_of(api, 2)
    assert send(api, stranger, override_reason=OVERRIDE).json()["sender"] == "+12025550101"


def test_a_preview_reports_each_text_and_who_is_left_out(api: Api) -> None:
    open_window(api)
    lena = contact_of(api, 1, first_name="Lena")
    sam = contact_of(api, 2, line="landline", first_name="Sam")
    found = preview(api, "Hi {{ first_name }} – see you?", lena, sam)
    assert [(one["contact_id"], one["text"], one["segments"]) for one in found] == [
        (lena, "Hi Lena – see you?", 1),
        (sam, "Hi Sam – see you?", 1),
    ]
    assert [(one["left_out"], one["opens_at"]) for one in found] == [
        (None, None),
        ("landline", None),
    ]
    assert api.get("/messages").json()["total"] == 0


@pytest.mark.parametrize(
    ("request_", "pointer"),
    [
        ({"body": "Hi", "contact_ids": []}, "body.contact_ids"),
        ({"body": "Hi", "contact_ids": list(range(1, 12))}, "body.contact_ids"),
        ({"body": "Hi", "contact_ids": [0]}, "body.contact_ids[0]"),
        ({"body": "{{ a", "contact_ids": [1]}, "body.body"),
    ],
)
def test_a_preview_that_cannot_be_is_refused_by_field(
    api: Api, request_: dict[str, Any], pointer: str
) -> None:
    contact_of(api, 1)
    fault_of(api.post("/messages/preview", json=request_), pointer)


def test_a_bulk_message_goes_to_each_contact_once_and_reports_who_is_left_out(api: Api) -> None:
    sequence_id = sequence_of(api)
    people = [contact_of(api, place) for place in (1, 2)]
    one, two = enrolled(api, sequence_id, *people)
    (again,) = enrolled(api, sequence_of(api, "Other"), people[0])
    api.post("/suppressions", json={"phone": "+14155550102"})
    operation = act(api, "send_message", one, two, again, body="Hi", override_reason=OVERRIDE)
    assert outcomes(operation) == [
        ("done", None),
        ("skipped", "The number is suppressed (operator)."),
        ("skipped", "the same contact as in another row"),
    ]
    texts_ = api.get("/messages").json()["items"]
    assert [(text["phone"], text["operation_id"]) for text in texts_] == [(PHONE, operation["id"])]


def test_more_than_ten_contacts_are_refused_before_anything_else(api: Api) -> None:
    ids = enrolled(api, sequence_of(api), *(contact_of(api, place) for place in range(11)))
    request = {"action": "send_message", "selection": {"ids": ids}, "note": "x"}
    answer = api.post("/operations", json=request)
    fault = fault_of(answer, "body.selection")
    assert answer.json()["code"] == "too_many_contacts"
    assert "11 contacts" in fault["reason"]
    ten = {**request, "selection": {"ids": ids[:10]}, "body": "Hi"}
    fault_of(api.post("/operations", json=ten), "body.note")
    del ten["note"]
    sent_ = api.post("/operations", json=ten | {"override_reason": OVERRIDE}).json()
    assert (sent_["done"], api.get("/messages").json()["total"]) == (10, 10)
