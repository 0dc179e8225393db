"""A search finds numbers in every spelling, and finds nobody without letters or digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.filters import Filter, FilterError, WordTerm, format, parse  # noqa: A004
from common.names import search_key
from common.searching import fits, split, ways

LENA = (search_key("Lena", "Abadi"), "+12065550110")
PABLO = (search_key("Pablo", "Studio 54"), "+525512345678")
SOFIA = (search_key("Sofía", "Paz"), "+5491143210000")
JOAO = (search_key("João", "Reis"), "+5511987654321")
ANNA = (search_key("Anna", "Graf"), "+491711234567")
NOTHING = ["???", "😀", " ", "   ", "%", "_", "-", "- -", "+", "()", "\u3000", "'", "…", "?? !!"]


@pytest.mark.parametrize(
    "search",
    [
        "1 (206) 555-0110",
        "1 206 555 0110",
        "+1 206 555 0110",
        "206 - 555 - 0110",
        "206 – 555 – 0110",
        "(206) 555 0110",
        "206 555 0110",
        "206.555.0110",
        "206 / 555 / 0110",
        "+1 (206) 555 - 0110",
        "1-206-555-0110",
        "555 0110",
        "2065550110.0",
        "+12065550110,0",
        "lena 1 206 555 0110",
        "206 555 0110 abadi",
        "206 0110",
    ],
)
def test_a_number_in_groups_finds_its_contact(search: str) -> None:
    assert fits(search, *LENA)
    assert not fits(search, *PABLO)


@pytest.mark.parametrize(
    ("search", "person"),
    [
        ("+5215512345678", PABLO),
        ("+52 1 55 1234 5678", PABLO),
        ("5215512345678", PABLO),
        ("+54 11 4321 0000", SOFIA),
        ("541143210000", SOFIA),
        ("+54 11 15 4321-0000", SOFIA),
        ("+55 11 8765-4321", JOAO),
        ("551187654321", JOAO),
        ("+49 (0)171 1234567", ANNA),
        ("0171 1234567", ANNA),
        ("0049 171 1234567", ANNA),
        ("+491711234567.0", ANNA),
        ("1711234567.0", ANNA),
    ],
)
def test_a_number_in_another_spelling_finds_its_contact(
    search: str, person: tuple[str, str]
) -> None:
    everyone = [LENA, PABLO, SOFIA, JOAO, ANNA]
    assert [one for one in everyone if fits(search, *one)] == [person]


@pytest.mark.parametrize(
    ("search", "region", "phone"),
    [
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("11 15 4321-0000", "AR", "+5491143210000"),
        ("(21) 8765-4321", "BR", "+5521987654321"),
    ],
)
def test_a_national_number_is_read_in_its_region(search: str, region: str, phone: str) -> None:
    (word,) = split(search)
    found = ways(word, region)
    assert any(all(wanted.fits("", phone) for wanted in way) for way in found)


@pytest.mark.parametrize(
    "search", ["studio 54", "54", "studio 54 55 1234 5678", "54 +52 55 1234 5678"]
)
def test_names_with_digits_are_found_beside_numbers(search: str) -> None:
    assert fits(search, *PABLO)
    assert not fits(search, *LENA)


def test_few_digits_in_groups_are_words_of_their_own() -> None:
    assert split("2 3") == ("2", "3")
    assert not fits("2 0", *LENA)


@pytest.mark.parametrize("search", NOTHING)
def test_a_search_for_nothing_finds_nobody(search: str) -> None:
    assert not any(fits(search, *one) for one in (LENA, PABLO, SOFIA, ("", "+12065550111")))


def test_an_empty_search_finds_everybody() -> None:
    assert fits("", *LENA)


@pytest.mark.parametrize("search", ["lena - abadi", "lena & abadi", "😀 lena", "lena ???"])
def test_what_has_nothing_to_look_for_is_passed_over_beside_a_word(search: str) -> None:
    assert fits(search, *LENA)
    assert not fits(search, *PABLO)


@given(st.text(min_size=1, max_size=30))
def test_no_search_but_the_empty_one_looks_for_nothing(search: str) -> None:
    words = split(search)
    assert words
    if not any(map(ways, words)):
        assert not fits(search, *LENA)


@pytest.mark.parametrize(
    ("q", "text"),
    [
        ("1 (206) 555-0110", "1 (206) 555-0110"),
        ("206 - 555 - 0110", "206 555 0110"),
        ("+1 206 555 0110", "+1 206 555 0110"),
    ],
)
def test_a_filter_takes_the_groups_of_a_number_as_one_word(q: str, text: str) -> None:
    assert parse(f"status:failed {q} abe") == Filter(
        (*parse("status:failed").terms, WordTerm(text), WordTerm("abe"))
    )


def test_a_minus_before_a_digit_negates_in_a_filter() -> None:
    assert parse("206 -555 0110") == Filter(
        (WordTerm("206"), WordTerm("555", negated=True), WordTerm("0110"))
    )


@given(st.lists(st.from_regex(r"[0-9(][0-9().-]{0,7}", fullmatch=True), min_size=1, max_size=5))
def test_a_filter_of_digits_is_written_as_it_is_read(groups: list[str]) -> None:
    terms = tuple(
        WordTerm(group) for group in groups if WordTerm(group).words or WordTerm(group).digits
    )
    assert parse(format(Filter(terms))) == Filter(terms)


@pytest.mark.parametrize("q", ["1.5E+10", "4.91711E+11", "1711234567.5"])
def test_a_filter_refuses_what_a_spreadsheet_made_of_a_number(q: str) -> None:
    with pytest.raises(FilterError, match="spreadsheet"):
        parse(q)
