"""The one normal form of a phone number, how it is shown, and which numbers nobody owns.

Carriers and people write some numbers in more than one way: Mexico's `+521`, Argentina's `+549`,
Brazil's mobiles without the ninth digit, a spreadsheet's `.0`. `normal` and `respelled` are the
only places that know these spellings; every door of the server goes through them.
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
"""Characters beyond which nothing is a phone number, however it is written."""

_ARGENTINA: Final = 54
_BRAZIL: Final = 55
_MEXICO: Final = 52
_OLD_MEXICO: Final = re.compile(r"(?:1|01|02|044|045)([2-9][0-9]{9})")
_OLD_BRAZIL: Final = re.compile(r"([1-9][0-9])([6-9][0-9]{7})")
_NATIONAL_DIGITS_AR: Final = 10

_SCIENTIFIC: Final = re.compile(r"(?i)[+＋]?[0-9.,]+\s*e\s*\+?0?(?:[6-9]|[1-9][0-9])")
"""With as many digits as a phone number has: `0E0` and `3e2` may be somebody's name for things."""

_DECIMAL: Final = re.compile(r"(.+)([.,])([0-9]{1,2})", re.DOTALL)
_MARKED: Final = re.compile(r"\+[0-9 ().\-/]*[0-9]")
_WITHOUT_PLUS: Final = re.compile(r"[1-9][0-9]{10,14}")
_BARE_DIGITS: Final = re.compile(r"[+＋]?[0-9]+")
_LEAST_DIGITS: Final = 7
"""Digits before the decimals from which on they stand behind a phone number."""
_ROUNDED: Final = re.compile(r"[1-9][0-9]{5,}00000")


ROUNDED: Final = "a spreadsheet rounded the number"
DECIMALS: Final = "a spreadsheet turned the number into a decimal"


class SpreadsheetNumber(ValueError):
    """A spreadsheet took a phone number for an amount, and digits of it are lost."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def without_fraction(text: str) -> str:
    """Return the number without the `.0` or `,0` that a spreadsheet put behind it.

    Raises `SpreadsheetNumber` for `4.91711E+11`, for any other decimals behind a whole number, and
    for a whole number of eleven digits or more, without a plus, that ends in five zeros, as
    rounding leaves them. Eleven digits that begin with 1 are a number of the US or Canada, and
    refused only with a `.0` behind them.
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
    """Return the normal form (E.164) of a number that somebody else vouches for.

    For what carriers bring, for what is stored and for what is looked up: nothing is refused. What
    is no number, such as a short code or a sender's name, comes back as it is, without blanks
    around it. A number without a country code needs `region`; eleven digits or more without a plus
    may have one.
    """
    text = text.strip()
    if _PLAIN.fullmatch(text) or len(text) > _LONGEST:
        return text
    return _normal(text, region)


def is_number(text: str) -> bool:
    """Tell whether a normal form is a phone number: no short code, sender's name or nonsense."""
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
    """Return a parsed number as its plan writes it today; most come back as they are.

    Mexico: ten digits, without the 1 (or 044, 045, 01, 02) that once stood before them. Argentina:
    the mobile form, with a 9 behind +54; the ten digits behind it are one line's either way.
    Brazil: nine digits behind the area code; mobiles of eight digits got a 9 in front. A number
    is respelled only if the plan has the result.
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
    """Return the number with these national digits if the plan has such a one, else as it is."""
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

    Other countries are grouped as their own plan groups them. What is no E.164 number comes back
    as it is.
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
    """Tell whether this is a number that no one can own: +1, any area code, 555-0100 to 555-0199.

    Source: the range that the North American Numbering Plan keeps for entertainment and samples.
    """
    return _FICTIONAL.fullmatch(e164) is not None
