"""One number is one person through every door, however its country's carriers spell it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import SuppressionSource
from server.database.tables import contacts
from server.messages import inbound
from server.messages.inbound import Inbound
from server.messages.suppress import suppress
from server.senders.store import find_sender
from tests.api.conftest import fault_of, stored
from tests.api.running import NOW, act, contact_of, enrolled, sequence_of, status_of, texts

Api = TestClient[Litestar]
SPELLINGS = [
    ("+525512345678", "+5215512345678"),
    ("+5491143210000", "+541143210000"),
    ("+5511987654321", "+551187654321"),
]
BOTH_WAYS = [*SPELLINGS, *((other, form) for form, other in SPELLINGS)]


def suppressed(api: Api) -> list[str]:
    return [one["phone"] for one in api.get("/suppressions").json()["items"]]


@pytest.mark.parametrize(("kept", "comes"), BOTH_WAYS)
def test_stop_in_any_spelling_ends_what_the_contact_is_in(api: Api, kept: str, comes: str) -> None:
    (one,) = enrolled(api, sequence_of(api), contact_of(api, phone=kept))
    message_id = texts(api, comes, "STOP")
    assert status_of(api, one) in {"opted_out", "omitted_opted_out"}
    contact = api.get("/contacts").json()["items"][0]
    assert contact["suppressed"] == ["keyword"]
    assert suppressed(api) == [contact["phone"]]
    message = api.get(f"/messages/{message_id}").json()
    assert (message["phone"], message["contact_id"]) == (contact["phone"], contact["id"])


@pytest.mark.parametrize(("first", "second"), BOTH_WAYS)
def test_start_in_any_spelling_lifts_what_stop_did(api: Api, first: str, second: str) -> None:
    texts(api, first, "STOP")
    texts(api, second, "START")
    assert suppressed(api) == []


@pytest.mark.parametrize(("kept", "given"), BOTH_WAYS)
def test_a_second_contact_of_the_same_number_is_a_conflict(api: Api, kept: str, given: str) -> None:
    contact_id = contact_of(api, phone=kept)
    answer = api.post("/contacts", json={"phone": given})
    assert (answer.status_code, answer.json()["more"]) == (409, {"contact_id": contact_id})


@pytest.mark.parametrize(("kept", "given"), BOTH_WAYS)
def test_an_import_knows_the_person_in_any_spelling(api: Api, kept: str, given: str) -> None:
    contact_of(api, phone=kept)
    file = f"phone,name\n{given},Lena Abadi\n{kept},Lena Abadi\n"
    answer = api.post(
        "/contacts/import", content=file.encode(), headers={"Content-Type": "text/csv"}
    ).json()
    assert (answer["added"], answer["changed"], answer["duplicates"]) == (0, 1, 1)


@pytest.mark.parametrize(("suppressed_as", "enrolled_as"), BOTH_WAYS)
def test_enrolling_a_suppressed_number_omits_it_in_any_spelling(
    api: Api, suppressed_as: str, enrolled_as: str
) -> None:
    assert api.post("/suppressions", json={"phone": suppressed_as}).status_code == 201
    sequence_id = sequence_of(api)
    answer = api.post(f"/sequences/{sequence_id}/enrollments", json={"phones": [enrolled_as]})
    assert answer.json()["omitted"] == {"omitted_opted_out": 1}


@pytest.mark.parametrize(("made", "lifted"), BOTH_WAYS)
def test_a_suppression_is_lifted_in_any_spelling(api: Api, made: str, lifted: str) -> None:
    api.post("/suppressions", json={"phone": made})
    assert api.delete(f"/suppressions/{lifted}").status_code == 204
    assert suppressed(api) == []


@pytest.mark.parametrize(("kept", "comes"), BOTH_WAYS)
def test_a_sender_is_known_in_any_spelling(api: Api, kept: str, comes: str) -> None:
    sender: dict[str, Any] = {
        "phone": kept,
        "name": "Mexico",
        "carrier": "simulator",
        "segments_per_second": 1.0,
    }
    made = api.post("/senders", json=sender)
    assert (made.status_code, made.json()["phone"]) == (201, kept)
    assert api.post("/senders", json=sender | {"phone": comes}).status_code == 409
    text = Inbound("SM1", "+14155550142", comes, "STOP", None, False)
    message_id = stored(api, inbound.receive, text, NOW)
    assert api.get(f"/messages/{message_id}").json()["sender"] == kept
    found = stored(api, find_sender, comes)
    assert found is not None
    assert found.phone == kept


def test_suppressing_a_contact_left_with_an_old_spelling_suppresses_the_number(api: Api) -> None:
    kept, left = contact_of(api, phone="+5491143210000"), contact_of(api, 1)
    stored(
        api,
        lambda connection: (
            connection.execute(
                sa.update(contacts).where(contacts.c.id == left).values(phone="+541143210000")
            ).rowcount
        ),
    )
    sequence_id = sequence_of(api)
    one, other = enrolled(api, sequence_id, kept, left)
    act(api, "suppress", other)
    assert sorted(suppressed(api)) == ["+541143210000", "+5491143210000"]
    assert {status_of(api, one), status_of(api, other)} <= {"opted_out", "omitted_opted_out"}


def test_a_carriers_opt_out_of_an_old_spelling_is_the_numbers(api: Api) -> None:
    (one,) = enrolled(api, sequence_of(api), contact_of(api, phone="+525512345678"))
    source = SuppressionSource.CARRIER
    new = stored(api, suppress, ["+5215512345678"], source, "", None, NOW)
    assert new == {"+525512345678"}
    assert status_of(api, one) in {"opted_out", "omitted_opted_out"}


def test_a_spreadsheets_decimal_is_no_digit_at_any_door(api: Api) -> None:
    file = "phone,name\n+491711234567.0,Lena Abadi\n2065550110.0,Sam Abe\n"
    answer = api.post(
        "/contacts/import", content=file.encode(), headers={"Content-Type": "text/csv"}
    ).json()
    assert (answer["added"], answer["rejected"]) == (2, 0)
    known = {one["phone"] for one in api.get("/contacts").json()["items"]}
    assert known == {"+491711234567", "+12065550110"}
    assert api.post("/contacts", json={"phone": "+491711234567.0"}).status_code == 409
    assert api.post("/suppressions", json={"phone": "+491711234567.0"}).status_code == 201
    assert suppressed(api) == ["+491711234567"]
    assert api.delete("/suppressions/+491711234567.0").status_code == 204
    sequence_id = sequence_of(api)
    api.post(f"/sequences/{sequence_id}/enrollments", json={"phones": ["2065550110.0"]})
    assert len(api.get("/contacts").json()["items"]) == 2


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"phone": 491711234567.0}\n', "application/x-ndjson"),
        ('{"phone": 491711234567}\n', "application/x-ndjson"),
        ("phone\n491711234567.0\n", "text/csv"),
    ],
)
def test_a_file_of_floats_has_the_numbers_that_were_meant(
    api: Api, body: str, content_type: str
) -> None:
    body = body.replace("491711234567", "12065550110")
    answer = api.post(
        "/contacts/import", content=body.encode(), headers={"Content-Type": content_type}
    )
    assert answer.json()["added"] == 1
    assert [one["phone"] for one in api.get("/contacts").json()["items"]] == ["+12065550110"]


@pytest.mark.parametrize("written", ["1.5E+10", "4.91711E+11", "491711000000"])
def test_a_rounded_number_is_refused_at_every_door(api: Api, written: str) -> None:
    for path in ("/contacts", "/suppressions"):
        fault = fault_of(api.post(path, json={"phone": written}), "body.phone")
        assert "rounded" in fault["reason"]
    file = f"phone\n{written}\n"
    answer = api.post(
        "/contacts/import", content=file.encode(), headers={"Content-Type": "text/csv"}
    ).json()
    assert (answer["added"], answer["rejected"]) == (0, 1)
    assert "rounded" in answer["rejects"][0]["reason"]
