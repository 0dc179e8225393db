"""What an attack on the plan of enrollments found; each test is named by what is right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.model.messages import NewMessage
from common.model.senders import SenderChange
from common.vocabulary import FailureClass, Hold, MessageStatus, ResumeMode, Status
from server.carriers.codes import label
from server.carriers.interface import SendRefused, TryLater
from server.clock import DAY, HOUR
from server.enrollments import releases
from server.enrollments.explanation import explain
from server.enrollments.rate_wait import PresentMoment
from server.messages.direct_texts import send_direct
from server.senders import store
from tests.histories.world import MONDAY, ZONE, World

NOW: dict[str, int] = {}
DAYS_2: dict[str, int] = {"days": 2}
UNREGISTERED = SendRefused("30034", "not registered", FailureClass.CONFIGURATION)
FILTERED = SendRefused("30007", "filtered", FailureClass.FILTERED)


@pytest.fixture
def world() -> Iterator[World]:
    opened = World()
    yield opened
    assert opened.doctor() == []
    opened.close()


def put_in_front(world: World, sequence_id: int, *bodies: str) -> None:
    document = world.document(sequence_id)
    document["steps"][:0] = [{"body": body, "delay": {}} for body in bodies]
    world.edit(sequence_id, document)


def delete(world: World, sequence_id: int, index: int) -> None:
    document = world.document(sequence_id)
    del document["steps"][index]
    world.edit(sequence_id, document)


def let_days_pass(world: World, days: int) -> None:
    for _ in range(days):
        world.advance(days=1)
        world.send()


def told(world: World, enrollment_id: int) -> tuple[str, ...]:
    moment = PresentMoment(world.now, world.now, 0.0)
    return explain(world.connection, enrollment_id, label, moment).sentences


def new_default_sender(world: World) -> int:
    other = world.sender("+12025550101")
    store.change_sender(world.connection, other, SenderChange(is_default=True), 1, world.now)
    releases.senders_changed(world.connection, [other], world.now)
    return other


# Texts that came back, and steps that are inserted or deleted.


def test_a_text_that_came_back_goes_after_a_step_that_was_put_before_it(world: World) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    world.send(TryLater(60, "20429"))
    put_in_front(world, sequence_id, "New.")
    let_days_pass(world, 8)
    assert world.sent(one)[1:] == ["New.", "Step 1.", "Step 2."]


def test_the_same_where_the_step_was_put_there_before_a_finish_was_undone(world: World) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    world.send(TryLater(60, "20429"))
    operation = world.act("finish", one)
    put_in_front(world, sequence_id, "New.")
    world.undo(operation)
    let_days_pass(world, 8)
    assert world.sent(one)[1:] == ["New.", "Step 1.", "Step 2."]


@pytest.mark.parametrize("later_edit", ["delete", "insert"])
def test_a_step_that_is_deleted_while_its_text_is_on_the_wire_keeps_its_place(
    world: World, later_edit: str
) -> None:
    sequence_id = world.sequence(NOW, NOW, {"days": 1}, {"days": 1}, daily_limit=9)
    one = world.enroll(sequence_id, world.contact())
    world.answer(world.claim_once()[0])
    (second,) = world.claim()
    delete(world, sequence_id, 1)
    if later_edit == "delete":
        delete(world, sequence_id, 0)
    else:
        put_in_front(world, sequence_id, "X.", "Y.")
    world.answer(second)
    assert world.step(one) == "Step 3."


def test_an_undone_finish_in_a_draft_waits_for_the_first_step_that_is_there(world: World) -> None:
    sequence_id = world.sequence({"days": 1}, DAYS_2, active=False)
    one = world.enroll(sequence_id, world.contact())
    operation = world.act("finish", one)
    delete(world, sequence_id, 0)
    world.undo(operation)
    assert world.step(one) == "Step 2."


def test_a_text_that_comes_back_goes_at_the_time_that_an_edit_gave_it_meanwhile(
    world: World,
) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    world.send()
    world.advance(days=2)
    (text,) = world.claim()
    document = world.document(sequence_id)
    document["steps"][1]["delay"] = {"days": 9}
    world.edit(sequence_id, document)
    world.answer(text, TryLater(60, "20429"))
    world.advance(hours=1)
    assert world.send() == []
    assert world.standing(one).due_at == MONDAY + 9 * DAY


def test_a_scheduled_text_that_comes_back_goes_at_its_new_time(world: World) -> None:
    steps = [{"body": "Step 1.", "at": "2026-11-02T11:00:00"}]
    sequence_id = world.sequence_of(steps, kind="scheduled")
    one = world.enroll(sequence_id, world.contact())
    world.advance(hours=1)
    (text,) = world.claim()
    document = world.document(sequence_id)
    document["steps"][0]["at"] = "2026-11-04T11:00:00"
    world.edit(sequence_id, document)
    world.answer(text, TryLater(60, "20429"))
    world.advance(hours=1)
    assert world.send() == []
    assert world.standing(one).due_at == MONDAY + 2 * DAY + HOUR


@pytest.mark.parametrize("later", [True, False])
def test_a_text_that_is_taken_is_not_touched_by_an_edit_meanwhile(
    world: World, later: bool
) -> None:
    sequence_id = world.sequence(DAYS_2, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    world.advance(days=2)
    (text,) = world.claim()
    document = world.document(sequence_id)
    document["steps"][0]["delay"] = {"days": 9} if later else {}
    world.edit(sequence_id, document)
    assert world.standing(one).hold is Hold.SENDING
    world.answer(text)
    assert (world.step(one), world.standing(one).due_at) == ("Step 2.", MONDAY + 4 * DAY)


# Senders.


def test_an_undone_finish_goes_out_from_the_default_sender_as_it_is_now(world: World) -> None:
    one = world.enroll(world.sequence(NOW, DAYS_2), world.contact())
    operation = world.act("finish", one)
    new_default_sender(world)
    world.stop(world.default_sender)
    world.undo(operation)
    world.advance(hours=1)
    world.send()
    assert world.sent(one) == ["Step 1."]


def test_a_retry_goes_out_from_the_default_sender_as_it_is_now(world: World) -> None:
    one = world.enroll(world.sequence(NOW, DAYS_2), world.contact())
    world.send(FILTERED)
    new_default_sender(world)
    world.stop(world.default_sender)
    world.act("retry", one)
    world.send()
    assert world.sent(one) == ["Step 1.", "Step 1."]


@pytest.mark.parametrize("delays", [[NOW], [NOW, DAYS_2]])
def test_a_dropped_text_of_a_former_sender_goes_out_from_the_present_one(
    world: World, delays: list[dict[str, int]]
) -> None:
    one = world.enroll(world.sequence(*delays), world.contact())
    (text,) = world.send()
    new_default_sender(world)
    world.report(text.message_id, MessageStatus.UNDELIVERED, FailureClass.CONFIGURATION, "30034")
    world.send()
    assert world.sent(one) == ["Step 1.", "Step 1."]


def test_a_text_that_a_former_sender_may_not_send_goes_out_from_the_present_one(
    world: World,
) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.claim()
    world.sender("+12025550101")
    world.change(sequence_id, sender="+12025550101")
    world.answer(text, UNREGISTERED)
    world.send()
    assert world.sent(one) == ["Step 1.", "Step 1."]
    assert world.step(one) == "Step 2."


# Replies.


def test_a_reply_to_a_text_that_was_refused_does_not_end_its_retry(world: World) -> None:
    contact_id = world.contact()
    one = world.enroll(world.sequence(NOW, DAYS_2), contact_id)
    (text,) = world.claim()
    world.text(contact_id, "Hello there")
    world.answer(text, FILTERED)
    assert world.standing(one).status is Status.FAILED
    world.act("retry", one)
    world.send()
    assert (world.standing(one).status, world.step(one)) == (Status.PENDING, "Step 2.")


# Night.


def test_a_reason_to_text_at_night_does_not_count_on_another_night(world: World) -> None:
    contact_id = world.contact()
    world.advance(hours=14)
    urgent = NewMessage(body="Now.", override_reason="asked for it")
    send_direct(world.connection, ZONE, contact_id, urgent, 1, world.now)
    world.stop(world.default_sender)
    world.send()
    world.advance(days=2, hours=2)
    world.start(world.default_sender)
    assert world.send() == []
    world.advance(hours=8)
    assert len(world.send()) == 1


def test_a_reason_to_text_at_night_counts_all_that_night(world: World) -> None:
    contact_id = world.contact()
    world.advance(hours=14)
    urgent = NewMessage(body="Now.", override_reason="asked for it")
    send_direct(world.connection, ZONE, contact_id, urgent, 1, world.now)
    world.send(TryLater(60, "20429"))
    world.advance(hours=2)
    assert len(world.send()) == 1


@pytest.mark.parametrize("keyword", ["STOP", "HELP"])
def test_an_answer_to_a_keyword_never_comes_days_later_at_night(world: World, keyword: str) -> None:
    world.stop(world.default_sender)
    world.text(world.contact(), keyword)
    world.send()
    world.advance(days=3, hours=17)
    world.start(world.default_sender)
    assert world.send() == []
    assert world.one("SELECT status FROM messages WHERE direction = 'out'") == "cancelled"


def test_no_opt_out_is_confirmed_after_a_start_has_undone_it(world: World) -> None:
    contact_id = world.contact()
    world.stop(world.default_sender)
    world.text(contact_id, "STOP")
    world.send()
    world.text(contact_id, "START")
    world.start(world.default_sender)
    assert world.send() == []


# Clocks.


@pytest.mark.parametrize(
    ("zone", "moved_to", "hours"),
    [
        ("America/New_York", "America/Los_Angeles", 3),
        ("America/Los_Angeles", "America/New_York", -3),
    ],
)
def test_a_time_on_the_recipients_clock_follows_a_change_of_the_zone(
    world: World, zone: str, moved_to: str, hours: int
) -> None:
    step = {"body": "Step 1.", "at": "2026-11-03T13:00:00", "local": True}
    contact_id = world.contact(zone=zone)
    one = world.enroll(world.sequence_of([step], kind="scheduled"), contact_id)
    before = world.standing(one).due_at
    world.change_contact(contact_id, zone=moved_to)
    assert before is not None
    assert world.standing(one).due_at == before + hours * HOUR


# Pauses.


def test_a_shift_moves_a_retry_made_in_the_pause_by_the_rest_of_it(world: World) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    world.send(FILTERED)
    world.pause(sequence_id)
    world.advance(days=9)
    world.act("retry", one)
    world.advance(days=1)
    world.resume(sequence_id, ResumeMode.SHIFT)
    assert world.standing(one).due_at == world.now


def test_a_shift_moves_the_next_attempt_of_an_unreachable_text(world: World) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.send()
    world.report(text.message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE, "30003")
    world.advance(hours=1)
    world.pause(sequence_id)
    world.advance(days=10)
    world.resume(sequence_id, ResumeMode.SHIFT)
    assert world.standing(one).due_at == MONDAY + 10 * DAY + 2 * HOUR


def test_a_landline_retried_in_a_draft_counts_from_the_activation(world: World) -> None:
    sequence_id = world.sequence({"days": 1}, DAYS_2, active=False)
    contact_id = world.contact()
    world.connection.exec_driver_sql(
        "UPDATE contacts SET line = 'landline', line_source = 'lookup', line_certain = 0"
    )
    one = world.enroll(sequence_id, contact_id)
    assert world.standing(one).status is Status.OMITTED_LANDLINE
    world.act("retry", one)
    assert world.standing(one).hold is Hold.DRAFT
    world.advance(days=3)
    world.activate(sequence_id)
    assert world.standing(one).due_at == world.now + DAY


def test_an_explanation_says_that_the_sequence_is_paused_where_a_text_has_a_time(
    world: World,
) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    (text,) = world.claim()
    world.pause(sequence_id)
    world.answer(text)
    assert world.standing(one).hold is None
    assert "The sequence is paused; nothing is sent until it is resumed." in told(world, one)


def test_an_explanation_says_that_a_text_is_sent_once_more(world: World) -> None:
    one = world.enroll(world.sequence(NOW, DAYS_2), world.contact())
    (text,) = world.send()
    again = "The text did not arrive and will be sent again."
    assert again not in told(world, one)
    world.report(text.message_id, MessageStatus.UNDELIVERED, FailureClass.UNREACHABLE, "30003")
    assert again in told(world, one)


# Landlines.


def test_a_landline_that_got_a_text_before_its_retry_is_opted_out_not_omitted(
    world: World,
) -> None:
    sequence_id = world.sequence(NOW, DAYS_2)
    one = world.enroll(sequence_id, world.contact())
    world.send()
    world.advance(days=2)
    (second,) = world.send()
    status, failure = MessageStatus.UNDELIVERED, FailureClass.LANDLINE_PROBABLE
    world.report(second.message_id, status, failure, "30006")
    assert world.standing(one).status is Status.OMITTED_LANDLINE
    world.act("retry", one)
    world.act("suppress", one)
    assert world.standing(one).status is Status.OPTED_OUT


# Numbers.


def test_a_landline_that_was_corrected_since_is_not_said_of_the_new_number(world: World) -> None:
    contact_id = world.contact()
    one = world.enroll(world.sequence(NOW, DAYS_2), contact_id)
    (text,) = world.send()
    world.change_contact(contact_id, phone="+16465550199")
    status, failure = MessageStatus.UNDELIVERED, FailureClass.LANDLINE_CERTAIN
    world.report(text.message_id, status, failure, "21635")
    world.act("retry", one)
    world.send()
    assert world.sent(one) == ["Step 1.", "Step 1."]
