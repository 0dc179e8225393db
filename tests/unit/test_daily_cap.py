"""A sender's daily cap: never more segments per day, whatever is requested and however fast."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.model.sequences import StepDocument
from common.vocabulary import FailureClass, MessageKind
from server.carriers.interface import SendRefused, Sent, TextNotFound, TryLater, Unknown
from server.clock import DAY, HOUR, MINUTE, SECOND
from server.dispatch import reconcile
from server.dispatch.daily_cap import Allowance
from server.dispatch.outcomes import Withdrawn
from server.enrollments.releases import senders_changed
from tests.unit.dispatching import LONG, ONE_TEXT, Desk, at, desk

__all__ = ["desk"]  # a fixture

CAP = 10


@pytest.fixture(autouse=True)
def _capped(desk: Desk) -> None:
    desk.set_sender(daily_cap=CAP)


@given(
    left=st.integers(0, 50),
    texts=st.lists(st.tuples(st.integers(1, 9), st.booleans()), max_size=40),
)
def test_texts_that_are_not_owed_never_take_more_than_is_left(
    left: int, texts: list[tuple[int, bool]]
) -> None:
    allowance = Allowance(left, 0)
    taken = 0
    for segments, owed in texts:
        room = allowance.left
        assert room is not None
        took = allowance.take(segments, owed=owed)
        assert took == (owed or segments <= room)
        taken += segments if took else 0
        assert owed or not took or taken <= left
    assert allowance.left == left - taken


def test_one_claim_hands_over_no_more_than_the_cap(desk: Desk) -> None:
    desk.enroll(desk.sequence(), *desk.people(60))

    texts = desk.claim(limit=200)

    assert len(texts) == CAP
    assert {hold for hold, _ in desk.holds()} == {"sending", "campaign_cap"}


def test_many_claims_hand_over_no_more_than_the_cap_and_the_rest_is_sent_on_the_next_days(
    desk: Desk,
) -> None:
    desk.enroll(desk.sequence(), *desk.people(25))

    assert len(desk.send_all()) == CAP
    assert {due for hold, due in desk.holds() if hold == "campaign_cap"} == {at(9, day=1)}
    desk.now = at(9, day=1)
    assert len(desk.send_all()) == CAP
    desk.now = at(9, day=2)
    assert len(desk.send_all()) == 5


def test_segments_count_and_not_texts(desk: Desk) -> None:
    desk.enroll(desk.sequence((StepDocument(body="b" * 400),)), *desk.people(9))

    desk.send_all()

    assert desk.segments_sent() == 9
    assert [hold for hold, _ in desk.holds()].count("campaign_cap") == 6


def test_a_short_text_takes_the_room_that_a_long_one_leaves(desk: Desk) -> None:
    long, short = desk.sequence((StepDocument(body="b" * 900),)), desk.sequence()
    first, second, third = desk.people(3)
    desk.enroll(long, first, second)
    desk.now += SECOND
    desk.enroll(short, third)

    went = [text.phone for text in desk.send_all()]

    assert went == ["+16465520001", "+16465520003"]
    assert desk.segments_sent() == 7


def test_direct_texts_and_steps_share_the_cap(desk: Desk) -> None:
    desk.enroll(desk.sequence(), *desk.people(8))
    direct = [desk.text(person, LONG) for person in desk.people(4)]

    desk.send_all()

    assert desk.segments_sent() == CAP
    held = desk.rows("SELECT id FROM messages WHERE kind = 'direct' AND hold IS NOT NULL")
    assert len(direct) > len(held) == 0
    assert [hold for hold, _ in desk.holds()].count("campaign_cap") == 6


def test_direct_texts_alone_keep_to_the_cap(desk: Desk) -> None:
    for person in desk.people(7):
        desk.text(person, LONG)

    desk.send_all()

    assert desk.segments_sent() == CAP
    held = desk.rows("SELECT hold, due_at FROM messages WHERE status = 'waiting'")
    assert held == [("campaign_cap", at(9, day=1))] * 2


def test_an_overridden_text_that_the_cap_holds_does_not_go_at_night(desk: Desk) -> None:
    desk.set_sender(daily_cap=1)
    desk.now = at(22)
    for person in desk.people(2):
        desk.text(person, override_reason="she asked for it")

    assert len(desk.send_all()) == 1

    held = desk.rows("SELECT due_at FROM messages WHERE status = 'waiting'")
    assert held == [(at(9, day=1),)]


@pytest.mark.parametrize("kind", [MessageKind.CONFIRMATION, MessageKind.HELP])
def test_what_is_owed_goes_when_the_cap_is_spent_and_counts(desk: Desk, kind: MessageKind) -> None:
    desk.enroll(desk.sequence(), *desk.people(CAP))
    desk.owe(kind, "+16465559999")
    assert len(desk.send_all()) == CAP
    desk.owe(kind, "+16465559998")

    assert [text.kind for text in desk.send_all()] == [kind]
    assert [hold for hold, _ in desk.holds()].count("campaign_cap") == 1


def test_the_day_is_the_workspaces_and_the_text_waits_for_its_own_window(desk: Desk) -> None:
    """In Tokyo it is Tuesday 2:00 when the cap resets in New York at midnight of the Monday."""
    desk.set_sender(daily_cap=1)
    tokyo = "+819012345678"
    first, second = desk.people(2)
    desk.connection.exec_driver_sql(
        "UPDATE contacts SET zone = 'Asia/Tokyo', phone = ? WHERE id = ?", (tokyo, second)
    )
    sequence = desk.sequence()
    desk.enroll(sequence, first)
    desk.send_all(1)
    desk.now = at(19)
    desk.enroll(sequence, second)
    desk.send_all(1)

    assert desk.holds()[-1] == ("campaign_cap", at(0, day=1))
    desk.now = at(0, day=1)
    assert [text.phone for text in desk.send_all(1)] == [tokyo]


@pytest.mark.parametrize(
    "outcome",
    [
        Withdrawn(),
        TryLater(1.0, "20429"),
        TryLater(5.0, None),
        TryLater(60.0, "21611", FailureClass.SENDER_QUEUE),
        SendRefused("21211", "no", FailureClass.INVALID_NUMBER),
        SendRefused("20003", "no", FailureClass.CONFIGURATION),
    ],
)
def test_what_certainly_sent_nothing_is_given_back(desk: Desk, outcome: Sent | Withdrawn) -> None:
    desk.set_sender(daily_cap=1)
    desk.enroll(desk.sequence(), *desk.people(1))
    [text] = desk.claim()
    desk.record((text, outcome))
    desk.set_sender(stopped_at=None, stopped_reason=None)
    desk.pass_time(2 * HOUR)
    desk.enroll(desk.sequence(), *desk.people(1))

    assert len(desk.send_all()) == 1
    assert desk.segments_sent() == 1


def test_what_may_have_gone_out_keeps_its_count_until_it_is_proven_unsent(desk: Desk) -> None:
    desk.set_sender(daily_cap=1)
    sequence = desk.sequence()
    desk.enroll(sequence, *desk.people(1))
    [text] = desk.claim()
    desk.record((text, Unknown("time-out")))
    desk.enroll(sequence, *desk.people(1))
    assert desk.send_all() == []

    for _ in range(2):
        desk.wall += HOUR
        [doubt] = reconcile.doubts(desk.connection, desk.wall)
        reconcile.settle(
            desk.connection, desk.planner, doubt, TextNotFound(), desk.wall + MINUTE, desk.now
        )

    assert [text.phone for text in desk.send_all()] == ["+16465520001"]


def test_what_is_given_back_belongs_to_the_day_that_counted_it(desk: Desk) -> None:
    desk.now = at(19) + 59 * MINUTE
    desk.enroll(desk.sequence(), *desk.people(CAP))
    texts = desk.claim()
    desk.now += DAY
    desk.enroll(desk.sequence(), *desk.people(CAP - 1))
    desk.accept(desk.claim())
    desk.record(*((text, Withdrawn()) for text in texts))

    days = desk.rows("SELECT day, segments FROM sender_days ORDER BY day")
    assert days == [("2026-11-02", 0), ("2026-11-03", CAP - 1)]


def test_a_cap_that_is_lowered_below_what_went_holds_everything(desk: Desk) -> None:
    desk.enroll(desk.sequence(), *desk.people(6))
    assert len(desk.send_all()) == 6
    desk.set_sender(daily_cap=3)
    desk.enroll(desk.sequence(), *desk.people(2))

    assert desk.send_all() == []
    assert desk.rows("SELECT segments FROM sender_days") == [(6,)]


def test_what_a_cap_held_goes_when_the_cap_is_raised(desk: Desk) -> None:
    desk.enroll(desk.sequence(), *desk.people(14))
    desk.send_all()
    direct = desk.text(desk.people()[0])
    desk.send_all(1)
    desk.set_sender(daily_cap=13)

    senders_changed(desk.connection, [desk.sender_id], desk.now)

    went = desk.send_all()
    assert len(went) == 3
    assert direct in [text.message_id for text in went]
    assert [hold for hold, _ in desk.holds()].count("campaign_cap") == 2


def test_direct_texts_of_many_segments_are_not_claimed_ahead_of_the_pace(desk: Desk) -> None:
    desk.set_sender(daily_cap=None, segments_per_second=5.0)
    for person in desk.people(30):
        desk.text(person, LONG)
    desk.enroll(desk.sequence(ONE_TEXT), *desk.people(30))

    texts = desk.claim(limit=10)

    assert max(text.slot for text in texts) < desk.wall + 2 * SECOND
    assert len(texts) == 5
