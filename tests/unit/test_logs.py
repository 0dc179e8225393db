"""The log cannot be filled: values are cut, and of one event so many are written in a while."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import structlog

from server.logs import BURST, EVENTS_COUNTED, VALUE_LIMIT, RateLimit, cut_values

LONG = "x" * 1_000_000


@pytest.mark.parametrize("value", [LONG, LONG.encode(), [LONG], {"url": LONG}, 10**4000])
def test_every_value_is_cut_and_says_how_long_it_was(value: Any) -> None:
    entry = cut_values(None, "info", {"event": LONG, "why": value})
    for text in entry.values():
        assert len(text) < VALUE_LIMIT + 40
        assert text.endswith(" characters)")


def test_short_values_and_numbers_stay_as_they_are() -> None:
    entry = {"event": "refused", "why": "no signature", "n": 3, "took": 0.5, "ok": True, "x": None}
    assert cut_values(None, "info", dict(entry)) == entry


def test_a_traceback_keeps_its_beginning_and_its_end() -> None:
    trace = "Traceback\n" + "line\n" * 10_000 + "ValueError: no"
    cut = cut_values(None, "error", {"event": "failed", "exception": trace})["exception"]
    assert len(cut) < VALUE_LIMIT * 21
    assert cut.startswith("Traceback\n")
    assert cut.endswith("ValueError: no")


def written(limit: RateLimit, event: str, times: int, **more: Any) -> int:
    """How many of so many entries are written."""
    count = 0
    for _ in range(times):
        try:
            limit(None, "warning", {"event": event, **more})
        except structlog.DropEvent:
            continue
        count += 1
    return count


def test_an_event_is_written_so_often_and_then_how_many_were_left_out() -> None:
    told: list[tuple[str, int]] = []
    ended = threading.Event()

    def say(event: str, left_out: int) -> None:
        told.append((event, left_out))
        ended.set()

    limit = RateLimit(say, window=0.2)
    assert written(limit, "a callback was refused", BURST + 70) == BURST
    assert written(limit, "another", 1) == 1
    assert ended.wait(30)
    assert told == [("a callback was refused", 70)]
    assert written(limit, "a callback was refused", 1) == 1


def test_events_that_are_named_by_outsiders_are_counted_together_and_take_no_memory() -> None:
    limit = RateLimit(lambda event, left_out: None, window=600)
    found = sum(written(limit, f"{n} {LONG[:500]}", 1) for n in range(EVENTS_COUNTED * 10))
    assert found == EVENTS_COUNTED + BURST
    assert len(limit._counts) == EVENTS_COUNTED + 1
