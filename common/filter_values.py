"""The values that filter fields can have, and the error that points at a wrong word."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from common.moments import read_moment
from common.vocabulary import Hold, Reason, Status

NONE: Final = "none"

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "status": tuple(Status),
    "reason": tuple(Reason),
    "hold": (*Hold, NONE),
    "replied": ("yes", "no"),
}
"""The allowed values of fields with a closed set."""

_STEP: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_MOMENTS: Final = (
    "Write <2h, >3d, <30m, today, tomorrow, 2026-12-01, >2026-12-01 or 2026-12-01..2026-12-05."
)


class Word(NamedTuple):
    """A piece of the filter: its text, its position, and its length as typed."""

    text: str
    position: int
    typed: int | None = None

    @property
    def length(self) -> int:
        """Number of characters to underline, at least one."""
        return max(1, len(self.text) if self.typed is None else self.typed)


class FilterError(ValueError):
    """A text that is not a filter. `position` and `length` (characters) point at the wrong word."""

    def __init__(self, message: str, word: Word, remedy: str) -> None:
        """Store the message for people, the wrong word, and what to write instead."""
        super().__init__(f"{message}. {remedy}")
        self.message = message
        self.position = word.position
        self.length = word.length
        self.word = word.text
        self.remedy = remedy


def check_value(field: str, word: Word) -> str:
    """Return the value in stored form for closed sets and steps, otherwise as typed.

    Raises `FilterError` if the field cannot have this value.
    """
    if not word.text.strip():
        raise FilterError(f"{field} needs a value", word, _example(field))
    if field in CHOICES:
        return _choice(field, word)
    if field == "step":
        return _step(word)
    if field in {"due", "enrolled"} and read_moment(word.text) is None:
        raise FilterError(f'"{word.text}" is not a valid time for {field}', word, _MOMENTS)
    return word.text


def did_you_mean(text: str, choices: Iterable[str], listing: str) -> str:
    """Return a remedy: the choices that were probably meant, or all of them after `listing`."""
    known = list(choices)
    longer = [one for one in known if text and one.startswith(f"{text.lower()}_")]
    if len(longer) > 1:
        return f"Did you mean {_either(longer)}?"
    near = difflib.get_close_matches(text.lower(), known, n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"{listing} {', '.join(known)}."


def _either(choices: list[str]) -> str:
    *others, last = (f'"{one}"' for one in choices)
    return f"{', '.join(others)} or {last}"


def _choice(field: str, word: Word) -> str:
    code = word.text.lower()
    if code in CHOICES[field]:
        return str(code)
    raise FilterError(
        f'"{word.text}" is not a valid {field}'
        if field != "replied"
        else f'"{word.text}" is not yes or no',
        word,
        did_you_mean(word.text, map(_plain, CHOICES[field]), "Write one of"),
    )


def _plain(choice: str) -> str:
    return choice.value if isinstance(choice, StrEnum) else choice


def _step(word: Word) -> str:
    if word.text.lower() == NONE:
        return NONE
    if _STEP.fullmatch(word.text) and int(word.text) > 0:
        return str(int(word.text))
    raise FilterError(f'"{word.text}" is not a valid step', word, _example("step"))


def _example(field: str) -> str:
    if field in CHOICES:
        return f"Write one of {', '.join(map(_plain, CHOICES[field]))}."
    if field == "step":
        return "Write a position such as step:2, or step:none."
    if field in {"due", "enrolled"}:
        return _MOMENTS
    return f'Write a name directly after the colon, such as {field}:ana or {field}:"ana maria".'
