"""Contacts through the API: adding, changing, finding, and what stands against a number."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Role, SuppressionSource
from server.contacts import suppressions
from server.contacts.numbers import read_number
from server.contacts.store import contacts_by_phone, ensure_contacts
from server.database.engine import Database
from server.database.tables import contacts, events
from server.errors import Conflict, NotFound
from server.operators.store import add_operator
from tests.api.conftest import START, Sign, fault_of, stored, told

Api = TestClient[Litestar]
LENA = {"phone": "(415) 555-0142", "first_name": "Lena", "last_name": "Abadi"}
NOW = 1_793_628_000_000_000


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


@pytest.fixture
def people(api: Api) -> Api:
    for phone, first, last in (
        ("415 555 0142", "Lena", "Abadi"),
        ("206 555 0117", "Sam", "Abbott"),
        ("312 555 0190", "José", "García López"),
        ("213 555 0155", "Rosa", "O'Brien"),
        ("+44 7400 123456", "", ""),
    ):
        add(api, phone=phone, first_name=first, last_name=last)
    return api


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("ab", ["Abadi", "Abbott"]),
        ("AB sa", ["Abbott"]),
        ("badi", []),
        ("garcia", ["García López"]),
        ("GARCÍA jose", ["García López"]),
        ("lopez-garcia", ["García López"]),
        ("obrien", ["O'Brien"]),
        ("555", ["Abadi", "Abbott", "García López", "O'Brien"]),
        ("415 0142", ["Abadi"]),
        ("(206)", ["Abbott"]),
        ("+44", [""]),
        ("lena 206", []),
        ("%", ["", "Abadi", "Abbott", "García López", "O'Brien"]),
        ("a%i", []),
        ("lena_", ["Abadi"]),
    ],
)
def test_a_search_finds_names_by_their_words_and_phones_by_their_digits(
    people: Api, q: str, found: list[str]
) -> None:
    answer = people.get("/contacts", params={"q": q}).json()
    assert [contact["last_name"] for contact in answer["items"]] == found
    assert answer["total"] == len(found)


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("name", "", "O'Brien"),
        ("-name", "O'Brien", ""),
        ("phone", "Abbott", ""),
        ("-phone", "", "Abbott"),
        ("created", "Abadi", ""),
        ("-created", "", "Abadi"),
    ],
)
def test_contacts_come_in_the_order_asked_for(
    people: Api, sort: str, first: str, last: str
) -> None:
    items = people.get("/contacts", params={"sort": sort}).json()["items"]
    assert [items[0]["last_name"], items[-1]["last_name"]] == [first, last]


def test_pages_are_parts_of_one_order(people: Api) -> None:
    whole = people.get("/contacts").json()["items"]
    pages = [
        people.get("/contacts", params={"offset": at, "limit": 2}).json() for at in (0, 2, 4, 6)
    ]
    assert [item for page in pages for item in page["items"]] == whole
    assert {page["total"] for page in pages} == {5}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"limit": 0}, "query.limit"),
        ({"limit": 501}, "query.limit"),
        ({"offset": -1}, "query.offset"),
        ({"offset": 10_000_001}, "query.offset"),
        ({"sort": "age"}, "query.sort"),
        ({"q": "x" * 201}, "query.q"),
        ({"page": 2}, "query.page"),
    ],
)
def test_a_list_that_cannot_be_is_refused_by_parameter(
    api: Api, query: dict[str, Any], pointer: str
) -> None:
    fault_of(api.get("/contacts", params=query), pointer)


def test_an_unknown_contact_is_told(api: Api) -> None:
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


def test_a_contact_shows_what_stands_against_its_number(api: Api) -> None:
    contact = add(api)
    stored(
        api,
        suppressions.suppress,
        [contact["phone"], "+12065550117"],
        SuppressionSource.OPERATOR,
        "asked by phone",
        1,
        NOW,
    )
    assert api.get("/contacts").json()["items"][0]["suppressed"] == ["operator"]
    (standing,) = api.get(f"/contacts/{contact['id']}").json()["suppressions"]
    assert standing == {
        "id": standing["id"],
        "phone": "+14155550142",
        "source": "operator",
        "note": "asked by phone",
        "created_by": "admin",
        "created_at": START,
        "lifted_by": None,
        "lifted_at": None,
    }
    assert api.get("/suppressions").json()["total"] == 2
    assert api.get("/suppressions", params={"q": "(415) 555"}).json()["items"] == [standing]
    fault_of(api.get("/suppressions", params={"q": "lena"}), "query.q")


@pytest.fixture
async def ana(database: Database) -> int:
    """An operator of a database without a server."""
    return await database.write(add_operator, "ana", Role.OPERATOR, NOW)


PHONE, OTHER = "+14155550142", "+12065550117"


async def test_a_number_is_suppressed_once_for_each_source(database: Database, ana: int) -> None:
    def given(connection: sa.Connection) -> list[set[str]]:
        operator, keyword = SuppressionSource.OPERATOR, SuppressionSource.KEYWORD
        return [
            suppressions.suppress(connection, [PHONE], operator, "", ana, NOW),
            suppressions.suppress(connection, [PHONE, OTHER, OTHER], operator, "", ana, NOW),
            suppressions.suppress(connection, [PHONE], keyword, "", None, NOW),
        ]

    assert await database.write(given) == [{PHONE}, {OTHER}, {PHONE}]
    assert await database.read(suppressions.standing, [PHONE, OTHER, "+13125550190"]) == {
        PHONE: {SuppressionSource.OPERATOR, SuppressionSource.KEYWORD},
        OTHER: {SuppressionSource.OPERATOR},
    }


async def test_what_was_lifted_may_stand_again_and_its_history_stays(
    database: Database, ana: int
) -> None:
    def given(connection: sa.Connection) -> list[SuppressionSource]:
        source = SuppressionSource.OPERATOR
        suppressions.suppress(connection, [PHONE], source, "first", ana, NOW)
        lifted = suppressions.lift_by_operator(connection, PHONE, ana, NOW + 1)
        suppressions.suppress(connection, [PHONE], source, "second", ana, NOW + 2)
        return lifted

    assert await database.write(given) == [SuppressionSource.OPERATOR]
    stands = await database.read(suppressions.list_suppressions, "", 0, 50, lifted=False)
    assert [one.note for one in stands.items] == ["second"]
    whole = await database.read(suppressions.list_suppressions, "", 0, 50, lifted=True)
    assert [(one.note, one.lifted_by) for one in whole.items] == [
        ("second", None),
        ("first", "ana"),
    ]


async def test_an_operator_does_not_undo_what_the_contact_asked(
    database: Database, ana: int
) -> None:
    def given(connection: sa.Connection) -> None:
        for source in (SuppressionSource.OPERATOR, SuppressionSource.KEYWORD):
            suppressions.suppress(connection, [PHONE], source, "", ana, NOW)

    await database.write(given)
    with pytest.raises(Conflict) as refused:
        await database.write(suppressions.lift_by_operator, PHONE, ana, NOW)
    assert refused.value.code == "contact_must_opt_in"
    assert len((await database.read(suppressions.standing, [PHONE]))[PHONE]) == 2
    asked = frozenset({SuppressionSource.KEYWORD, SuppressionSource.CARRIER})
    assert await database.write(suppressions.lift, PHONE, asked, None, NOW) == [
        SuppressionSource.KEYWORD
    ]
    assert await database.write(suppressions.lift_by_operator, PHONE, ana, NOW) == [
        SuppressionSource.OPERATOR
    ]
    with pytest.raises(NotFound):
        await database.write(suppressions.lift_by_operator, PHONE, ana, NOW)


async def test_contacts_are_made_for_numbers_of_nobody_alone(database: Database, ana: int) -> None:
    numbers = [read_number(phone, fictional_ok=True) for phone in (PHONE, OTHER, PHONE)]
    first = await database.write(ensure_contacts, numbers[:1], ana, NOW)
    both = await database.write(ensure_contacts, numbers, ana, NOW)
    assert both == await database.read(contacts_by_phone, [PHONE, OTHER, "+13125550190"])
    assert both[PHONE] == first[PHONE]
    assert set(both) == {PHONE, OTHER}

    def counted(connection: sa.Connection) -> list[int]:
        return [
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (contacts, events)
        ]

    assert await database.read(counted) == [2, 2]
