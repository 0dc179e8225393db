"""Which order matters: which events commute, and what two orders lead to where they do not."""

from __future__ import annotations

from itertools import combinations
from typing import Final

from common.vocabulary import Hold, OnReply, Reading, Reason, Status, SuppressionSource
from server.enrollments.lifecycle import Standing, decide
from server.enrollments.lifecycle_events import (
    Accepted,
    CarrierLandline,
    CarrierOptedOut,
    Delivered,
    Event,
    Failed,
    Finished,
    Held,
    InDoubt,
    Next,
    NoStepLeft,
    NumberSuppressed,
    Released,
    Replanned,
    Resumed,
    Retried,
    RetryPlanned,
    SentBack,
    StepSkipped,
    TextReceived,
    Unsent,
)
from tests.each import each

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
    planned_at=NOW,
    base_at=NOW - HOUR,
    base_step_id=1,
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
    "suppressed": NumberSuppressed(SuppressionSource.OPERATOR),
    "carrier opted out": CarrierOptedOut(101, 1, was_accepted=True),
    "finished": Finished(),
    "reply that finishes": text(Reading.REPLY),
    "reply that continues": text(Reading.REPLY, OnReply.CONTINUE),
    "auto-reply": text(Reading.AUTO_REPLY),
    "failed": Failed(101, 1, Reason.FILTERED, was_accepted=True),
    "next refused": Failed(102, 2, Reason.INVALID_NUMBER, was_accepted=False),
    "landline": CarrierLandline(101, 1, was_accepted=True),
    "next accepted": Accepted(102, 2, Next(3, NOW, NOW + HOUR, 2)),
    "last accepted": Accepted(102, 2, None),
    "last skipped": StepSkipped(2, "too late", None),
    "no step left": NoStepLeft(),
    "held": Held(Hold.DAILY_LIMIT, NOW + HOUR),
    "released": Released(Hold.DAILY_LIMIT),
    "unsent": Unsent(Hold.SENDER_RATE, NOW + HOUR),
    "in doubt": InDoubt(),
    "unreachable": RetryPlanned(101, 1, NOW + HOUR),
    "sent back": SentBack(101, 1, Hold.SENDER_RATE, NOW + HOUR),
    "edited": Replanned(Next(2, NOW - HOUR, NOW + HOUR, 1)),
    "resumed": Resumed(not_before=NOW + HOUR),
    "delivered": Delivered(101),
    "retried": Retried(Next(1, NOW - HOUR, NOW + HOUR, 1, retry_at=NOW + HOUR), 101),
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
        "next accepted", "held", "released", "unsent", "in doubt", "unreachable", "sent back",
        "edited", "resumed", "delivered", "retried"),
    ("suppressed", OO): ("carrier opted out", "reply that continues", "auto-reply",
        "next accepted", "held", "released", "unsent", "in doubt", "unreachable", "sent back",
        "edited", "resumed", "delivered", "retried"),
    ("carrier opted out", OO): ("reply that continues", "auto-reply", "next accepted", "held",
        "released", "unsent", "in doubt", "unreachable", "sent back", "edited", "resumed",
        "delivered", "retried"),
    ("finished", FS): ("reply that continues", "auto-reply", "next accepted", "held",
        "released", "unsent", "in doubt", "unreachable", "sent back", "edited", "resumed",
        "delivered", "retried"),
    ("reply that finishes", FR): ("reply that continues", "auto-reply", "failed",
        "next refused", "next accepted", "last accepted", "last skipped", "no step left", "held",
        "released", "unsent", "in doubt", "unreachable", "sent back", "edited", "resumed",
        "delivered", "retried"),
    ("reply that continues", P): ("auto-reply", "next accepted", "held", "released", "unsent",
        "in doubt", "unreachable", "sent back", "edited", "resumed", "delivered", "retried"),
    ("reply that continues", FA): ("failed", "next refused"),
    ("reply that continues", XL): ("landline",),
    ("reply that continues", FR): ("last accepted", "last skipped", "no step left"),
    ("auto-reply", FA): ("failed", "next refused"),
    ("auto-reply", XL): ("landline",),
    ("auto-reply", P): ("next accepted", "held", "released", "unsent", "in doubt",
        "unreachable", "sent back", "edited", "resumed", "delivered", "retried"),
    ("auto-reply", FN): ("last accepted", "last skipped", "no step left"),
    ("failed", FA): ("next refused", "last skipped", "no step left", "held", "released",
        "unsent", "in doubt", "unreachable", "sent back", "edited", "resumed", "delivered"),
    ("failed", XL): ("landline",),
    ("next refused", XL): ("landline",),
    ("next refused", FA): ("next accepted", "held", "released", "unsent", "in doubt",
        "unreachable", "sent back", "edited", "resumed", "delivered"),
    ("landline", XL): ("next accepted", "last accepted", "last skipped", "no step left",
        "held", "released", "unsent", "in doubt", "unreachable", "sent back", "edited",
        "resumed"),
    ("next accepted", FN): ("last accepted", "last skipped", "no step left"),
    ("next accepted", P): ("held", "released", "unsent", "in doubt", "unreachable",
        "sent back", "edited", "resumed", "delivered", "retried"),
    ("last accepted", FN): ("last skipped", "no step left", "held", "released", "unsent",
        "in doubt", "unreachable", "sent back", "edited", "resumed", "delivered", "retried"),
    ("last skipped", FN): ("no step left", "held", "released", "unsent", "in doubt", "edited",
        "resumed", "delivered", "retried"),
    ("no step left", FN): ("held", "released", "unsent", "in doubt", "edited", "resumed",
        "delivered", "retried"),
    ("held", P): ("released", "unsent", "in doubt", "unreachable", "sent back", "edited",
        "resumed", "delivered", "retried"),
    ("released", P): ("unsent", "in doubt", "unreachable", "sent back", "edited", "resumed",
        "delivered", "retried"),
    ("unsent", P): ("in doubt", "unreachable", "sent back", "edited", "resumed", "delivered",
        "retried"),
    ("in doubt", P): ("unreachable", "sent back", "edited", "resumed", "delivered",
        "retried"),
    ("unreachable", P): ("sent back", "edited", "resumed", "delivered", "retried"),
    ("sent back", P): ("edited", "resumed", "delivered", "retried"),
    ("edited", P): ("resumed", "delivered", "retried"),
    ("resumed", P): ("delivered", "retried"),
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
    ("last skipped", FN, FA): ("unreachable",),
    ("last skipped", P, FA): ("sent back",),
    ("no step left", FN, FA): ("unreachable",),
    ("no step left", P, FA): ("sent back",),
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


@each(
    ("one", "other", "status"),
    [(one, other, status) for (one, status), others in COMMUTE.items() for other in others],
)
def test_given_a_pair_that_commutes_when_in_either_order_then_the_status_is_the_same(
    one: str, other: str, status: Status
) -> None:
    assert both_orders(one, other) == (status, status)


@each(
    ("one", "other", "first", "second"),
    [(one, other, *ends) for (one, *ends), others in DIFFER.items() for other in others],
)
def test_given_a_pair_that_does_not_commute_when_reversed_then_the_status_differs(
    one: str, other: str, first: Status, second: Status
) -> None:
    assert first is not second
    assert both_orders(one, other) == (first, second)
