"""Which order matters: what goes first in one transaction, and which events commute."""

from __future__ import annotations

from itertools import combinations
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource
from server.enrollments.lifecycle import (
    Accepted,
    Again,
    CarrierLandline,
    CarrierOptedOut,
    Delivered,
    Event,
    Failed,
    Finished,
    Next,
    NoStepLeft,
    Postponed,
    Released,
    Retried,
    Standing,
    StepSkipped,
    Suppressed,
    TextReceived,
    decide,
    in_order,
)

HOUR: Final = 3_600_000_000
NOW: Final = 100 * HOUR
WINDOW: Final = 7 * 24 * HOUR

P, FN, FR = Status.PENDING, Status.FINISHED_NO_RESPONSE, Status.FINISHED_RESPONDED
FS, FA, OO = Status.FINISHED_STOPPED, Status.FAILED, Status.OPTED_OUT
XL = Status.OMITTED_LANDLINE

# The text of step 1 was accepted; that of step 2 goes next or is on its way.
ONE_ACCEPTED: Final = Standing(
    P,
    due_at=NOW,
    next_step_id=2,
    last_step_id=1,
    accepted=1,
    last_accepted_at=NOW - HOUR,
    last_message_id=101,
)


def text(reading: Reading, rule: OnReply = OnReply.FINISH) -> Event:
    return TextReceived(201, reading, rule, WINDOW, on_its_way=True)


EVENTS: Final[dict[str, Event]] = {
    "stop": text(Reading.OPT_OUT),
    "suppressed": Suppressed(SuppressionSource.OPERATOR),
    "carrier opted out": CarrierOptedOut(101, 1, was_accepted=True),
    "finished": Finished(),
    "reply that finishes": text(Reading.REPLY),
    "reply that continues": text(Reading.REPLY, OnReply.CONTINUE),
    "auto-reply": text(Reading.AUTO_REPLY),
    "failed": Failed(101, 1, Reason.FILTERED, was_accepted=True),
    "next refused": Failed(102, 2, Reason.INVALID_NUMBER, was_accepted=False),
    "landline": CarrierLandline(101, 1, was_accepted=True),
    "next accepted": Accepted(102, 2, Next(3, NOW + HOUR)),
    "last accepted": Accepted(102, 2, None),
    "last skipped": StepSkipped(2, "too late", None),
    "no step left": NoStepLeft(),
    "held": Postponed(Hold.DAILY_LIMIT, NOW + HOUR),
    "unreachable": Postponed(Hold.SENDER_RATE, NOW + HOUR, again=Again(101, 1)),
    "released": Released(Next(2, NOW + HOUR)),
    "delivered": Delivered(101),
    "retried": Retried(Next(1, NOW + HOUR), 101),
}


def status_after(*events: Event) -> Status:
    standing = ONE_ACCEPTED
    for event in events:
        standing = decide(standing, event, NOW).standing
    return standing.status


def both_orders(one: str, other: str) -> tuple[Status, Status]:
    """The status after one and then the other, and after the other and then the one."""
    return (
        status_after(EVENTS[one], EVENTS[other]),
        status_after(EVENTS[other], EVENTS[one]),
    )


# By first event and the status that both orders come to: the second events.
# fmt: off
COMMUTE: Final[dict[tuple[str, Status], tuple[str, ...]]] = {
    ("stop", OO): ("suppressed", "carrier opted out", "reply that continues", "auto-reply",
        "next accepted", "held", "unreachable", "released", "delivered", "retried"),
    ("suppressed", OO): ("carrier opted out", "reply that continues", "auto-reply",
        "next accepted", "held", "unreachable", "released", "delivered", "retried"),
    ("carrier opted out", OO): ("reply that continues", "auto-reply", "next accepted", "held",
        "unreachable", "released", "delivered", "retried"),
    ("finished", FS): ("reply that continues", "auto-reply", "next accepted", "held",
        "unreachable", "released", "delivered", "retried"),
    ("reply that finishes", FR): ("reply that continues", "auto-reply", "failed",
        "next refused", "next accepted", "last accepted", "last skipped", "no step left", "held",
        "unreachable", "released", "delivered", "retried"),
    ("reply that continues", P): ("auto-reply", "next accepted", "held", "unreachable",
        "released", "delivered", "retried"),
    ("reply that continues", FA): ("failed", "next refused"),
    ("reply that continues", XL): ("landline",),
    ("reply that continues", FR): ("last accepted", "last skipped", "no step left"),
    ("auto-reply", FA): ("failed", "next refused"),
    ("auto-reply", XL): ("landline",),
    ("auto-reply", P): ("next accepted", "held", "unreachable", "released", "delivered",
        "retried"),
    ("auto-reply", FN): ("last accepted", "last skipped", "no step left"),
    ("failed", FA): ("next refused", "last skipped", "no step left", "held", "unreachable",
        "released", "delivered"),
    ("failed", XL): ("landline",),
    ("next refused", XL): ("landline",),
    ("next refused", FA): ("next accepted", "held", "unreachable", "released", "delivered"),
    ("landline", XL): ("next accepted", "last accepted", "last skipped", "no step left", "held",
        "unreachable", "released"),
    ("next accepted", FN): ("last accepted", "last skipped", "no step left"),
    ("next accepted", P): ("held", "unreachable", "released", "delivered", "retried"),
    ("last accepted", FN): ("last skipped", "no step left", "held", "unreachable", "released",
        "delivered", "retried"),
    ("last skipped", FN): ("no step left", "held", "unreachable", "released", "delivered",
        "retried"),
    ("no step left", FN): ("held", "unreachable", "released", "delivered", "retried"),
    ("held", P): ("unreachable", "released", "delivered", "retried"),
    ("unreachable", P): ("released", "delivered", "retried"),
    ("released", P): ("delivered", "retried"),
    ("delivered", P): ("retried",),
}

# By first event, the status if it comes first, the status if it comes second: the second events.
DIFFER: Final[dict[tuple[str, Status, Status], tuple[str, ...]]] = {
    ("stop", OO, FS): ("finished",),
    ("stop", OO, FR): ("reply that finishes",),
    ("stop", OO, FA): ("failed", "next refused"),
    ("stop", OO, XL): ("landline",),
    ("stop", OO, FN): ("last accepted", "last skipped", "no step left"),
    ("suppressed", OO, FS): ("finished",),
    ("suppressed", OO, FR): ("reply that finishes",),
    ("suppressed", OO, FA): ("failed", "next refused"),
    ("suppressed", OO, XL): ("landline",),
    ("suppressed", OO, FN): ("last accepted", "last skipped", "no step left"),
    ("carrier opted out", OO, FS): ("finished",),
    ("carrier opted out", OO, FR): ("reply that finishes",),
    ("carrier opted out", OO, FA): ("failed", "next refused"),
    ("carrier opted out", OO, XL): ("landline",),
    ("carrier opted out", OO, FN): ("last accepted", "last skipped", "no step left"),
    ("finished", FS, FR): ("reply that finishes",),
    ("finished", FS, FA): ("failed", "next refused"),
    ("finished", FS, XL): ("landline",),
    ("finished", FS, FN): ("last accepted", "last skipped", "no step left"),
    ("reply that finishes", FR, XL): ("landline",),
    ("failed", FA, P): ("next accepted",),
    ("failed", FA, FN): ("last accepted",),
    ("failed", P, FA): ("retried",),
    ("next refused", FA, FN): ("last accepted", "last skipped", "no step left"),
    ("next refused", P, FA): ("retried",),
    ("landline", XL, FA): ("delivered",),
    ("landline", P, XL): ("retried",),
}
# fmt: on


def test_the_pairs_are_all_named_once() -> None:
    named = [
        frozenset({key[0], other})
        for table in (COMMUTE, DIFFER)
        for key, others in table.items()
        for other in others
    ]
    assert len(named) == len(set(named))
    assert set(named) == {frozenset(pair) for pair in combinations(EVENTS, 2)}


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [(one, other, status) for (one, status), others in COMMUTE.items() for other in others],
)
def test_given_a_pair_that_commutes_when_in_either_order_then_the_status_is_the_same(
    one: str, other: str, status: Status
) -> None:
    assert both_orders(one, other) == (status, status)


@pytest.mark.parametrize(
    ("one", "other", "first", "second"),
    [(one, other, *ends) for (one, *ends), others in DIFFER.items() for other in others],
)
def test_given_a_pair_that_does_not_commute_when_reversed_then_the_status_differs(
    one: str, other: str, first: Status, second: Status
) -> None:
    assert first is not second
    assert both_orders(one, other) == (first, second)


# What goes first in one transaction, and the status that it leads to when it is alone.
PRECEDENCE: Final[tuple[dict[str, Status], ...]] = (
    {"stop": OO, "suppressed": OO, "carrier opted out": OO},
    {"finished": FS},
    {"reply that finishes": FR},
    {"failed": FA, "next refused": FA, "landline": XL},
    {"last accepted": FN, "last skipped": FN, "no step left": FN},
    {"held": P, "unreachable": P},
    {"delivered": P, "released": P},
)
one_of_each = st.tuples(*(st.none() | st.sampled_from(sorted(rank)) for rank in PRECEDENCE))
together = one_of_each.map(lambda names: [name for name in names if name]).filter(bool)


@given(together, st.randoms(use_true_random=False))
def test_given_events_of_one_transaction_in_any_order_then_the_first_by_precedence_decides(
    names: list[str], chance: Random
) -> None:
    shuffled = chance.sample(names, len(names))
    ordered = in_order(EVENTS[name] for name in shuffled)
    assert ordered == [EVENTS[name] for name in names]
    ends = {name: status for rank in PRECEDENCE for name, status in rank.items()}
    assert status_after(*ordered) is ends[names[0]]


@given(st.permutations([name for rank in PRECEDENCE for name in rank]))
def test_given_events_of_one_rank_when_ordered_then_they_keep_their_order(names: list[str]) -> None:
    ordered = [name for rank in PRECEDENCE for name in names if name in rank]
    assert in_order(EVENTS[name] for name in names) == [EVENTS[name] for name in ordered]


def test_given_a_reply_that_continues_with_the_last_acceptance_then_responded() -> None:
    events = in_order([EVENTS["last accepted"], EVENTS["reply that continues"]])
    assert status_after(*events) is FR
