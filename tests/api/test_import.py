"""Imports through the API: what is read, what is refused with its line, and what running it again
does."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from common.model.contacts import FILE_LIMIT
from common.vocabulary import Role
from tests.api.conftest import Sign, fault_of, told

Api = TestClient[Litestar]

LENA, SAM, KENJI = "+14155550142", "+12065550117", "+13125550190"
PEOPLE = "phone,first name,last name\n4155550142,Lena,Abadi\n206 555 0117,Sam,Abbott\n"


def send(
    api: Api,
    file: str | bytes,
    form: str = "text/csv",
    headers: dict[str, str] | None = None,
    **query: Any,
) -> Response:
    content = file.encode() if isinstance(file, str) else file
    return api.post(
        "/contacts/import",
        content=content,
        params=query,
        headers={"Content-Type": form, **(headers or {})},
    )


def imported(api: Api, file: str | bytes, form: str = "text/csv", **query: Any) -> dict[str, Any]:
    answer = send(api, file, form, **query)
    assert answer.status_code == 200, answer.text
    outcome: dict[str, Any] = answer.json()
    counted = ("added", "changed", "unchanged", "duplicates", "rejected")
    assert outcome["rows"] == sum(outcome[name] for name in counted)
    return outcome


def contacts(api: Api) -> dict[str, dict[str, Any]]:
    items = api.get("/contacts", params={"limit": 500}).json()["items"]
    return {contact["phone"]: contact for contact in items}


@pytest.mark.parametrize(
    "file",
    [
        PEOPLE.encode(),
        b"\xef\xbb\xbf" + PEOPLE.encode(),
        PEOPLE.replace(",", ";").encode(),
        PEOPLE.replace(",", "\t").encode(),
        PEOPLE.replace("\n", "\r\n").encode(),
        PEOPLE.replace("Lena", '"Lena"').encode(),
    ],
    ids=["commas", "byte order mark", "semicolons", "tabs", "CR LF", "quotes"],
)
def test_a_file_is_read_however_a_spreadsheet_wrote_it(api: Api, file: bytes) -> None:
    outcome = imported(api, file)
    assert (outcome["added"], outcome["rejects"]) == (2, [])
    found = contacts(api)
    assert {phone: one["last_name"] for phone, one in found.items()} == {
        LENA: "Abadi",
        SAM: "Abbott",
    }
    assert found[LENA]["region"] == "CA"
    assert api.get("/contacts", params={"q": "abb"}).json()["total"] == 1


@pytest.mark.parametrize("form", ["application/x-ndjson", "application/octet-stream"])
def test_objects_line_by_line_are_read_too(api: Api, form: str) -> None:
    file = (
        '{"phone": "415 555 0142", "first_name": "Lena", "fields": {"company": "Acme"}}\n'
        '{"phone": "206 555 0117", "zone": "America/Chicago", "line_type": "landline"}\n'
    )
    assert imported(api, file, form)["added"] == 2
    found = contacts(api)
    assert found[LENA]["fields"] == {"company": "Acme"}
    assert found[SAM]["zone"] == "America/Chicago"
    assert found[SAM]["line"]["kind"] == "landline"
    assert found[SAM]["line"]["source"] == "operator"


def test_running_it_again_adds_nothing(api: Api) -> None:
    imported(api, PEOPLE)
    before, events = contacts(api), told(api, "contacts_imported")
    outcome = imported(api, PEOPLE)
    assert (outcome["added"], outcome["changed"], outcome["unchanged"]) == (0, 0, 2)
    assert contacts(api) == before
    assert told(api, "contacts_imported") == events


def test_blanks_are_filled_and_what_is_there_stays(api: Api) -> None:
    api.post(
        "/contacts",
        json={"phone": LENA, "first_name": "Lena", "fields": {"company": "Acme", "city": ""}},
    )
    file = (
        "phone,first name,last name,zone,state,company,city,shift\n"
        "4155550142,Helena,Abadi,America/Denver,NV,Other,Reno,night\n"
    )
    outcome = imported(api, file)
    assert (outcome["added"], outcome["changed"]) == (0, 1)
    lena = contacts(api)[LENA]
    assert (lena["first_name"], lena["last_name"]) == ("Lena", "Abadi")
    assert (lena["zone"], lena["region"], lena["region_given"]) == ("America/Denver", "NV", True)
    assert lena["fields"] == {"company": "Acme", "city": "Reno", "shift": "night"}
    assert api.get("/contacts", params={"q": "lena abadi"}).json()["total"] == 1
    assert told(api, "contacts_imported") == [
        {"added": 0, "changed": 1, "unchanged": 0, "changed_ids": [lena["id"]]}
    ]
    assert imported(api, file)["unchanged"] == 1


def test_overwriting_replaces_but_a_blank_never_clears(api: Api) -> None:
    api.post(
        "/contacts",
        json={
            "phone": LENA,
            "first_name": "Lena",
            "last_name": "Abadi",
            "line": "landline",
            "fields": {"company": "Acme"},
        },
    )
    file = "phone,first name,last name,line type,company\n4155550142,Helena,,mobile,\n"
    assert imported(api, file)["unchanged"] == 1
    assert imported(api, file, overwrite=True)["changed"] == 1
    lena = contacts(api)[LENA]
    assert (lena["first_name"], lena["last_name"]) == ("Helena", "Abadi")
    assert lena["line"]["kind"] == "mobile"
    assert lena["fields"] == {"company": "Acme"}
    assert imported(api, file, overwrite=True)["unchanged"] == 1


def test_bad_rows_are_reported_by_line_and_the_rest_is_taken(api: Api) -> None:
    file = (
        "phone,first name,zone,note\n"
        "4155550142,Lena,,\n"
        '206 555 0117,Sam,,"two\nlines"\n'
        "12,Kenji,,\n"
        "4155550142,Rosa,,\n"
        "312 555 0190,Abe,Mars,\n"
        "312 555 0190,A\u001bbe,,\n"
        "213 555 0155,Rosa,,bell\u0007\n"
        "312 555 0190,Kenji,,,more\n"
    )
    outcome = imported(api, file)
    assert (outcome["added"], outcome["duplicates"], outcome["rejected"]) == (2, 1, 5)
    told_rejects = [(one["line"], one["field"]) for one in outcome["rejects"]]
    assert told_rejects == [
        (5, "phone"),
        (6, "phone"),
        (7, "zone"),
        (8, "first_name"),
        (9, "note"),
        (10, None),
    ]
    assert all(one["reason"] and one["remedy"] and one["text"] for one in outcome["rejects"])
    found = contacts(api)
    assert set(found) == {LENA, SAM}
    assert found[LENA]["first_name"] == "Lena"
    assert found[SAM]["fields"] == {"note": "two\nlines"}


def test_the_first_thousand_rejects_are_reported_and_the_rest_counted(api: Api) -> None:
    outcome = imported(api, "phone\n" + "12\n" * 1005 + "4155550142\n")
    assert (outcome["added"], outcome["rejected"]) == (1, 1005)
    assert [one["line"] for one in outcome["rejects"]] == list(range(2, 1002))
    assert outcome["rejects_omitted"] == 5


def test_a_dry_run_reports_what_would_be_and_changes_nothing(api: Api) -> None:
    group = api.post("/groups", json={"name": "Nurses"}).json()
    api.post("/contacts", json={"phone": LENA})
    api.post("/contacts", json={"phone": KENJI})
    kenji = contacts(api)[KENJI]["id"]
    api.post(f"/groups/{group['id']}/contacts", json={"contact_ids": [kenji]})
    before = contacts(api)
    file = PEOPLE + "312 555 0190,,\n12,x,y\n"
    dry = imported(api, file, dry_run=True, group_id=group["id"])
    assert (dry["added"], dry["changed"], dry["unchanged"], dry["rejected"]) == (1, 1, 1, 1)
    assert dry["added_to_group"] == 2
    assert contacts(api) == before
    assert api.get(f"/groups/{group['id']}").json()["members"] == 1
    assert {**imported(api, file, group_id=group["id"]), "dry_run": True} == dry


def test_everyone_taken_comes_into_the_group(api: Api) -> None:
    group = api.post("/groups", json={"name": "Nurses"}).json()
    imported(api, PEOPLE)
    file = PEOPLE + "312 555 0190,Kenji,Abe\n"
    assert imported(api, file, group_id=group["id"])["added_to_group"] == 3
    assert imported(api, file, group_id=group["id"])["added_to_group"] == 0
    names = api.get(f"/groups/{group['id']}/contacts").json()["items"]
    assert [one["last_name"] for one in names] == ["Abadi", "Abbott", "Abe"]


def test_an_import_of_many_parts_takes_everybody_once(api: Api) -> None:
    lines = [f"+1{area}55501{n:02d}" for area in range(201, 270) for n in range(100)]
    outcome = imported(api, "phone\n" + "\n".join(lines))
    assert outcome["added"] > 4000
    assert outcome["added"] + outcome["rejected"] == len(lines)
    assert api.get("/contacts").json()["total"] == outcome["added"]
    bodies = told(api, "contacts_imported")
    assert [body["added"] for body in bodies[:2]] == [2000, 2000]
    assert sum(body["added"] for body in bodies) == outcome["added"]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        (b"", 1),
        (b"name,city\nLena,Reno\n", 1),
        (b"4155550142,Lena\n", 1),
        (b"phone,mobile\n4155550142,4155550142\n", 1),
        (PEOPLE.encode() + b"312 555 0190,Jos\xe9,Abe\n", 4),
        (PEOPLE.encode("utf-16"), 1),
    ],
    ids=["empty", "no phone column", "no header", "two phone columns", "not UTF-8", "UTF-16"],
)
def test_an_unreadable_file_is_reported_and_changes_nothing(
    api: Api, file: bytes, line: int
) -> None:
    answer = send(api, file)
    fault_of(answer, f"line {line}")
    assert answer.json()["code"] == "unreadable_file"
    assert contacts(api) == {}


def test_a_fault_at_the_end_of_a_long_file_changes_nothing(api: Api) -> None:
    people = "".join(f"+1415555{n:04d},Lena\n" for n in range(100, 200))
    long = "phone,first name\n" + people + "x" * 80 + ("," * 40 + "\n") * 20_000
    fault_of(send(api, long.encode() + b"\xff\n"), "line 20102")
    assert contacts(api) == {}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"overwrite": "maybe"}, "query.overwrite"),
        ({"dry_run": "maybe"}, "query.dry_run"),
        ({"group_id": 0}, "query.group_id"),
        ({"suppress": True}, "query.suppress"),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(
    api: Api, query: dict[str, Any], pointer: str
) -> None:
    fault_of(send(api, PEOPLE, **query), pointer)
    assert contacts(api) == {}


def test_another_form_is_refused(api: Api) -> None:
    fault_of(send(api, PEOPLE, "application/json"), "header.Content-Type")
    fault_of(send(api, PEOPLE, "multipart/form-data; boundary=x"), "header.Content-Type")
    assert contacts(api) == {}


def test_an_unknown_group_is_checked_before_anything_is_written(api: Api) -> None:
    answer = send(api, PEOPLE, group_id=77)
    assert (answer.status_code, answer.json()["code"]) == (404, "group_not_found")
    assert contacts(api) == {}


def test_a_file_that_is_too_large_is_refused(api: Api) -> None:
    answer = send(api, PEOPLE, headers={"Content-Length": str(FILE_LIMIT + 1)})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert contacts(api) == {}


def test_the_same_file_under_a_key_is_answered_as_before(api: Api) -> None:
    key = {"Idempotency-Key": "one"}
    first = send(api, PEOPLE, headers=key)
    assert first.json()["added"] == 2
    again = send(api, PEOPLE, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for other in (send(api, PEOPLE + "\n", headers=key), send(api, PEOPLE, headers=key, dry_run=1)):
        assert fault_of(other, "header.Idempotency-Key")
        assert other.json()["code"] == "idempotency_key_reused"
    assert send(api, PEOPLE).json()["unchanged"] == 2


def test_a_file_that_failed_does_not_use_up_its_key(api: Api) -> None:
    key = {"Idempotency-Key": "one"}
    fault_of(send(api, b"phone\n\xff", headers=key), "line 2")
    assert send(api, PEOPLE, headers=key).json()["added"] == 2
    fault_of(send(api, PEOPLE, headers={"Idempotency-Key": "x" * 201}), "header.Idempotency-Key")


def test_a_viewer_imports_nobody(api: Api, sign: Sign) -> None:
    answer = send(api, PEOPLE, headers=sign(Role.VIEWER))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    assert contacts(api) == {}
