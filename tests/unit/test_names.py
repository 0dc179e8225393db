"""Names fold, part into words, and are found by the beginning of any word."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from common.names import digits, fold, search_key, sort_key, words
from common.phones import is_fictional, pretty

PEOPLE = st.text(
    st.characters(categories=("Lu", "Ll", "Lo", "Lm", "Mn", "Nd", "Zs", "Pd", "Po"))
    | st.sampled_from("abcdeéñüßøŁİıΣς'’-% _"),
    max_size=20,
)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Abadi", "abadi"),
        ("José", "jose"),
        ("Jose\u0301", "jose"),
        ("ÅSA", "asa"),
        ("Straße", "strasse"),
        ("Łukasz Øst", "lukasz ost"),
        ("İpek", "ipek"),
        ("ﬁona", "fiona"),
    ],
)
def test_folding_drops_case_and_accents(name: str, folded: str) -> None:
    assert fold(name) == folded


@given(st.text())
@example("İ")
@example("ΐ")
@example("Ǆ")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(PEOPLE)
def test_upper_and_lower_case_of_a_name_are_one_search(name: str) -> None:
    # the iota subscript of ancient Greek is a mark in lower case and a letter in upper case
    assume("\u0345" not in unicodedata.normalize("NFKD", name))
    assert fold(name.casefold()) == fold(name)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ana María del Río", ["ana", "maria", "del", "rio"]),
        ("O'Brien", ["obrien"]),
        ("O’Brien", ["obrien"]),
        ("Smith-Jones", ["smith", "jones"]),
        ("100% _real_", ["100", "real"]),
        ("किरण", ["किरण"]),
        ("山田 太郎", ["山田", "太郎"]),
        ("  ", []),
        ("!?", []),
    ],
)
def test_a_name_parts_into_words(name: str, parts: list[str]) -> None:
    assert words(name) == parts


@given(PEOPLE)
def test_words_hold_nothing_that_parts_words_and_no_wildcard(name: str) -> None:
    for word in words(name):
        assert words(word) == [word]
        assert not set(word) & set("%_ '\\")


@given(PEOPLE, PEOPLE, st.data())
def test_every_beginning_of_every_word_is_found(first: str, last: str, data: st.DataObject) -> None:
    key = search_key(first, last)
    for word in words(first) + words(last):
        beginning = word[: data.draw(st.integers(1, len(word)))]
        assert f" {beginning}" in key


def test_the_middle_of_a_word_is_not_found() -> None:
    assert " bad" not in search_key("Lena", "Abadi")


def test_the_search_key_is_empty_without_words() -> None:
    assert search_key("", "…") == ""


def test_all_of_one_last_name_stand_together() -> None:
    people = [("Zoe", "Abe"), ("Al", "Abel"), ("Kenji", "Ábe"), ("Bo", "Abe Lincoln"), ("", "Abe")]
    ordered = sorted(people, key=lambda person: sort_key(*person))
    assert ordered == [
        ("", "Abe"),
        ("Kenji", "Ábe"),
        ("Zoe", "Abe"),
        ("Bo", "Abe Lincoln"),
        ("Al", "Abel"),
    ]


def test_a_person_of_one_name_sorts_by_it() -> None:
    assert sort_key("Lena", "") == "lena"
    assert sort_key("✨", "") == "✨"


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("415", "415"),
        ("(415)", "415"),
        ("+1", "1"),
        ("+1-415.555", "1415555"),
        ("41", "41"),
        ("4", None),
        ("+", None),
        ("4a5", None),
        ("abe", None),
        ("", None),
        ("4+15", None),
    ],
)
def test_digits_of_a_word_are_part_of_a_phone_number(word: str, found: str | None) -> None:
    assert digits(word) == found


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+14155550142", "+1 415 555 0142"),
        ("+442079460958", "+44 20 7946 0958"),
        ("+390236618300", "+39 02 3661 8300"),
        ("+999", "+999"),
        ("+44+44", "+44+44"),
        ("nonsense", "nonsense"),
        ("", ""),
    ],
)
def test_numbers_are_shown_in_their_countrys_groups(number: str, shown: str) -> None:
    assert pretty(number) == shown


@pytest.mark.parametrize(
    ("number", "nobodys"),
    [("+14155550142", True), ("+14155550242", False), ("+14155650142", False), ("+4455501", False)],
)
def test_the_sample_range_belongs_to_nobody(number: str, *, nobodys: bool) -> None:
    assert is_fictional(number) is nobodys
