"""Reads phone numbers: turns typed numbers into E.164, with facts from the number plan.

Results are those of phonenumbers. It reads some 15,000 numbers a second, so plain numbers of the US
and Canada take a shorter way with the same results: in these two plans, area code and exchange
decide, and each exchange is looked up once.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult
from phonenumbers.timezone import time_zones_for_geographical_number, time_zones_for_number

from common.phones import SpreadsheetNumber, is_fictional, respelled, without_fraction
from common.vocabulary import LineKind
from server.contacts.area_codes import PROVINCE_OF, TERRITORIES, US_STATE_OF
from server.errors import DrumbeatError

MAX_LENGTH: Final = 64
"""Most characters of a written number, with marks."""

_NATIONAL_REGIONS: Final = frozenset({"US", "CA"})
_PLAIN: Final = re.compile(
    r"(\+?1)?[ .\-]?\(?([2-9][0-9]{2})\)?[ .\-]{0,2}([2-9][0-9]{2})[ .\-]?([0-9]{4})"
)
_WRITTEN: Final = re.compile(r"[+＋]?[\d\s()\[\].,/~\u2010-\u2015\u2212\u30fc\uff0d－•·+-]+")
_EXTENSION: Final = re.compile(r"(?i)(?:ext|extn|extension|x|#|;ext=)[\s.:=]*\d+\s*$")
_DECIMALS: Final = (".0", ",0")
_SHORT_CODE_DIGITS: Final = 6
_NO_ZONES: Final = ("Etc/Unknown",)

_UNTOLD: Final = ("+1", "+52", "+549")
"""Prefixes of numbers whose plan does not separate mobiles from landlines. Argentina's separates
them by the 9, but the normal form always has a 9.
"""
_CHECK: Final = (
    "Check the number. A number from another country starts with + and the country code."
)
_AS_TEXT: Final = "Format the column as text in the spreadsheet, then export it again."
_MOBILE: Final = "Enter the person's mobile number."

_LINES: Final = {
    PhoneNumberType.MOBILE: LineKind.MOBILE,
    PhoneNumberType.FIXED_LINE: LineKind.LANDLINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: LineKind.UNKNOWN,
    PhoneNumberType.VOIP: LineKind.VOIP,
}
_NOT_TEXTABLE: Final = {
    PhoneNumberType.TOLL_FREE: "a toll-free number",
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.PERSONAL_NUMBER: "a follow-me number",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.UAN: "a company's universal access number",
    PhoneNumberType.VOICEMAIL: "a voicemail access number",
}


class InvalidNumber(DrumbeatError):
    """The text is not a number that can be texted."""

    def __init__(self, text: str, reason: str, remedy: str) -> None:
        """Store the text (cut to 64 characters), the reason and the remedy."""
        super().__init__(f"{text[:MAX_LENGTH]!r}: {reason}. {remedy}")
        self.text = text[:MAX_LENGTH]
        self.reason = reason
        self.remedy = remedy


class Number(NamedTuple):
    """A number that can be texted, with facts from its plan.

    `country` is the ISO code of its plan's region. `zones` are all IANA zones it may be in, empty
    if unknown. `line` is never certain for +1, +52 and +549. `us_state` is the postal code of the
    state or territory of its area code, None elsewhere.
    """

    e164: str
    country: str
    zones: tuple[str, ...]
    line: LineKind
    us_state: str | None


class _Exchange(NamedTuple):
    """The facts that the first six digits decide."""

    country: str
    zones: tuple[str, ...]
    us_state: str | None


_exchanges: dict[str, _Exchange | None] = {}  # at most 800 area codes x 800 exchanges
_openings: dict[str, str | None] = {}


def read_number(text: str, region: str = "US", *, fictional_ok: bool = False) -> Number:
    """Return the number written in `text`; one without a country code belongs to `region`.

    With `fictional_ok`, the sample numbers +1 NPA 555 01XX are accepted in every US and Canadian
    area code, even if the plan has no such exchange (American Samoa): for databases that use only
    the simulator. All spellings of a number give the same normal form, see `common.phones`. Raises
    `InvalidNumber` for anything that cannot be texted.
    """
    plain = _PLAIN.fullmatch(_written(text) if text.endswith(_DECIMALS) else text)
    if plain is not None:
        prefix, area, exchange, line = plain.groups()
        if prefix == "+1" or region in _NATIONAL_REGIONS:
            found = _exchange(area, exchange)
            if found is not None:
                country, zones, state = found
                return Number(f"+1{area}{exchange}{line}", country, zones, LineKind.UNKNOWN, state)
    return read_by_plan(text, region, fictional_ok=fictional_ok)


def read_by_plan(text: str, region: str = "US", *, fictional_ok: bool = False) -> Number:
    """Like `read_number`, but always through phonenumbers: slower, used as the reference."""
    written = _written(text)
    try:
        number = respelled(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException as error:
        raise InvalidNumber(text, _parse_reason(error, written), _CHECK) from None
    if not phonenumbers.is_valid_number(number):
        e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        if fictional_ok and is_fictional(e164):
            fictional = _fictional(e164)
            if fictional is not None:
                return fictional
        raise InvalidNumber(text, _invalid_reason(number), _CHECK)
    kind = phonenumbers.number_type(number)
    refused = _NOT_TEXTABLE.get(kind)
    if refused is not None:
        raise InvalidNumber(text, f"{refused}, which cannot be texted", _MOBILE)
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    untold = e164.startswith(_UNTOLD)
    return Number(
        e164,
        phonenumbers.region_code_for_number(number) or "",
        _known(time_zones_for_number(number)),
        LineKind.UNKNOWN if untold else _LINES.get(kind, LineKind.UNKNOWN),
        US_STATE_OF.get(e164[2:5]) if number.country_code == 1 else None,
    )


def _exchange(area: str, exchange: str) -> _Exchange | None:
    """Return the facts of a plain exchange; None sends the number through phonenumbers."""
    key = area + exchange
    try:
        return _exchanges[key]
    except KeyError:
        pass
    country = _plain_country(area, exchange[0])
    found: _Exchange | None = None
    if country is not None:
        number = PhoneNumber(country_code=1, national_number=int(f"{key}0100"))
        zones = _known(time_zones_for_geographical_number(number))
        found = _Exchange(country, zones, US_STATE_OF.get(area))
    _exchanges[key] = found
    return found


def _plain_country(area: str, opening: str) -> str | None:
    """Return US or CA if every number of this area code and exchange is plain and valid.

    In these two plans validity depends on the area code and at most the exchange's first digit. The
    territories and the Caribbean have finer rules and are left to phonenumbers.
    """
    key = area + opening
    if key not in _openings:
        _openings[key] = None
        state = US_STATE_OF.get(area)
        if area in PROVINCE_OF or (state is not None and state not in TERRITORIES):
            number = PhoneNumber(country_code=1, national_number=int(f"{key}345678"))
            if phonenumbers.number_type(number) == PhoneNumberType.FIXED_LINE_OR_MOBILE:
                _openings[key] = phonenumbers.region_code_for_number(number)
    return _openings[key]


def _written(text: str) -> str:
    """Return the text if it has the shape of one number."""
    written = text.strip()
    if not written:
        raise InvalidNumber(text, "no phone number", "Enter the number.")
    if len(written) > MAX_LENGTH:
        raise InvalidNumber(text, f"longer than {MAX_LENGTH} characters", _CHECK)
    try:
        written = without_fraction(written)
    except SpreadsheetNumber as error:
        raise InvalidNumber(text, error.reason, _AS_TEXT) from None
    if _EXTENSION.search(written):
        raise InvalidNumber(text, "it has an extension and cannot be texted", _MOBILE)
    if not _WRITTEN.fullmatch(written):
        raise InvalidNumber(text, "not a phone number", _CHECK)
    return written


def _parse_reason(error: phonenumbers.NumberParseException, written: str) -> str:
    if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
        if written[0] in "+＋":
            return "no country has this code"
        return "no country code, and no default country is set"
    if error.error_type == phonenumbers.NumberParseException.TOO_LONG:
        return "too many digits"
    return "too few digits"


def _invalid_reason(number: PhoneNumber) -> str:
    possible = phonenumbers.is_possible_number_with_reason(number)
    if len(str(number.national_number)) <= _SHORT_CODE_DIGITS:
        return "a short code, or too few digits"
    if possible == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return "the area code is missing"
    if possible == ValidationResult.TOO_SHORT:
        return "too few digits"
    if possible == ValidationResult.TOO_LONG:
        return "too many digits"
    return f"not a valid number for country code +{number.country_code}"


def _fictional(e164: str) -> Number | None:
    area = e164[2:5]
    state = US_STATE_OF.get(area)
    if state is None and area not in PROVINCE_OF:
        return None
    country = state if state in TERRITORIES else "CA" if state is None else "US"
    number = PhoneNumber(country_code=1, national_number=int(e164[2:]))
    zones = _known(time_zones_for_geographical_number(number))
    return Number(e164, country, zones, LineKind.UNKNOWN, state)


def _known(zones: tuple[str, ...]) -> tuple[str, ...]:
    return () if zones == _NO_ZONES else tuple(zones)
