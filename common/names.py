"""Compares names: folds them, splits them into words, and builds the keys for search and sort.

The server stores `search_key` and `sort_key`. A search folds the typed words in the same way, so a
typed word is the beginning of a word of the name if `" " + word` is in the search key.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from common.phones import SpreadsheetNumber, without_fraction

MIN_DIGITS: Final = 2
"""Fewest digits for a bare word to match phone numbers; single digits match too many."""

_STROKES: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_APOSTROPHES: Final = str.maketrans(dict.fromkeys("'’‘ʼʻ`´"))
_ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
_PHONE_WORD: Final = re.compile(r"\+?[0-9().\-/ ]+")
_NOT_A_DIGIT: Final = re.compile(r"[^0-9]")


def fold(text: str) -> str:
    """Return the text without case and accents: NFKD, combining marks removed, casefolded.

    Letters with a stroke have no decomposition and lose it too (`Łukasz` → `lukasz`).
    `fold(fold(text)) == fold(text)`.
    """
    if text.isascii():
        return text.lower()
    folded = _strip_marks(_strip_marks(text).casefold()).translate(_STROKES)
    return folded if folded.isascii() else _strip_marks(folded.casefold())


def words(text: str) -> list[str]:
    """Return the folded words of a name. An apostrophe joins (`obrien`); other marks separate.

    Words contain only letters, digits and vowel signs, so never a wildcard of SQL.
    """
    # once before folding, which splits an acute from its blank, and once after, which adds some
    folded = fold(text.translate(_APOSTROPHES)).translate(_APOSTROPHES)
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    return "".join(
        char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in folded
    ).split()


def search_key(first: str, last: str) -> str:
    """Return the key for name searches: a space before each word, `" lena abadi"`.

    `LIKE '% aba%'` on it finds names with a word that begins with "aba". Empty for a name without
    words.
    """
    return "".join(f" {word}" for word in words(f"{first} {last}"))


def sort_key(first: str, last: str) -> str:
    """Return the key for sorting: last name, then first name, folded.

    Two spaces separate them, so that everyone with one last name comes before any longer last name.
    A name without letters sorts by its folded text.
    """
    names = [" ".join(words(last)), " ".join(words(first))]
    return "  ".join(filter(None, names)) or fold(f"{last} {first}".strip())


def digits(word: str) -> str | None:
    """Return the digits to search for in phone numbers, or None if the word is not part of one.

    A part of a number has digits and the marks of phone numbers (`+ ( ) - . /` and spaces), with at
    least two digits, or one after a plus. The `.0` that a spreadsheet adds is ignored.
    """
    try:
        word = without_fraction(word)
    except SpreadsheetNumber:
        return None if not word.isdecimal() else word
    if not _PHONE_WORD.fullmatch(word):
        return None
    found = _NOT_A_DIGIT.sub("", word)
    least = 1 if word.startswith("+") else MIN_DIGITS
    return found if len(found) >= least else None


def _strip_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
