"""Makes cells of exported CSV files safe for spreadsheets."""

from __future__ import annotations

from typing import Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """Return the text, with an apostrophe in front if a spreadsheet would run it as a formula.

    Use it for text from people and carriers. Our own phone numbers need no apostrophe: a plus and a
    number is still a number. Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
