"""Windows as operators write them, and what they leave open on each day of the week."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.windows import (
    DEFAULT_WINDOW,
    BadWindow,
    Span,
    Window,
    format_window,
    parse_window,
    week_of,
)

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)

spans = st.builds(
    Span,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 1439),
    end=st.integers(0, 1440),
)
windows = st.lists(spans, min_size=1, max_size=3).map(tuple)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("mon-sat", {MON, TUE, WED, THU, FRI, SAT}),
        ("mon,wed,fri", {MON, WED, FRI}),
        ("Mon - Tue, Sunday", {MON, TUE, SUN}),
        ("sat-mon", {SAT, SUN, MON}),
        ("thurs", {THU}),
        ("daily", set(range(7))),
        ("ALL", set(range(7))),
        ("weekends", {SAT, SUN}),
        ("weekdays, sat", {MON, TUE, WED, THU, FRI, SAT}),
    ],
)
def test_reads_days(days: str, expected: set[int]) -> None:
    assert parse_window({"days": days, "from": "09:00", "to": "20:00"}) == (
        Span(frozenset(expected), 540, 1200),
    )


def test_reads_one_span_or_a_list_of_them() -> None:
    written = [
        {"days": "mon-sat", "from": "09:00", "to": "20:00"},
        {"days": "sun", "from": "12:00", "to": "20:00"},
    ]
    assert parse_window(written) == DEFAULT_WINDOW
    assert format_window(DEFAULT_WINDOW) == written
    assert parse_window(written[1]) == DEFAULT_WINDOW[1:]


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ([], "window"),
        ("9-20", "window"),
        (None, "window"),
        ([7], "window[0]"),
        ({"days": "", "from": "09:00", "to": "20:00"}, "window.days"),
        ({"days": "monkey", "from": "09:00", "to": "20:00"}, "window.days"),
        ({"days": "m", "from": "09:00", "to": "20:00"}, "window.days"),
        ({"days": "mon-wed-fri", "from": "09:00", "to": "20:00"}, "window.days"),
        ({"days": "mon,", "from": "09:00", "to": "20:00"}, "window.days"),
        ({"days": ["mon"], "from": "09:00", "to": "20:00"}, "window.days"),
        ({"days": "mon", "from": "9", "to": "20:00"}, "window.from"),
        ({"days": "mon", "from": "09:60", "to": "20:00"}, "window.from"),
        ({"days": "mon", "from": "09:00", "to": "24:01"}, "window.to"),
        ({"days": "mon", "from": "09:00"}, "window.to"),
        ({"days": "mon", "from": 9, "to": "20:00"}, "window.from"),
        ({"days": "mon", "from": "09:00", "until": "20:00"}, "window.until"),
        ([{"from": "09:00", "to": "20:00"}, {"to": "20:00"}], "window[1].from"),
    ],
)
def test_names_the_field_that_cannot_be_read(written: object, field: str) -> None:
    with pytest.raises(BadWindow) as bad:
        parse_window(written)
    assert bad.value.field == field
    assert bad.value.reason
    assert bad.value.remedy


@given(windows)
def test_what_is_written_reads_back_the_same(window: Window) -> None:
    assert parse_window(format_window(window)) == window


@given(windows)
def test_open_stretches_of_a_day_are_exactly_the_minutes_of_its_spans(window: Window) -> None:
    week = week_of(window)
    for day in range(7):
        expected = set()
        for days, start, end in window:
            last = end if end > start else end + 1440
            for minute in range(start, last):
                if (day - minute // 1440) % 7 in days:
                    expected.add(minute % 1440)
        assert {minute for start, end in week[day] for minute in range(start, end)} == expected
        assert all(
            end < start for (_, end), (start, _) in zip(week[day], week[day][1:], strict=False)
        )


def test_a_window_may_cross_midnight() -> None:
    week = week_of(parse_window({"days": "fri", "from": "22:00", "to": "02:00"}))
    assert week[FRI] == ((1320, 1440),)
    assert week[SAT] == ((0, 120),)
    assert week[SUN] == week[THU] == ()


@pytest.mark.parametrize("end", ["00:00", "24:00"])
def test_a_day_may_be_open_for_all_its_hours(end: str) -> None:
    week = week_of(parse_window({"days": "sun", "from": "00:00", "to": end}))
    assert week[SUN] == ((0, 1440),)
    assert week[MON] == ()
