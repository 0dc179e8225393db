"""Every spelling of a phone number has one normal form, whoever writes it."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from common.phones import SpreadsheetNumber, normal, without_fraction
from common.vocabulary import LineKind
from server.contacts.numbers import InvalidNumber, read_number
from tests.each import each

MEXICAN_AREAS = st.sampled_from(["55", "33", "81"])
SEVEN = st.integers(0, 9_999_999).map("{:07}".format)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.integers(0, 10**length - 1).map(lambda n: f"{n:0{length}}")


def one_form(*spellings: str) -> str:
    """The form that all of them have, both for what is read and for what is looked up."""
    forms = {normal(text) for text in spellings} | {read_number(text).e164 for text in spellings}
    assert len(forms) == 1, forms
    (form,) = forms
    assert normal(form) == form
    assert read_number(form).e164 == form
    return form


@given(MEXICAN_AREAS, digits(8))
def test_all_spellings_of_a_mexican_number_are_one(area: str, line: str) -> None:
    form = one_form(
        f"+52{area}{line}",
        f"+521{area}{line}",
        f"+52 1 {area} {line[:4]} {line[4:]}",
        f"+52 044 {area} {line}",
        f"+52 045 {area} {line}",
        f"+52 01 {area} {line}",
    )
    assert form == f"+52{area}{line}"
    national = [f"{area} {line}", f"044 {area} {line}", f"01 {area} {line}", f"1{area}{line}"]
    assert {read_number(text, "MX").e164 for text in national} == {form}


@given(st.integers(0, 8), SEVEN)
def test_all_spellings_of_an_argentine_number_are_one(first: int, line: str) -> None:
    local = f"{first}{line}"
    number = phonenumbers.parse(f"+54911{local}", None)
    form = normal(f"+54911{local}")
    assert form == f"+54911{local}"
    if phonenumbers.is_valid_number(number) and not local.startswith("15"):
        assert form == one_form(
            f"+5411{local}",
            f"+54 9 11 {local[:4]}-{local[4:]}",
            f"+54 11 15 {local}",
            f"+54 9 11 15 {local}",
            f"+54 9 011 {local}",
            f"+54 (0)11 {local}",
        )
        national = [f"11 {local}", f"011 15 {local[:4]}-{local[4:]}", f"9 11 {local}"]
        assert {read_number(text, "AR").e164 for text in national} == {form}


@given(st.sampled_from(["11", "21", "61", "85"]), st.integers(6, 9), SEVEN)
def test_all_spellings_of_a_brazilian_mobile_are_one(area: str, first: int, line: str) -> None:
    form = one_form(
        f"+55{area}9{first}{line}",
        f"+55{area}{first}{line}",
        f"+55 {area} {first}{line[:3]}-{line[3:]}",
        f"+55 0{area} {first}{line}",
        f"+55 0 15 {area} 9{first}{line}",
    )
    assert form == f"+55{area}9{first}{line}"
    national = [f"({area}) {first}{line}", f"0{area} 9{first}{line}", f"0 41 {area} {first}{line}"]
    assert {read_number(text, "BR").e164 for text in national} == {form}


@pytest.mark.parametrize("phone", ["+551132654321", "+558001234567", "+552123456789"])
def test_a_brazilian_landline_gets_no_ninth_digit(phone: str) -> None:
    assert normal(phone) == phone


@each("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_mobile_number_of_every_region_has_one_form(region: str) -> None:
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None:
        return  # its plan has no mobiles
    e164 = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    assert normal(e164) == e164
    assert normal(normal(e164)) == e164
    assert normal(phonenumbers.format_number(example, PhoneNumberFormat.INTERNATIONAL)) == e164
    national = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
    assert normal(national, region) == e164
    assert normal(e164.removeprefix("+")) in {e164, e164.removeprefix("+")}


@given(st.text(max_size=30) | st.from_regex(r"\+?[0-9 ().,-]{1,20}", fullmatch=True))
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(st.from_regex(r"\+5[245][0-9]{7,13}", fullmatch=True))
def test_the_normal_form_where_spellings_differ_is_stable(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize("name", ["12345", "ACME", "", "+", "MG0123456789abcdef", "+1 415"])
def test_what_is_no_number_stays_what_it_is(name: str) -> None:
    assert normal(f" {name} ") in {name, "+1415"}


def test_an_argentine_number_may_be_a_landline_however_it_is_written() -> None:
    assert read_number("+54 11 4321 0000") == read_number("+54 9 11 4321 0000")
    assert read_number("+54 11 4321 0000").line is LineKind.UNKNOWN


@pytest.mark.parametrize("mark", [".0", ",0"])
@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        ("+491711234567", "US", "+491711234567"),
        ("1711234567", "DE", "+491711234567"),
        ("2065550110", "US", "+12065550110"),
        ("12065550110", "US", "+12065550110"),
        ("+12065550110", "GB", "+12065550110"),
        ("+49 171 1234567", "US", "+491711234567"),
        ("+5215512345678", "US", "+525512345678"),
    ],
)
def test_a_spreadsheets_decimal_adds_no_digit(
    mark: str, written: str, region: str, e164: str
) -> None:
    assert read_number(written + mark, region).e164 == e164
    assert read_number(f" {written}{mark} ", region).e164 == e164


@given(st.integers(10**9, 10**14), st.sampled_from([".0", ",0"]), st.booleans())
def test_a_number_with_a_decimal_is_the_number_or_refused(
    number: int, mark: str, plus: bool
) -> None:
    written = f"{'+' * plus}{number}"
    try:
        assert without_fraction(written + mark) == written
    except SpreadsheetNumber:
        assert written.endswith("00000")


@each(
    "text",
    [
        "1.5E+10",
        "4.91711E+11",
        "4,91711E+11",
        "4.91711e11",
        "+4.91711E+11",
        "4.91711E +11",
        "2.06555E+09",
        "491711000000",
        "447911000000",
        "33612300000",
        "491711000000.0",
        "12065500000.0",
    ],
)
@each("region", ["US", "DE", "MX"])
def test_a_rounded_number_is_refused_as_such(text: str, region: str) -> None:
    with pytest.raises(InvalidNumber) as refused:
        read_number(text, region)
    assert refused.value.reason == "a spreadsheet rounded the number"
    assert "text" in refused.value.remedy


@pytest.mark.parametrize("text", ["1711234567.5", "491711234567.00", "491711234567,25"])
def test_a_decimal_number_is_refused_as_a_spreadsheets(text: str) -> None:
    with pytest.raises(InvalidNumber) as refused:
        read_number(text, "DE")
    assert "spreadsheet" in refused.value.reason


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("+49 171 1000000", "US", "+491711000000"),
        ("+491711000000", "US", "+491711000000"),
        ("12065500000", "US", "+12065500000"),
        ("06.12.34.56.78", "FR", "+33612345678"),
        ("206.555.0110", "US", "+12065550110"),
    ],
)
def test_round_numbers_and_dots_of_real_numbers_are_left_alone(
    text: str, region: str, e164: str
) -> None:
    assert read_number(text, region).e164 == e164
