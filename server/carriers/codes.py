"""Carriers' codes and what they mean, read from `codes.toml` beside this file."""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

import msgspec

from common.vocabulary import FailureClass


class Place(StrEnum):
    """Where a code was seen: in the answer to a hand-off, or in a report about an accepted text."""

    API = "api"
    CALLBACK = "callback"


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One code: its class, with exceptions by place and for long codes, and its label."""

    label: str
    failure: FailureClass = msgspec.field(name="class")
    api: FailureClass | None = None
    callback: FailureClass | None = None
    long_code: FailureClass | None = None


class Default(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The class of an unlisted code, by place, and of a refusal without a code."""

    api: FailureClass
    callback: FailureClass
    without_code: FailureClass


class CodeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All codes of one carrier."""

    default: Default
    codes: dict[str, Code]


_SPEAKS: Final = {"simulator": "twilio"}
"""Carriers that use the codes of another."""


def classify(carrier: str, code: str | None, place: Place, sender: str) -> FailureClass:
    """The class of a carrier's code; the table's default if the code is missing or not listed.

    `sender` is the number or name that sent the text: some codes mean more for a long code. Raises
    KeyError for a carrier without a table.
    """
    table = _tables()[carrier]
    known = table.codes.get(code or "")
    if known is None:
        if place is Place.CALLBACK:
            return table.default.callback
        return table.default.api if code else table.default.without_code
    if known.long_code is not None and is_long_code(sender):
        return known.long_code
    return (known.api if place is Place.API else known.callback) or known.failure


def is_listed(carrier: str, code: str) -> bool:
    """Whether a carrier's code is in the table. Raises KeyError for a carrier without a table."""
    return code in _tables()[_SPEAKS.get(carrier, carrier)].codes


def label(carrier: str, code: str) -> str:
    """The label of a code, with the code itself: "30005: unknown handset"."""
    known = _tables()[_SPEAKS.get(carrier, carrier)].codes.get(code)
    return f"{code}: {known.label if known else 'unlisted carrier code'}"


def in_words(carrier: str, code: str) -> str:
    """The same in reverse order: "unknown handset (30005)"."""
    said, _, words = label(carrier, code).partition(": ")
    return f"{words} ({said})"


# Toll-free prefixes of the North American plan: https://www.nanpa.com/ (8YY as assigned in 2024).
_TOLL_FREE: Final = re.compile(r"\+1(800|833|844|855|866|877|888)")
_E164: Final = re.compile(r"\+[1-9][0-9]{7,14}")


def is_long_code(sender: str) -> bool:
    """Whether a sender is an ordinary phone number: not toll-free, short, a name or a pool."""
    return _E164.fullmatch(sender) is not None and _TOLL_FREE.match(sender) is None


@cache
def _tables() -> dict[str, CodeTable]:
    text = resources.files("server.carriers").joinpath("codes.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, CodeTable])
