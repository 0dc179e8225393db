"""Texts for one contact: `Hi {{ first_name | default: "there" }}`, and nothing that is a program.

TextError
├── FaultyBody      the body cannot be rendered for anyone
├── MissingField    this contact has no value, and the body no fallback
└── TooLong         this contact's text would be longer than a carrier takes
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from common.segments import normalize
from server.sequences.merge_fields import (
    FILTERS,
    MAX_BODY,
    MAX_TEXT,
    MergeField,
    TextProblem,
)

__all__ = (
    "FILTERS",
    "MAX_BODY",
    "MAX_TEXT",
    "FaultyBody",
    "MissingField",
    "TextError",
    "TextProblem",
    "TooLong",
    "check",
    "fields_of",
    "fields_without_fallback",
    "render",
)


class TextError(ValueError):
    """A text that must not be sent: the reason, the merge field, the position and the remedy."""

    def __init__(
        self, reason: str, *, remedy: str, field: str | None = None, position: int | None = None
    ) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason = reason
        self.remedy = remedy
        self.field = field
        self.position = position


class FaultyBody(TextError):
    """The body breaks the grammar. `problems` contains everything that `check` finds."""

    def __init__(self, problems: list[TextProblem]) -> None:
        first = problems[0]
        super().__init__(
            first.reason, remedy=first.remedy, field=first.field, position=first.position
        )
        self.problems = problems


class MissingField(TextError):
    """A field is missing or blank and has no fallback: "Hi ," is never sent."""

    def __init__(self, name: str, position: int) -> None:
        super().__init__(
            f"The merge field {name} is missing.",
            remedy=f'Fill in {name} for the contact, or write {{{{ {name} | default: "…" }}}}.',
            field=name,
            position=position,
        )
        self.name = name


class TooLong(TextError):
    """The rendered text has more characters than a carrier accepts."""

    def __init__(self, length: int) -> None:
        super().__init__(
            f"The text has {length} characters, {length - MAX_TEXT} too many.",
            remedy=f"Shorten it to {MAX_TEXT} characters, or cut long fields with truncate.",
        )
        self.length = length


def fields_of(body: str) -> frozenset[str]:
    """The names of the merge fields that a body uses.

    Raises:
        FaultyBody: the body breaks the grammar.
    """
    return frozenset(part.name for part in _compile(body) if isinstance(part, MergeField))


def fields_without_fallback(body: str) -> frozenset[str]:
    """The fields that hold the text if missing, because a use of them has no default.

    Raises:
        FaultyBody: the body breaks the grammar.
    """
    return frozenset(
        part.name
        for part in _compile(body)
        if isinstance(part, MergeField) and not part.has_fallback
    )


def check(body: str) -> list[TextProblem]:
    """All problems of a body, in order of position; empty if it can be used."""
    try:
        _compile(body)
    except FaultyBody as faulty:
        return list(faulty.problems)
    return []


def render(body: str, fields: Mapping[str, str | None]) -> str:
    """The text for one contact, normalised, at most `MAX_TEXT` characters.

    Values are not parsed: anything that looks like a field or a tag in them stays text. Line ends
    in them become LF, tabs spaces, and other control characters are removed. A blank value counts
    as missing.

    Raises:
        FaultyBody: the body breaks the grammar.
        MissingField: a field is missing or blank, and has no fallback.
        TooLong: the result is longer than a carrier accepts.
    """
    filled: list[str] = []
    for part in _compile(body):
        value = part if isinstance(part, str) else part.value(fields.get(part.name))
        if value is None:
            assert isinstance(part, MergeField)
            raise MissingField(part.name, part.position)
        filled.append(value)
    text = normalize("".join(filled))
    if len(text) > MAX_TEXT:
        raise TooLong(len(text))
    return text


@lru_cache(maxsize=2048)
def _compile(body: str) -> tuple[str | MergeField, ...]:
    """The parts of a valid body. Pure, so bodies can be cached."""
    # Liquid with babel takes 90 ms, which must not delay the start or a text with a known body.
    from server.sequences.grammar import parse  # noqa: PLC0415

    parts, problems = parse(body)
    if problems:
        raise FaultyBody(problems)
    return parts
