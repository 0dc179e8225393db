"""Contacts through the API: adding and changing them, and every refusal by its field."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Role
from tests.api.conftest import START, Sign, fault_of, told

Api = TestClient[Litestar]
LENA = {"phone": "(415) 555-0142", "first_name": "Lena", "last_name": "Abadi"}


def add(api: Api, **given: Any) -> dict[str, Any]:
    answer = api.post("/contacts", json={**LENA, **given})
    assert answer.status_code == 201, answer.text
    contact: dict[str, Any] = answer.json()
    return contact


def test_a_new_contact_is_what_its_number_tells(api: Api) -> None:
    contact = add(api, fields={"company": "Acme"})
    assert contact == {
        "id": contact["id"],
        "phone": "+14155550142",
        "first_name": "Lena",
        "last_name": "Abadi",
        "zone": None,
        "number_zones": ["America/Los_Angeles"],
        "country": "US",
        "region": "CA",
        "region_given": False,
        "line": {"kind": "unknown", "source": None, "certain": False, "at": None},
        "fields": {"company": "Acme"},
        "suppressed": [],
        "created_by": "admin",
        "created_at": START,
        "updated_at": START,
    }
    detail = api.get(f"/contacts/{contact['id']}").json()
    assert detail == {**contact, "groups": [], "suppressions": []}
    assert told(api, "contact_added") == [{"phone": "+14155550142"}]


def test_what_is_given_goes_before_what_the_number_tells(api: Api) -> None:
    contact = add(api, zone="America/Chicago", region="new york", line="landline")
    assert (contact["zone"], contact["region"], contact["region_given"]) == (
        "America/Chicago",
        "NY",
        True,
    )
    assert contact["line"] == {
        "kind": "landline",
        "source": "operator",
        "certain": True,
        "at": START,
    }


def test_a_number_twice_is_a_conflict_that_names_the_contact(api: Api) -> None:
    first = add(api)
    answer = api.post("/contacts", json={"phone": "+1 415 555 0142", "first_name": "Sam"})
    assert answer.status_code == 409
    assert answer.json()["code"] == "contact_exists"
    assert answer.json()["more"] == {"contact_id": first["id"]}
    assert api.get("/contacts").json()["total"] == 1


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"phone": "12"}, "body.phone"),
        ({"phone": "+18005550142"}, "body.phone"),
        ({"phone": ""}, "body.phone"),
        ({"phone": 4155550142}, "body.phone"),
        ({"first_name": "Le\u001bna"}, "body.first_name"),
        ({"last_name": "x" * 101}, "body.last_name"),
        ({"last_name": "\u0000"}, "body.last_name"),
        ({"zone": "Mars/Olympus"}, "body.zone"),
        ({"zone": "EST"}, "body.zone"),
        ({"zone": "mst"}, "body.zone"),
        ({"zone": "UTC"}, "body.zone"),
        ({"zone": "Etc/GMT+5"}, "body.zone"),
        ({"region": "Bavaria"}, "body.region"),
        ({"line": "toll_free"}, "body.line"),
        ({"fields": {"a b": "x"}}, "body.fields.a b"),
        ({"fields": {"a\n": "x"}}, "body.fields.a\n"),
        ({"fields": {"phone": "x"}}, "body.fields.phone"),
        ({"fields": {"note": "bell\u0007"}}, "body.fields.note"),
        ({"fields": {"note": 1}}, "body.fields[...]"),
        ({"fields": {f"f{i}": "" for i in range(101)}}, "body.fields"),
        ({"fields": {"note": "x" * 2001}}, "body.fields[...]"),
    ],
)
def test_a_contact_that_cannot_be_is_refused_by_field(
    api: Api, given: dict[str, Any], pointer: str
) -> None:
    fault_of(api.post("/contacts", json={**LENA, **given}), pointer)
    assert api.get("/contacts").json()["total"] == 0
    known = add(api)
    fault_of(api.patch(f"/contacts/{known['id']}", json=given), pointer)
    assert api.get("/contacts").json()["items"] == [known]


def test_a_zone_that_is_no_place_is_refused_with_the_place_to_write(api: Api) -> None:
    fault = fault_of(api.post("/contacts", json={**LENA, "zone": "EST"}), "body.zone")
    assert "America/New_York" in fault["remedy"]
    assert add(api, zone="us/eastern")["zone"] == "US/Eastern"


def test_an_unknown_field_is_refused(api: Api) -> None:
    answer = api.post("/contacts", json={**LENA, "frist_name": "Lena"})
    assert "frist_name" in fault_of(answer, "body")["reason"]


def test_line_breaks_may_stand_in_custom_fields_alone(api: Api) -> None:
    contact = add(api, fields={"note": "one\r\ntwo\tthree"})
    assert contact["fields"] == {"note": "one\ntwo\tthree"}
    fault_of(api.post("/contacts", json={**LENA, "first_name": "a\nb"}), "body.first_name")


def test_names_are_kept_composed(api: Api) -> None:
    assert add(api, first_name="Jose\u0301")["first_name"] == "José"


def test_a_change_leaves_what_is_not_given_and_clears_what_is_null(api: Api) -> None:
    contact = add(api, zone="America/Chicago", region="NY", fields={"a": "1", "b": "2"})
    changed = api.patch(
        f"/contacts/{contact['id']}",
        json={"first_name": None, "zone": None, "region": None, "fields": {"a": None, "c": "3"}},
    ).json()
    assert changed["last_name"] == "Abadi"
    assert changed["first_name"] == ""
    assert changed["zone"] is None
    assert (changed["region"], changed["region_given"]) == ("CA", False)
    assert changed["fields"] == {"b": "2", "c": "3"}
    assert told(api, "contact_changed") == [
        {
            "changed": {
                "first_name": ["Lena", ""],
                "zone": ["America/Chicago", None],
                "region": ["NY", "CA"],
                "region_given": [True, False],
                "fields": {"a": ["1", None], "c": [None, "3"]},
            }
        }
    ]


def test_a_change_that_changes_nothing_leaves_no_trace(api: Api) -> None:
    contact = add(api, line="mobile")
    path = f"/contacts/{contact['id']}"
    assert api.patch(path, json={"first_name": "Lena", "line": "mobile"}).json() == contact
    assert told(api, "contact_changed") == []


def test_a_new_number_brings_its_own_zones_region_and_line(api: Api) -> None:
    contact = add(api, line="landline")
    changed = api.patch(f"/contacts/{contact['id']}", json={"phone": "212 555 0155"}).json()
    assert changed["phone"] == "+12125550155"
    assert changed["number_zones"] == ["America/New_York"]
    assert changed["region"] == "NY"
    assert changed["line"]["kind"] == "unknown"
    assert changed["line"]["source"] is None


def test_a_given_region_stays_with_a_new_number(api: Api) -> None:
    contact = add(api, region="TX")
    changed = api.patch(f"/contacts/{contact['id']}", json={"phone": "212 555 0155"}).json()
    assert (changed["region"], changed["region_given"]) == ("TX", True)


def test_a_foreign_number_has_the_line_its_plan_tells(api: Api) -> None:
    contact = add(api, phone="+44 20 7946 0018")
    assert contact["line"] == {"kind": "landline", "source": "plan", "certain": True, "at": START}
    path = f"/contacts/{contact['id']}"
    assert api.patch(path, json={"line": "mobile"}).json()["line"]["source"] == "operator"
    assert api.patch(path, json={"line": None}).json()["line"] == contact["line"]


def test_a_number_of_another_contact_cannot_be_taken(api: Api) -> None:
    lena, sam = add(api), add(api, phone="206 555 0117")
    answer = api.patch(f"/contacts/{sam['id']}", json={"phone": lena["phone"]})
    assert answer.status_code == 409
    assert answer.json()["more"] == {"contact_id": lena["id"]}
    assert api.get(f"/contacts/{sam['id']}").json()["phone"] == "+12065550117"


def test_the_number_cannot_be_cleared(api: Api) -> None:
    contact = add(api)
    fault_of(api.patch(f"/contacts/{contact['id']}", json={"phone": None}), "body.phone")


def test_an_unknown_contact_is_reported(api: Api) -> None:
    for answer in (api.get("/contacts/77"), api.patch("/contacts/77", json={"first_name": "A"})):
        assert answer.status_code == 404
        assert answer.json()["code"] == "contact_not_found"


def test_the_same_request_under_a_key_is_done_once(api: Api) -> None:
    key = {"Idempotency-Key": "one"}
    first = api.post("/contacts", json=LENA, headers=key)
    again = api.post("/contacts", json=LENA, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert api.get("/contacts").json()["total"] == 1
    other = api.post("/contacts", json={**LENA, "first_name": "Sam"}, headers=key)
    assert other.json()["code"] == "idempotency_key_reused"
    change = {"Idempotency-Key": "two"}
    path = f"/contacts/{first.json()['id']}"
    once = api.patch(path, json={"first_name": "Leni"}, headers=change)
    api.patch(path, json={"first_name": "Lena"})
    assert api.patch(path, json={"first_name": "Leni"}, headers=change).content == once.content
    assert api.get(path).json()["first_name"] == "Lena"


def test_a_viewer_reads_and_changes_nothing(api: Api, sign: Sign) -> None:
    contact, viewer = add(api), sign(Role.VIEWER)
    assert api.get("/contacts", headers=viewer).json()["total"] == 1
    for answer in (
        api.post("/contacts", json={"phone": "206 555 0117"}, headers=viewer),
        api.patch(f"/contacts/{contact['id']}", json={"first_name": "X"}, headers=viewer),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "role_too_low"
    assert api.get("/contacts").json()["items"] == [contact]
