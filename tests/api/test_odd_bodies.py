"""A body is read strictly: faults are reported, and nothing is guessed."""

from __future__ import annotations

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from server.body import Malformed, read_json
from server.errors import Invalid
from tests.api.conftest import fault_of

Api = TestClient[Litestar]
PHONE = b'{"phone": "+14155550100"'


def post(api: Api, body: bytes) -> tuple[int, str, str]:
    """Status, code and detail of a new contact."""
    answer = api.post("/contacts", content=body, headers={"Content-Type": "application/json"})
    told = answer.json()
    return answer.status_code, told.get("code", ""), told.get("detail", "")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (PHONE + b', "first_name": "\xff"}', "byte 42 is not UTF-8"),
        (PHONE + b', "\xff": 1}', "not UTF-8"),
        (PHONE + b', "first_name": "\xed\xa0\x80"}', "not UTF-8"),
        (
            PHONE + b', "first_name": "\\ud800"}',
            "body.first_name contains half of a surrogate pair",
        ),
        (PHONE + b', "fields": {"\\udc00": "x"}}', "half of a surrogate pair"),
        (PHONE + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (PHONE + b', "x": ' + b'{"a":' * 100_000, "nested too deeply"),
        (b"[" * 1_000_000, "nested too deeply"),
        (PHONE + b', "x": NaN}', "NaN"),
        (b"\xef\xbb\xbf" + PHONE + b"}", "BOM"),
        ((PHONE + b"}").decode().encode("utf-16"), "not UTF-8"),
        (PHONE + b"}\x00", "Extra data"),
        (PHONE + b', "first_name": "a\x00"}', "control character"),
        (b"", "Expecting value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_json_is_malformed_and_says_why(api: Api, body: bytes, why: str) -> None:
    status, code, detail = post(api, body)
    assert (status, code) == (400, "malformed")
    assert why in detail
    assert api.get("/contacts").json()["total"] == 0


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        (b'"phone": "+14155550101"', "body"),
        (b'"fields": {"a": "1", "a": "2"}', "body"),
        (b'"first_name": "a\\u0000"', "body.first_name"),
        (b'"fields": {"a": "\\u0000"}', "body.fields.a"),
        (b'"x": 99999999999999999999', "body.x"),
        (b'"x": -' + b"9" * 5_000, "body.x"),
        (b'"first_name": 1', "body.first_name"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(api: Api, more: bytes, pointer: str) -> None:
    body = PHONE + b", " + more + b"}"
    answer = api.post("/contacts", content=body, headers={"Content-Type": "application/json"})
    fault_of(answer, pointer)
    assert api.get("/contacts").json()["total"] == 0


def test_ids_beyond_the_database_are_refused_by_their_place(api: Api) -> None:
    sequence = {"name": "One", "steps": [{"body": "Hi"}]}
    assert api.post("/sequences", json=sequence).status_code == 201
    answer = api.post("/sequences/1/enrollments", json={"contact_ids": [1, 2**63]})
    fault_of(answer, "body.contact_ids[1]")


def test_text_beyond_the_basic_plane_is_read_in_either_spelling() -> None:
    assert read_json(b'["\\ud83d\\ude00", "\xf0\x9f\x98\x80"]', list[str]) == ["\U0001f600"] * 2
    assert read_json(b"[9223372036854775807, -9223372036854775808]", list[int])[0] == 2**63 - 1
    with pytest.raises(Malformed):
        read_json(b"\xff", str)
    with pytest.raises(Invalid):
        read_json(b"9223372036854775808", int)


@pytest.mark.parametrize("key", [b"\xff", b"\xd0\xba", b"a\x80", b"", b"k" * 201])
def test_an_idempotency_key_of_odd_bytes_is_refused_or_taken(api: Api, key: bytes) -> None:
    answer = api.post("/groups", json={"name": "All"}, headers={b"Idempotency-Key": key})
    assert answer.status_code in {201, 422}


@pytest.mark.parametrize(
    "row",
    [
        b'{"phone": "+14155550100", "phone": "+14155550101"}',
        b'{"phone": "+14155550100", "fields": {"a": "1", "a": "2"}}',
        b'{"phone": "+14155550100", "name": "\\ud800"}',
        b'{"phone": "+14155550100", "name": "\\u0000"}',
        b'{"phone": ' + b"9" * 5_000 + b"}",
        b'{"phone": "+14155550100", "x": ' + b"[" * 5_000 + b"}",
        b'{"phone": "+14155550100", "x": NaN}',
    ],
    ids=range(7),
)
def test_a_row_of_ndjson_that_cannot_be_meant_is_rejected_with_its_line(
    api: Api, row: bytes
) -> None:
    body = b'{"phone": "+14155550142", "time": "10:30"}\n' + row + b"\n"
    headers = {"Content-Type": "application/x-ndjson"}
    told = api.post("/contacts/import", content=body, headers=headers).json()
    assert (told["added"], told["rejected"]) == (1, 1)
    (reject,) = told["rejects"]
    assert reject["line"] == 2
    assert reject["remedy"]


@pytest.mark.parametrize("form", ["text/csv", "application/x-ndjson", "application/octet-stream"])
@pytest.mark.parametrize("body", [b"phone\n\xff", b"\xff\xfe", b"phone,\x00\n1,2", b'{"a":"\xff"}'])
def test_a_file_of_odd_bytes_is_refused_whole_or_row_by_row(
    api: Api, form: str, body: bytes
) -> None:
    answer = api.post("/contacts/import", content=body, headers={"Content-Type": form})
    assert answer.status_code in {200, 422}, answer.text
    assert api.get("/contacts").json()["total"] == 0
