"""One sequence text a contact and calendar day, by when it is handed over, not when it is made."""

from __future__ import annotations

import sqlite3

import pytest

from common.vocabulary import FailureClass, MessageStatus
from server.carriers.interface import SendRefused, TextNotFound, TryLater, Unknown
from server.clock import DAY, HOUR, MINUTE
from server.dispatch import reconcile
from server.dispatch.people import handed_over
from server.messages import delivery
from server.messages.delivery import DeliveryReport
from tests.unit.dispatching import Desk, at, desk, steps

__all__ = ["desk"]  # a fixture


def report(desk: Desk, message_id: int, status: MessageStatus, failure: FailureClass) -> None:
    """The carrier says what became of a text."""
    one = DeliveryReport(message_id, status, failure=failure)
    delivery.report(desk.connection, [one], desk.planner.find_next, desk.now)


def enrolled(desk: Desk, person: int) -> None:
    """Enroll a contact in one more sequence, due now."""
    desk.enroll(desk.sequence(steps("Hi.", "Hi again.", days=40)), person)


def held_by_limit(desk: Desk) -> list[int | None]:
    """When those go that the daily limit holds."""
    return [due for hold, due in desk.holds() if hold == "daily_limit"]


@pytest.mark.parametrize("days", [1, 3, 4, 30])
def test_a_text_that_was_made_days_ago_counts_on_the_day_of_its_hand_off(
    desk: Desk, days: int
) -> None:
    """Made on the Monday, refused for the rate, held, handed over days later."""
    [person] = desk.people()
    enrolled(desk, person)
    [text] = desk.claim()
    desk.record((text, TryLater(1.0, "20429")))
    desk.now = at(13, day=days)
    desk.wall += days * DAY
    [again] = desk.claim()
    assert again.message_id == text.message_id
    desk.accept([again])
    enrolled(desk, person)

    assert desk.send_all() == []

    assert held_by_limit(desk) == [at(9, day=days + 1)]


def test_a_text_that_was_handed_over_yesterday_does_not_count(desk: Desk) -> None:
    [person] = desk.people()
    enrolled(desk, person)
    desk.send_all(1)
    desk.now = at(9, day=1)
    enrolled(desk, person)

    assert len(desk.send_all(1)) == 1


def test_a_text_on_the_wire_counts_by_its_attempt(desk: Desk) -> None:
    [person] = desk.people()
    enrolled(desk, person)
    [text] = desk.claim()
    desk.record((text, TryLater(1.0, "20429")))
    desk.now, desk.wall = at(13, day=6), desk.wall + 6 * DAY
    assert len(desk.claim()) == 1
    enrolled(desk, person)

    assert desk.claim() == []

    assert held_by_limit(desk) == [at(9, day=7)]


@pytest.mark.parametrize("given_up", [False, True])
def test_an_unknown_text_counts_on_the_day_of_its_attempt(desk: Desk, given_up: bool) -> None:
    [person] = desk.people()
    enrolled(desk, person)
    [text] = desk.claim()
    desk.record((text, TryLater(1.0, "20429")))
    desk.now, desk.wall = at(13, day=4), desk.wall + 4 * DAY
    [again] = desk.claim()
    desk.record((again, Unknown("time-out")))
    if given_up:
        desk.connection.exec_driver_sql("UPDATE messages SET hold = NULL")
    enrolled(desk, person)

    assert desk.claim() == []

    assert held_by_limit(desk) == [at(9, day=5)]


def test_a_retried_text_counts_by_its_last_hand_off(desk: Desk) -> None:
    """Handed over on the Monday evening, unreachable, handed over again on the Tuesday."""
    [person] = desk.people()
    desk.now = at(19)
    enrolled(desk, person)
    [text] = desk.claim()
    desk.accept([text])
    report(desk, text.message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE)
    desk.now, desk.wall = at(9, day=1), desk.wall + DAY
    [again] = desk.claim()
    assert again.message_id == text.message_id
    desk.accept([again])
    enrolled(desk, person)

    assert desk.claim() == []

    assert held_by_limit(desk) == [at(9, day=2)]


def test_a_retry_is_not_held_by_its_own_first_hand_off(desk: Desk) -> None:
    [person] = desk.people()
    enrolled(desk, person)
    [text] = desk.claim()
    desk.accept([text])
    report(desk, text.message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE)
    desk.pass_time(2 * HOUR)

    assert [one.message_id for one in desk.claim()] == [text.message_id]


def test_a_text_handed_over_twice_in_a_day_is_one(desk: Desk) -> None:
    [person] = desk.people()
    desk.enroll(desk.sequence(steps("Hi.", "Hi again."), daily_limit=2), person)
    [text] = desk.claim()
    desk.accept([text])
    report(desk, text.message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE)
    desk.pass_time(2 * HOUR)
    desk.accept(desk.claim())

    assert handed_over(desk.connection, [person], desk.now) == {
        person: [(text.message_id, desk.now)]
    }


@pytest.mark.parametrize("proof", ["refused", "not found twice"])
def test_what_was_never_handed_over_leaves_room(desk: Desk, proof: str) -> None:
    [person] = desk.people()
    enrolled(desk, person)
    [text] = desk.claim()
    if proof == "refused":
        desk.record((text, SendRefused("30004", "blocked", FailureClass.FILTERED)))
    else:
        desk.record((text, Unknown("time-out")))
        for _ in range(2):
            desk.wall += HOUR
            [doubt] = reconcile.doubts(desk.connection, desk.wall)
            reconcile.settle(
                desk.connection, desk.planner, doubt, TextNotFound(), desk.wall + MINUTE, desk.now
            )
        desk.connection.exec_driver_sql(
            "UPDATE enrollments SET due_at = due_at + 1000000, not_before = due_at + 1000000"
        )
    enrolled(desk, person)

    assert len(desk.claim()) == 1


def test_the_day_is_the_contacts_own(desk: Desk) -> None:
    """Monday 5:00 and 19:00 in New York are Monday 19:00 and Tuesday 9:00 in Tokyo."""
    [person] = desk.people(zone="Asia/Tokyo")
    desk.now = at(5)
    enrolled(desk, person)
    assert len(desk.send_all(1)) == 1
    enrolled(desk, person)
    assert desk.claim() == []
    assert held_by_limit(desk) == [at(19)]
    desk.now, desk.wall = at(19), desk.wall + 14 * HOUR

    assert len(desk.claim()) == 1


def test_the_look_up_reads_indexes_alone(desk: Desk) -> None:
    """However many texts a contact has had, and however many of others are unknown."""
    asked: list[str] = []
    raw = desk.connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.set_trace_callback(asked.append)
    handed_over(desk.connection, desk.people(3), desk.now)
    raw.set_trace_callback(None)
    looked_up = [sql for sql in asked if sql.startswith("SELECT contact_id")]
    assert len(looked_up) == 3
    for sql in looked_up:
        plan = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert not [step for step in plan if step.startswith("SCAN")], plan
    first = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {looked_up[0]}")]
    assert "ix_messages_handed_over (contact_id=? AND handed_off_at>?)" in first[0]
