"""The gate: what ends an enrollment comes before what delays it, and a window is never left."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.vocabulary import Hold, LineKind, Reason, SequenceState, SuppressionSource
from common.windows import DEFAULT_WINDOW
from server.clock import DAY, HOUR
from server.dispatch.gate import AFTER_ANOTHER, Facts, Go, PassOver, Stop, Wait, may_go
from server.enrollments.lifecycle import strongest
from server.sequences.openings import Schedule, is_open, schedule_for
from server.sequences.timing import SkipReason
from server.sequences.zones import recipient_zones

NEW_YORK = recipient_zones(
    explicit="America/New_York", number_zones=(), workspace="America/New_York", calling_code=1
)
SCHEDULE: Schedule = schedule_for(DEFAULT_WINDOW, NEW_YORK, "US", "NY")
NOON = 1_793_638_800_000_000  # Monday 2026-11-02 12:00 in New York
MIDNIGHT = NOON + 12 * HOUR


def facts(**changed: Any) -> Facts:
    """A text that may go, but for what is changed."""
    plain: dict[str, Any] = {
        "now": NOON,
        "schedule": SCHEDULE,
        "state": SequenceState.ACTIVE,
        "suppressed_by": frozenset(),
        "in_review": False,
        "on_its_way": False,
        "line": LineKind.UNKNOWN,
        "line_reason": None,
        "sender_stopped": False,
        "spent_until": None,
        "sent_today": 0,
        "daily_limit": 1,
        "too_late": False,
    }
    return Facts(**(plain | changed))


def test_a_text_with_nothing_against_it_goes() -> None:
    assert may_go(facts()) == Go()


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        (
            {"suppressed_by": frozenset({SuppressionSource.KEYWORD})},
            Stop(SuppressionSource.KEYWORD),
        ),
        (
            {"line": LineKind.LANDLINE, "line_reason": Reason.LANDLINE_CARRIER},
            Stop(reason=Reason.LANDLINE_CARRIER),
        ),
        ({"state": SequenceState.DRAFT}, Wait(Hold.DRAFT, None)),
        ({"state": SequenceState.PAUSED}, Wait(Hold.SEQUENCE_PAUSED, None)),
        ({"state": SequenceState.ARCHIVED}, Wait(Hold.SEQUENCE_PAUSED, None)),
        ({"in_review": True}, Wait(Hold.NEEDS_REVIEW, None)),
        ({"sender_stopped": True}, Wait(Hold.SENDER_STOPPED, None)),
        ({"too_late": True}, PassOver(SkipReason.LATE)),
        ({"now": MIDNIGHT}, Wait(Hold.QUIET_HOURS, NOON + 21 * HOUR)),
        ({"sent_today": 1}, Wait(Hold.DAILY_LIMIT, NOON + 21 * HOUR)),
        ({"spent_until": MIDNIGHT}, Wait(Hold.CAMPAIGN_CAP, MIDNIGHT + 9 * HOUR)),
        ({"on_its_way": True}, Wait(Hold.OTHER_TEXT, NOON + AFTER_ANOTHER)),
    ],
)
def test_each_fact_alone_has_its_verdict(changed: dict[str, Any], verdict: object) -> None:
    assert may_go(facts(**changed)) == verdict


def test_a_higher_daily_limit_lets_a_second_text_go() -> None:
    assert may_go(facts(sent_today=1, daily_limit=2)) == Go()


def test_a_sequence_that_never_opens_for_the_recipient_is_held_and_says_so() -> None:
    never = Schedule("UTC", (("UTC", ((),) * 7),))
    verdict = may_go(facts(schedule=never))
    assert isinstance(verdict, Wait)
    assert (verdict.hold, verdict.until) == (Hold.QUIET_HOURS, None)
    assert verdict.detail
    assert "window" in verdict.detail


@given(
    suppressed=st.frozensets(st.sampled_from(SuppressionSource), min_size=1),
    state=st.sampled_from(SequenceState),
    review=st.booleans(),
    stopped=st.booleans(),
    late=st.booleans(),
    now=st.integers(NOON, NOON + 30 * DAY),
)
def test_a_suppressed_number_is_stopped_whatever_else_holds(
    suppressed: frozenset[SuppressionSource],
    state: SequenceState,
    review: bool,
    stopped: bool,
    late: bool,
    now: int,
) -> None:
    verdict = may_go(
        facts(
            suppressed_by=suppressed,
            state=state,
            in_review=review,
            sender_stopped=stopped,
            too_late=late,
            now=now,
        )
    )
    assert verdict == Stop(source=strongest(suppressed))


@given(
    now=st.integers(NOON, NOON + 400 * DAY),
    sent=st.integers(0, 3),
    spent=st.booleans(),
    busy=st.booleans(),
)
def test_a_text_goes_inside_the_window_only_and_a_wait_ends_inside_it(
    now: int, sent: int, spent: bool, busy: bool
) -> None:
    match may_go(
        facts(now=now, sent_today=sent, spent_until=now + HOUR if spent else None, on_its_way=busy)
    ):
        case Go():
            assert is_open(now, SCHEDULE)
        case Wait(Hold.OTHER_TEXT, until):
            assert until == now + AFTER_ANOTHER
        case Wait(_, until):
            assert until is not None
            assert until > now
            assert is_open(until, SCHEDULE)
        case other:
            pytest.fail(f"neither goes nor waits: {other}")


def test_the_contacts_own_word_is_checked_before_an_operators() -> None:
    both = frozenset({SuppressionSource.OPERATOR, SuppressionSource.KEYWORD})
    assert strongest(both) is SuppressionSource.KEYWORD
