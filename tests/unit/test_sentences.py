"""What happened, as people read it."""

from __future__ import annotations

from server.enrollments.sentences import tell_event


def test_a_text_that_is_tried_again_is_told_by_its_step() -> None:
    body = {"hold": None, "again": {"message_id": 7, "step_id": 3}}
    assert tell_event("postponed", body, None, 2) == "The text of step 2 is to be tried again."


def test_a_hold_is_told_with_its_end() -> None:
    told = tell_event("postponed", {"hold": "daily_limit", "detail": None}, None, None)
    assert told == "Held: daily limit. The next day's opening ends it."


def test_an_unknown_event_is_told_by_its_kind() -> None:
    assert tell_event("moon_landed", {}, "ana", None) == "Moon landed by ana."
