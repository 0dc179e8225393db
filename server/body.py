"""Reads the JSON body of a request strictly, so that routes need no further checks.

A body that is not JSON in UTF-8 is malformed (400): invalid bytes, lone surrogates, endless
nesting. Valid JSON with a value that cannot be meant is refused by its field (422): a field given
twice, a NUL character, a number of more than 64 bits, a value of the wrong type.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

import msgspec

from server.errors import Problem, invalid

_FORM: Final = "Correct it; the OpenAPI document describes the format."
_SUSPECT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|[0-9]{19}")
"""An escaped NUL or surrogate, or enough digits for a number that the database cannot store."""
_MOST_DIGITS: Final = 30
"""Most digits of a whole number; it is refused long before."""


class Malformed(Problem):
    """The body is not JSON."""

    status = 400
    title = "Malformed body"

    def __init__(self, why: str) -> None:
        super().__init__("malformed", f"The body is not JSON: {why}. Send JSON in UTF-8.")


def read_json(body: bytes, form: Any) -> Any:
    """The value of a body, of the type `form`. Raises Malformed, and Invalid by field."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start + 1} is not UTF-8") from error
    try:
        _refuse_what_cannot_be_meant(text)
        return msgspec.json.decode(text, type=form, strict=True)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        raise invalid("body" + place.removesuffix("`"), f"{reason}.", _FORM) from error
    except RecursionError as error:
        raise Malformed("it is nested too deeply") from error
    except (json.JSONDecodeError, msgspec.DecodeError) as error:
        raise Malformed(str(error)) from error


def _refuse_what_cannot_be_meant(text: str) -> None:
    """Refuse what msgspec accepts: a field given twice, NUL characters, numbers out of range."""
    found = json.loads(
        text, object_pairs_hook=_once, parse_int=_whole, parse_constant=_refuse_constant
    )
    if _SUSPECT.search(text):
        _refuse_within(found, "body")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise invalid("body", f"has the field {twice[:100]!r} twice.", "Remove one of the two.")
    return fields


def _whole(written: str) -> int:
    return int(written[:_MOST_DIGITS])


def _refuse_constant(written: str) -> NoReturn:
    raise Malformed(f"{written} is not a JSON number")


def _refuse_within(value: Any, pointer: str) -> None:
    match value:
        case str():
            if "\0" in value:
                raise invalid(pointer, "contains a NUL character.", "Remove it.")
            if any("\ud800" <= char <= "\udfff" for char in value):
                raise Malformed(f"{pointer} contains half of a surrogate pair")
        case int():
            if not -(2**63) <= value < 2**63:
                raise invalid(pointer, "is out of range.", "Write a smaller number.")
        case dict():
            for name, one in value.items():
                _refuse_within(name, pointer)
                _refuse_within(one, f"{pointer}.{name[:100]}")
        case list():
            for index, one in enumerate(value):
                _refuse_within(one, f"{pointer}[{index}]")
