"""Reads people's input for contact fields: cleans it, or refuses it with the field's name.

Everything is stored in NFC. Each function raises Invalid naming the field, the reason and the
remedy; `pointer` is the field's place in the request, such as `body.first_name`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from common.model.contacts import (
    FIELD_NAME_LIMIT,
    FIELD_VALUE_LIMIT,
    FIELDS_LIMIT,
    NAME_LIMIT,
)
from server import zone_names
from server.contacts.area_codes import read_region
from server.contacts.numbers import InvalidNumber, Number, read_number
from server.errors import invalid

OWN_FIELDS: Final = frozenset({"phone", "first_name", "last_name", "zone", "region"})
"""Names that custom fields cannot have, because they are built-in fields."""

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_BREAKS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_FIELD_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Dialing(NamedTuple):
    """How numbers are read: the region of numbers without a country code, and whether fictional
    sample numbers are accepted.
    """

    region: str
    fictional_ok: bool


def read_line(text: str, pointer: str, limit: int = NAME_LIMIT) -> str:
    """One line of text, such as a name, without surrounding spaces."""
    found = _CONTROL.search(text)
    if found:
        raise invalid(
            pointer,
            f"contains the control character U+{ord(found[0]):04X} at character "
            f"{found.start() + 1}.",
            "Remove it.",
        )
    line = unicodedata.normalize("NFC", text).strip()
    if len(line) > limit:
        raise invalid(pointer, f"has {len(line)} characters.", f"Use at most {limit}.")
    return line


def read_phone(text: str, pointer: str, dialing: Dialing) -> Number:
    """A number that can be texted."""
    try:
        return read_number(text, dialing.region, fictional_ok=dialing.fictional_ok)
    except InvalidNumber as error:
        raise invalid(
            pointer, f"{error.reason}.", error.remedy, code="number_not_textable"
        ) from error


def read_zone(text: str, pointer: str) -> str:
    """An IANA time zone that is a place."""
    try:
        return zone_names.read_zone(text)
    except zone_names.UnknownZone as error:
        raise invalid(pointer, f"{error.reason}.", error.remedy) from error


def read_given_region(text: str, pointer: str) -> str:
    """The postal code of a US state or Canadian province, from a code or an English name."""
    region = read_region(text)
    if region is None:
        raise invalid(
            pointer,
            "is not a US state or Canadian province.",
            "Write its postal code, such as CA, or its name.",
        )
    return region


def read_field_name(name: str, pointer: str) -> str:
    """The name of a custom field: an identifier that is not a built-in field."""
    if not _FIELD_NAME.fullmatch(name) or len(name) > FIELD_NAME_LIMIT:
        raise invalid(
            pointer,
            f"{name[:FIELD_NAME_LIMIT]!r} is not a valid field name.",
            f"Use at most {FIELD_NAME_LIMIT} letters, digits and underscores, not starting "
            "with a digit.",
        )
    if name in OWN_FIELDS:
        raise invalid(
            pointer,
            f"{name!r} is a built-in field of every contact.",
            "Choose another name for the custom field.",
        )
    return name


def read_field_value(text: str, pointer: str) -> str:
    """The value of a custom field; it may have line breaks and tabs."""
    value = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    found = _CONTROL_BUT_BREAKS.search(value)
    if found:
        raise invalid(
            pointer,
            f"contains the control character U+{ord(found[0]):04X} at character "
            f"{found.start() + 1}.",
            "Remove it. Line breaks and tabs are allowed.",
        )
    if len(value) > FIELD_VALUE_LIMIT:
        raise invalid(pointer, f"has {len(value)} characters.", f"Use at most {FIELD_VALUE_LIMIT}.")
    return value


def merged_fields(
    before: Mapping[str, str], given: Mapping[str, str | None], pointer: str
) -> dict[str, str]:
    """The custom fields after a change: given values replace, null removes."""
    after = dict(before)
    for name, value in given.items():
        read_field_name(name, f"{pointer}.{name[:FIELD_NAME_LIMIT]}")
        if value is None:
            after.pop(name, None)
        else:
            after[name] = read_field_value(value, f"{pointer}.{name}")
    if len(after) > FIELDS_LIMIT:
        raise invalid(
            pointer,
            f"would make {len(after)} custom fields.",
            f"A contact can have at most {FIELDS_LIMIT}; remove some.",
        )
    return after
