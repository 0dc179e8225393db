"""The columns of the Contacts tab, and their widths on a screen of a given width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GAP: Final = 1
"""Cells between two columns."""


class Column(StrEnum):
    """The columns, left to right. The list can be sorted by all but the mark."""

    MARK = "mark"
    NAME = "name"
    PHONE = "phone"
    STEP = "step"
    STATUS = "status"
    NEXT = "next"
    BY = "by"

    @property
    def label(self) -> str:
        """The column's heading."""
        return "" if self is Column.MARK else self.capitalize()


_LEAST: Final = {
    Column.MARK: 4,
    Column.NAME: 14,
    Column.PHONE: 15,
    Column.STEP: 5,
    Column.STATUS: 23,
    Column.NEXT: 9,
    Column.BY: 4,
}
"""Cells that the content needs: `▸[x]`, `+1 415 555 0142`, `Step▴`, the longest status."""
_OPTIONAL: Final = (Column.NEXT, Column.BY)
"""Columns that are shown only if there is room, in this order."""
_GROWTH: Final = (
    (Column.NAME, 18),
    (Column.STATUS, 34),
    (Column.BY, 10),
    (Column.NAME, 28),
    (Column.STATUS, 44),
    (Column.PHONE, 17),
    (Column.BY, 20),
    (Column.NAME, 48),
)
"""Which column gets spare cells, and up to which width, in this order."""


@dataclass(frozen=True)
class Layout:
    """The columns shown in `width` cells. Their widths and the gaps between them fit."""

    width: int
    widths: dict[Column, int]

    def shows(self, column: Column) -> bool:
        """Whether a column is shown."""
        return column in self.widths

    def places(self) -> Iterator[tuple[Column, int, int]]:
        """Each shown column, the cell it starts at, and its width."""
        at = 0
        for column, width in self.widths.items():
            yield column, at, width
            at += width + GAP

    def column_at(self, x: int) -> Column | None:
        """The column at a cell, including the gap after it."""
        for column, at, width in self.places():
            if at <= x < at + width + GAP:
                return column
        return None


def lay_out(width: int) -> Layout:
    """Divide `width` cells: the required columns, then Next, then By, then room to grow.

    If it is too narrow even for the required ones, the last columns are cut and then left out.
    """
    shown: list[Column] = [column for column in Column if column not in _OPTIONAL]
    for column in _OPTIONAL:
        if _taken([*shown, column]) > width:
            break
        shown.append(column)
    widths: dict[Column, int] = {one: _LEAST[one] for one in Column if one in shown}
    spare = width - _taken(list(widths))
    for column, most in _GROWTH:
        if column in widths and spare > 0:
            grown = max(0, min(spare, most - widths[column]))
            widths[column] += grown
            spare -= grown
    while spare < 0 and widths:
        last, cells = list(widths.items())[-1]
        if cells + spare > 0:
            widths[last] = cells + spare
            break
        del widths[last]
        spare += cells + GAP
    return Layout(width, widths)


def _taken(columns: list[Column]) -> int:
    return sum(_LEAST[column] for column in columns) + GAP * max(0, len(columns) - 1)
