"""Turns one record of an import into a person, or rejects it with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from common.vocabulary import LineKind
from server.contacts.area_codes import read_region
from server.contacts.file_columns import LINE_TYPES, FileColumn, field_name
from server.contacts.numbers import InvalidNumber, Number, read_number
from server.zone_names import UnknownZone, read_zone

MAX_NAME: Final = 100
MAX_FIELD: Final = 2_000
"""Most characters in one name or custom field."""
MAX_SHOWN: Final = 200
"""Characters shown of a rejected record."""


class ReadRow(msgspec.Struct, frozen=True, gc=False):
    """A person of the file; blank fields are empty or None.

    `line` is the physical line (from 1) on which the record begins. `line_kind` is the line type in
    the file, `number.line` the one of the plan. `fields` contains the custom fields that are not
    blank.
    """

    line: int
    number: Number
    first_name: str
    last_name: str
    zone: str | None
    region: str | None
    line_kind: LineKind | None
    fields: dict[str, str]


class RejectedRow(msgspec.Struct, frozen=True, gc=False):
    """A rejected record: where it begins, the reason, the remedy, and the faulty column.

    `text` is the beginning of the record in the file, at most 200 characters.
    """

    line: int
    reason: str
    remedy: str
    field: str | None
    text: str


class Rejected(Exception):
    """Raised while one record is read; becomes a `RejectedRow`."""

    def __init__(self, reason: str, remedy: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy
        self.field = field


class PersonReader:
    """Reads records with known columns, in the order of `columns`."""

    def __init__(
        self, columns: Sequence[FileColumn | str], *, region: str, fictional_ok: bool = False
    ) -> None:
        at = {column: index for index, column in enumerate(columns)}
        self._width = len(columns)
        self._region = region
        self._fictional_ok = fictional_ok
        self._phone = at[FileColumn.PHONE]
        self._first = at.get(FileColumn.FIRST_NAME)
        self._last = at.get(FileColumn.LAST_NAME)
        self._name = self._index(columns, FileColumn.NAME)
        self._zone = at.get(FileColumn.ZONE)
        self._state = at.get(FileColumn.REGION)
        self._line = at.get(FileColumn.LINE_TYPE)
        self._custom = [
            (name, index) for index, name in enumerate(columns) if not isinstance(name, FileColumn)
        ]

    @staticmethod
    def _index(columns: Sequence[FileColumn | str], column: FileColumn) -> int | None:
        """Find a column itself, not a custom field with the same name."""
        return next((i for i, one in enumerate(columns) if one is column), None)

    def read(self, line: int, cells: Sequence[str]) -> ReadRow:
        """Return the person; raises `Rejected`."""
        if len(cells) != self._width:
            cells = self._fitted(cells)
        try:
            number = read_number(
                cells[self._phone].strip(), self._region, fictional_ok=self._fictional_ok
            )
        except InvalidNumber as error:
            raise Rejected(error.reason, error.remedy, FileColumn.PHONE) from None
        if self._name is None:
            first = "" if self._first is None else cells[self._first].strip()
            last = "" if self._last is None else cells[self._last].strip()
        else:
            first, last = split_name(cells[self._name])
        if len(first) > MAX_NAME or len(last) > MAX_NAME:
            field = FileColumn.FIRST_NAME if len(first) > MAX_NAME else FileColumn.LAST_NAME
            raise Rejected(f"longer than {MAX_NAME} characters", "Shorten the name.", field)
        return ReadRow(
            line,
            number,
            first,
            last,
            None if self._zone is None else _zone(cells[self._zone].strip()),
            None if self._state is None else _region(cells[self._state].strip()),
            None if self._line is None else _line_kind(cells[self._line].strip()),
            self._fields(cells) if self._custom else {},
        )

    def _fitted(self, cells: Sequence[str]) -> list[str]:
        """As many cells as the header has: blank ones at the end are added or removed."""
        wide = cells[self._width :]
        if any(cell.strip() for cell in wide):
            raise Rejected(
                f"{len(cells)} cells, but the header has {self._width}",
                "Put quotes around fields that contain the separator, and name every column.",
            )
        return [*cells[: self._width], *[""] * (self._width - len(cells))]

    def _fields(self, cells: Sequence[str]) -> dict[str, str]:
        fields: dict[str, str] = {}
        for name, index in self._custom:
            value = cells[index].strip()
            if value:
                if len(value) > MAX_FIELD:
                    raise Rejected(f"longer than {MAX_FIELD} characters", "Shorten it.", name)
                fields[name] = value
        return fields


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name of `Abadi, Lena`, or of `Lena Abadi`, split at the first space."""
    last, comma, first = name.partition(",")
    if comma:
        return first.strip(), last.strip()
    first, _, last = name.strip().partition(" ")
    return first, last.strip()


def _zone(text: str) -> str | None:
    if not text:
        return None
    try:
        return read_zone(text)
    except UnknownZone as error:
        remedy = f"{error.remedy.rstrip('.')}, or leave it blank."
        raise Rejected(error.reason, remedy, FileColumn.ZONE) from None


def _region(text: str) -> str | None:
    if not text:
        return None
    region = read_region(text)
    if region is None:
        raise Rejected(
            "no such state or province",
            "Write its postal code or English name, such as CA or California, or leave it blank.",
            FileColumn.REGION,
        )
    return region


def _line_kind(text: str) -> LineKind | None:
    kind = field_name(text)
    if kind not in LINE_TYPES:
        raise Rejected(
            "no such line type", "Write mobile, landline or voip, or leave it blank.", "line_type"
        )
    return LINE_TYPES[kind]
