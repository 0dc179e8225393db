"""Retry-After, as carriers and their proxies write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.carriers.interface import TryLater
from server.carriers.retry_after import read_retry_after
from server.carriers.twilio_answers import after_answer
from server.carriers.wire import WireAnswer

NOW = 784_111_777.0
"""Sun, 06 Nov 1994 08:49:37 GMT."""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("007", 7.0),
        ("3600", 3600.0),
        ("86400", 3600.0),
        ("9" * 400, 3600.0),
        ("9" * 5000, 3600.0),
        ("0" * 5000, 0.0),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60.0),
        ("Sunday, 06-Nov-94 08:50:37 GMT", 60.0),
        ("Sun Nov  6 08:50:37 1994", 60.0),
        ("Sun, 06 Nov 1994 07:49:37 GMT", 0.0),
        ("Mon, 07 Nov 2044 08:49:37 GMT", 3600.0),
        *[
            (nonsense, None)
            for nonsense in (
                *("", "soon", "-5", "+5", "1e9", "inf", "nan", "0x10", "٣", "7 s", "7, 8", "\x00"),
                "Sun, 06 Nov 99999999999 08:49:37 GMT",
                "Sun, 06 Nov 1994 99:99:99 GMT",
                "9" * 400 + " Nov 1994 08:49:37 GMT",
            )
        ],
    ],
)
def test_it_is_seconds_or_a_date_and_an_hour_at_most(header: str, seconds: float | None) -> None:
    assert read_retry_after(header, NOW) == seconds


@given(header=st.text() | st.from_regex(r"[0-9]*\.?[0-9]*", fullmatch=True), now=st.floats(0, 4e9))
def test_any_value_gives_a_bounded_wait_or_none(header: str, now: float) -> None:
    found = read_retry_after(header, now)
    assert found is None or 0 <= found <= 3600


@given(
    status=st.sampled_from([201, 200, 400, 401, 404, 429, 500, 503]),
    body=st.binary()
    | st.sampled_from([b'{"code":' + b"9" * n + b"}" for n in (20, 400, 5000)])
    | st.sampled_from([b'{"sid":"SM1","num_segments":"' + b"9" * 5000 + b'"}', b"[" * 100_000])
    | st.sampled_from([b'{"code":true}', b'{"code":-1}', b'{"code":"x"}', b'{"code":1e400}']),
    header=st.text() | st.just("9" * 400),
)
def test_every_answer_has_an_outcome(status: int, body: bytes, header: str) -> None:
    outcome = after_answer(WireAnswer(status, body, header), "+15005550006")
    if status == 429:
        assert isinstance(outcome, TryLater)
        assert 0 <= outcome.after <= 3600
