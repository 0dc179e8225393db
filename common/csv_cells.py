"""Cells of exported CSV files, made harmless for spreadsheets."""

from __future__ import annotations

from typing import Final

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """Return the text with an apostrophe in front if a spreadsheet would run it as a formula.

    For what people and carriers wrote. Our own phone numbers need it not: a number after a plus is
    a number. Source: OWASP, "CSV Injection".
    """
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
