"""Bulk actions over HTTP: every row ends as done, skipped or conflict, and none is lost."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.model.operations import NewOperation, Selection
from common.vocabulary import (
    FailureClass,
    MessageStatus,
    OperationAction,
    Role,
)
from server.app import create_app
from server.clock import MINUTE
from server.operations import service
from server.operations.run import run_chunk
from server.operations.selections import Selected
from server.settings import read_settings
from tests.api.conftest import ADMIN_TOKEN, Sign, fault_of, stored, told
from tests.api.running import (
    NOW,
    OPENS,
    act,
    begun,
    claim,
    contact_of,
    contact_of_enrollment,
    crowd,
    enrolled,
    eventually,
    failed,
    on_its_way,
    outcomes,
    planner_of,
    report,
    row_of,
    sent,
    sequence_of,
    status_of,
    text_of,
    texts,
)

Api = TestClient[Litestar]


def message(api: Api, message_id: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/messages/{message_id}").json()
    return found


def operator(api: Api, name: str) -> dict[str, str]:
    made = api.post("/operators", json={"name": name, "role": "operator"})
    return {"Authorization": f"Bearer {made.json()['token']}"}


def test_finishing_tells_every_row(api: Api) -> None:
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
        ("skipped", "already in it"),
        ("done", None),
        ("skipped", "the same contact as another row"),
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
    assert outcomes(act(api, "suppress", one)) == [("skipped", "suppressed by an operator already")]
    standing = api.get("/suppressions").json()["items"]
    assert [(item["phone"], item["note"]) for item in standing] == [
        ("+14155550101", "asked on the phone")
    ]


def test_a_failed_step_goes_again_as_a_new_attempt(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, text = failed(api, sequence_id, contact_of(api))
    assert status_of(api, one) == "failed"
    assert outcomes(act(api, "retry", one)) == [("done", None)]
    row = row_of(api, one)
    assert (row["status"], row["step"], row["due_at"]) == ("pending", 1, "2026-11-02T17:00:00Z")
    assert message(api, text)["status"] == "waiting"
    stored(api, claim, planner_of(api), OPENS)
    assert text_of(api, one) == text
    assert message(api, text)["status"] == "sending"
    attempts = stored(
        api,
        lambda connection: connection.exec_driver_sql(
            "SELECT n, state FROM attempts WHERE message_id = ? ORDER BY n", (text,)
        ).all(),
    )
    assert [attempt[0] for attempt in attempts] == [1, 2]
    report(api, text, MessageStatus.DELIVERED, at=OPENS)
    row = row_of(api, one)
    assert (row["status"], row["step"]) == ("pending", 2)


def test_a_retried_step_is_kept_when_its_sequence_was_edited_meanwhile(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, text = failed(api, sequence_id, contact_of(api))
    document = api.get(f"/sequences/{sequence_id}").json()
    steps = [
        {"id": step["id"], "body": step["body"], "delay": {"days": index * 3}}
        for index, step in enumerate(document["steps"])
    ]
    changed = api.put(f"/sequences/{sequence_id}", json={"name": document["name"], "steps": steps})
    assert changed.status_code == 200, changed.text
    act(api, "retry", one)
    stored(api, claim, planner_of(api), OPENS)
    assert message(api, text)["status"] == "sending"


def test_trying_again_what_cannot_be_is_told_row_by_row(api: Api) -> None:
    sequence_id = sequence_of(api)
    (pending,) = enrolled(api, sequence_id, contact_of(api, 1))
    suppressed, _ = failed(api, sequence_id, contact_of(api, 2))
    act(api, "suppress", suppressed)
    landline, _ = failed(api, sequence_id, contact_of(api, 3), FailureClass.LANDLINE_CERTAIN)
    assert status_of(api, landline) == "omitted_landline"
    stopped, _ = sent(api, sequence_id, contact_of(api, 4))
    act(api, "finish", stopped)
    assert outcomes(act(api, "retry", pending, suppressed, landline, stopped)) == [
        ("skipped", "Pending: nothing has failed"),
        ("conflict", "the number is suppressed (operator)"),
        ("skipped", "the number is a landline for certain; correct it or its line type first"),
        ("skipped", "Finished, stopped: there is nothing to try again"),
    ]


def test_trying_again_is_a_conflict_for_whom_another_operator_tried(api: Api) -> None:
    one, _ = failed(api, sequence_of(api), contact_of(api))
    act(api, "retry", one, headers=operator(api, "li"))
    assert outcomes(act(api, "retry", one)) == [("conflict", "li tried it again just now")]


def test_a_probable_landline_is_cleared_and_begins_at_the_first_step(api: Api) -> None:
    person = contact_of(api)
    one, text = failed(api, sequence_of(api), person, FailureClass.LANDLINE_PROBABLE)
    assert status_of(api, one) == "omitted_landline"
    assert outcomes(act(api, "retry", one)) == [("done", None)]
    assert row_of(api, one)["step"] == 1
    assert message(api, text)["status"] == "waiting"
    assert api.get(f"/contacts/{person}").json()["line"]["kind"] == "unknown"


def test_what_is_tried_again_in_a_paused_sequence_waits_for_it(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, _ = failed(api, sequence_id, contact_of(api))
    assert api.post(f"/sequences/{sequence_id}/pause").status_code == 200
    act(api, "retry", one)
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["due_at"]) == ("pending", "sequence_paused", None)


def test_a_retry_of_an_earlier_run_is_a_conflict_while_a_later_one_is_pending(api: Api) -> None:
    sequence_id = sequence_of(api, reenroll="always")
    person = contact_of(api)
    one, _ = failed(api, sequence_id, person)
    enrolled(api, sequence_id, person)
    assert outcomes(act(api, "retry", one)) == [("conflict", "is pending in a later run")]


def test_more_than_500_rows_run_on_after_the_answer(api: Api) -> None:
    sequence_id = sequence_of(api)
    ids = crowd(api, sequence_id, 2_501)
    answer = api.post(
        "/operations",
        json={"action": "finish", "selection": {"sequence_id": sequence_id, "q": ""}},
        headers={"Idempotency-Key": "many"},
    )
    assert answer.status_code == 202
    begun_as = answer.json()
    assert (begun_as["state"], begun_as["total"], begun_as["done"]) == ("running", 2_501, 0)
    path = f"/operations/{begun_as['id']}"
    ended = eventually(lambda: api.get(path).json(), lambda one: one["state"] == "done")
    assert (ended["done"], ended["skipped"], ended["conflict"]) == (2_501, 0, 0)
    progress = [(one["state"], one["done"]) for one in told(api, "operation_progress")]
    assert progress == [("running", 0), ("running", 2_000), ("done", 2_501)]
    page = api.get(f"/sequences/{sequence_id}/enrollments", params={"limit": 1}).json()
    assert page["facets"]["status"]["finished_stopped"] == len(ids)
    replayed = api.post(
        "/operations",
        json={"action": "finish", "selection": {"sequence_id": sequence_id, "q": ""}},
        headers={"Idempotency-Key": "many"},
    )
    assert (replayed.status_code, replayed.json()) == (202, begun_as)


def test_cancelling_keeps_what_is_done_and_skips_the_rest(api: Api) -> None:
    ids = crowd(api, sequence_of(api), 501)
    operation_id = begun(api, ids)
    assert stored(api, run_chunk, planner_of(api), operation_id, 100, NOW) is True
    answer = api.post(f"/operations/{operation_id}/cancel")
    assert answer.status_code == 200
    cancelled = answer.json()
    assert (cancelled["state"], cancelled["done"], cancelled["skipped"]) == ("cancelled", 100, 401)
    assert {why for outcome, why in outcomes(cancelled) if outcome == "skipped"} == {"cancelled"}
    assert stored(api, run_chunk, planner_of(api), operation_id, 100, NOW) is False
    assert status_of(api, ids[99]) == "finished_stopped"
    assert status_of(api, ids[100]) == "pending"
    again = api.post(f"/operations/{operation_id}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "operation_ended")


def test_an_operation_goes_on_after_a_restart(environment: dict[str, str]) -> None:
    def client() -> Api:
        made = TestClient(
            create_app(read_settings(environment)), base_url="http://testserver.local/api/v1"
        )
        made.headers["Authorization"] = f"Bearer {ADMIN_TOKEN}"
        return made

    with client() as api:
        ids = crowd(api, sequence_of(api), 700)
        operation_id = begun(api, ids)
        stored(api, run_chunk, planner_of(api), operation_id, 100, NOW)
        assert api.get(f"/operations/{operation_id}").json()["done"] == 100
    with client() as api:
        path = f"/operations/{operation_id}"
        ended = eventually(lambda: api.get(path).json(), lambda one: one["state"] == "done")
        assert (ended["done"], ended["skipped"], ended["conflict"]) == (700, 0, 0)
        assert len(told(api, "finished")) == 700


def test_a_group_deleted_while_the_operation_runs_skips_the_rest(api: Api) -> None:
    ids = crowd(api, sequence_of(api), 501)
    group = api.post("/groups", json={"name": "VIP"}).json()

    def begin(connection: sa.Connection) -> int:
        new = NewOperation(
            OperationAction.ADD_TO_GROUP, Selection(ids=tuple(ids)), group_id=group["id"]
        )
        rows = [(ident, contact_of_enrollment(connection, ident)) for ident in ids]
        return service.begin(connection, planner_of(api), new, Selected(rows, None), 1, NOW).id

    operation_id = stored(api, begin)
    stored(api, run_chunk, planner_of(api), operation_id, 400, NOW)
    assert api.delete(f"/groups/{group['id']}").status_code == 204
    stored(api, run_chunk, planner_of(api), operation_id, 400, NOW)
    ended = api.get(f"/operations/{operation_id}", params={"outcome": "skipped"}).json()
    assert (ended["done"], ended["rows_total"]) == (400, 101)
    assert {why for _, why in outcomes(ended)} == {"the group was deleted"}
