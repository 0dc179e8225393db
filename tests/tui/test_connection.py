"""The connection's states, and the server's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tui.state.connection import (
    LONGEST_WAIT,
    Connection,
    DomainClock,
    Link,
    spell_seconds,
    wait_after,
)

NOW = datetime(2026, 11, 2, 18, tzinfo=UTC)


def test_a_stale_connection_counts_from_when_it_was_lost() -> None:
    live = Connection().joined(10.0)
    stale = live.lost(20.0, "gone", 0.5).retrying().lost(21.0, "gone", 1.0)

    assert (live.link, live.words(15.0), live.age(15.0)) == (Link.LIVE, "● live", 0)
    assert (stale.link, stale.failures, stale.age(32.4)) == (Link.STALE, 2, 12)
    assert stale.words(32.4) == "◌ stale 12 s"


def test_a_server_that_never_answered_is_away_not_stale() -> None:
    away = Connection().lost(5.0, "refused", 4.0)

    assert (away.link, away.words(6.0)) == (Link.AWAY, "✕ no answer")
    assert [away.retry_in(now) for now in (5.0, 7.5, 9.0, 11.0)] == [4, 2, 0, 0]
    assert away.retrying().retry_in(6.0) is None


def test_coming_back_forgets_the_failures() -> None:
    back = Connection().joined(1.0).lost(2.0, "gone", 0.5).joined(9.0)

    assert back == Connection(Link.LIVE, since=9.0)
    assert back.joined(11.0) is back


def test_waits_double_and_end_at_thirty_seconds() -> None:
    waits = [wait_after(failures) for failures in range(10)]

    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits[-1] == LONGEST_WAIT == wait_after(10_000)


def test_durations_are_shown_in_their_largest_unit() -> None:
    assert [spell_seconds(s) for s in (0, 59, 60, 3_599, 7_300)] == [
        "0 s", "59 s", "1 min", "59 min", "2 h",
    ]  # fmt: skip


def test_the_domain_clock_runs_at_the_servers_rate() -> None:
    fast, standing = DomainClock(NOW, 600.0, 100.0), DomainClock(NOW, 0.0, 100.0)

    assert fast.now(101.5) == NOW + timedelta(minutes=15)
    assert standing.now(500.0) == NOW
    assert fast.now(99.0) == NOW
