"""Sequences: made, listed, duplicated, and refused, through the API."""

from __future__ import annotations

from typing import Any

import pytest

from common.vocabulary import Role, SequenceState, Status
from tests.api.conftest import Sign, fault_of
from tests.api.sequences import (
    FIRST,
    SECOND,
    Api,
    bodies,
    document,
    enroll,
    everything,
    in_state,
    made,
)


def test_a_sequence_is_made_as_a_draft_with_the_defaults(api: Api) -> None:
    sequence = made(api)
    assert sequence["state"] == "draft"
    assert sequence["version"] == 1
    assert sequence["kind"] == "relative"
    assert sequence["on_reply"] == "finish"
    assert sequence["window"] == [
        {"days": "mon-sat", "from": "09:00", "to": "20:00"},
        {"days": "sun", "from": "12:00", "to": "20:00"},
    ]
    assert [(step["position"], step["delay"]) for step in sequence["steps"]] == [
        (1, {"days": 0, "hours": 0, "minutes": 0}),
        (2, {"days": 2, "hours": 0, "minutes": 0}),
    ]
    assert sequence["created_by"] == "admin"
    assert set(sequence["counts"]) == set(Status)
    assert sequence["total"] == 0
    assert api.get(f"/sequences/{sequence['id']}").json() == sequence
    assert api.get(f"/sequences/{sequence['id']}/steps").json() == sequence["steps"]


@pytest.mark.unsound
def test_counts_by_status_add_up_to_all_enrolled(api: Api) -> None:
    sequence, other = made(api), made(api, "Other")
    enroll(api, sequence, Status.PENDING, Status.PENDING, Status.FAILED)
    listed = {one["id"]: one for one in api.get("/sequences").json()["items"]}
    read = api.get(f"/sequences/{sequence['id']}").json()
    for told in (listed[sequence["id"]], read):
        assert (told["counts"]["pending"], told["counts"]["failed"]) == (2, 1)
        assert sum(told["counts"].values()) == told["total"] == 3
    assert listed[sequence["id"]]["steps"] == 2
    assert listed[other["id"]]["total"] == 0


def test_the_list_is_by_name_searched_by_words_and_leaves_out_the_archived(api: Api) -> None:
    for name in ("beta Spring", "Alpha spring 100%", "gamma"):
        made(api, name)
    in_state(api, made(api, "old spring"), SequenceState.ARCHIVED)

    def names(**query: Any) -> list[str]:
        return [one["name"] for one in api.get("/sequences", params=query).json()["items"]]

    assert names() == ["Alpha spring 100%", "beta Spring", "gamma"]
    assert names(q="SPRING") == ["Alpha spring 100%", "beta Spring"]
    assert names(q="spring beta") == ["beta Spring"]
    assert names(q="%") == ["Alpha spring 100%"]
    assert names(q="old") == []
    assert names(q="old", include_archived=True) == ["old spring"]
    page = api.get("/sequences?offset=1&limit=1").json()
    assert ([one["name"] for one in page["items"]], page["total"]) == (["beta Spring"], 3)


def test_a_name_is_taken_in_any_case(api: Api) -> None:
    sequence = made(api)
    before = everything(api)
    for answer in (
        api.post("/sequences", json=document("SPRING hiring 2026")),
        api.post(f"/sequences/{sequence['id']}/duplicate", json={"name": "spring hiring 2026"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "sequence_exists")
    assert everything(api) == before


BAD: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "a\x00b"}, "name"),
    ({"name": " \t "}, "name"),
    ({"kind": "weekly"}, "kind"),
    ({"window": {"days": "someday", "from": "09:00", "to": "20:00"}}, "window.days"),
    ({"window": {"from": "09:00", "to": "25:00"}}, "window.to"),
    ({"window": []}, "window"),
    ({"sender": "+14155550199"}, "sender"),
    ({"daily_limit": 0}, "daily_limit"),
    ({"daily_limit": "1"}, "daily_limit"),
    ({"late_hours": -1}, "late_hours"),
    ({"response_days": 0}, "response_days"),
    ({"reenroll": "sometimes"}, "reenroll"),
    ({"steps": [{"body": "x" * 1601}]}, "steps[0].body"),
    ({"steps": [{"body": "\x1b[2J"}]}, "steps[0].body"),
    ({"steps": [{"body": "x", "delay": {"days": -1}}]}, "steps[0].delay.days"),
    ({"steps": [{"body": "x", "at": "2026-12-01T09:00:00"}]}, "steps[0].at"),
    ({"steps": [{"body": "x", "id": 999}]}, "steps[0].id"),
    ({"steps": [{"body": "x"}] * 101}, "steps"),
    ({"kind": "scheduled", "steps": [{"body": "x"}]}, "steps[0].at"),
]


def test_a_bad_document_names_its_field_and_changes_nothing(api: Api) -> None:
    sequence = made(api)
    before = everything(api)
    for wrong, field in BAD:
        bad = {**document("Other"), **wrong}
        fault_of(api.post("/sequences", json=bad), f"body.{field}")
        fault_of(api.put(f"/sequences/{sequence['id']}", json=bad), f"body.{field}")
        fault_of(api.post("/sequences/apply", json={"document": bad}), f"body.document.{field}")
    assert everything(api) == before


def test_other_bad_input_names_its_field_and_changes_nothing(api: Api) -> None:
    made(api)
    before = everything(api)
    asked: list[tuple[str, dict[str, Any], str]] = [
        ("/sequences/1/duplicate", {"name": "a\x00"}, "body.name"),
        ("/sequences/1/duplicate", {"name": 1}, "body.name"),
        ("/sequences/lint", {"name": " "}, "body.name"),
        ("/sequences/1/preview", {"fields": {"first_name": 1}}, "body.fields[...]"),
        ("/sequences/1/preview", {"contact_id": 0}, "body.contact_id"),
        ("/sequences/1/preview", {"bodies": ["x" * 1601]}, "body.bodies[0]"),
        ("/sequences/apply", {"document": document(), "dry_run": "yes"}, "body.dry_run"),
    ]
    for path, body, pointer in asked:
        fault_of(api.post(path, json=body), pointer)
    assert everything(api) == before


def test_what_is_not_there_is_reported(api: Api) -> None:
    for answer in (
        api.get("/sequences/99"),
        api.get("/sequences/99/steps"),
        api.get("/sequences/99/lint"),
        api.put("/sequences/99", json=document()),
        api.post("/sequences/99/duplicate", json={"name": "x"}),
        api.post("/sequences/99/preview", json={}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "sequence_not_found")


def test_viewers_read_and_operators_change(api: Api, sign: Sign) -> None:
    path = f"/sequences/{made(api)['id']}"
    before = everything(api)
    viewer = sign(Role.VIEWER)
    for answer in (
        api.post("/sequences", json=document("x"), headers=viewer),
        api.put(path, json=document("x"), headers=viewer),
        api.post("/sequences/apply", json={"document": document("x")}, headers=viewer),
        api.post(f"{path}/duplicate", json={"name": "x"}, headers=viewer),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    for reading in ("/sequences", path, f"{path}/steps", f"{path}/lint"):
        assert api.get(reading, headers=viewer).status_code == 200
    assert api.post(f"{path}/preview", json={}, headers=viewer).status_code == 200
    assert api.post("/sequences/lint", json=document(), headers=viewer).status_code == 200
    assert everything(api) == before
    operator = sign(Role.OPERATOR)
    assert api.post("/sequences", json=document("x"), headers=operator).status_code == 201


def test_a_sequence_names_its_sender_by_phone(api: Api) -> None:
    api.post("/senders", json={"phone": "+14155550100", "name": "x", "carrier": "simulator"})
    assert made(api, sender="+14155550100")["sender"] == "+14155550100"


@pytest.mark.unsound
def test_a_duplicate_is_a_draft_of_its_own(api: Api) -> None:
    sequence = made(api, daily_limit=3, window={"days": "mon-fri", "from": "10:00", "to": "12:00"})
    in_state(api, sequence, SequenceState.ACTIVE)
    enroll(api, sequence, Status.PENDING)
    answer = api.post(f"/sequences/{sequence['id']}/duplicate", json={"name": "Copy"})
    copy = answer.json()
    assert answer.status_code == 201
    assert (copy["name"], copy["state"], copy["version"], copy["total"]) == ("Copy", "draft", 1, 0)
    for name in ("window", "daily_limit", "kind", "on_reply"):
        assert copy[name] == sequence[name]
    assert list(bodies(copy).values()) == [FIRST, SECOND]
    assert not set(bodies(copy)) & set(bodies(sequence))


def test_the_same_key_is_one_sequence(api: Api) -> None:
    first, second = (
        api.post("/sequences", json=document(), headers={"Idempotency-Key": "once"})
        for _ in range(2)
    )
    assert (second.status_code, second.json()) == (201, first.json())
    assert api.get("/sequences").json()["total"] == 1
