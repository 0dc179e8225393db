"""How a phone number is shown, and which numbers nobody owns."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_FICTIONAL: Final = re.compile(r"\+1[2-9]\d\d55501\d\d", re.ASCII)
_PLUS_ONE_DIGITS: Final = 12


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
