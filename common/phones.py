"""The normal form of phone numbers, how they are shown, and which numbers are fictional.

Carriers and people write some numbers in more than one way: Mexico's `+521`, Argentina's `+549`,
Brazil's mobiles without the ninth digit, a spreadsheet's `.0`. Only `normal` and `respelled` know
these spellings, and every input of the server uses them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_FICTIONAL: Final = re.compile(r"\+1[2-9]\d\d55501\d\d", re.ASCII)
_PLUS_ONE_DIGITS: Final = 12
_PLAIN: Final = re.compile(r"\+1[2-9][0-9]{9}")
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST: Final = 64
"""A longer text is never a phone number."""

_ARGENTINA: Final = 54
_BRAZIL: Final = 55
_MEXICO: Final = 52
_OLD_MEXICO: Final = re.compile(r"(?:1|01|02|044|045)([2-9][0-9]{9})")
_OLD_BRAZIL: Final = re.compile(r"([1-9][0-9])([6-9][0-9]{7})")
_NATIONAL_DIGITS_AR: Final = 10

_SCIENTIFIC: Final = re.compile(r"(?i)[+＋]?[0-9.,]+\s*e\s*\+?0?(?:[6-9]|[1-9][0-9])")
"""Fewest digits of a number that a spreadsheet rounded: `0E0` and `3e2` may be names."""

_DECIMAL: Final = re.compile(r"(.+)([.,])([0-9]{1,2})", re.DOTALL)
_MARKED: Final = re.compile(r"\+[0-9 ().\-/]*[0-9]")
_WITHOUT_PLUS: Final = re.compile(r"[1-9][0-9]{10,14}")
_BARE_DIGITS: Final = re.compile(r"[+＋]?[0-9]+")
_LEAST_DIGITS: Final = 7
"""Fewest digits before the decimals of a damaged phone number."""
_ROUNDED: Final = re.compile(r"[1-9][0-9]{5,}00000")


ROUNDED: Final = "a spreadsheet rounded the number"
DECIMALS: Final = "a spreadsheet turned the number into a decimal"


class SpreadsheetNumber(ValueError):
    """A spreadsheet treated a phone number as an amount and lost digits of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def without_fraction(text: str) -> str:
    """Return the number without the `.0` or `,0` that a spreadsheet added.

    Raises `SpreadsheetNumber` for `4.91711E+11`, for any other decimals after a whole number, and
    for a whole number of eleven digits or more, without a plus, that ends in five zeros, as
    rounding leaves them. Eleven digits that begin with 1 are a number of the US or Canada, and
    refused only with a `.0` after them.
    """
    if _SCIENTIFIC.fullmatch(text):
        raise SpreadsheetNumber(ROUNDED)
    found = _DECIMAL.fullmatch(text)
    if found is None:
        if _ROUNDED.fullmatch(text) and not (text[0] == "1" and len(text) == _PLUS_ONE_DIGITS - 1):
            raise SpreadsheetNumber(ROUNDED)
        return text
    head, mark, decimals = found.groups()
    bare = _BARE_DIGITS.fullmatch(head) is not None
    if sum(map(str.isdigit, head)) < _LEAST_DIGITS or not (bare or decimals == "0"):
        return text
    if decimals != "0" or (not bare and mark in head):
        raise SpreadsheetNumber(DECIMALS)
    if _ROUNDED.fullmatch(head):
        raise SpreadsheetNumber(ROUNDED)
    return head


def normal(text: str, region: str | None = None) -> str:
    """Return the normal form (E.164) of a number that is already known to be one.

    For numbers from carriers, stored numbers and lookups: nothing is refused. Anything else, such
    as a short code or a sender's name, is returned unchanged without surrounding spaces. A number
    without a country code needs `region`; eleven digits or more without a plus may have a country
    code.
    """
    text = text.strip()
    if _PLAIN.fullmatch(text) or len(text) > _LONGEST:
        return text
    return _normal(text, region)


def is_number(text: str) -> bool:
    """Whether a normal form is a phone number, not a short code, sender's name or nonsense."""
    return _E164.fullmatch(text) is not None


@lru_cache(maxsize=16_384)
def _normal(text: str, region: str | None) -> str:
    import phonenumbers  # noqa: PLC0415 - slow to import, and needed for numbers outside +1 alone

    written = text
    if region is None and _WITHOUT_PLUS.fullmatch(text):
        written = f"+{text}"
    try:
        number = respelled(phonenumbers.parse(without_fraction(written), region))
    except (phonenumbers.NumberParseException, SpreadsheetNumber):
        return text
    if not phonenumbers.is_valid_number(number):
        return re.sub(r"[^+0-9]", "", text) if _MARKED.fullmatch(text) else text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def respelled(number: PhoneNumber) -> PhoneNumber:
    """Return a parsed number as its numbering plan writes it today; most are unchanged.

    Mexico: ten digits, without the former prefix 1 (or 044, 045, 01, 02). Argentina: the mobile
    form, with a 9 after +54; both forms belong to the same line. Brazil: nine digits after the area
    code; mobiles of eight digits got a 9 in front. A number changes only if the result is valid in
    the plan.
    """
    if number.country_code == _MEXICO:
        return _mexican(number)
    if number.country_code == _ARGENTINA:
        return _argentine(number)
    if number.country_code == _BRAZIL:
        return _brazilian(number)
    return number


def _mexican(number: PhoneNumber) -> PhoneNumber:
    found = _OLD_MEXICO.fullmatch(_national(number))
    return number if found is None else _valid_or(number, found[1])


def _argentine(number: PhoneNumber) -> PhoneNumber:
    import phonenumbers  # noqa: PLC0415 - likewise

    national = _national(number)
    if phonenumbers.is_valid_number(number):
        ten = len(national) == _NATIONAL_DIGITS_AR
        return _valid_or(number, f"9{national}", mobile=True) if ten else number
    # The 9 beside the 0 or the 15 of national dialling: phonenumbers knows these without the 9.
    inner = national.removeprefix("9").removeprefix("0")
    if not national.startswith("9") or len(inner) < _NATIONAL_DIGITS_AR:
        return number
    if len(inner) == _NATIONAL_DIGITS_AR:
        return _valid_or(number, f"9{inner}", mobile=True)
    try:
        other = phonenumbers.parse(f"+{_ARGENTINA}{inner}", None)
    except phonenumbers.NumberParseException:
        return number
    return other if phonenumbers.is_valid_number(other) else number


def _brazilian(number: PhoneNumber) -> PhoneNumber:
    found = _OLD_BRAZIL.fullmatch(_national(number))
    return number if found is None else _valid_or(number, f"{found[1]}9{found[2]}", mobile=True)


def _national(number: PhoneNumber) -> str:
    import phonenumbers  # noqa: PLC0415 - likewise

    return phonenumbers.national_significant_number(number)


def _valid_or(number: PhoneNumber, national: str, *, mobile: bool = False) -> PhoneNumber:
    """Return the number with these national digits if that is valid, otherwise unchanged."""
    import phonenumbers  # noqa: PLC0415 - likewise

    other = phonenumbers.PhoneNumber(
        country_code=number.country_code, national_number=int(national)
    )
    kind = phonenumbers.number_type(other)
    if kind == phonenumbers.PhoneNumberType.UNKNOWN:
        return number
    return other if not mobile or kind == phonenumbers.PhoneNumberType.MOBILE else number


@lru_cache(maxsize=4096)
def pretty(e164: str) -> str:
    """Return the form shown to people: `+14155550142` becomes `+1 415 555 0142`.

    Numbers of other countries are grouped by their own plan. Anything that is not E.164 is returned
    unchanged.
    """
    if e164.startswith("+1") and len(e164) == _PLUS_ONE_DIGITS:
        return f"+1 {e164[2:5]} {e164[5:8]} {e164[8:]}"
    if not e164.startswith("+"):
        return e164
    import phonenumbers  # noqa: PLC0415 - slow to import, and needed for numbers outside +1 alone

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    if phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) != e164:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def is_fictional(e164: str) -> bool:
    """Whether no one can own this number: +1, any area code, 555-0100 to 555-0199.

    Source: the North American Numbering Plan reserves this range for entertainment and samples.
    """
    return _FICTIONAL.fullmatch(e164) is not None
