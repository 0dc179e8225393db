"""Settings in words, and parsed from what is typed."""

from __future__ import annotations

from enum import StrEnum

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.model.sequences import Delay, SequenceDocument, WindowSpan
from common.windows import DAY_NAMES, format_window, parse_window
from tui.state.settings import (
    BLANK,
    OPTIONS,
    RANGES,
    Setting,
    SettingFault,
    delay_words,
    is_default,
    read_setting,
    setting_at,
    settings_of,
    typed_words,
    value_words,
    window_words,
)

TIMES = st.builds(lambda h, m: f"{h:02}:{m:02}", st.integers(0, 23), st.integers(0, 59))
DAYS = st.lists(st.sampled_from(DAY_NAMES), min_size=1, unique=True).map(",".join)
SPANS = st.builds(lambda d, a, b: {"days": d, "from": a, "to": b}, DAYS, TIMES, TIMES)


@given(st.lists(SPANS, min_size=1, max_size=20))
def test_a_window_can_be_typed_as_it_is_shown(spans: list[dict[str, str]]) -> None:
    window = msgspec.convert(format_window(parse_window(spans)), tuple[WindowSpan, ...])

    assert read_setting(Setting.WINDOW, window_words(window)) == window


@pytest.mark.parametrize("setting", RANGES)
def test_numbers_have_the_bounds_of_the_document(setting: Setting) -> None:
    least, most = RANGES[setting]

    for number in (least, most):
        read = read_setting(setting, f" {number:,} ")
        document = msgspec.convert({"name": "x", setting.value: read}, SequenceDocument)
        assert getattr(document, setting) == number
    for number in (least - 1, most + 1):
        with pytest.raises(SettingFault):
            read_setting(setting, str(number))
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"name": "x", setting.value: number}, SequenceDocument)


@pytest.mark.parametrize("typed", ["", "x", "1.5", "²", "9" * 40])
def test_an_invalid_number_is_reported_with_the_limits(typed: str) -> None:
    with pytest.raises(SettingFault) as fault:
        read_setting(Setting.DAILY_LIMIT, typed)

    assert fault.value.remedy == "Enter a whole number from 1 to 100."


def test_every_possible_value_can_be_chosen() -> None:
    for setting, options in OPTIONS.items():
        kind: type[StrEnum] = type(getattr(BLANK, setting))
        assert {read_setting(setting, one.value) for one in options} == set(kind)


def test_defaults_are_those_of_a_document() -> None:
    assert {one for one in Setting if not is_default(BLANK, one)} == {Setting.NAME}
    assert value_words(BLANK, Setting.WINDOW) == "Mon-Sat 09:00-20:00, Sun 12:00-20:00"
    assert value_words(BLANK, Setting.DAILY_LIMIT) == "1"
    assert value_words(BLANK, Setting.RESPONSE_DAYS) == "7 days"
    assert typed_words(BLANK, Setting.RESPONSE_DAYS) == "7"
    assert value_words(BLANK, Setting.SENDER) == "the default sender"


def test_settings_that_do_not_apply_are_not_shown() -> None:
    assert Setting.LATE_HOURS not in settings_of(BLANK)
    assert Setting.REENROLL_DAYS in settings_of(BLANK)


def test_an_error_belongs_to_the_setting_its_path_starts_with() -> None:
    assert setting_at("window[0].from") is Setting.WINDOW
    assert setting_at("name") is Setting.NAME
    assert setting_at("steps[2].body") is None


def test_delays_are_shown_by_their_nonzero_parts() -> None:
    assert delay_words(Delay(2, 1, 0)) == "2 days 1 hour"
    assert delay_words(Delay()) == ""
    assert delay_words(None) == ""
