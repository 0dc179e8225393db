"""Outside text reaches the terminal only as text, in exactly the given cells."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from common.terminal import MOST_MARKS, as_text, clean, clean_multiline, fit

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HOSTILE = st.text(
    st.characters()
    | st.sampled_from("\x1b\x07\x00\x7f\x9b\r\n\t\u0301\u0489\u200d\u200c\ufe0f\ud800" + BIDI)
    | st.sampled_from("👨👩👧🏽🇫🇷❤漢字한नि"),
    max_size=60,
)


@given(HOSTILE)
@example("\x1b]0;owned\x07")
@example("\ud83d\ude00")
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    cleaned = clean(text)
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(cleaned) & set(BIDI)
    formats = {char for char in cleaned if unicodedata.category(char) == "Cf"}
    assert formats <= {"\u200d", "\u200c"}
    cleaned.encode()


@given(HOSTILE)
@example("a\u0301\u200d\u0301")
@example("\u200d\U000e0001👩")
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(HOSTILE, st.integers(0, 40))
@example(FAMILY * 3, 3)
@example("👨\u200d" * 20, 5)
@example("\u0301" * 500, 4)
def test_fit_takes_exactly_its_cells(text: str, cells: int) -> None:
    assert cell_len(fit(text, cells)) == cells


@given(HOSTILE, st.integers(0, 40))
def test_a_width_is_never_passed(text: str, cells: int) -> None:
    assert cell_len(clean(text, cells)) <= cells


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"), max_codepoint=0x2FF)))
def test_plain_letters_stay_as_they_are(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("outside", "shown"),
    [
        ("Abadi, Lena", "Abadi, Lena"),
        ("\x1b[31mred", "␛[31mred"),
        ("bell\x07", "bell␇"),
        ("nul\x00", "nul␀"),
        ("c1\x9b31m", "c1\ufffd31m"),
        ("del\x7f", "del␡"),
        ("one\ntwo\r\nthree\u2028four", "one␤two␤three␤four"),
        ("tab\there", "tab here"),
        ("\u202eevil\u202c", "evil"),
        ("lone \ud800", "lone \ufffd"),
        ("zero\u200bwidth", "zerowidth"),
        ("a\u200db", "ab"),
        (FAMILY, FAMILY),
        ("👩🏽\u200d⚕️", "👩🏽\u200d⚕️"),
        ("❤️\u200d🔥", "❤️\u200d🔥"),
        ("क्\u200dष", "क्\u200dष"),
        ("trailing\u200d", "trailing"),
        ("un\u3164seen", "unseen"),
    ],
)
def test_what_is_shown(outside: str, shown: str) -> None:
    assert clean(outside) == shown


def test_towers_of_marks_are_lowered() -> None:
    assert clean("e" + "\u0301" * 50) == "e" + "\u0301" * MOST_MARKS


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("Abadi", 5, "Abadi"),
        ("Abadi", 8, "Abadi   "),
        ("Abadi", 4, "Aba…"),
        ("Abadi", 1, "…"),
        ("Abadi", 0, ""),
        ("漢字漢字", 4, "漢… "),
        ("漢字漢字", 5, "漢字…"),
    ],
)
def test_a_cut_is_marked_with_an_ellipsis(text: str, cells: int, shown: str) -> None:
    assert fit(text, cells) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (FAMILY, "👨👩👧👦"),
        ("👩🏽\u200d⚕️!", "👩⚕!    "),
        ("❤️ 🏽", "❤ 🏽      "),
        ("क्\u200dष", "क्\u200dष       "),
    ],
)
def test_all_terminals_agree_on_the_cells(text: str, shown: str) -> None:
    assert fit(text, 8) == shown
    assert as_text(text).plain == shown.rstrip()


def test_multiline_keeps_lines_and_nothing_else() -> None:
    assert clean_multiline("one\r\ntwo\x1b\rthree\u2029four") == "one\ntwo␛\nthree\nfour"


@given(HOSTILE)
def test_multiline_text_has_as_many_lines_as_it_shows(text: str) -> None:
    shown = clean_multiline(text)
    assert all(clean(line) == line for line in shown.split("\n"))


@pytest.mark.parametrize("name", ["a [/b] c", "[red]x[/red]", "[@click=app.quit]x[/]", ":smile:"])
def test_markup_is_text(name: str) -> None:
    text = as_text(name)
    assert text.plain == name
    assert text.spans == []
