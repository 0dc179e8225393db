"""Draws the lines of the enrollment table: cells cut to their columns, no metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from common.model.listing import ListedEnrollment, Sort
from common.phones import pretty
from common.terminal import fit
from common.vocabulary import Status
from tui.state import formatting
from tui.state.columns import GAP, Column, Layout, lay_out
from tui.state.pages import RowSource
from tui.widgets.lines import ABSENT, CURSOR, MARKED, UNMARKED

_FROM_STATUS: Final = frozenset({Column.STATUS, Column.NEXT, Column.BY})
_UPWARDS, _DOWNWARDS = "▴", "▾"
_MOST_KEPT: Final = 512
"""Lines kept drawn: a few screens."""


STATUS_CLASSES: Final = dict.fromkeys(Status, "enrollment-table--ended") | {
    Status.PENDING: "enrollment-table--pending",
    Status.FINISHED_RESPONDED: "enrollment-table--responded",
    Status.FAILED: "enrollment-table--failed",
}
"""The component class in which a status is drawn."""


class LineStyles(NamedTuple):
    """The styles of a table; `status` holds the style of each status."""

    plain: Style
    header: Style
    cursor: Style
    status: Mapping[Status, Style]


def read_styles(table: Widget) -> LineStyles:
    """The current styles of a DataTable with the component classes of the statuses."""
    style = table.get_component_rich_style
    return LineStyles(
        table.rich_style,
        style("datatable--header"),
        table.rich_style + style("datatable--cursor"),
        {status: style(name) for status, name in STATUS_CLASSES.items()},
    )


class Line(NamedTuple):
    """The content of a line. `words` is the time of the next text, or why there is no row."""

    row: ListedEnrollment | None
    words: str
    marked: bool = False
    under_cursor: bool = False


def line_of(
    source: RowSource,
    rank: int,
    now: datetime,
    is_marked: Callable[[int], bool],
    *,
    under_cursor: bool = False,
) -> Line:
    """The line of a rank at the domain time `now`."""
    row = source.row(rank)
    if row is None:
        return Line(None, ABSENT[source.absence(rank)], under_cursor=under_cursor)
    return Line(row, formatting.next_text(row, now), is_marked(row.id), under_cursor)


def cells_of(line: Line) -> dict[Column, str]:
    """The words of a line by column, neither cut nor cleaned."""
    row = line.row
    if row is None:
        return dict.fromkeys(Column, line.words)
    return {
        Column.MARK: (CURSOR if line.under_cursor else " ") + (MARKED if line.marked else UNMARKED),
        Column.NAME: formatting.name(row),
        Column.PHONE: pretty(row.contact.phone),
        Column.STEP: formatting.step(row),
        Column.STATUS: formatting.status(row),
        Column.NEXT: line.words,
        Column.BY: row.enrolled_by.name,
    }


class LineDrawer:
    """Draws lines as wide as its layout, and reuses them while their content is the same.

    Every cell of a line goes through `common.terminal.fit`, which cleans it.
    """

    def __init__(self) -> None:
        self._layout = lay_out(0)
        self._styles: LineStyles | None = None
        self._drawn: dict[int, tuple[Line, Strip]] = {}

    @property
    def layout(self) -> Layout:
        """Which columns are shown, and how wide."""
        return self._layout

    @layout.setter
    def layout(self, layout: Layout) -> None:
        self._layout = layout
        self.forget_lines()

    @property
    def styles(self) -> LineStyles | None:
        """The styles to draw in; None until they are read, and after they have changed."""
        return self._styles

    @styles.setter
    def styles(self, styles: LineStyles | None) -> None:
        self._styles = styles
        self.forget_lines()

    def forget_lines(self) -> None:
        """Draw every line again."""
        self._drawn.clear()

    def has_drawn(self, rank: int, line: Line) -> bool:
        """Whether the line is drawn with this content."""
        drawn = self._drawn.get(rank)
        return drawn is not None and drawn[0] == line

    def line(self, rank: int, line: Line) -> Strip:
        """A row's line; the same strip as last time if nothing changed."""
        drawn = self._drawn.get(rank)
        if drawn is not None and drawn[0] == line:
            return drawn[1]
        if len(self._drawn) >= _MOST_KEPT:
            self._drawn.clear()
        strip = self._absent(line) if line.row is None else self._row(line, line.row)
        self._drawn[rank] = (line, strip)
        return strip

    def header(self, sort: Sort) -> Strip:
        """The headings, with an arrow at the sorted column."""
        sorted_by, arrow = sort.removeprefix("-"), _DOWNWARDS if sort[0] == "-" else _UPWARDS
        cells = {one: f"{one.label}{arrow if one == sorted_by else ''}" for one in Column}
        style = self._known.header
        return self._strip([(self._join(cells, self._layout.widths), style)], style)

    def blank(self) -> Strip:
        """A line below the last row."""
        return Strip.blank(self._layout.width, self._known.plain)

    @property
    def _known(self) -> LineStyles:
        if self._styles is None:
            raise RuntimeError("the styles are not known yet")
        return self._styles

    def _absent(self, line: Line) -> Strip:
        style = self._known.cursor if line.under_cursor else self._known.plain
        words = f"{CURSOR if line.under_cursor else ' '}{'':{len(MARKED) + GAP}}{line.words}"
        return self._strip([(words, style)], style)

    def _row(self, line: Line, row: ListedEnrollment) -> Strip:
        """A row; the status may extend over an empty Next column."""
        styles, widths = self._known, self._layout.widths
        cells = cells_of(line)
        room = widths.get(Column.STATUS, 0)
        behind = [one for one in (Column.NEXT, Column.BY) if one in widths]
        if not line.words and Column.NEXT in widths:
            room += GAP + widths[Column.NEXT]
            behind.remove(Column.NEXT)
        before = [one for one in widths if one not in _FROM_STATUS]
        parts = [
            (self._join(cells, before) + " " * GAP, styles.plain),
            (fit(formatting.status(row, room), room), styles.status[row.status]),
            (" " * GAP + self._join(cells, behind), styles.plain),
        ]
        if not line.under_cursor:
            return self._strip(parts, styles.plain)
        whole = "".join(words for words, _ in parts)
        return self._strip([(whole, styles.cursor)], styles.cursor)

    def _join(self, cells: Mapping[Column, str], columns: Iterable[Column]) -> str:
        """The cells of some columns, cut or padded to their widths."""
        widths = self._layout.widths
        return (" " * GAP).join(fit(cells[one], widths[one]) for one in columns)

    def _strip(self, parts: Iterable[tuple[str, Style]], rest: Style) -> Strip:
        """A strip as wide as the layout; adjacent parts of the same style become one segment."""
        segments = [Segment(words, style) for words, style in parts if words]
        return Strip(segments).adjust_cell_length(self._layout.width, rest).simplify()
