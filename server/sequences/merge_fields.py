"""The parts of a text's body, literal texts and merge fields, and the rendering of fields.

Without liquid: every text is rendered, but only new bodies are parsed (`grammar`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from common.segments import normalize

MAX_TEXT: Final = 1600
"""Most characters of one text; carriers refuse longer bodies (Twilio's error 21617)."""

MAX_BODY: Final = 3000
"""Most characters of a body with its fields; limits the time for parsing."""

MAX_FIELDS: Final = 100
"""Most merge fields of a body; limits it as well."""

FILTERS: Final = ("default", "capitalize", "downcase", "strip", "truncate", "upcase")
"""The filters that a body may use."""


class TextProblem(msgspec.Struct, frozen=True):
    """Why a body cannot be used, where, and what to do.

    `position` counts characters from 0, `line` and `column` from 1. `field` is the merge field
    concerned, or None for a syntax error.
    """

    reason: str
    position: int
    line: int
    column: int
    remedy: str
    field: str | None = None


class Call(NamedTuple):
    """One filter and its arguments. `default` has no function: it applies to missing values."""

    function: Callable[..., str] | None
    arguments: tuple[str | int, ...]


class MergeField(NamedTuple):
    """A merge field in a body: its name, its position, and its filters."""

    name: str
    position: int
    calls: tuple[Call, ...]

    @property
    def has_fallback(self) -> bool:
        """Whether a contact without the field still gets the text."""
        return any(call.function is None for call in self.calls)

    def value(self, given: str | None) -> str | None:
        """The rendered value for a contact; None if nothing visible would remain."""
        value = clean(given)
        for function, arguments in self.calls:
            if function is None:
                value = str(arguments[0]) if value is None else value
            elif value is not None:
                value = _unless_blank(function(value, *arguments))
        return value


def clean(value: str | None) -> str | None:
    """A value as rendered in a text: no control characters; None if nothing is visible."""
    if value is None:
        return None
    if not value.isprintable():
        value = normalize(value).replace("\t", " ")
        value = "".join(char for char in value if char == "\n" or not _is_control(char))
    return _unless_blank(value)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc"


def _unless_blank(value: str) -> str | None:
    """None for an invisible value: only spaces and invisible marks."""
    if value.isascii() or value.isprintable():
        return value if value.strip() else None
    seen = any(not char.isspace() and unicodedata.category(char) != "Cf" for char in value)
    return value if seen else None
