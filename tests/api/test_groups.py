"""Groups through the API: naming, members, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Role
from tests.api.conftest import START, Sign, fault_of, told

Api = TestClient[Litestar]


@pytest.fixture
def people(api: Api) -> list[int]:
    """The ids of Abadi, Abbott and Abe, whose names sort in this order."""
    return [
        api.post("/contacts", json={"phone": phone, "last_name": name}).json()["id"]
        for phone, name in (
            ("415 555 0142", "Abadi"),
            ("206 555 0117", "Abbott"),
            ("312 555 0190", "Abe"),
        )
    ]


def group(api: Api, name: str = "Nurses") -> dict[str, Any]:
    answer = api.post("/groups", json={"name": name})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def members(api: Api, group_id: int) -> list[str]:
    items = api.get(f"/groups/{group_id}/contacts").json()["items"]
    return [contact["last_name"] for contact in items]


def test_a_new_group_is_empty(api: Api) -> None:
    made = group(api, " Nurses ")
    assert made == {
        "id": made["id"],
        "name": "Nurses",
        "members": 0,
        "created_by": "admin",
        "created_at": START,
    }
    assert api.get(f"/groups/{made['id']}").json() == made
    assert api.get("/groups").json() == {"items": [made], "total": 1}
    assert told(api, "group_added") == [{"group_id": made["id"], "name": "Nurses"}]


def test_names_differ_by_more_than_case(api: Api) -> None:
    first, other = group(api), group(api, "Doctors")
    for answer in (
        api.post("/groups", json={"name": "NURSES"}),
        api.patch(f"/groups/{other['id']}", json={"name": "nurses"}),
    ):
        assert answer.status_code == 409
        assert answer.json()["code"] == "group_exists"
        assert answer.json()["more"] == {"group_id": first["id"]}
    assert [one["name"] for one in api.get("/groups").json()["items"]] == ["Doctors", "Nurses"]


def test_a_group_is_renamed_even_by_case_alone(api: Api) -> None:
    made = group(api)
    assert api.patch(f"/groups/{made['id']}", json={"name": "NURSES"}).json()["name"] == "NURSES"
    assert told(api, "group_renamed") == [
        {"group_id": made["id"], "name": "NURSES", "name_before": "Nurses"}
    ]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "Nur\u0000ses", "a\nb", 7, None])
def test_a_name_that_cannot_be_is_refused(api: Api, name: object) -> None:
    made = group(api)
    fault_of(api.post("/groups", json={"name": name}), "body.name")
    fault_of(api.patch(f"/groups/{made['id']}", json={"name": name}), "body.name")
    assert api.get("/groups").json()["items"] == [made]


def test_groups_are_found_by_their_words(api: Api) -> None:
    for name in ("Night nurses", "Day nurses", "100%"):
        group(api, name)

    def found(q: str) -> list[str]:
        return [one["name"] for one in api.get("/groups", params={"q": q}).json()["items"]]

    assert found("NURSES") == ["Day nurses", "Night nurses"]
    assert found("nurses night") == ["Night nurses"]
    assert found("%") == ["100%"]
    page = api.get("/groups", params={"offset": 1, "limit": 1}).json()
    assert ([one["name"] for one in page["items"]], page["total"]) == (["Day nurses"], 3)


def test_contacts_are_added_once(api: Api, people: list[int]) -> None:
    made = group(api)
    path = f"/groups/{made['id']}/contacts"
    first = api.post(path, json={"contact_ids": people[:2]})
    assert (first.status_code, first.json()) == (200, {"added": 2, "already": 0})
    twice = [people[2], people[2], people[0]]
    assert api.post(path, json={"contact_ids": twice}).json() == {"added": 1, "already": 1}
    assert members(api, made["id"]) == ["Abadi", "Abbott", "Abe"]
    assert api.get("/groups").json()["items"][0]["members"] == 3
    assert api.get(f"/contacts/{people[0]}").json()["groups"] == [
        {"id": made["id"], "name": "Nurses"}
    ]
    assert told(api, "group_members_changed") == [
        {"group_id": made["id"], "added": people[:2], "removed": []},
        {"group_id": made["id"], "added": people[2:], "removed": []},
    ]


def test_one_unknown_contact_adds_nobody(api: Api, people: list[int]) -> None:
    made = group(api)
    answer = api.post(
        f"/groups/{made['id']}/contacts", json={"contact_ids": [people[0], 999, people[1]]}
    )
    assert "999" in fault_of(answer, "body.contact_ids[1]")["reason"]
    assert members(api, made["id"]) == []


@pytest.mark.parametrize(
    ("ids", "pointer"),
    [
        ([], "body.contact_ids"),
        ([0], "body.contact_ids[0]"),
        (["1"], "body.contact_ids[0]"),
        ([2**63], "body.contact_ids[0]"),
        (list(range(1, 10_002)), "body.contact_ids"),
    ],
)
def test_members_that_cannot_be_are_refused(api: Api, ids: list[object], pointer: str) -> None:
    made = group(api)
    answer = api.post(f"/groups/{made['id']}/contacts", json={"contact_ids": ids})
    fault_of(answer, pointer)
    assert members(api, made["id"]) == []


def test_members_are_paged_searched_and_sorted(api: Api, people: list[int]) -> None:
    made = group(api)
    path = f"/groups/{made['id']}/contacts"
    api.post(path, json={"contact_ids": people[:2]})
    page = api.get(path, params={"sort": "-name", "limit": 1}).json()
    assert [one["last_name"] for one in page["items"]] == ["Abbott"]
    assert page["total"] == 2
    assert api.get(path, params={"q": "abe"}).json() == {"items": [], "total": 0}


def test_a_contact_leaves_a_group(api: Api, people: list[int]) -> None:
    made = group(api)
    api.post(f"/groups/{made['id']}/contacts", json={"contact_ids": people[:2]})
    path = f"/groups/{made['id']}/contacts/{people[0]}"
    assert api.delete(path).status_code == 204
    assert members(api, made["id"]) == ["Abbott"]
    again = api.delete(path)
    assert (again.status_code, again.json()["code"]) == (404, "group_member_not_found")


def test_a_deleted_group_leaves_its_contacts(api: Api, people: list[int]) -> None:
    made = group(api)
    api.post(f"/groups/{made['id']}/contacts", json={"contact_ids": people})
    assert api.delete(f"/groups/{made['id']}").status_code == 204
    assert api.get("/groups").json()["total"] == 0
    assert api.get("/contacts").json()["total"] == 3
    assert api.get(f"/contacts/{people[0]}").json()["groups"] == []
    assert told(api, "group_deleted") == [{"group_id": made["id"], "name": "Nurses", "members": 3}]


def test_an_unknown_group_is_reported_by_every_route(api: Api, people: list[int]) -> None:
    for answer in (
        api.get("/groups/77"),
        api.patch("/groups/77", json={"name": "A"}),
        api.delete("/groups/77"),
        api.get("/groups/77/contacts"),
        api.post("/groups/77/contacts", json={"contact_ids": people}),
        api.delete(f"/groups/77/contacts/{people[0]}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "group_not_found")


def test_the_same_request_under_a_key_is_done_once(api: Api, people: list[int]) -> None:
    def twice(method: str, path: str, **more: Any) -> list[tuple[int, bytes]]:
        headers = {"Idempotency-Key": f"{method} {path}"}
        answers = [api.request(method, path, headers=headers, **more) for _ in range(2)]
        return [(answer.status_code, answer.content) for answer in answers]

    first, again = twice("POST", "/groups", json={"name": "Nurses"})
    assert first == again
    path = f"/groups/{api.get('/groups').json()['items'][0]['id']}"
    for method, at, more in (
        ("POST", f"{path}/contacts", {"json": {"contact_ids": people}}),
        ("DELETE", f"{path}/contacts/{people[0]}", {}),
        ("PATCH", path, {"json": {"name": "Doctors"}}),
        ("DELETE", path, {}),
    ):
        first, again = twice(method, at, **more)
        assert first[0] in {200, 204}
        assert first == again


def test_a_viewer_reads_and_changes_nothing(api: Api, people: list[int], sign: Sign) -> None:
    made, viewer = group(api), sign(Role.VIEWER)
    path = f"/groups/{made['id']}"
    assert api.get("/groups", headers=viewer).json()["items"] == [made]
    for answer in (
        api.post("/groups", json={"name": "A"}, headers=viewer),
        api.patch(path, json={"name": "A"}, headers=viewer),
        api.post(f"{path}/contacts", json={"contact_ids": people}, headers=viewer),
        api.delete(f"{path}/contacts/{people[0]}", headers=viewer),
        api.delete(path, headers=viewer),
    ):
        assert answer.status_code == 403
    assert api.get("/groups").json()["items"] == [made]
