"""Retries: failed texts are sent again, and obstacles are reported."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import (
    FailureClass,
    MessageStatus,
)
from tests.api.conftest import stored
from tests.api.running import (
    OPENS,
    act,
    claim,
    contact_of,
    enrolled,
    failed,
    operator,
    outcomes,
    planner_of,
    report,
    row_of,
    sent,
    sequence_of,
    status_of,
    text_of,
)

Api = TestClient[Litestar]


def message(api: Api, message_id: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/messages/{message_id}").json()
    return found


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


def test_trying_again_what_cannot_be_is_reported_row_by_row(api: Api) -> None:
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
        (
            "skipped",
            "the number is certainly a landline; correct the number or its line type first",
        ),
        ("skipped", "Finished, stopped: there is nothing to retry"),
    ]


def test_trying_again_is_a_conflict_for_those_whom_another_operator_tried(api: Api) -> None:
    one, _ = failed(api, sequence_of(api), contact_of(api))
    act(api, "retry", one, headers=operator(api, "li"))
    assert outcomes(act(api, "retry", one)) == [("conflict", "li retried it just now")]


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
    assert outcomes(act(api, "retry", one)) == [("conflict", "a later enrollment is pending")]


def rewritten(api: Api, sequence_id: int, body: str) -> None:
    """Give the first step another text; its id and the other steps stay."""
    document = api.get(f"/sequences/{sequence_id}").json()
    steps = [
        {"id": step["id"], "body": step["body"], "delay": {"days": 2 * place}}
        for place, step in enumerate(document["steps"])
    ]
    steps[0] |= {"body": body, "delay": {"minutes": 0}}
    whole = {"name": document["name"], "steps": steps}
    changed = api.put(f"/sequences/{sequence_id}", json=whole)
    assert changed.status_code == 200, changed.text


def claimed(api: Api, message_id: int) -> dict[str, Any]:
    """A text after what is due was claimed."""
    stored(api, claim, planner_of(api), OPENS)
    return message(api, message_id)


NEW = "Hi {{ first_name | default: 'there' }}, Ana once more. Reply STOP to opt out."


@pytest.mark.parametrize("edited", ["before", "after"])
def test_a_retry_sends_the_text_as_the_step_reads_when_it_goes(api: Api, edited: str) -> None:
    sequence_id = sequence_of(api)
    one, text = failed(api, sequence_id, contact_of(api), FailureClass.FILTERED)
    if edited == "before":
        rewritten(api, sequence_id, NEW)
    act(api, "retry", one)
    if edited == "after":
        rewritten(api, sequence_id, NEW)

    told = claimed(api, text)

    assert told["status"] == "sending"
    assert "Ana once more" in told["body"]
    assert text_of(api, one) == text


def test_a_retry_of_a_step_that_was_not_changed_sends_the_same_text(api: Api) -> None:
    one, text = failed(api, sequence_of(api), contact_of(api), FailureClass.FILTERED)
    before = message(api, text)
    act(api, "retry", one)

    told = claimed(api, text)

    assert told["status"] == "sending"
    assert (told["body"], told["segments"]) == (before["body"], before["segments"])


def test_a_retry_counts_the_segments_of_the_new_text(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, text = failed(api, sequence_id, contact_of(api), FailureClass.FILTERED)
    rewritten(api, sequence_id, "Long. " * 60 + "Reply STOP to opt out.")
    act(api, "retry", one)

    assert claimed(api, text)["segments"] == 3


def test_a_retry_whose_new_text_lacks_a_field_is_held_for_it(api: Api) -> None:
    sequence_id = sequence_of(api)
    one, text = failed(api, sequence_id, contact_of(api), FailureClass.FILTERED)
    other = {"phone": "+14155550188", "fields": {"company": "Acme"}}
    assert api.post("/contacts", json=other).status_code == 201
    rewritten(api, sequence_id, "Hi {{ company }}, Ana. Reply STOP to opt out.")
    act(api, "retry", one)

    assert claimed(api, text)["status"] == "waiting"
    assert row_of(api, one)["hold"] == "missing_field"


def test_the_explanation_says_that_a_retry_goes_as_the_step_reads_by_then(api: Api) -> None:
    one, _ = failed(api, sequence_of(api), contact_of(api), FailureClass.FILTERED)

    told = " ".join(api.get(f"/enrollments/{one}/explanation").json()["sentences"])

    assert "the current wording of the step" in told
