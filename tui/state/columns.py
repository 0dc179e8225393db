"""The columns of the Contacts tab, and how wide each is on a screen of so many cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

GAP: Final = 1
"""Cells between two columns."""


class Column(StrEnum):
    """The columns, left to right. All but the mark can be sorted by."""

    MARK = "mark"
    NAME = "name"
    PHONE = "phone"
    STEP = "step"
    STATUS = "status"
    NEXT = "next"
    BY = "by"

    @property
    def label(self) -> str:
        """What the header says."""
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
"""Columns that come with width, the first of them first."""
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
"""Who gets the cells that are left over, and up to which width, one after the other."""


@dataclass(frozen=True)
class Layout:
    """The columns that show on `width` cells. Their widths and the gaps between them fit in it."""

    width: int
    widths: dict[Column, int]

    def shows(self, column: Column) -> bool:
        """Whether a column has a place."""
        return column in self.widths

    def places(self) -> Iterator[tuple[Column, int, int]]:
        """Each column that shows, where it begins, and its width."""
        at = 0
        for column, width in self.widths.items():
            yield column, at, width
            at += width + GAP

    def column_at(self, x: int) -> Column | None:
        """The column under a cell, the gap behind it included."""
        for column, at, width in self.places():
            if at <= x < at + width + GAP:
                return column
        return None


def lay_out(width: int) -> Layout:
    """Share `width` cells out: what must show, then Next, then By, then room to grow.

    Too narrow for what must show, the last columns lose cells, and then the place.
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
