"""Operations larger than a request: in chunks, cancelled, and on after a restart."""

from __future__ import annotations

import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.model.operations import NewOperation, Selection
from common.vocabulary import (
    OperationAction,
)
from server.app import create_app
from server.operations import service
from server.operations.run import run_chunk
from server.operations.selections import Selected
from server.settings import read_settings
from tests.api.conftest import ADMIN_TOKEN, stored, told
from tests.api.running import (
    NOW,
    begun,
    contact_of_enrollment,
    crowd,
    eventually,
    outcomes,
    planner_of,
    sequence_of,
    status_of,
)

Api = TestClient[Litestar]


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


def test_an_operation_continues_after_a_restart(environment: dict[str, str]) -> None:
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
