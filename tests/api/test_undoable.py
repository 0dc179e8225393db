"""What can be undone, once, and what undoing members and suppressions does."""

from __future__ import annotations

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from server.clock import MINUTE
from server.operations import service
from server.operations.run import run_chunk
from tests.api.conftest import stored
from tests.api.running import (
    NOW,
    act,
    begun,
    contact_of,
    crowd,
    enrolled,
    eventually,
    failed,
    outcomes,
    planner_of,
    sent,
    sequence_of,
    status_of,
    texts,
    undo,
)

Api = TestClient[Litestar]


def move(api: Api, instant: int) -> None:
    api.app.state.clock.move_to(instant)


def test_an_operation_is_undone_once_and_an_undo_never(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api))
    finished = act(api, "finish", one)
    key = {"Idempotency-Key": "undo it"}
    path = f"/operations/{finished['id']}/undo"
    first = api.post(path, headers=key)
    assert api.post(path, headers=key).json() == first.json()
    answer = api.post(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_undone")
    assert answer.json()["more"] == {"operation_id": first.json()["id"]}
    answer = api.post(f"/operations/{first.json()['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_undoable")


def test_only_rows_that_were_done_are_undone(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, _ = sent(api, sequence_id, contact_of(api, 1))
    two, _ = sent(api, sequence_id, contact_of(api, 2))
    act(api, "finish", one)
    finished = act(api, "finish", one, two)
    undone = undo(api, finished)
    assert [row["enrollment_id"] for row in undone["rows"]] == [two]
    assert status_of(api, one) == "finished_stopped"
    nothing = act(api, "finish", one)
    answer = api.post(f"/operations/{nothing['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_undo")


@pytest.mark.parametrize("action", ["retry", "send_message"])
def test_tries_and_texts_cannot_be_undone(api: Api, action: str) -> None:
    one, _ = failed(api, sequence_of(api), contact_of(api))
    more = {"body": "Hi", "override_reason": "asked to"} if action == "send_message" else {}
    made = act(api, action, one, **more)
    assert (made["done"], made["undoable"]) == (1, False)
    answer = api.post(f"/operations/{made['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_undoable")


def test_those_that_were_added_leave_the_group_and_others_stay(api: Api) -> None:
    sequence_id = sequence_of(api)
    people = [contact_of(api, place) for place in (1, 2, 3)]
    ids = enrolled(api, sequence_id, *people)
    act(api, "add_to_group", ids[0], group_name="VIP")
    added = act(api, "add_to_group", *ids, group_name="VIP")
    group = api.get("/groups").json()["items"][0]["id"]
    assert api.delete(f"/groups/{group}/contacts/{people[2]}").status_code == 204
    assert outcomes(undo(api, added)) == [
        ("done", None),
        ("skipped", "no longer in the group"),
    ]
    left = api.get(f"/groups/{group}/contacts").json()["items"]
    assert [contact["id"] for contact in left] == [people[0]]


def test_a_suppression_is_lifted_and_what_it_ended_stays_ended(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    suppressed = act(api, "suppress", one)
    assert outcomes(undo(api, suppressed)) == [("done", "its ended enrollments stay ended")]
    assert api.get("/suppressions").json()["total"] == 0
    assert status_of(api, one) == "opted_out"


def test_a_contacts_own_opt_out_outlives_the_undo(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    suppressed = act(api, "suppress", one)
    texts(api, "+14155550101", "STOP")
    assert outcomes(undo(api, suppressed)) == [("done", "still suppressed (keyword)")]
    standing = api.get("/suppressions").json()["items"]
    assert [item["source"] for item in standing] == ["keyword"]


def test_a_suppression_made_again_is_a_conflict(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    suppressed = act(api, "suppress", one)
    assert api.delete("/suppressions/+14155550101").status_code == 204
    move(api, NOW + MINUTE)
    assert api.post("/suppressions", json={"phone": "+14155550101"}).status_code == 201
    assert outcomes(undo(api, suppressed)) == [("conflict", "suppressed again since")]
    assert api.get("/suppressions").json()["total"] == 1


def test_more_than_500_are_undone_after_the_answer(api: Api) -> None:
    sequence_id = sequence_of(api)
    ids = crowd(api, sequence_id, 600)
    made = api.post("/operations", json={"action": "finish", "selection": {"ids": ids}})
    assert made.status_code == 202
    path = f"/operations/{made.json()['id']}"
    eventually(lambda: api.get(path).json(), lambda one: one["state"] == "done")
    running = api.post(f"{path}/undo")
    assert running.status_code == 202
    undone = f"/operations/{running.json()['id']}"
    ended = eventually(lambda: api.get(undone).json(), lambda one: one["state"] == "done")
    assert (ended["total"], ended["done"]) == (600, 600)
    page = api.get(f"/sequences/{sequence_id}/enrollments", params={"limit": 1}).json()
    assert page["facets"]["status"]["pending"] == 600


def test_what_runs_still_is_not_undone(api: Api) -> None:
    ids = crowd(api, sequence_of(api), 501)
    operation_id = begun(api, ids)
    stored(api, run_chunk, planner_of(api), operation_id, 100, NOW)
    answer = api.post(f"/operations/{operation_id}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "operation_running")
    api.post(f"/operations/{operation_id}/cancel")
    undone = undo(api, {"id": operation_id})
    assert (undone["total"], undone["done"]) == (100, 100)
    assert status_of(api, ids[0]) == "pending"


def undo_in_part(api: Api, operation_id: int, rows: int) -> int:
    """An undo that is cancelled after so many rows; its id."""
    begun = stored(api, service.undo, planner_of(api), operation_id, 1, False, NOW)
    assert stored(api, run_chunk, planner_of(api), begun.id, rows, NOW) is True
    cancelled = api.post(f"/operations/{begun.id}/cancel").json()
    assert (cancelled["state"], cancelled["done"]) == ("cancelled", rows)
    return begun.id


def test_a_cancelled_undo_is_taken_up_again_on_the_rows_that_are_left(api: Api) -> None:
    sequence_id = sequence_of(api)
    ids = [sent(api, sequence_id, contact_of(api, place))[0] for place in range(5)]
    finished = act(api, "finish", *ids)
    path = f"/operations/{finished['id']}"
    for _ in range(2):
        undo_in_part(api, finished["id"], 1)
        again = api.get(path).json()
        assert (again["undone_by"], again["undoable"]) == (None, True)
    assert [status_of(api, one) for one in ids] == ["pending"] * 2 + ["finished_stopped"] * 3
    listed = [one["id"] for one in api.get("/operations").json()["items"]]
    assert listed == sorted({*listed}, reverse=True)
    undone = undo(api, finished)
    assert [row["enrollment_id"] for row in undone["rows"]] == ids[2:]
    assert outcomes(undone) == [("done", None)] * 3
    assert {status_of(api, one) for one in ids} == {"pending"}
    again = api.get(path).json()
    assert (again["undone_by"], again["undoable"]) == (undone["id"], False)
    answer = api.post(f"{path}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_undone")
    assert api.get(path).json()["undone_by"] == undone["id"]


def test_what_a_cancelled_undo_has_decided_is_not_undone_twice(api: Api) -> None:
    sequence_id = sequence_of(api)
    people = [contact_of(api, place) for place in range(3)]
    added = act(api, "add_to_group", *enrolled(api, sequence_id, *people), group_name="VIP")
    group = api.get("/groups").json()["items"][0]["id"]
    undo_in_part(api, added["id"], 1)
    put = api.post(f"/groups/{group}/contacts", json={"contact_ids": people[:1]})
    assert put.status_code in {200, 201}, put.text
    assert undo(api, added)["total"] == 2
    left = api.get(f"/groups/{group}/contacts").json()["items"]
    assert [contact["id"] for contact in left] == people[:1]


def test_suppressions_that_a_cancelled_undo_left_are_lifted_by_the_next(api: Api) -> None:
    sequence_id = sequence_of(api)
    ids = [sent(api, sequence_id, contact_of(api, place))[0] for place in range(3)]
    suppressed = act(api, "suppress", *ids)
    undo_in_part(api, suppressed["id"], 1)
    assert api.get("/suppressions").json()["total"] == 2
    assert undo(api, suppressed)["done"] == 2
    assert api.get("/suppressions").json()["total"] == 0


def test_an_undo_that_runs_is_the_only_one(api: Api) -> None:
    sequence_id = sequence_of(api)
    ids = [sent(api, sequence_id, contact_of(api, place))[0] for place in range(2)]
    finished = act(api, "finish", *ids)
    begun = stored(api, service.undo, planner_of(api), finished["id"], 1, False, NOW)
    answer = api.post(f"/operations/{finished['id']}/undo")
    assert (answer.status_code, answer.json()["more"]) == (409, {"operation_id": begun.id})
