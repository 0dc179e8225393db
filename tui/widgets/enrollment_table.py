"""The table of the Contacts tab: a DataTable for a million rows that stores none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, NoReturn

from textual import events
from textual.coordinate import Coordinate
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widgets import DataTable
from textual.widgets.data_table import (
    CellDoesNotExist,
    CellKey,
    ColumnKey,
    Row,
    RowDoesNotExist,
    RowKey,
)

from common.model.listing import ListedEnrollment, Sort
from common.terminal import as_text, clean
from tui.actions.registry import bindings_of
from tui.state.columns import Column, lay_out
from tui.state.pages import RowSource
from tui.widgets.enrollment_lines import (
    STATUS_CLASSES,
    Line,
    LineDrawer,
    cells_of,
    line_of,
    read_styles,
)


class _Anchor(NamedTuple):
    """The enrollment that the cursor returns to once it is loaded, and its line on the screen."""

    enrollment_id: int
    line: int


def _closed(_: EnrollmentTable, *__: object, **___: object) -> NoReturn:
    """Not supported: raises TypeError."""
    raise TypeError("an EnrollmentTable stores no rows: change its RowSource instead")


_CLOSED: Any = _closed


class EnrollmentTable(DataTable[str], inherit_bindings=False):
    """A table of enrollments whose rows are in a RowSource.

    The underlying DataTable keeps its columns, its cursor and zero rows; row queries are answered
    from the source, and lines are drawn here. The cursor is a row, the header is one line, and
    `tui.state.columns` decides the columns' widths. Nine methods that read or write rows in bulk
    are not supported. A row's key is its enrollment's id. `marked` says which rows are selected.

    The table fetches nothing: it posts `Window`, and the page calls `rows_loaded`, `row_changed`
    and `refresh_changed`. Lines carry no metadata, which saves bytes to the terminal; mouse clicks
    are resolved by position.
    """

    BINDINGS = bindings_of("table")

    COMPONENT_CLASSES: ClassVar[set[str]] = set(STATUS_CLASSES.values())

    DEFAULT_CSS = """
    EnrollmentTable {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        & > .enrollment-table--pending { color: $text-primary; }
        & > .enrollment-table--responded { color: $text-success; }
        & > .enrollment-table--failed { color: $text-error; }
        & > .enrollment-table--ended { color: $foreground; }
    }
    """

    @dataclass
    class _Told(Message):
        table: EnrollmentTable

        @property
        def control(self) -> EnrollmentTable:
            """The table that posted it."""
            return self.table

    @dataclass
    class Window(_Told):
        """Ranks `first` to `last` are visible, or will be after the next page key."""

        first: int
        last: int

    @dataclass
    class Highlighted(_Told):
        """The cursor moved; `enrollment_id` is None until the row is loaded."""

        rank: int
        enrollment_id: int | None

    @dataclass
    class Opened(_Told):
        """A row was opened, by enter or by a click on the row under the cursor."""

        rank: int
        enrollment_id: int

    @dataclass
    class MarkAsked(_Told):
        """The checkbox of a row was clicked."""

        rank: int
        enrollment_id: int

    @dataclass
    class SortAsked(_Told):
        """The heading of a column was clicked."""

        column: Column

    def __init__(
        self,
        source: RowSource,
        *,
        now: Callable[[], datetime],
        marked: Callable[[int], bool] = lambda _: False,
        sort: Sort = "name",
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        """Show the source's rows. `now` gives the domain time; `marked` takes an enrollment id."""
        self._source = source
        self._domain_now = now
        self._is_marked = marked
        self._sorting = sort
        self._drawer = LineDrawer()
        self._anchor: _Anchor | None = None
        self._told_window: tuple[int, int] | None = None
        self._told_row: tuple[int, int | None] | None = None
        super().__init__(
            cursor_type="row", cell_padding=0, show_row_labels=False, id=id, classes=classes
        )
        self.set_reactive(DataTable.hover_coordinate, Coordinate(-1, -1))

    @property
    def source(self) -> RowSource:
        """The source of the rows; `show` changes it."""
        return self._source

    @property
    def cursor_enrollment(self) -> ListedEnrollment | None:
        """The row under the cursor, if it is loaded."""
        return self._source.row(self.cursor_row)

    @property
    def lines_for_rows(self) -> int:
        """How many rows fit on the screen."""
        return max(0, self.scrollable_content_region.height - self.header_height)

    @property
    def visible_ranks(self) -> range:
        """The ranks on the screen."""
        first = self.scroll_offset.y
        return range(first, min(self.row_count, first + self.lines_for_rows))

    def show(self, source: RowSource, *, sort: Sort | None = None, keep: bool = True) -> None:
        """Show other rows: another query, or a newer answer to the same one.

        With `keep` the cursor returns to its enrollment, on the same line, once that row is
        loaded, unless it is moved before. Without, it goes to the first row.
        """
        anchor = self._anchor if keep else None
        if keep and (row := self.cursor_enrollment) is not None:
            anchor = _Anchor(row.id, self.cursor_row - self.scroll_offset.y)
        self._source = source
        self._told_window = None
        self._drawer.forget_lines()
        if sort is not None:
            self._sorting = sort
        self._fit_total()
        if not keep:
            self._put_cursor(0, line=0)
        self._anchor = anchor
        self.refresh()
        self.rows_loaded()

    def go_to(self, rank: int) -> None:
        """Move the cursor to a rank, or the nearest there is, and scroll to it."""
        self.cursor_coordinate = Coordinate(rank, 0)
        self._scroll_cursor_into_view()

    def rows_loaded(self) -> None:
        """Rows were loaded or failed to load; the total may differ. Repaints changed lines."""
        self._fit_total()
        self._find_anchor()
        self.refresh_changed()
        self._tell_window()
        self._tell_row()

    def row_changed(self, rank: int) -> None:
        """A loaded row changed: repaint its line, if it is visible and looks different."""
        if not self._drawer.has_drawn(rank, self._line(rank, self._domain_now())):
            self.refresh_row(rank)

    def refresh_changed(self) -> None:
        """Repaint the visible lines whose content changed, and no others."""
        for rank in self.visible_ranks:
            self.row_changed(rank)

    @property
    def row_count(self) -> int:
        """How many rows there are, loaded or not."""
        return self._source.total

    @property
    def ordered_rows(self) -> list[Row]:
        """Empty: rows have no metadata, all are one line high."""
        return []

    def is_valid_row_index(self, row_index: int) -> bool:
        """Whether there is a row of that rank."""
        return 0 <= row_index < self.row_count

    def get_row_height(self, row_key: RowKey) -> int:
        """Always one line."""
        return 1

    def get_row_index(self, row_key: RowKey | str) -> int:
        """The rank of a loaded enrollment. Raises RowDoesNotExist."""
        text = row_key.value if isinstance(row_key, RowKey) else row_key
        rank = self._source.rank_of(int(text)) if text and text.isdecimal() else None
        if rank is None:
            raise RowDoesNotExist(f"enrollment {text!r} is not loaded")
        return rank

    def get_row(self, row_key: RowKey | str) -> list[str]:
        """The words of an enrollment's row, by column. Raises RowDoesNotExist."""
        return self.get_row_at(self.get_row_index(row_key))

    def get_row_at(self, row_index: int) -> list[str]:
        """The words of a row, by column, or why it is not loaded. Raises RowDoesNotExist."""
        if not self.is_valid_row_index(row_index):
            raise RowDoesNotExist(f"there is no row {row_index} of {self.row_count}")
        cells = cells_of(self._line(row_index, self._domain_now()))
        return [clean(cells[column]) for column in Column]

    def get_cell(self, row_key: RowKey | str, column_key: ColumnKey | str) -> str:
        """The words of one cell. Raises CellDoesNotExist."""
        rank, column = self.get_cell_coordinate(row_key, column_key)
        return self.get_row_at(rank)[column]

    def get_cell_coordinate(self, row_key: RowKey | str, column_key: ColumnKey | str) -> Coordinate:
        """Where a cell is. Raises CellDoesNotExist."""
        if column_key not in self.columns:
            raise CellDoesNotExist(f"there is no column {column_key!r}")
        try:
            return Coordinate(self.get_row_index(row_key), self.get_column_index(column_key))
        except RowDoesNotExist as absent:
            raise CellDoesNotExist(str(absent)) from absent

    def coordinate_to_cell_key(self, coordinate: Coordinate) -> CellKey:
        """The keys of a cell: enrollment id and column. Raises CellDoesNotExist."""
        rank, column = coordinate
        row = self._source.row(rank) if self.is_valid_coordinate(coordinate) else None
        if row is None:
            raise CellDoesNotExist(f"no row is loaded at {coordinate}")
        return CellKey(RowKey(str(row.id)), self.ordered_columns[column].key)

    add_row = add_rows = remove_row = update_cell = update_cell_at = _CLOSED
    sort = clear = get_column = get_column_at = _CLOSED

    def validate_cursor_coordinate(self, value: Coordinate) -> Coordinate:
        """The nearest existing rank; 0 if there are no rows."""
        return Coordinate(max(0, min(value.row, self.row_count - 1)), 0)

    def watch_cursor_coordinate(
        self, old_coordinate: Coordinate, new_coordinate: Coordinate
    ) -> None:
        """Repaint the two lines, scroll, and post which row it is now."""
        if old_coordinate == new_coordinate:
            return
        self._anchor = None
        super().watch_cursor_coordinate(old_coordinate, new_coordinate)
        self._tell_row()

    def _scroll_cursor_into_view(self, animate: bool = False) -> None:
        """Overrides a private method of DataTable, which sums the heights of all rows above."""
        rank, lines, top = self.cursor_row, self.lines_for_rows, self.scroll_offset.y
        if lines and not top <= rank < top + lines:
            y = rank if rank < top else rank - lines + 1
            self.scroll_to(y=y, animate=False, force=True)

    def _find_anchor(self) -> None:
        """Move the cursor back to its enrollment, if that is loaded by now."""
        anchor = self._anchor
        rank = None if anchor is None else self._source.rank_of(anchor.enrollment_id)
        if anchor is None or rank is None:
            return
        self._anchor = None
        if rank != self.cursor_row:
            self._put_cursor(rank, anchor.line)

    def _fit_total(self) -> None:
        """Fit the scrollbar and the cursor to the source's total."""
        self.virtual_size = self.virtual_size
        if not self.is_valid_row_index(self.cursor_row):
            self.go_to(self.cursor_row)

    def _tell_window(self) -> None:
        seen, more = self.visible_ranks, self.lines_for_rows
        window = (max(0, seen.start - more), min(self.row_count, seen.stop + more) - 1)
        if len(seen) and window != self._told_window:
            self._told_window = window
            self.post_message(self.Window(self, *window))

    def _tell_row(self) -> None:
        row = self.cursor_enrollment
        told = (self.cursor_row, None if row is None else row.id)
        if self.row_count and told != self._told_row:
            self._told_row = told
            self.post_message(self.Highlighted(self, *told))

    def action_page_down(self) -> None:
        """Move down by one screen."""
        self._move_by(self.lines_for_rows)

    def action_page_up(self) -> None:
        """Move up by one screen."""
        self._move_by(-self.lines_for_rows)

    def action_select_cursor(self) -> None:
        """Open the row under the cursor, if it is loaded."""
        if (row := self.cursor_enrollment) is not None:
            self.post_message(self.Opened(self, self.cursor_row, row.id))

    def _move_by(self, rows: int) -> None:
        """Move cursor and rows together, so that the cursor stays on its line."""
        self._put_cursor(self.cursor_row + rows, self.cursor_row - self.scroll_offset.y)

    def _put_cursor(self, rank: int, line: int) -> None:
        """Move the cursor to a rank, and that rank to a line of the screen."""
        self.scroll_to(y=rank - line, animate=False, force=True)
        self.go_to(rank)

    def on_click(self, event: events.Click) -> None:
        """A click on a heading sorts, on a checkbox selects, on the cursor's row opens it."""
        event.stop()
        at = event.get_content_offset_capture(self)
        column = self._drawer.layout.column_at(at.x)
        if at.y < self.header_height:
            if column is not None and column is not Column.MARK:
                self.post_message(self.SortAsked(self, column))
            return
        rank = self.scroll_offset.y + at.y - self.header_height
        row = self._source.row(rank) if self.is_valid_row_index(rank) else None
        if row is not None and column is Column.MARK:
            self.post_message(self.MarkAsked(self, rank, row.id))
        elif rank == self.cursor_row:
            self.action_select_cursor()
        elif self.is_valid_row_index(rank):
            self.go_to(rank)

    def on_mount(self) -> None:
        """Create the columns; their widths come with the size."""
        for column in Column:
            self.add_column(as_text(column.label), width=0, key=column)
        self._fit_total()

    def on_resize(self) -> None:
        """Divide the new width, and request the rows of the new height."""
        self._drawer.layout = laid = lay_out(self.scrollable_content_region.width)
        for column in Column:
            self.columns[ColumnKey(column)].width = laid.widths.get(column, 0)
        self._fit_total()
        self._scroll_cursor_into_view()
        self._tell_window()
        self._tell_row()

    def validate_virtual_size(self, _: Size) -> Size:
        """As high as the header and all rows, as wide as the layout."""
        return Size(self._drawer.layout.width, self.row_count + self.header_height)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Repaint, and request the rows that are visible now."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._anchor = None
            self._tell_window()

    def notify_style_update(self) -> None:
        """Draw in the new styles."""
        super().notify_style_update()
        self._drawer.styles = None

    def refresh_row(self, row_index: int) -> EnrollmentTable:
        """Repaint a row's line, if it is visible."""
        if row_index in self.visible_ranks:
            self.refresh_line(row_index + self.header_height)
        return self

    def refresh_coordinate(self, coordinate: Coordinate) -> EnrollmentTable:
        """Repaint the line of a cell, if it is visible."""
        return self.refresh_row(coordinate.row)

    def refresh_column(self, column_index: int) -> EnrollmentTable:
        """Repaint everything: columns have no region of their own."""
        self.refresh()
        return self

    def render_line(self, y: int) -> Strip:
        """The header, a row, or a blank line below the last."""
        if self._drawer.styles is None:
            self._drawer.styles = read_styles(self)
        if y < self.header_height:
            return self._drawer.header(self._sorting)
        rank = self.scroll_offset.y + y - self.header_height
        if not self.is_valid_row_index(rank):
            return self._drawer.blank()
        return self._drawer.line(rank, self._line(rank, self._domain_now()))

    def _line(self, rank: int, now: datetime) -> Line:
        under_cursor = rank == self.cursor_row
        return line_of(self._source, rank, now, self._is_marked, under_cursor=under_cursor)
