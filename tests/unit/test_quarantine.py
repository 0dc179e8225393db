"""When a sender stops after failures in a row, and when a failure concerns one person only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.vocabulary import FailureClass, MessageStatus
from server.carriers.interface import SendAccepted, SendRefused, Sent, TryLater
from server.clock import MINUTE
from server.dispatch.claim import Claimed
from server.dispatch.sender_start import senders_started
from server.messages import delivery
from server.messages.delivery import DeliveryReport
from server.messages.quarantine import FILTERED_AT_MOST, RECIPIENTS_AT_MOST, Streak
from server.senders.store import start_sender
from tests.unit.dispatching import Desk, desk, steps

__all__ = ["desk"]  # a fixture

UNLISTED = "98765"


def refused(code: str = UNLISTED) -> SendRefused:
    return SendRefused(code, "no", FailureClass.RECIPIENT)


def report(
    desk: Desk, texts: list[Claimed], status: MessageStatus, failure: FailureClass | None = None
) -> None:
    """The carrier says what became of texts, each by itself."""
    for text in texts:
        one = DeliveryReport(text.message_id, status, failure=failure)
        delivery.report(desk.connection, [one], desk.planner.find_next, desk.now)


def accepted(desk: Desk, how_many: int) -> list[Claimed]:
    """Texts that the carrier took, to new people with a second step to come."""
    desk.enroll(desk.sequence(steps("Hi.", "Hi again.")), *desk.people(how_many))
    texts = desk.claim()
    assert len(texts) == how_many
    desk.accept(texts)
    return texts


def answers(desk: Desk, *outcomes: Sent) -> None:
    """One text after another to new people, each with its own answer, recorded one by one."""
    for outcome in outcomes:
        desk.enroll(desk.sequence(), *desk.people())
        [text] = desk.claim()
        desk.record((text, outcome))
        desk.pass_time(2 * MINUTE)


def start(desk: Desk) -> None:
    """An operator starts the sender."""
    start_sender(desk.connection, desk.sender_id, desk.operator, desk.now)
    senders_started(desk.connection, [desk.sender_id], desk.now)


def fates_of(desk: Desk) -> list[tuple[str, str | None, str | None]]:
    """Status, reason and hold of every enrollment."""
    sql = "SELECT status, reason, hold FROM enrollments ORDER BY id"
    return [tuple(row) for row in desk.rows(sql)]


FAILED = ("failed", "recipient_refused", None)
HELD = ("pending", None, "sender_stopped")


def test_the_twentieth_filtered_text_in_a_row_stops_the_sender(desk: Desk) -> None:
    texts = accepted(desk, FILTERED_AT_MOST)
    report(desk, texts[:-1], MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    assert desk.sender.stopped_at is None

    report(desk, texts[-1:], MessageStatus.UNDELIVERED, FailureClass.FILTERED)

    assert desk.sender.stopped_reason == "20 texts in a row were filtered"


def test_twenty_filtered_in_one_batch_stop_the_sender_too(desk: Desk) -> None:
    texts = accepted(desk, FILTERED_AT_MOST)
    reports = [
        DeliveryReport(text.message_id, MessageStatus.UNDELIVERED, failure=FailureClass.FILTERED)
        for text in texts
    ]
    delivery.report(desk.connection, reports[:-1], desk.planner.find_next, desk.now)
    assert desk.sender.stopped_at is None
    delivery.report(desk.connection, reports[-1:], desk.planner.find_next, desk.now)
    assert desk.sender.stopped_at is not None


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (MessageStatus.DELIVERED, None),
        (MessageStatus.UNDELIVERED, FailureClass.INVALID_NUMBER),
    ],
)
def test_a_text_that_ends_otherwise_begins_the_row_again(
    desk: Desk, status: MessageStatus, failure: FailureClass | None
) -> None:
    texts = accepted(desk, 2 * FILTERED_AT_MOST)
    report(desk, texts[:19], MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    report(desk, texts[19:20], status, failure)
    report(desk, texts[20:39], MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    assert desk.sender.stopped_at is None
    report(desk, texts[39:], MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    assert desk.sender.stopped_at is not None


def test_a_text_that_is_tried_again_has_not_ended(desk: Desk) -> None:
    texts = accepted(desk, FILTERED_AT_MOST + 1)
    report(desk, texts[:19], MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    report(desk, texts[19:20], MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE)
    report(desk, texts[20:], MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    assert desk.sender.stopped_at is not None


def test_a_started_sender_may_have_twenty_filtered_again(desk: Desk) -> None:
    texts = accepted(desk, 2 * FILTERED_AT_MOST)
    report(desk, texts[:20], MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    start(desk)
    report(desk, texts[20:39], MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    assert desk.sender.stopped_at is None
    report(desk, texts[39:], MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    assert desk.sender.stopped_at is not None


@pytest.mark.parametrize("code", ["21408", "21612", "21268", UNLISTED])
def test_a_refused_recipient_fails_alone(desk: Desk, code: str) -> None:
    answers(desk, refused(code), SendAccepted("SM1", 1))
    assert fates_of(desk) == [FAILED, ("finished_no_response", "completed", None)]
    assert desk.sender.stopped_at is None
    [row] = desk.rows("SELECT status, code, failure FROM messages ORDER BY id LIMIT 1")
    assert tuple(row) == ("failed", code, "recipient")


def test_a_listed_code_never_stops_the_sender(desk: Desk) -> None:
    answers(desk, *[refused("21408")] * 10)
    assert fates_of(desk) == [FAILED] * 10
    assert desk.sender.stopped_at is None


def test_three_recipients_in_a_row_with_one_unlisted_code_stop_the_sender(desk: Desk) -> None:
    answers(desk, refused(), refused())
    assert desk.sender.stopped_at is None

    answers(desk, refused())

    assert fates_of(desk) == [FAILED] * 3
    assert UNLISTED in desk.sender.stopped_reason
    answers_held = desk.people(2)
    desk.enroll(desk.sequence(), *answers_held)
    assert desk.claim() == []
    assert fates_of(desk)[3:] == [HELD] * 2


@pytest.mark.parametrize("together", [True, False])
def test_what_was_on_its_way_when_the_sender_stopped_is_held_and_not_blamed(
    desk: Desk, together: bool
) -> None:
    desk.enroll(desk.sequence(), *desk.people(10))
    texts = desk.claim()
    if together:
        desk.record(*((text, refused()) for text in texts))
    else:
        for text in texts:
            desk.record((text, refused()))

    assert fates_of(desk) == [FAILED] * 3 + [HELD] * 7
    assert desk.sender.stopped_at is not None


@pytest.mark.parametrize(
    "between",
    [
        SendAccepted("SM9", 1),
        SendRefused("21610", "opted out", FailureClass.OPTED_OUT),
        refused("21408"),
        refused("98764"),
    ],
)
def test_another_answer_in_between_begins_the_row_again(desk: Desk, between: Sent) -> None:
    answers(desk, refused(), refused(), between, refused(), refused())
    assert desk.sender.stopped_at is None
    answers(desk, refused())
    assert desk.sender.stopped_at is not None


def test_an_answer_that_says_nothing_of_the_recipient_changes_nothing(desk: Desk) -> None:
    answers(desk, refused(), refused(), TryLater(1.0, "20429"))
    desk.connection.exec_driver_sql(
        "UPDATE enrollments SET due_at = NULL, hold = 'needs_review' WHERE due_at > 0"
    )
    answers(desk, refused())
    assert desk.sender.stopped_at is not None


def test_one_recipient_again_and_again_does_not_stop_the_sender(desk: Desk) -> None:
    [person] = desk.people()
    for _ in range(5):
        desk.enroll(desk.sequence(), person)
        [text] = desk.claim()
        desk.record((text, refused()))
    assert desk.sender.stopped_at is None
    assert fates_of(desk) == [FAILED] * 5


def test_a_start_is_not_undone_by_the_same_person(desk: Desk) -> None:
    answers(desk, refused(), refused(), refused())
    start(desk)
    answers(desk, refused(), refused())
    assert desk.sender.stopped_at is None


@pytest.mark.parametrize("code", ["21606", "20003", "30034", "30032"])
def test_what_is_about_the_sender_stops_it_and_blames_nobody(desk: Desk, code: str) -> None:
    desk.enroll(desk.sequence(), *desk.people())
    [text] = desk.claim()
    desk.record((text, SendRefused(code, "no", FailureClass.CONFIGURATION)))
    assert fates_of(desk) == [HELD]
    start(desk)
    desk.pass_time(MINUTE)
    assert len(desk.claim()) == 1


@given(
    answers_given=st.lists(
        st.tuples(st.sampled_from([None, "1", "2"]), st.sampled_from("abcd")), max_size=30
    )
)
def test_a_row_is_blamed_on_the_sender_exactly_when_its_last_three_people_differ(
    answers_given: list[tuple[str | None, str]],
) -> None:
    streak = Streak()
    code_in_row: str | None = None
    people: list[str] = []
    for code, phone in answers_given:
        streak = streak.answered(code, phone)
        if code != code_in_row:
            code_in_row, people = code, []
        if code is not None and phone not in people:
            people.append(phone)
        assert streak.blames_sender == (len(people) >= RECIPIENTS_AT_MOST)
