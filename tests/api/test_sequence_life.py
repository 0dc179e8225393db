"""A sequence's life and what it does to those enrolled: activate, edit, pause, resume, archive."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.api.conftest import stored
from tests.api.test_enrolling import FIRST, RELATIVE, contact_of, enroll, rows, sequence_of

Api = TestClient[Litestar]
DAY = 86_400_000_000


def only(api: Api, sequence_id: int) -> dict[str, Any]:
    """The one enrollment of a sequence."""
    (row,) = rows(api, sequence_id)
    return row


def later(api: Api, microseconds: int) -> None:
    """Let time pass, without the carrier."""
    clock = api.app.state.clock
    clock.move_to(clock.now() + microseconds)


@pytest.fixture
def waiting(api: Api) -> int:
    """An active sequence whose first step goes in a day, with one contact waiting for it."""
    steps = [{"body": FIRST, "delay": {"days": 1}}, {"body": "Two.", "delay": {"days": 2}}]
    sequence_id = sequence_of(api, steps=steps)
    enroll(api, sequence_id, contact_ids=[contact_of(api, "+14155550100")])
    assert only(api, sequence_id)["due_at"] == "2026-11-03T17:00:00Z"
    return sequence_id


def test_only_a_draft_without_errors_can_be_activated(api: Api) -> None:
    sequence_id = sequence_of(api, state="draft", steps=[])
    refused = api.post(f"/sequences/{sequence_id}/activate")
    assert (refused.status_code, refused.json()["code"]) == (409, "lint_errors")
    assert refused.json()["more"]["findings"][0]["code"] == "no_steps"
    active = sequence_of(api, name="Another")
    again = api.post(f"/sequences/{active}/activate")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


def test_a_pause_holds_and_keeps_the_planned_time(api: Api, waiting: int) -> None:
    api.post(f"/sequences/{waiting}/pause")
    row = only(api, waiting)
    assert (row["status"], row["hold"], row["due_at"]) == ("pending", "sequence_paused", None)
    assert row["planned_at"] == "2026-11-03T17:00:00Z"


@pytest.mark.parametrize(
    ("mode", "paused_for", "due_at", "step"),
    [
        ("shift", 3 * DAY, "2026-11-06T17:00:00Z", 1),
        ("keep_gaps", 3 * DAY, "2026-11-05T17:00:00Z", 1),
        ("keep_gaps", DAY // 2, "2026-11-03T17:00:00Z", 1),
        ("skip", 3 * DAY, "2026-11-05T17:00:00Z", 2),
        ("skip", DAY // 2, "2026-11-03T17:00:00Z", 1),
    ],
)
def test_resuming_does_what_its_mode_says(
    api: Api, waiting: int, mode: str, paused_for: int, due_at: str, step: int
) -> None:
    api.post(f"/sequences/{waiting}/pause")
    later(api, paused_for)
    resumed = api.post(f"/sequences/{waiting}/resume", json={"mode": mode})
    assert resumed.json()["state"] == "active"
    row = only(api, waiting)
    assert (row["hold"], row["due_at"], row["step"]) == (None, due_at, step)


def test_skipping_everything_finishes_with_the_reason(api: Api, waiting: int) -> None:
    api.post(f"/sequences/{waiting}/pause")
    later(api, 30 * DAY)
    api.post(f"/sequences/{waiting}/resume", json={"mode": "skip"})
    row = only(api, waiting)
    assert (row["status"], row["reason"], row["step"]) == (
        "finished_no_response",
        "no_steps_left",
        None,
    )


def test_a_scheduled_sequence_resumes_by_skipping_only(api: Api) -> None:
    sequence_id = sequence_of(
        api,
        kind="scheduled",
        steps=[{"body": FIRST, "at": "2026-12-01T12:00:00", "local": True}],
    )
    api.post(f"/sequences/{sequence_id}/pause")
    refused = api.post(f"/sequences/{sequence_id}/resume", json={"mode": "shift"})
    assert (refused.status_code, refused.json()["code"]) == (409, "resume_only_skips")
    assert api.post(f"/sequences/{sequence_id}/resume", json={"mode": "skip"}).status_code == 200


def test_enrolling_while_paused_is_held(api: Api) -> None:
    sequence_id = sequence_of(api)
    api.post(f"/sequences/{sequence_id}/pause")
    enroll(api, sequence_id, contact_ids=[contact_of(api, "+14155550100")])
    assert only(api, sequence_id)["hold"] == "sequence_paused"


def test_an_edit_moves_due_times_and_keeps_everybody_on_their_step(api: Api, waiting: int) -> None:
    document = {
        "name": RELATIVE["name"],
        "steps": [{"body": FIRST, "delay": {"days": 4}}, {"body": "Two.", "delay": {"days": 2}}],
    }
    replaced = api.put(f"/sequences/{waiting}", json=document)
    assert replaced.status_code == 200, replaced.text
    row = only(api, waiting)
    assert (row["due_at"], row["step"]) == ("2026-11-06T17:00:00Z", 1)


def test_deleting_the_step_they_wait_for_gives_them_the_one_that_follows(
    api: Api, waiting: int
) -> None:
    steps = api.get(f"/sequences/{waiting}/steps").json()
    document = {
        "name": RELATIVE["name"],
        "steps": [{"id": steps[1]["id"], "body": FIRST, "delay": {"days": 2}}],
    }
    assert api.put(f"/sequences/{waiting}", json=document).status_code == 200
    row = only(api, waiting)
    assert (row["due_at"], row["step"], row["steps"]) == ("2026-11-04T17:00:00Z", 1, 1)


def edit(api: Api, sequence_id: int, document: dict[str, Any], **query: Any) -> dict[str, Any]:
    """Replace the sequence, and give the answer."""
    answer = api.put(f"/sequences/{sequence_id}", json=document, params=query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def but_for_dry_run(told: dict[str, Any]) -> dict[str, Any]:
    """An answer without the fields that say it was a dry run."""
    return {name: value for name, value in told.items() if name != "dry_run"}


def kept(api: Api) -> list[Any]:
    """All that an edit could change."""

    def read(connection: Any) -> list[Any]:
        return [
            connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id").all()
            for table in ("sequences", "steps", "enrollments", "messages", "events")
        ]

    found: list[Any] = stored(api, read)
    return found


@pytest.mark.parametrize("paused", [False, True], ids=["active", "paused"])
@pytest.mark.parametrize(
    ("steps", "moved"),
    [
        ([{"body": FIRST, "delay": {"days": 1}}, {"body": "New text."}], 0),
        ([{"body": FIRST, "delay": {"days": 4}}, {"body": "Two."}], 1),
        ([{"body": "Two. Reply STOP.", "delay": {"days": 3}}], 1),
        ([{"body": FIRST, "delay": {"days": 1}, "id": None}], 0),
    ],
    ids=["text", "time", "step", "shorter"],
)
def test_a_dry_run_of_an_edit_reports_what_the_edit_then_does(
    api: Api,
    waiting: int,
    paused: bool,
    steps: list[dict[str, Any]],
    moved: int,
) -> None:
    if paused:
        api.post(f"/sequences/{waiting}/pause")
    ids = [step["id"] for step in api.get(f"/sequences/{waiting}/steps").json()]
    if steps[0]["body"].startswith("Two."):
        steps = [{**steps[0], "id": ids[1]}]
    document = {"name": RELATIVE["name"], "steps": steps}
    before = kept(api)
    dry = edit(api, waiting, document, dry_run=True)
    assert kept(api) == before
    real = edit(api, waiting, document)
    assert but_for_dry_run(dry) == but_for_dry_run(real)
    assert (dry["dry_run"], real["dry_run"]) == (True, False)
    assert (real["moved"], real["ended"]) == (moved, 0)
    assert real["pending"] == 1


def test_a_dry_run_of_an_edit_leaves_no_trace_in_the_plan_of_the_next(
    api: Api, waiting: int
) -> None:
    def document(days: int) -> dict[str, Any]:
        first = {"body": FIRST, "delay": {"days": days}}
        return {"name": RELATIVE["name"], "steps": [first, {"body": "Two."}]}

    edit(api, waiting, document(9), dry_run=True)
    edit(api, waiting, document(4))
    assert only(api, waiting)["due_at"] == "2026-11-06T17:00:00Z"


@pytest.mark.unsound
def test_an_edit_reports_who_has_no_text_left(api: Api, waiting: int) -> None:
    later(api, DAY)
    second = api.get(f"/sequences/{waiting}/steps").json()[1]["id"]

    def went(connection: Any) -> None:
        """The first step went, and the second is waited for."""
        connection.exec_driver_sql(
            "UPDATE enrollments SET last_step_id = next_step_id, last_accepted_at = due_at,"
            " base_step_id = next_step_id, base_at = due_at, accepted = 1, next_step_id = ?,"
            " due_at = due_at + 172800000000, planned_at = due_at + 172800000000",
            (second,),
        )

    stored(api, went)
    document = {"name": RELATIVE["name"], "steps": [{"body": FIRST, "delay": {"days": 1}}]}
    dry = edit(api, waiting, document, dry_run=True)
    assert (dry["pending"], dry["moved"], dry["ended"]) == (1, 0, 1)
    assert only(api, waiting)["status"] == "pending"
    edit(api, waiting, document)
    assert only(api, waiting)["status"] == "finished_no_response"


def test_a_dry_run_of_an_edit_refuses_what_the_edit_refuses(api: Api, waiting: int) -> None:
    document = {"name": RELATIVE["name"], "steps": [{"body": "{{ nope }}"}]}
    before = kept(api)
    for dry_run in (True, False):
        answer = api.put(f"/sequences/{waiting}", json=document, params={"dry_run": dry_run})
        assert (answer.status_code, answer.json()["code"]) == (422, "sequence_not_sound")
        stale = api.put(
            f"/sequences/{waiting}", json=document, params={"dry_run": dry_run, "version": 99}
        )
        assert (stale.status_code, stale.json()["code"]) == (409, "sequence_changed")
    assert kept(api) == before


def test_archiving_needs_nobody_pending(api: Api, waiting: int) -> None:
    refused = api.post(f"/sequences/{waiting}/archive")
    assert (refused.status_code, refused.json()["code"]) == (409, "pending_enrollments")
    api.post(
        "/operations",
        json={"action": "finish", "selection": {"ids": [only(api, waiting)["id"]]}},
    )
    assert api.post(f"/sequences/{waiting}/archive").json()["state"] == "archived"
    again = api.post(f"/sequences/{waiting}/enrollments", json={"phones": ["4155550109"]})
    assert (again.status_code, again.json()["code"]) == (409, "sequence_archived")
    refused = api.post(f"/sequences/{waiting}/pause")
    assert refused.json()["code"] == "wrong_state"


def test_filling_a_missing_field_releases_what_it_held(api: Api) -> None:
    steps = [{"body": "Hi {{ first_name }}. Reply STOP to opt out.", "delay": {"days": 1}}]
    sequence_id = sequence_of(api, steps=steps)
    contact_id = contact_of(api, "+14155550100")
    enroll(api, sequence_id, contact_ids=[contact_id])

    def hold(connection: Any) -> None:
        connection.exec_driver_sql(
            "UPDATE enrollments SET hold = 'missing_field', hold_detail = 'first_name',"
            " due_at = NULL"
        )

    stored(api, hold)
    changed = api.patch(f"/contacts/{contact_id}", json={"first_name": "Abe"})
    assert changed.status_code == 200, changed.text
    row = only(api, sequence_id)
    assert (row["hold"], row["due_at"]) == (None, "2026-11-03T17:00:00Z")


def test_a_wider_window_releases_those_whom_the_old_one_never_opened_for(
    api: Api, waiting: int
) -> None:
    def hold(connection: Any) -> None:
        connection.exec_driver_sql("UPDATE enrollments SET hold = 'quiet_hours', due_at = NULL")

    stored(api, hold)
    document = {
        "name": RELATIVE["name"],
        "window": {"days": "daily", "from": "08:00", "to": "21:00"},
        "steps": [{"body": FIRST, "delay": {"days": 1}}, {"body": "Two.", "delay": {"days": 2}}],
    }
    assert api.put(f"/sequences/{waiting}", json=document).status_code == 200
    row = only(api, waiting)
    assert (row["hold"], row["due_at"]) == (None, "2026-11-03T16:00:00Z")
