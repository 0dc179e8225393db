"""One plan per enrollment: the next text's step and time through edits, pauses, holds and failures.

Each test drives a whole workspace in memory; the doctor must find nothing wrong at its end.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.vocabulary import (
    FailureClass,
    Hold,
    MessageStatus,
    Reading,
    Reason,
    ResumeMode,
    Status,
    SuppressionSource,
)
from server.carriers.interface import SendRefused, TextNotFound, TryLater, Unknown
from server.clock import DAY, HOUR
from server.contacts import suppressions
from tests.histories.world import MONDAY, World

NOW: dict[str, int] = {}
DAYS_2: dict[str, int] = {"days": 2}
STATES = ("active", "paused")


@pytest.fixture
def world() -> Iterator[World]:
    opened = World()
    yield opened
    assert opened.doctor() == []
    opened.close()


def wait_for_second(world: World, sequence_id: int) -> int:
    """A person who got the first text and waits for the second."""
    enrollment_id = world.enroll(sequence_id, world.contact())
    world.send()
    assert world.step(enrollment_id) == "Step 2."
    return enrollment_id


# Edits.


def test_an_edit_leaves_a_shifted_text_at_its_time(world: World) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = wait_for_second(world, sequence_id)
    world.pause(sequence_id)
    world.advance(days=10)
    world.resume(sequence_id, ResumeMode.SHIFT)
    due = world.standing(one).due_at
    assert due == MONDAY + 12 * DAY
    world.change(sequence_id, response_days=3)
    assert world.standing(one).due_at == due
    assert world.send() == []


@pytest.mark.parametrize("setting", [{"name": "Other"}, {"response_days": 3}, {"daily_limit": 3}])
def test_an_edit_of_no_time_moves_nobody(world: World, setting: dict[str, object]) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = wait_for_second(world, sequence_id)
    plan = world.standing(one).plan
    assert world.change(sequence_id, **setting).moved == 0
    assert world.standing(one).plan == plan


def test_skipped_steps_stay_skipped_after_an_edit(world: World) -> None:
    sequence_id = world.sequence(NOW, {"days": 1}, {"days": 1}, {"days": 20})
    one = wait_for_second(world, sequence_id)
    world.pause(sequence_id)
    world.advance(days=5)
    world.resume(sequence_id, ResumeMode.SKIP)
    assert world.step(one) == "Step 4."
    due = world.standing(one).due_at
    world.change(sequence_id, name="Renamed")
    assert (world.step(one), world.standing(one).due_at) == ("Step 4.", due)
    world.advance(days=30)
    world.send()
    assert world.sent(one) == ["Step 1.", "Step 4."]


@pytest.mark.parametrize("state", STATES)
def test_a_longer_delay_counts_the_same_in_every_state(world: World, state: str) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = wait_for_second(world, sequence_id)
    if state == "paused":
        world.pause(sequence_id)
    document = world.document(sequence_id)
    document["steps"][1]["delay"] = {"days": 10}
    assert world.edit(sequence_id, document).moved == 1
    if state == "paused":
        world.resume(sequence_id, ResumeMode.KEEP_GAPS)
    assert world.standing(one).due_at == MONDAY + 10 * DAY


@pytest.mark.parametrize("state", STATES)
def test_a_step_inserted_before_the_next_one_goes_next_in_every_state(
    world: World, state: str
) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = wait_for_second(world, sequence_id)
    if state == "paused":
        world.pause(sequence_id)
    document = world.document(sequence_id)
    document["steps"].insert(1, {"body": "New.", "delay": {"days": 1}})
    world.edit(sequence_id, document)
    if state == "paused":
        world.resume(sequence_id, ResumeMode.KEEP_GAPS)
    assert (world.step(one), world.standing(one).due_at) == ("New.", MONDAY + DAY)


@pytest.mark.parametrize("state", STATES)
def test_a_deleted_step_is_followed_by_the_one_that_takes_its_place(
    world: World, state: str
) -> None:
    sequence_id = world.sequence(NOW, DAYS_2, {"days": 5})
    one = wait_for_second(world, sequence_id)
    if state == "paused":
        world.pause(sequence_id)
    document = world.document(sequence_id)
    del document["steps"][1]
    world.edit(sequence_id, document)
    if state == "paused":
        world.resume(sequence_id, ResumeMode.KEEP_GAPS)
    assert (world.step(one), world.standing(one).due_at) == ("Step 3.", MONDAY + 5 * DAY)


def test_a_draft_follows_its_steps_and_counts_from_its_activation(world: World) -> None:
    sequence_id = world.sequence(DAYS_2, active=False)
    one = world.enroll(sequence_id, world.contact())
    document = world.document(sequence_id)
    document["steps"].insert(0, {"body": "New.", "delay": {"days": 1}})
    world.edit(sequence_id, document)
    assert (world.step(one), world.standing(one).hold) == ("New.", Hold.DRAFT)
    world.advance(days=3)
    world.activate(sequence_id)
    assert world.standing(one).due_at == world.now + DAY


def test_an_edit_while_the_text_is_on_the_wire_counts_when_it_comes_back(world: World) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.claim()
    document = world.document(sequence_id)
    document["steps"].insert(0, {"body": "New.", "delay": {"days": 1}})
    world.edit(sequence_id, document)
    world.answer(text, TryLater(60, "20429"))
    world.advance(minutes=5)
    assert world.send() == []
    assert (world.step(one), world.standing(one).due_at) == ("New.", MONDAY + DAY)


# Pauses.


def test_a_shift_moves_a_text_that_was_on_the_wire_at_the_pause(world: World) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.claim()
    world.pause(sequence_id)
    world.answer(text)
    world.advance(days=1)
    world.resume(sequence_id, ResumeMode.SHIFT)
    assert world.standing(one).due_at == MONDAY + 3 * DAY


def test_a_shift_moves_once_whoever_a_missing_field_held_during_the_pause(world: World) -> None:
    steps = [{"body": "Hi.", "delay": {}}, {"body": "Hi {{ team }}.", "delay": DAYS_2}]
    sequence_id = world.sequence_of(steps)
    contact_id = world.contact(fields={"team": "red"})
    one = world.enroll(sequence_id, contact_id)
    world.send()
    world.change_contact(contact_id, fields={"team": None})
    world.advance(days=2)
    world.send()
    assert world.standing(one).hold is Hold.MISSING_FIELD
    world.pause(sequence_id)
    world.advance(days=3)
    world.change_contact(contact_id, fields={"team": "blue"})
    world.send()
    world.advance(days=2)
    world.resume(sequence_id, ResumeMode.SHIFT)
    assert world.standing(one).due_at == MONDAY + 7 * DAY


def test_whoever_enrolls_during_a_pause_waits_the_whole_delay_after_a_shift(world: World) -> None:
    sequence_id = world.sequence(DAYS_2)
    world.pause(sequence_id)
    world.advance(days=4)
    one = world.enroll(sequence_id, world.contact())
    world.advance(days=1)
    world.resume(sequence_id, ResumeMode.SHIFT)
    assert world.standing(one).due_at == world.now + 2 * DAY


@pytest.mark.parametrize("mode", ResumeMode)
def test_no_way_of_resuming_brings_a_text_forward(world: World, mode: ResumeMode) -> None:
    sequence_id = world.sequence(NOW, {"days": 9})
    one = wait_for_second(world, sequence_id)
    due = world.standing(one).due_at
    world.pause(sequence_id)
    world.advance(days=2)
    world.resume(sequence_id, mode)
    assert due is not None
    assert (world.standing(one).due_at or 0) >= due


def test_a_text_that_waits_for_tomorrow_is_not_overdue_after_a_short_pause(world: World) -> None:
    contact_id = world.contact()
    world.enroll(world.sequence(NOW), contact_id)
    world.send()
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, contact_id)
    world.send()
    tomorrow = world.standing(one).due_at
    assert world.standing(one).hold is Hold.DAILY_LIMIT
    world.pause(sequence_id)
    world.advance(hours=1)
    world.resume(sequence_id, ResumeMode.SKIP)
    assert (world.step(one), world.standing(one).due_at) == ("Step 1.", tomorrow)


# Retries.


def test_an_edit_leaves_the_next_attempt_of_an_unreachable_text_at_its_time(world: World) -> None:
    sequence_id = world.sequence(NOW, {"days": 9})
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.send()
    world.report(text.message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE, "30003")
    assert world.standing(one).due_at == MONDAY + 2 * HOUR
    document = world.document(sequence_id)
    document["steps"][0]["delay"] = {"days": 3}
    document["window"] = [{"days": "daily", "from": "08:00", "to": "21:00"}]
    world.edit(sequence_id, document)
    world.change(sequence_id, name="Renamed")
    assert world.standing(one).due_at == MONDAY + 2 * HOUR
    assert world.send() == []
    world.advance(hours=2)
    assert len(world.send()) == 1
    assert world.sent(one) == ["Step 1.", "Step 1."]


def test_a_pause_keeps_the_next_attempt_of_an_unreachable_text_at_its_time(world: World) -> None:
    sequence_id = world.sequence(NOW, {"days": 9})
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.send()
    world.report(text.message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE, "30003")
    world.pause(sequence_id)
    world.advance(minutes=30)
    world.resume(sequence_id, ResumeMode.KEEP_GAPS)
    assert world.standing(one).due_at == MONDAY + 2 * HOUR


def test_an_unreachable_text_is_not_retried_while_the_next_one_is_on_the_wire(
    world: World,
) -> None:
    sequence_id = world.sequence(NOW, {"minutes": 5}, DAYS_2, daily_limit=9)
    one = world.enroll(sequence_id, world.contact())
    (first,) = world.send()
    world.advance(minutes=5)
    (second,) = world.claim()
    world.report(first.message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE, "30003")
    assert world.standing(one).hold is Hold.SENDING
    assert world.doctor() == []
    world.answer(second)
    assert world.step(one) == "Step 3."
    assert world.message(first.message_id).status == "undelivered"
    world.act("finish", one)
    assert world.message(first.message_id).status == "undelivered"


@pytest.mark.parametrize("code", ["30001", "30022", "30023"])
def test_a_last_text_that_the_senders_queue_dropped_is_sent_again(world: World, code: str) -> None:
    sequence_id = world.sequence(NOW)
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.send()
    assert world.standing(one).status is Status.FINISHED_NO_RESPONSE
    world.report(text.message_id, MessageStatus.FAILED, FailureClass.SENDER_QUEUE, code)
    standing = world.standing(one)
    assert (standing.status, standing.hold, standing.tries) == (
        Status.PENDING,
        Hold.SENDER_RATE,
        0,
    )
    world.advance(hours=1)
    assert len(world.send()) == 1
    assert world.standing(one).status is Status.FINISHED_NO_RESPONSE


def test_the_senders_queue_uses_up_no_try_of_an_unreachable_handset(world: World) -> None:
    sequence_id = world.sequence(NOW, {"days": 30})
    one = world.enroll(sequence_id, world.contact())
    world.send()
    for _ in range(5):
        (message_id,) = world.connection.exec_driver_sql("SELECT id FROM messages").scalars()
        world.report(message_id, MessageStatus.FAILED, FailureClass.SENDER_QUEUE, "30001")
        world.advance(hours=1)
        world.send()
    standing = world.standing(one)
    assert (standing.status, standing.tries) == (Status.PENDING, 0)
    world.report(message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE, "30003")
    assert world.standing(one).status is Status.PENDING


def test_a_last_text_dropped_for_the_senders_settings_is_held_and_blames_nobody(
    world: World,
) -> None:
    sequence_id = world.sequence(NOW)
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.send()
    world.report(text.message_id, MessageStatus.UNDELIVERED, FailureClass.CONFIGURATION, "30034")
    standing = world.standing(one)
    assert (standing.status, standing.hold) == (Status.PENDING, Hold.SENDER_STOPPED)
    world.start(world.default_sender)
    world.send()
    assert world.sent(one) == ["Step 1.", "Step 1."]


def test_a_dropped_last_text_opens_nothing_for_someone_who_was_enrolled_again(
    world: World,
) -> None:
    sequence_id = world.sequence(NOW, reenroll="always")
    contact_id = world.contact()
    one = world.enroll(sequence_id, contact_id)
    (text,) = world.send()
    world.enroll(sequence_id, contact_id)
    world.report(text.message_id, MessageStatus.FAILED, FailureClass.SENDER_QUEUE, "30001")
    assert world.standing(one).status is Status.FINISHED_NO_RESPONSE


def test_a_direct_text_that_the_senders_queue_dropped_is_sent_again(world: World) -> None:
    contact_id = world.contact()
    message_id = world.direct(contact_id, "Hello.")
    world.send()
    world.report(message_id, MessageStatus.FAILED, FailureClass.SENDER_QUEUE, "30022")
    assert world.message(message_id).status == "waiting"
    world.advance(hours=1)
    assert [text.message_id for text in world.send()] == [message_id]


def scheduled(world: World, *times: str) -> int:
    steps = [{"body": f"Step {n}.", "at": at} for n, at in enumerate(times, 1)]
    return world.sequence_of(steps, kind="scheduled")


def test_a_failed_scheduled_text_is_not_retried_when_its_time_is_over(world: World) -> None:
    sequence_id = scheduled(world, "2026-11-02T11:00:00", "2026-11-20T11:00:00")
    one = world.enroll(sequence_id, world.contact())
    world.advance(hours=1)
    (text,) = world.send()
    world.report(text.message_id, MessageStatus.FAILED, FailureClass.FILTERED, "30007")
    world.advance(hours=20)
    (row,) = world.act("retry", one).rows
    assert row.outcome == "skipped"
    assert "time of step 1 has passed" in (row.why or "")
    assert world.standing(one).status is Status.FAILED


def test_a_failed_scheduled_text_is_retried_soon_after(world: World) -> None:
    sequence_id = scheduled(world, "2026-11-02T11:00:00", "2026-11-20T11:00:00")
    one = world.enroll(sequence_id, world.contact())
    world.advance(hours=1)
    (text,) = world.send()
    world.report(text.message_id, MessageStatus.FAILED, FailureClass.FILTERED, "30007")
    world.advance(hours=2)
    (row,) = world.act("retry", one).rows
    assert row.outcome == "done"
    world.send()
    assert world.sent(one) == ["Step 1.", "Step 1."]


def test_nothing_delivered_is_failed_even_where_a_retry_became_too_late(world: World) -> None:
    sequence_id = scheduled(world, "2026-11-02T12:00:00", "2026-11-03T16:00:00")
    one = world.enroll(sequence_id, world.contact())
    world.advance(hours=2)
    for _ in range(2):
        (text,) = world.send()
        world.report(text.message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE)
        world.advance(hours=3)
    world.advance(hours=20)
    world.send()
    assert world.step(one) == "Step 2."
    world.now = max(world.now, MONDAY + 30 * HOUR)
    (last,) = world.send()
    world.report(last.message_id, MessageStatus.UNDELIVERED, FailureClass.FILTERED)
    standing = world.standing(one)
    assert (standing.status, standing.reason) == (Status.FAILED, Reason.FILTERED)


# Holds.


def test_a_confirmation_held_by_a_stopped_sender_goes_when_it_starts(world: World) -> None:
    contact_id = world.contact()
    world.enroll(world.sequence(NOW, DAYS_2), contact_id)
    world.send()
    world.stop(world.default_sender)
    world.text(contact_id, "STOP")
    assert world.send() == []
    world.start(world.default_sender)
    (text,) = world.send()
    assert text.kind == "confirmation"


@pytest.mark.parametrize("body", ["HELP", None], ids=["help", "direct"])
def test_texts_of_every_kind_go_when_their_sender_starts(world: World, body: str | None) -> None:
    contact_id = world.contact()
    world.stop(world.default_sender)
    if body is None:
        world.direct_queued(contact_id, "Hello.")
    else:
        world.text(contact_id, body)
    assert world.send() == []
    world.start(world.default_sender)
    assert len(world.send()) == 1


def test_another_sender_sends_what_a_stopped_one_held(world: World) -> None:
    other = world.sender("+12025550101")
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    world.stop(world.default_sender)
    world.send()
    assert world.standing(one).hold is Hold.SENDER_STOPPED
    world.change(sequence_id, sender="+12025550101")
    world.send()
    assert world.sent(one) == ["Step 1."]
    assert world.one("SELECT sender_id FROM messages") == other


def test_another_sender_sends_what_was_on_the_wire_of_a_stopped_one(world: World) -> None:
    world.sender("+12025550101")
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.claim()
    world.change(sequence_id, sender="+12025550101")
    world.answer(text, SendRefused("20003", "wrong token", FailureClass.CONFIGURATION))
    world.send()
    assert world.step(one) == "Step 2."


def test_a_new_default_sender_sends_what_the_old_one_held(world: World) -> None:
    from common.model.senders import SenderChange
    from server.enrollments import releases
    from server.senders import store

    other = world.sender("+12025550101")
    one = world.enroll(world.sequence(NOW), world.contact())
    world.stop(world.default_sender)
    world.send()
    store.change_sender(world.connection, other, SenderChange(is_default=True), 1, world.now)
    releases.senders_changed(world.connection, [other], world.now)
    world.send()
    assert world.sent(one) == ["Step 1."]


def test_a_text_behind_another_sequences_text_is_not_with_the_carrier(world: World) -> None:
    contact_id = world.contact()
    first = world.enroll(world.sequence(NOW, daily_limit=2), contact_id)
    second = world.enroll(world.sequence(NOW, daily_limit=2), contact_id)
    (text,) = world.claim_once()
    behind = second if text.enrollment_id == first else first
    assert world.standing(behind).hold is Hold.OTHER_TEXT
    operation = world.act("finish", behind)
    assert operation.with_carrier == 0
    world.answer(text)


def test_a_decided_review_lets_direct_texts_go(world: World) -> None:
    contact_id = world.contact()
    world.enroll(world.sequence(NOW, DAYS_2), contact_id)
    world.send()
    world.text(contact_id, "please stop texting me")
    message_id = world.direct_queued(contact_id, "Hello.")
    assert world.send() == []
    review_id = world.one("SELECT id FROM reviews")
    world.decide_review(review_id, Reading.HARMLESS)
    assert [text.message_id for text in world.send()] == [message_id]


# Suppressions.


def suppress(world: World, contact_id: int) -> None:
    suppressions.suppress(
        world.connection,
        [world.phone(contact_id)],
        SuppressionSource.OPERATOR,
        "asked by phone",
        1,
        world.now,
    )


@pytest.mark.parametrize("texted", [True, False])
def test_an_undone_finish_of_a_suppressed_number_is_opted_out_at_once(
    world: World, texted: bool
) -> None:
    contact_id = world.contact()
    one = world.enroll(world.sequence(NOW if texted else DAYS_2, DAYS_2), contact_id)
    world.send()
    operation = world.act("finish", one)
    suppress(world, contact_id)
    world.undo(operation)
    standing = world.standing(one)
    wanted = Status.OPTED_OUT if texted else Status.OMITTED_OPTED_OUT
    assert (standing.status, standing.reason) == (wanted, Reason.SUPPRESSED_BY_OPERATOR)


def test_a_reply_read_as_none_of_a_suppressed_number_is_opted_out_at_once(world: World) -> None:
    contact_id = world.contact()
    one = world.enroll(world.sequence(NOW, DAYS_2), contact_id)
    world.send()
    message_id = world.text(contact_id, "Who is this?")
    assert world.standing(one).status is Status.FINISHED_RESPONDED
    suppress(world, contact_id)
    world.read_as(message_id, Reading.AUTO_REPLY)
    standing = world.standing(one)
    assert (standing.status, standing.reason) == (
        Status.OPTED_OUT,
        Reason.SUPPRESSED_BY_OPERATOR,
    )


@pytest.mark.parametrize("texted", [True, False])
def test_a_number_edited_to_a_suppressed_one_is_opted_out_at_once(
    world: World, texted: bool
) -> None:
    contact_id = world.contact()
    one = world.enroll(world.sequence(NOW if texted else DAYS_2, DAYS_2), contact_id)
    world.send()
    suppressions.suppress(
        world.connection, ["+16465550199"], SuppressionSource.KEYWORD, "STOP", None, world.now
    )
    world.change_contact(contact_id, phone="+16465550199")
    standing = world.standing(one)
    wanted = Status.OPTED_OUT if texted else Status.OMITTED_OPTED_OUT
    assert (standing.status, standing.reason) == (wanted, Reason.KEYWORD)


# Scheduled sequences.


def test_steps_that_are_past_at_enrolling_leave_an_event_each(world: World) -> None:
    sequence_id = scheduled(
        world, "2026-11-01T11:00:00", "2026-11-02T09:30:00", "2026-11-20T11:00:00"
    )
    one = world.enroll(sequence_id, world.contact())
    skipped = world.connection.exec_driver_sql(
        "SELECT json_extract(body, '$.why') FROM events WHERE kind = 'step_skipped'"
        " AND enrollment_id = ?",
        (one,),
    ).scalars()
    assert list(skipped) == ["skipped_past", "skipped_past"]
    assert world.step(one) == "Step 3."


@pytest.mark.parametrize(
    ("at", "why"),
    [("2026-11-14T22:00:00", "outside_window"), ("2026-11-01T11:00:00", "all_steps_past")],
)
def test_enrolling_says_whether_the_time_has_passed_or_the_window_opens_too_late(
    world: World, at: str, why: str
) -> None:
    steps = [{"body": "Step 1.", "at": at}]
    window = [{"days": "mon", "from": "09:00", "to": "20:00"}]
    sequence_id = world.sequence_of(steps, kind="scheduled", window=window)
    assert world.tally(sequence_id, world.contact()).refused == {why: 1}


# An unknown outcome.


def test_a_text_that_is_proven_unsent_keeps_its_plan(world: World) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.claim()
    world.answer(text, Unknown("no answer"))
    assert world.standing(one).hold is Hold.UNKNOWN
    world.change(sequence_id, name="Renamed")
    world.reconcile(TextNotFound())
    world.reconcile(TextNotFound())
    plan = world.standing(one).plan
    assert (plan.base_at, plan.planned_at) == (MONDAY, MONDAY)
    world.send()
    assert world.step(one) == "Step 2."


def test_a_refused_text_that_is_retried_keeps_its_base(world: World) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = wait_for_second(world, sequence_id)
    world.advance(days=2)
    (text,) = world.claim()
    world.answer(text, SendRefused("21211", "not a number", FailureClass.INVALID_NUMBER))
    assert world.standing(one).status is Status.FAILED
    world.advance(hours=1)
    world.act("retry", one)
    document = world.document(sequence_id)
    document["steps"][1]["delay"] = {"days": 30}
    world.edit(sequence_id, document)
    assert world.standing(one).due_at == world.now
    world.send()
    assert world.sent(one) == ["Step 1.", "Step 2.", "Step 2."]
