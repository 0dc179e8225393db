"""What happened, as people read it."""

from __future__ import annotations

from typing import get_args

import pytest

from common.vocabulary import Hold
from server.enrollments.lifecycle_events import Event
from server.enrollments.sentences import tell_event


def test_a_text_that_is_sent_again_is_reported_by_its_step() -> None:
    body = {"message_id": 7, "step_id": 3, "retry_at": 9}
    assert tell_event("retry_planned", body, None, 2) == "The text of step 2 will be sent again."


@pytest.mark.parametrize("kind", ["held", "unsent"])
def test_a_hold_is_reported_with_its_end(kind: str) -> None:
    told = tell_event(kind, {"hold": "daily_limit", "detail": None}, None, None)
    assert told == "Held: daily limit. It will be sent when the next day's send window opens."


def test_a_text_that_the_carrier_dropped_is_reported_with_its_hold() -> None:
    body = {"message_id": 7, "step_id": 3, "hold": "sender_rate", "detail": "30022"}
    told = tell_event("sent_back", body, None, 2)
    assert told.startswith("The carrier dropped the text of step 2; it will be sent again.")
    assert Hold.SENDER_RATE.words.label in told
    assert "30022" in told


def test_a_text_in_doubt_is_reported_as_one_that_is_not_known_to_be_sent() -> None:
    told = tell_event("in_doubt", {"detail": "timed out"}, None, 2)
    assert Hold.UNKNOWN.words.label in told
    assert "timed out" in told


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_kind_of_event_has_words_of_its_own(kind: type[Event]) -> None:
    tag = str(kind.__struct_config__.tag)
    body = {"status": "failed", "reason": "filtered", "hold": "draft", "reading": "reply"}
    told = tell_event(tag, body | {"source": "keyword", "why": "late"}, "ana", 2)
    assert told != f"{tag.replace('_', ' ').capitalize()} by ana."


def test_an_unknown_event_is_reported_by_its_kind() -> None:
    assert tell_event("moon_landed", {}, "ana", None) == "Moon landed by ana."
