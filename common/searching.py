"""Searches for people: words of a name, or numbers in any spelling.

Server and screen both use these functions, so that both find the same people. A number may be
written in groups: `1 (206) 555-0110` and `206 - 555 - 0110` are one number each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from common import names, phones

LEAST_DIGITS: Final = 7
"""Fewest digits for groups of digits to be one number; fewer are separate words."""
MOST_GROUPS: Final = 8
"""Most groups of digits in one number."""
MOST_TESTS: Final = 100
"""Most comparisons per person, to limit how long a search takes."""

_GROUP: Final = re.compile(r"\+?[(0-9][0-9().\-/]*")
_MARK: Final = re.compile(r"[-–—./]")
_NOT_A_DIGIT: Final = re.compile(r"[^0-9]")
_FULL: Final = 8
"""Fewest digits of a word that may be a whole number in another spelling."""
_PLAIN: Final = re.compile(r"1?[2-9][0-9]{9}")
_PLAIN_REGIONS: Final = frozenset({None, "US", "CA"})
"""Countries where such digits have no other spelling."""


class Wanted(NamedTuple):
    """One thing to find: every word is the beginning of a word of the name, or one of the numbers
    is part of the phone number.
    """

    words: tuple[str, ...]
    numbers: tuple[str, ...]

    def fits(self, search_key: str, phone: str) -> bool:
        """Whether it matches the search key of a name, or the phone number."""
        named = bool(self.words) and all(f" {word}" in search_key for word in self.words)
        return named or any(number in phone for number in self.numbers)


Way = tuple[Wanted, ...]
"""Things that must all match."""


@lru_cache(maxsize=1024)
def split(search: str) -> tuple[str, ...]:
    """Split a search into words, with the groups of one number together: `abe`, `206 555 0110`.

    A word without letters and digits, such as `???`, is left out beside others. Alone it is
    returned, and `ways` of it is empty, so the search finds nobody.
    """
    found, position = [], 0
    parts = search.split()
    while position < len(parts):
        taken = group_length(parts[position : position + 2 * MOST_GROUPS + 2])
        if taken:
            found.append(joined(parts[position : position + taken]))
        else:
            found.append(parts[position])
        position += taken or 1
    sought = tuple(word for word in found if ways(word))
    return sought or ((search,) if search else ())


def tests(word: str) -> int:
    """Return how many comparisons one word causes per person."""
    return sum(len(one.words) + len(one.numbers) for way in ways(word) for one in way)


def group_length(parts: Sequence[str]) -> int:
    """Return how many of the first words are groups of one number; 0 if none are.

    Groups contain digits and the marks of numbers; a mark may be a group of its own. Together they
    have at least seven digits.
    """
    groups = taken = 0
    for place, part in enumerate(parts):
        if _is_group(part):
            groups, taken = groups + 1, place + 1
        elif not groups or taken < place or not _MARK.fullmatch(part):
            break
    digits = _NOT_A_DIGIT.sub("", "".join(parts[:taken]))
    return taken if 2 <= groups <= MOST_GROUPS and len(digits) >= LEAST_DIGITS else 0


def joined(parts: Sequence[str]) -> str:
    """Join the groups of one number into one text, without marks that are groups of their own."""
    return " ".join(part for part in parts if not _MARK.fullmatch(part))


@lru_cache(maxsize=1024)
def ways(word: str, region: str | None = None) -> tuple[Way, ...]:
    """Return the ways in which a word can match; an empty list matches nobody.

    Numbers without a country code are also read as numbers of `region`. Groups of digits are one
    number, or words, or words before a number.
    """
    groups = word.split()
    if group_length(groups) != len(groups):
        return _only(_wanted(word, region))
    found = [_all(groups, region), *_only(_wanted(word, region))]
    for words in range(1, len(groups) - 1):
        number = " ".join(groups[words:])
        before = _all(groups[:words], region)
        if before and len(_NOT_A_DIGIT.sub("", number)) >= LEAST_DIGITS:
            found.append((*before, _wanted(number, region)))
    return tuple(way for way in found if way)


def fits(search: str, search_key: str, phone: str) -> bool:
    """Whether a search finds a person; an empty search finds everyone."""
    return all(
        any(all(wanted.fits(search_key, phone) for wanted in way) for way in ways(word))
        for word in split(search)
    )


def numbers(word: str, region: str | None = None) -> tuple[str, ...]:
    """Return digits of which the phone number must contain one; none if the word cannot match.

    A whole number is also searched in its normal form, and without leading zeros.
    """
    digits = names.digits(word)
    if digits is None:
        return ()
    found = [digits]
    plain = region in _PLAIN_REGIONS and _PLAIN.fullmatch(digits)
    if len(digits) >= _FULL and not plain:
        found.append(digits.lstrip("0"))
        found += (
            form.removeprefix("+")
            for form in (phones.normal(word), phones.normal(word, region))
            if form.startswith("+") and form[1:].isdecimal()
        )
    return tuple(dict.fromkeys(one for one in found if one))


def _is_group(part: str) -> bool:
    return _GROUP.fullmatch(part) is not None and any(map(str.isdigit, part))


def _wanted(word: str, region: str | None) -> Wanted:
    return Wanted(tuple(names.words(word)), numbers(word, region))


def _only(wanted: Wanted) -> tuple[Way, ...]:
    return ((wanted,),) if wanted.words or wanted.numbers else ()


def _all(groups: Sequence[str], region: str | None) -> Way:
    """Every group by itself; empty if one of them has no digits or letters."""
    found = tuple(_wanted(group, region) for group in groups)
    return found if all(one.words or one.numbers for one in found) else ()
