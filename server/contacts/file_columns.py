"""The columns of an import: phone, names, zone, region, line type, or a custom field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from common.names import fold
from common.vocabulary import LineKind
from server.errors import DrumbeatError

MAX_COLUMNS: Final = 200
MAX_FIELD_NAME: Final = 64
"""Most characters in the name of a custom field."""


class FileColumn(StrEnum):
    """The columns with a meaning; every other column is a custom field."""

    PHONE = "phone"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    NAME = "name"
    ZONE = "zone"
    REGION = "region"
    LINE_TYPE = "line_type"


SYNONYMS: Final[dict[str, FileColumn]] = {
    synonym: column
    for column, synonyms in {
        FileColumn.PHONE: (
            "phone phone_number phonenumber telephone telephone_number tel mobile mobile_number"
            " mobile_phone cell cell_number cell_phone cellphone number msisdn e164"
        ),
        FileColumn.FIRST_NAME: "first_name firstname first given_name givenname forename",
        FileColumn.LAST_NAME: "last_name lastname last surname family_name familyname",
        FileColumn.NAME: "name full_name fullname",
        FileColumn.ZONE: "zone timezone time_zone tz",
        FileColumn.REGION: "region state us_state province",
        FileColumn.LINE_TYPE: "line_type linetype line phone_type",
    }.items()
    for synonym in synonyms.split()
}

LINE_TYPES: Final[dict[str, LineKind | None]] = {
    "": None,
    "mobile": LineKind.MOBILE,
    "cell": LineKind.MOBILE,
    "wireless": LineKind.MOBILE,
    "landline": LineKind.LANDLINE,
    "land_line": LineKind.LANDLINE,
    "fixed": LineKind.LANDLINE,
    "fixed_line": LineKind.LANDLINE,
    "voip": LineKind.VOIP,
    "unknown": None,
}

_NOT_IN_A_NAME: Final = re.compile(r"[^a-z0-9]+")
_LOOKS_LIKE_PHONE: Final = re.compile(r"\+?[\d\s().\-]{7,}")
_SCIENTIFIC: Final = re.compile(r"[\d.,]+[eE]\+?\d+")
_PHONE_HEADERS: Final = "Name the column with the phone numbers phone (or mobile, cell, telephone)."


class UnreadableFile(DrumbeatError):
    """The file cannot be read any further; `line` says where, `remedy` what to do."""

    def __init__(self, line: int, reason: str, remedy: str) -> None:
        super().__init__(f"line {line}: {reason}. {remedy}")
        self.line = line
        self.reason = reason
        self.remedy = remedy


def field_name(header: str) -> str:
    """Return the merge field for a column: `Körper-Größe` → `korper_grosse`.

    Lower-case ASCII letters, digits and underscores, beginning with a letter; empty if the header
    has none of them.
    """
    name = _NOT_IN_A_NAME.sub("_", fold(header)).strip("_")[:MAX_FIELD_NAME].rstrip("_")
    return f"field_{name}"[:MAX_FIELD_NAME] if name[:1].isdigit() else name


def columns_of(header: Sequence[str], line: int) -> tuple[FileColumn | str, ...]:
    """Return the meaning of each column of a header line: a `Column`, or the name of a custom
    field.

    A column of full names beside one of first or last names is a custom field. Blank columns at the
    end are ignored. Raises `UnreadableFile` if there is no header, no phone column, or two columns
    with one meaning.
    """
    while header and not header[-1].strip():
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        raise UnreadableFile(
            line,
            f"{len(header)} columns",
            f"Delete some columns; at most {MAX_COLUMNS} are allowed.",
        )
    if any(_is_phone(cell) for cell in header):
        raise UnreadableFile(
            line,
            "no header: the first line contains a phone number",
            f"Add a line with column names at the top. {_PHONE_HEADERS}",
        )
    named: dict[FileColumn | str, str] = {}
    for position, cell in enumerate(header, 1):
        name = field_name(cell)
        if not name:
            raise UnreadableFile(
                line, f"column {position} has no name", "Name the column, or delete it."
            )
        column = SYNONYMS.get(name, name)
        if column in named:
            raise UnreadableFile(
                line,
                f"two columns mean {column}: {_shown(named[column])} and {_shown(cell)}",
                "Delete or rename one of them.",
            )
        named[column] = cell
    if FileColumn.PHONE not in named:
        shown = ", ".join(_shown(cell) for cell in header[:8])
        raise UnreadableFile(
            line, f"none of the columns {shown} contains phone numbers", f"{_PHONE_HEADERS}"
        )
    return tuple(settle_name(list(named)))


def settle_name(columns: list[FileColumn | str]) -> list[FileColumn | str]:
    """Return the columns; the full name becomes a custom field if there are first or last names."""
    if FileColumn.FIRST_NAME in columns or FileColumn.LAST_NAME in columns:
        return [
            FileColumn.NAME.value if column is FileColumn.NAME else column for column in columns
        ]
    return columns


def _is_phone(cell: str) -> bool:
    written = cell.strip()
    if _SCIENTIFIC.fullmatch(written):
        return True
    return bool(_LOOKS_LIKE_PHONE.fullmatch(written)) and sum(map(str.isdigit, written)) >= 7


def _shown(cell: str) -> str:
    return repr(cell.strip()[:40])
