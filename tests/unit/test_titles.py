"""Names of what operators make: visible, and told apart by what can be seen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import Invalid
from server.titles import keys_of, name_key, read_label, read_note, read_reason, read_title
from tests.each import each

UNSEEN = (
    *("\0", "\n", "\t", "\x1b", "\x7f", "\x85", "\u00ad", "\u061c", "\u200b", "\u200c", "\u200d"),
    *("\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069"),
    *("\ufeff", "\u115f", "\u3164", "\uffa0", "\u2800", "\u034f", "\U000e0041", "\ud800"),
)


@each("one", UNSEEN, ids=lambda one: f"U+{ord(one):04X}")
@each("name", ["a{}b", "{}ab", "ab{}", "{}"])
def test_a_name_has_no_character_that_cannot_be_seen(name: str, one: str) -> None:
    for read in (read_title, read_label):
        with pytest.raises(Invalid, match=f"U\\+{ord(one):04X}"):
            read(name.format(one), "body.name")


@pytest.mark.parametrize("name", ["", " ", "\u00a0", "\u3000 ", "\ufe0f", " \ufe0f\ufe0f"])
def test_a_name_is_not_blank(name: str) -> None:
    with pytest.raises(Invalid):
        read_title(name, "body.name")


@pytest.mark.parametrize(
    "name", ["Ana", "D’Artagnan", "Ayşe Özgür", "王小明", "مريم", "नमस्ते", "❤️ team", "a@hq/2 #3"]
)
def test_a_name_that_can_be_seen_is_taken_as_it_is(name: str) -> None:
    assert read_title(f"  {name} ", "body.name") == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VIP", "vip"),
        ("VIP", "ＶＩＰ"),
        ("VIP", " VIP "),
        ("Spring  hiring", "Spring\u00a0hiring"),
        ("é", "e\u0301"),
        ("ﬁnance", "finance"),
        ("straße", "STRASSE"),
        ("❤️", "❤"),
        ("½", "1⁄2"),
    ],
)
def test_names_that_look_alike_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_names_that_differ_stay_apart() -> None:
    names = ["Ana", "Anna", "Ana 2", "Aña", "An a"]
    assert len({name_key(one) for one in names}) == len(names)


@given(st.text())
def test_a_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)
    assert name_key(name) in keys_of(name)
    assert name_key(name.upper().lower()) == name_key(name.lower().upper().lower())


@pytest.mark.parametrize("one", ["\0", "\x1b", "\x9b", "\u202e", "\u2066", "\r"])
def test_a_note_has_no_character_that_steers(one: str) -> None:
    with pytest.raises(Invalid, match="invisible"):
        read_note(f"a{one}b", "body.note")


def test_a_note_may_have_lines_and_tabs_and_a_bound() -> None:
    assert read_note(" one\r\ntwo\tthree\n", "body.note") == "one\ntwo\tthree"
    with pytest.raises(Invalid, match="at most 500"):
        read_note("x" * 501, "body.note")
    with pytest.raises(Invalid, match="blank"):
        read_reason("  ", "body.override_reason")
    assert read_reason(None, "body.override_reason") is None
