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
            " planned_at = due_at, due_at = NULL"
        )

    stored(api, hold)
    changed = api.patch(f"/contacts/{contact_id}", json={"first_name": "Abe"})
    assert changed.status_code == 200, changed.text
    row = only(api, sequence_id)
    assert (row["hold"], row["due_at"]) == (None, "2026-11-03T17:00:00Z")


def test_a_wider_window_releases_whom_the_old_one_never_opened_for(api: Api, waiting: int) -> None:
    def hold(connection: Any) -> None:
        connection.exec_driver_sql(
            "UPDATE enrollments SET hold = 'quiet_hours', planned_at = due_at, due_at = NULL"
        )

    stored(api, hold)
    document = {
        "name": RELATIVE["name"],
        "window": {"days": "daily", "from": "08:00", "to": "21:00"},
        "steps": [{"body": FIRST, "delay": {"days": 1}}, {"body": "Two.", "delay": {"days": 2}}],
    }
    assert api.put(f"/sequences/{waiting}", json=document).status_code == 200
    row = only(api, waiting)
    assert (row["hold"], row["due_at"]) == (None, "2026-11-03T16:00:00Z")
