"""Bulk actions over HTTP: every row ends as done, skipped or conflict, and none is lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import (
    Role,
)
from server.clock import MINUTE
from tests.api.conftest import Sign, fault_of, told
from tests.api.running import (
    NOW,
    act,
    contact_of,
    crowd,
    enrolled,
    on_its_way,
    operator,
    outcomes,
    sent,
    sequence_of,
    status_of,
    texts,
)

Api = TestClient[Litestar]


def test_finishing_reports_every_row(api: Api) -> None:
    sequence_id = sequence_of(api)
    pending, busy = contact_of(api, 1, first_name="Lena"), contact_of(api, 2)
    answered = contact_of(api, 3)
    (first,) = enrolled(api, sequence_id, pending)
    second, _ = on_its_way(api, sequence_id, busy)
    third, _ = sent(api, sequence_id, answered)
    texts(api, "+14155550103", "Yes please")
    operation = act(api, "finish", first, second, third, first)
    assert outcomes(operation) == [
        ("done", None),
        ("done", "a text was already with the carrier"),
        ("skipped", "already Finished, responded"),
    ]
    assert (operation["total"], operation["done"], operation["skipped"]) == (3, 2, 1)
    assert operation["with_carrier"] == 1
    assert operation["operator"] == "admin"
    assert operation["undoable"]
    assert (operation["rows"][0]["name"], operation["rows"][0]["phone"]) == ("Lena", "+14155550101")
    assert [status_of(api, one) for one in (first, second, third)] == [
        "finished_stopped",
        "finished_stopped",
        "finished_responded",
    ]
    assert [one["done"] for one in told(api, "operation_progress")] == [2]


def test_what_another_operator_finished_is_a_conflict_with_who_and_when(api: Api) -> None:
    (one,) = enrolled(api, sequence_of(api), contact_of(api))
    ana, li = operator(api, "ana"), operator(api, "li")
    act(api, "finish", one, headers=ana)
    api.app.state.clock.move_to(NOW + 2 * MINUTE)
    assert outcomes(act(api, "finish", one, headers=li)) == [
        ("conflict", "ana finished it 2 minutes ago")
    ]
    assert outcomes(act(api, "finish", one, headers=ana)) == [
        ("skipped", "already Finished, stopped")
    ]


def test_two_operators_finish_the_same_contacts_at_once_and_no_row_is_lost(api: Api) -> None:
    ids = crowd(api, sequence_of(api), 400)
    who = [operator(api, "ana"), operator(api, "li")]
    halves = [ids[:300], ids[100:]]
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda ids, by: act(api, "finish", *ids, headers=by), halves, who))
    for operation, half in zip(both, halves, strict=True):
        counts = Counter(row["outcome"] for row in operation["rows"])
        assert [row["enrollment_id"] for row in operation["rows"]] == half
        assert (counts["done"], counts["conflict"]) == (operation["done"], operation["conflict"])
        assert operation["done"] + operation["conflict"] == 300
    assert sum(operation["done"] for operation in both) == 400
    assert sum(operation["conflict"] for operation in both) == 200
    conflicts = {why.split()[0] for one in both for _, why in outcomes(one) if why}
    assert conflicts <= {"ana", "li"}
    assert len(told(api, "finished")) == 400


def test_a_filter_acts_on_the_frozen_order_without_exceptions(api: Api) -> None:
    sequence_id = sequence_of(api)
    people = [contact_of(api, place, last_name=name) for place, name in enumerate("CAB")]
    c, a, b = enrolled(api, sequence_id, *people)
    page = api.get(f"/sequences/{sequence_id}/enrollments", params={"q": "status:pending"}).json()
    act(api, "finish", a)
    (late,) = enrolled(api, sequence_id, contact_of(api, 9, last_name="D"))
    selection = {
        "sequence_id": sequence_id,
        "q": "status:pending",
        "except": [b],
        "snapshot": page["snapshot"],
    }
    answer = api.post("/operations", json={"action": "finish", "selection": selection}).json()
    assert [row["enrollment_id"] for row in answer["rows"]] == [a, c]
    assert [row["outcome"] for row in answer["rows"]] == ["skipped", "done"]
    assert answer["sequence_id"] == sequence_id
    assert status_of(api, late) == status_of(api, b) == "pending"


def test_an_expired_snapshot_is_gone_and_nothing_happens(api: Api) -> None:
    sequence_id = sequence_of(api)
    (one,) = enrolled(api, sequence_id, contact_of(api))
    selection = {"sequence_id": sequence_id, "snapshot": "no-such-snapshot"}
    answer = api.post("/operations", json={"action": "finish", "selection": selection})
    assert (answer.status_code, answer.json()["code"]) == (410, "snapshot_expired")
    assert status_of(api, one) == "pending"
    assert api.get("/operations").json()["total"] == 0


def test_the_same_key_is_one_operation_even_after_its_snapshot_expired(api: Api) -> None:
    sequence_id = sequence_of(api)
    enrolled(api, sequence_id, contact_of(api))
    snapshot = api.get(f"/sequences/{sequence_id}/enrollments").json()["snapshot"]
    request = {
        "action": "finish",
        "selection": {"sequence_id": sequence_id, "snapshot": snapshot},
    }
    key = {"Idempotency-Key": "one"}
    first = api.post("/operations", json=request, headers=key)
    api.app.state.snapshots._kept.clear()
    assert api.post("/operations", json=request, headers=key).json() == first.json()
    assert api.get("/operations").json()["total"] == 1
    assert first.json()["done"] == 1


BAD: list[tuple[dict[str, Any], str]] = [
    ({"action": "finish", "selection": {}}, "body.selection"),
    ({"action": "finish", "selection": {"ids": []}}, "body.selection.ids"),
    ({"action": "finish", "selection": {"ids": [0]}}, "body.selection.ids[0]"),
    ({"action": "finish", "selection": {"ids": [99]}}, "body.selection.ids[0]"),
    ({"action": "finish", "selection": {"ids": [1], "q": ""}}, "body.selection.q"),
    ({"action": "finish", "selection": {"ids": [1], "except": [2]}}, "body.selection.except"),
    ({"action": "finish", "selection": {"snapshot": "x"}}, "body.selection"),
    ({"action": "finish", "selection": {"ids": [1]}, "body": "Hi"}, "body.body"),
    ({"action": "retry", "selection": {"ids": [1]}, "group_id": 1}, "body.group_id"),
    ({"action": "retry", "selection": {"ids": [1]}, "note": "x"}, "body.note"),
    ({"action": "explode", "selection": {"ids": [1]}}, "body.action"),
    ({"action": "add_to_group", "selection": {"ids": [1]}}, "body.group_id"),
    (
        {"action": "add_to_group", "selection": {"ids": [1]}, "group_id": 1, "group_name": "x"},
        "body.group_id",
    ),
    (
        {"action": "add_to_group", "selection": {"ids": [1]}, "group_name": " "},
        "body.group_name",
    ),
    ({"action": "send_message", "selection": {"ids": [1]}}, "body.body"),
    ({"action": "send_message", "selection": {"ids": [1]}, "body": " "}, "body.body"),
    ({"action": "send_message", "selection": {"ids": [1]}, "body": "{{ a"}, "body.body"),
    ({"action": "finish", "selection": {"sequence_id": 1, "q": "nope:1"}}, "q"),
    ({"action": "finish", "selection": {"sequence_id": 1, "q": " "}}, "q"),
    ({"action": "finish", "selection": {"sequence_id": 1, "q": "???"}}, "q"),
    ({"action": "finish", "selection": {"sequence_id": 1, "q": "😀"}}, "q"),
]


@pytest.mark.parametrize(("request_", "pointer"), BAD)
def test_a_request_that_cannot_be_is_refused_by_field(
    api: Api, request_: dict[str, Any], pointer: str
) -> None:
    enrolled(api, sequence_of(api), contact_of(api))
    answer = api.post("/operations", json=request_)
    if pointer == "q":
        assert answer.status_code == 422, answer.text
    else:
        fault_of(answer, pointer)
    assert api.get("/operations").json()["total"] == 0
    assert told(api, "finished") == []


def test_what_is_not_there_is_not_found(api: Api) -> None:
    (one,) = enrolled(api, sequence_of(api), contact_of(api))
    for method, path in [
        ("GET", "/operations/7"),
        ("POST", "/operations/7/undo"),
        ("POST", "/operations/7/cancel"),
    ]:
        answer = api.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "operation_not_found")
    for more in (
        {"selection": {"ids": [one]}, "action": "add_to_group", "group_id": 9},
        {"selection": {"sequence_id": 9}, "action": "finish"},
    ):
        assert api.post("/operations", json=more).status_code == 404
    assert api.get("/operations", params={"limit": 0}).status_code == 422
    assert api.get("/operations/7", params={"outcome": "good"}).status_code == 422
    assert api.get("/operations").json() == {"items": [], "total": 0}


def test_viewers_see_operations_and_start_none(api: Api, sign: Sign) -> None:
    (one,) = enrolled(api, sequence_of(api), contact_of(api))
    made = act(api, "finish", one)
    viewer = sign(Role.VIEWER)
    request = {"action": "finish", "selection": {"ids": [one]}}
    assert api.post("/operations", json=request, headers=viewer).status_code == 403
    for verb in ("undo", "cancel"):
        path = f"/operations/{made['id']}/{verb}"
        assert api.post(path, headers=viewer).status_code == 403
    assert api.get("/operations", headers=viewer).json()["total"] == 1
    assert api.get(f"/operations/{made['id']}", headers=viewer).json() == made


def test_rows_are_paged_by_outcome(api: Api) -> None:
    ids = crowd(api, sequence_of(api), 5)
    act(api, "finish", *ids[:2])
    made = act(api, "finish", *ids)
    path = f"/operations/{made['id']}"
    done = api.get(path, params={"outcome": "done", "offset": 1, "limit": 1}).json()
    assert [row["enrollment_id"] for row in done["rows"]] == [ids[3]]
    assert (done["rows_total"], done["total"]) == (3, 5)
    newest_first = [one["id"] for one in api.get("/operations").json()["items"]]
    assert newest_first == [made["id"], made["id"] - 1]


def test_contacts_go_into_a_group_that_is_made_by_name(api: Api) -> None:
    sequence_id = sequence_of(api)
    known, new = contact_of(api, 1), contact_of(api, 2)
    one, two = enrolled(api, sequence_id, known, new)
    (again,) = enrolled(api, sequence_of(api, "Other"), new)
    first = act(api, "add_to_group", one, group_name="VIP")
    second = act(api, "add_to_group", one, two, again, group_name="vip")
    assert outcomes(first) == [("done", None)]
    assert outcomes(second) == [
        ("skipped", "already in the group"),
        ("done", None),
        ("skipped", "the same contact as in another row"),
    ]
    groups = api.get("/groups").json()["items"]
    assert [(group["name"], group["members"]) for group in groups] == [("VIP", 2)]
    assert second["detail"] == "VIP"


def test_suppressing_ends_every_pending_enrollment_of_the_number(api: Api) -> None:
    person = contact_of(api, 1)
    (one,) = enrolled(api, sequence_of(api), person)
    (other,) = enrolled(api, sequence_of(api, "Other"), person)
    assert outcomes(act(api, "suppress", one, note="asked on the phone")) == [("done", None)]
    assert status_of(api, other) == "omitted_opted_out"
    assert outcomes(act(api, "suppress", one)) == [("skipped", "already suppressed by an operator")]
    standing = api.get("/suppressions").json()["items"]
    assert [(item["phone"], item["note"]) for item in standing] == [
        ("+14155550101", "asked on the phone")
    ]


@pytest.mark.parametrize("action", ["finish", "retry", "suppress", "add_to_group", "send_message"])
def test_an_operation_on_a_filter_that_finds_nobody_is_done(api: Api, action: str) -> None:
    more = {"send_message": {"body": "Hi"}, "add_to_group": {"group_name": "VIP"}}.get(action, {})
    selection = {"sequence_id": sequence_of(api), "q": "nobody"}
    made = api.post("/operations", json={"action": action, "selection": selection, **more})
    assert (made.status_code, made.json()["state"], made.json()["total"]) == (200, "done", 0)
