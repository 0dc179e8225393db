"""Undo: enrollments change as if they had not been finished; what happened since decides."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import FailureClass, Hold, MessageStatus
from server.clock import DAY, HOUR, MINUTE, to_datetime
from server.database.tables import enrollments
from server.enrollments.apply import Application, apply, load
from server.enrollments.lifecycle import fold
from server.enrollments.lifecycle_events import Held, InDoubt
from server.enrollments.refold import histories
from tests.api.conftest import stored
from tests.api.running import (
    AGAIN,
    NOW,
    OPENS,
    act,
    claim,
    contact_of,
    enrolled,
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
    undo,
)

Api = TestClient[Litestar]


def move(api: Api, instant: int) -> None:
    api.app.state.clock.move_to(instant)


def told_as(instant: int) -> str:
    return to_datetime(instant).isoformat().replace("+00:00", "Z")


def assert_status_is_the_fold(api: Api, enrollment_id: int) -> None:
    """What is stored is what the history says: with nothing on its way, to the last field."""
    row = stored(api, load, [enrollment_id])[enrollment_id]
    assert fold(stored(api, histories, [enrollment_id])[enrollment_id]) == row.standing


def test_an_undone_finish_is_pending_again_at_its_old_due_time(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api))
    before = row_of(api, one)
    assert before["due_at"] == AGAIN
    finished = act(api, "finish", one)
    undone = undo(api, finished)
    assert row_of(api, one) == before
    assert outcomes(undone) == [("done", None)]
    assert (undone["undoes"], undone["undoable"], undone["action"]) == (
        finished["id"],
        False,
        "finish",
    )
    again = api.get(f"/operations/{finished['id']}").json()
    assert (again["undone_by"], again["undoable"]) == (undone["id"], False)
    assert_status_is_the_fold(api, one)


def test_a_text_that_was_due_meanwhile_goes_five_minutes_after_the_undo(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api))
    finished = act(api, "finish", one)
    later = OPENS + 7 * HOUR
    move(api, later)
    undo(api, finished)
    assert row_of(api, one)["due_at"] == told_as(later + 5 * MINUTE)


def test_after_the_window_an_undone_text_waits_for_the_next_opening(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api))
    finished = act(api, "finish", one)
    move(api, OPENS + 13 * HOUR)
    undo(api, finished)
    assert row_of(api, one)["due_at"] == "2026-11-03T17:00:00Z"


def test_a_reply_meanwhile_decides(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    finished = act(api, "finish", one)
    texts(api, "+14155550101", "Yes please")
    assert status_of(api, one) == "finished_stopped"
    assert outcomes(undo(api, finished)) == [
        ("done", "Finished, responded: changed by what happened since")
    ]
    assert status_of(api, one) == "finished_responded"
    assert_status_is_the_fold(api, one)


def test_an_opt_out_meanwhile_decides(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    finished = act(api, "finish", one)
    texts(api, "+14155550101", "STOP")
    undo(api, finished)
    row = row_of(api, one)
    assert (row["status"], row["reason"]) == ("opted_out", "keyword")


def test_a_failure_meanwhile_decides(api: Api) -> None:
    one, text = on_its_way(api, sequence_of(api), contact_of(api))
    report(api, text, MessageStatus.SENT)
    finished = act(api, "finish", one)
    report(api, text, MessageStatus.FAILED, FailureClass.INVALID_NUMBER)
    undo(api, finished)
    assert status_of(api, one) == "failed"


def test_a_text_still_with_the_carrier_keeps_its_hold_and_continues_with_its_outcome(
    api: Api,
) -> None:
    one, text = on_its_way(api, sequence_of(api), contact_of(api))
    finished = act(api, "finish", one)
    assert finished["with_carrier"] == 1
    undo(api, finished)
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["due_at"], row["step"]) == (
        "pending",
        "sending",
        None,
        1,
    )
    report(api, text, MessageStatus.SENT)
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["step"], row["due_at"]) == ("pending", None, 2, AGAIN)


def test_a_text_accepted_while_finished_is_not_sent_again(api: Api) -> None:
    one, text = on_its_way(api, sequence_of(api), contact_of(api))
    finished = act(api, "finish", one)
    report(api, text, MessageStatus.SENT)
    undo(api, finished)
    row = row_of(api, one)
    assert (row["status"], row["step"], row["due_at"]) == ("pending", 2, AGAIN)
    assert text_of(api, one) == text


def test_a_text_that_was_cancelled_by_the_finish_waits_again(api: Api) -> None:
    one, text = on_its_way(api, sequence_of(api), contact_of(api))
    report(api, text, MessageStatus.SENT)
    report(api, text, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE)
    assert api.get(f"/messages/{text}").json()["status"] == "waiting"
    finished = act(api, "finish", one)
    assert api.get(f"/messages/{text}").json()["status"] == "cancelled"
    undo(api, finished)
    assert api.get(f"/messages/{text}").json()["status"] == "waiting"
    stored(api, claim, planner_of(api), OPENS)
    assert api.get(f"/messages/{text}").json()["status"] == "sending"


def test_in_a_paused_sequence_it_waits_for_the_sequence(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, _ = sent(api, sequence_id, contact_of(api))
    finished = act(api, "finish", one)
    assert api.post(f"/sequences/{sequence_id}/pause").status_code == 200
    undo(api, finished)
    row = row_of(api, one)
    assert (row["hold"], row["due_at"], row["planned_at"]) == ("sequence_paused", None, AGAIN)
    assert_status_is_the_fold(api, one)


def test_one_finished_in_a_draft_begins_with_the_activation_it_missed(api: Api) -> None:
    made = api.post("/sequences", json={"name": "Draft", "steps": [{"body": "Hi. STOP ends."}]})
    sequence_id = made.json()["id"]
    (one,) = enrolled(api, sequence_id, contact_of(api))
    finished = act(api, "finish", one)
    assert api.post(f"/sequences/{sequence_id}/activate").status_code == 200
    undo(api, finished)
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["due_at"]) == (
        "pending",
        None,
        "2026-11-02T17:00:00Z",
    )


def test_a_step_deleted_meanwhile_gives_way_to_the_one_after_it(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, _ = sent(api, sequence_id, contact_of(api))
    finished = act(api, "finish", one)
    whole = api.get(f"/sequences/{sequence_id}").json()
    first, _, third = whole["steps"]
    kept = [
        {"id": first["id"], "body": first["body"]},
        {"id": third["id"], "body": third["body"], "delay": {"days": 4}},
    ]
    put = api.put(f"/sequences/{sequence_id}", json={"name": whole["name"], "steps": kept})
    assert put.status_code == 200, put.text
    undo(api, finished)
    row = row_of(api, one)
    assert (row["step_id"], row["due_at"]) == (third["id"], "2026-11-04T23:00:00Z")


def test_one_with_no_step_left_has_finished(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, _ = sent(api, sequence_id, contact_of(api))
    finished = act(api, "finish", one)
    whole = api.get(f"/sequences/{sequence_id}").json()
    kept = [{"id": whole["steps"][0]["id"], "body": whole["steps"][0]["body"]}]
    put = api.put(f"/sequences/{sequence_id}", json={"name": whole["name"], "steps": kept})
    assert put.status_code == 200, put.text
    undo(api, finished)
    row = row_of(api, one)
    assert (row["status"], row["reason"]) == ("finished_no_response", "no_steps_left")
    assert_status_is_the_fold(api, one)


def test_enrolled_again_is_a_conflict(api: Api) -> None:
    sequence_id = sequence_of(api, reenroll="always")
    person = contact_of(api)
    one, _ = sent(api, sequence_id, person)
    finished = act(api, "finish", one)
    (second,) = enrolled(api, sequence_id, person)
    assert outcomes(undo(api, finished)) == [("conflict", "enrolled in this sequence again")]
    assert status_of(api, one) == "finished_stopped"
    assert status_of(api, second) == "pending"


def test_an_archived_sequence_is_a_conflict(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, _ = sent(api, sequence_id, contact_of(api))
    finished = act(api, "finish", one)
    assert api.post(f"/sequences/{sequence_id}/archive").status_code == 200
    assert outcomes(undo(api, finished)) == [("conflict", "the sequence is archived")]
    assert status_of(api, one) == "finished_stopped"


def test_a_finish_can_be_undone_for_seven_days(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api))
    finished = act(api, "finish", one)
    move(api, NOW + 7 * DAY + 1)
    assert api.get(f"/operations/{finished['id']}").json()["undoable"] is False
    answer = api.post(f"/operations/{finished['id']}/undo")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_long_ago")
    assert status_of(api, one) == "finished_stopped"


def test_at_seven_days_to_the_instant_it_is_undone_still(api: Api) -> None:
    one, _ = sent(api, sequence_of(api), contact_of(api))
    finished = act(api, "finish", one)
    move(api, NOW + 7 * DAY)
    assert undo(api, finished)["done"] == 1


def test_a_hold_that_begins_while_finished_does_not_move_the_plan(api: Api) -> None:
    """The gate looks at it again when the text is due."""
    one, _ = sent(api, sequence_of(api), contact_of(api, 1))
    first = act(api, "finish", one)
    undo(api, first)
    second = act(api, "finish", one)
    held = Held(Hold.DAILY_LIMIT, OPENS + DAY)
    stored(api, apply, [Application(one, held)], NOW)
    undo(api, second)
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["due_at"]) == ("pending", None, AGAIN)
    assert_status_is_the_fold(api, one)


def test_a_text_that_waits_to_be_sent_again_still_does_after_an_undo(api: Api) -> None:
    one, text = on_its_way(api, sequence_of(api), contact_of(api))
    report(api, text, MessageStatus.SENT)
    report(api, text, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE, at=NOW + 8 * HOUR)
    before = row_of(api, one)
    finished = act(api, "finish", one)
    undo(api, finished)
    assert row_of(api, one) == before
    assert before["due_at"] == told_as(NOW + 10 * HOUR)
    assert_status_is_the_fold(api, one)


def test_no_undo_leaves_a_pending_enrollment_without_a_next(api: Api) -> None:
    one, text = on_its_way(api, sequence_of(api), contact_of(api, 1))
    finished = act(api, "finish", one)
    stored(
        api,
        apply,
        [Application(one, InDoubt(), message_id=text)],
        NOW,
    )

    def given_up(connection: sa.Connection) -> Any:
        connection.exec_driver_sql(
            "UPDATE messages SET status = 'unknown', hold = 'unknown' WHERE id = ?", (text,)
        )

    stored(api, given_up)
    undo(api, finished)
    row = row_of(api, one)
    assert (row["status"], row["hold"], row["due_at"]) == ("pending", "unknown", None)
    pending = stored(
        api,
        lambda connection: connection.execute(
            sa.select(enrollments.c.planned_at).where(enrollments.c.id == one)
        ).scalar(),
    )
    assert pending is not None
