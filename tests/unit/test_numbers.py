"""Phone numbers are read as their plan says, by the quick way and the slow way alike."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.phones import is_fictional
from common.vocabulary import LineKind
from server.contacts import area_codes
from server.contacts.numbers import InvalidNumber, Number, read_by_plan, read_number
from tests.each import each
from tests.sizes import sized

KNOWN_AREAS = sorted(area_codes.US_STATE_OF | area_codes.PROVINCE_OF)
AREAS = st.sampled_from(KNOWN_AREAS) | st.integers(0, 999).map("{:03}".format)
EXCHANGES = st.integers(0, 999).map("{:03}".format)
LINES = st.integers(0, 9999).map("{:04}".format)
SHAPES = st.sampled_from(
    [
        "{}{}{}",
        "+1{}{}{}",
        "1{}{}{}",
        "({}) {}-{}",
        "{}-{}-{}",
        "{}.{}.{}",
        "+1 {} {} {}",
        "+1 ({}) {}-{}",
        "1-{}-{}-{}",
        "({}{}{}",
        "{}) {} {}",
        " {} {} {}",
        "1 {} - {} {}",
    ]
)
# zones beyond the usual ones of their states, by border or by libphonenumber's rounding
STATE_ZONES = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC TN VA VT WV",
    "America/Chicago": "AL AR FL IA IL IN KS KY LA MI MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "AZ CO ID KS MT ND NE NM NV OR SD TX UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA ID NV OR WA",
    "America/Boise": "ID OR",
    "America/North_Dakota/Center": "ND",
    "America/Anchorage": "AK",
    "America/Juneau": "AK",
    "America/Adak": "AK",
    "Pacific/Honolulu": "HI AK",
    "America/Puerto_Rico": "PR",
    "America/St_Thomas": "VI",
    "Pacific/Guam": "GU",
    "Pacific/Saipan": "MP",
    "Pacific/Pago_Pago": "AS",
}


def answer(
    text: str, region: str, *, plan: bool, fictional_ok: bool = False
) -> Number | tuple[str, str]:
    read = read_by_plan if plan else read_number
    try:
        return read(text, region, fictional_ok=fictional_ok)
    except InvalidNumber as error:
        return error.reason, error.remedy


@settings(max_examples=sized(150, 1_500))
@given(SHAPES, AREAS, EXCHANGES, LINES, st.sampled_from(["US", "CA", "GB", "MX"]), st.booleans())
@example("{}{}{}", "983", "634", "5678", "US", False)
@example("{}{}{}", "523", "234", "5678", "US", False)
@example("{}{}{}", "684", "555", "0142", "US", True)
def test_the_quick_way_answers_as_the_plan_does(
    shape: str, area: str, exchange: str, line: str, region: str, fictional_ok: bool
) -> None:
    text = shape.format(area, exchange, line)
    assert answer(text, region, plan=False, fictional_ok=fictional_ok) == answer(
        text, region, plan=True, fictional_ok=fictional_ok
    )


@settings(max_examples=sized(60, 300))
@given(SHAPES, AREAS, EXCHANGES, LINES)
def test_a_read_number_is_a_valid_one_of_phonenumbers(
    shape: str, area: str, exchange: str, line: str
) -> None:
    text = shape.format(area, exchange, line)
    read = answer(text, "US", plan=False)
    oracle = phonenumbers.parse(text, "US")
    if isinstance(read, Number):
        assert phonenumbers.is_valid_number(oracle)
        assert read.e164 == phonenumbers.format_number(oracle, phonenumbers.PhoneNumberFormat.E164)
        assert read.country == phonenumbers.region_code_for_number(oracle)
        assert read.line is LineKind.UNKNOWN
    else:
        assert phonenumbers.number_type(oracle) not in {
            phonenumbers.PhoneNumberType.MOBILE,
            phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        }


@settings(max_examples=sized(60, 300))
@given(st.text(max_size=80) | st.from_regex(r"\+?[0-9 ()./-]{1,20}(x[0-9]+)?", fullmatch=True))
def test_any_text_is_a_number_or_told_why_not(text: str) -> None:
    number = answer(text, "US", plan=False)
    if isinstance(number, tuple) and not isinstance(number, Number):
        reason, remedy = number
        assert reason
        assert remedy.endswith(".")
    else:
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number.e164)
        assert read_number(number.e164) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (
            "(415) 555-0142",
            Number("+14155550142", "US", ("America/Los_Angeles",), LineKind.UNKNOWN, "CA"),
        ),
        (
            "+1 416 555 0142",
            Number("+14165550142", "CA", ("America/Toronto",), LineKind.UNKNOWN, None),
        ),
        (
            "787-555-0142",
            Number("+17875550142", "PR", ("America/Puerto_Rico",), LineKind.UNKNOWN, "PR"),
        ),
        (
            "+44 20 7946 0958",
            Number("+442079460958", "GB", ("Europe/London",), LineKind.LANDLINE, None),
        ),
        (
            "011 49 1511 2345678",
            Number("+4915112345678", "DE", ("Europe/Berlin",), LineKind.MOBILE, None),
        ),
        (
            "+52 55 1234 5678",
            Number("+525512345678", "MX", ("America/Mexico_City",), LineKind.UNKNOWN, None),
        ),
    ],
)
def test_what_a_number_tells(text: str, number: Number) -> None:
    assert read_number(text) == number


def test_a_national_number_belongs_to_the_region() -> None:
    assert read_number("07400 123456", "GB").e164 == "+447400123456"
    assert read_number("415 555 0142", "CA").country == "US"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no phone number"),
        ("   ", "no phone number"),
        ("abc", "not a phone number"),
        ("415-KL5-0142", "not a phone number"),
        ("911", "a short code, or too few digits"),
        ("12345", "a short code, or too few digits"),
        ("555-0142", "the area code is missing"),
        ("415 555 01422", "too many digits"),
        ("800 555 0199", "a toll-free number, which cannot be texted"),
        ("900 555 1234", "a premium-rate number, which cannot be texted"),
        ("500 555 1234", "a follow-me number, which cannot be texted"),
        ("+44 343 222 1234", "a company's universal access number, which cannot be texted"),
        ("+41 840 123 456", "a shared-cost number, which cannot be texted"),
        ("415 555 0142 x5", "it has an extension and cannot be texted"),
        ("415 555 0142 ext. 12", "it has an extension and cannot be texted"),
        ("4.15555E+09", "a spreadsheet rounded the number"),
        ("+999 123 4567", "no country has this code"),
        ("710 555 0142", "not a valid number for country code +1"),
        ("4" * 65, "longer than 64 characters"),
    ],
)
def test_what_cannot_be_texted_is_told_why(text: str, reason: str) -> None:
    with pytest.raises(InvalidNumber) as refused:
        read_number(text)
    assert refused.value.reason == reason


def test_sample_numbers_are_valid_in_the_states_and_provinces() -> None:
    for area in KNOWN_AREAS:
        if area_codes.US_STATE_OF.get(area) not in area_codes.TERRITORIES:
            number = read_number(f"+1{area}5550142")
            assert is_fictional(number.e164)


def test_elsewhere_sample_numbers_need_leave() -> None:
    with pytest.raises(InvalidNumber):
        read_number("+1 684 555 0142")
    number = read_number("+1 684 555 0142", fictional_ok=True)
    assert number == Number("+16845550142", "AS", ("Pacific/Pago_Pago",), LineKind.UNKNOWN, "AS")
    with pytest.raises(InvalidNumber):
        read_number("+1 684 555 9142", fictional_ok=True)
    with pytest.raises(InvalidNumber):
        read_number("+1 800 555 0142", fictional_ok=True)


def test_no_area_code_is_listed_twice_and_each_region_has_a_name() -> None:
    lists = [*area_codes.US_AREA_CODES.values(), *area_codes.CANADIAN_AREA_CODES.values()]
    codes = " ".join(lists).split()
    assert len(codes) == len(set(codes))
    assert len(codes) > 400
    assert area_codes.US_AREA_CODES.keys() == area_codes.US_REGION_NAMES.keys()
    assert len(area_codes.US_REGION_NAMES) == 50 + 1 + 5
    assert area_codes.CANADIAN_AREA_CODES.keys() <= area_codes.CANADIAN_REGION_NAMES.keys()


def test_every_area_code_of_the_plan_has_its_state() -> None:
    for area in range(200, 1000):
        number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{area}5552345"))
        if (
            phonenumbers.region_code_for_number(number) == "US"
            and phonenumbers.number_type(number)
            == phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE
        ):
            assert str(area) in area_codes.US_STATE_OF


@each("area", sorted(area_codes.US_STATE_OF))
def test_the_state_of_an_area_code_lies_in_its_zones(area: str) -> None:
    state = area_codes.US_STATE_OF[area]
    zones = read_number(f"+1{area}5550142", fictional_ok=True).zones
    assert zones
    assert set(zones) <= available_timezones()
    if len(zones) <= 4:
        assert any(state in STATE_ZONES.get(zone, "").split() for zone in zones), zones


def test_provinces_are_canadian_area_codes() -> None:
    for area in area_codes.PROVINCE_OF:
        assert read_number(f"+1{area}5550142").country == "CA"


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("ca", "CA"),
        ("New  York", "NY"),
        ("WASHINGTON", "WA"),
        ("Québec", "QC"),
        ("XX", None),
        ("", None),
    ],
)
def test_regions_are_read_by_code_or_name(text: str, region: str | None) -> None:
    assert area_codes.read_region(text) == region
