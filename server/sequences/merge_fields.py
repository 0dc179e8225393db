"""The parts of a text's body, literal texts and merge fields, and how a field becomes text.

Without liquid: rendering stands on the way of every text, and only a body that was not seen before
is parsed (`grammar`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from common.segments import normalize

MAX_TEXT: Final = 1600
"""Characters in one text; longer bodies are refused by carriers (Twilio's error 21617)."""

MAX_BODY: Final = 3000
"""Characters in a body with its fields still in it. Bounds the time that parsing can take."""

MAX_FIELDS: Final = 100
"""Merge fields in a body; a bound likewise."""

FILTERS: Final = ("default", "capitalize", "downcase", "strip", "truncate", "upcase")
"""The filters a body may use."""


class TextProblem(msgspec.Struct, frozen=True):
    """Why a body cannot be used, where, and what to do.

    `position` counts characters from 0, `line` and `column` from 1.
    `field` is the merge field concerned, or None where the fault is in the syntax.
    """

    reason: str
    position: int
    line: int
    column: int
    remedy: str
    field: str | None = None


class Call(NamedTuple):
    """One filter and its arguments. `default` has no function: it is applied to what is missing."""

    function: Callable[..., str] | None
    arguments: tuple[str | int, ...]


class MergeField(NamedTuple):
    """A merge field in a body: its name, its place, and the filters its value goes through."""

    name: str
    position: int
    calls: tuple[Call, ...]

    @property
    def has_fallback(self) -> bool:
        """Whether a contact without the field still gets the text."""
        return any(call.function is None for call in self.calls)

    def value(self, given: str | None) -> str | None:
        """What goes into the text for the value of a contact; None if nothing visible would."""
        value = clean(given)
        for function, arguments in self.calls:
            if function is None:
                value = str(arguments[0]) if value is None else value
            elif value is not None:
                value = _unless_blank(function(value, *arguments))
        return value


def clean(value: str | None) -> str | None:
    """A value as it goes into a text: no control characters; None if nobody could see it."""
    if value is None:
        return None
    if not value.isprintable():
        value = normalize(value).replace("\t", " ")
        value = "".join(char for char in value if char == "\n" or not _is_control(char))
    return _unless_blank(value)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc"


def _unless_blank(value: str) -> str | None:
    """None for a value that nobody could see: spaces and invisible marks only."""
    if value.isascii() or value.isprintable():
        return value if value.strip() else None
    seen = any(not char.isspace() and unicodedata.category(char) != "Cf" for char in value)
    return value if seen else None
