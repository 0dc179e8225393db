"""The table of a million rows: moving, loading pages, repainting little, hostile names."""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style
from textual.app import App, ComposeResult
from textual.coordinate import Coordinate
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import DataTable
from textual.widgets.data_table import CellDoesNotExist, CellKey, ColumnKey, RowDoesNotExist, RowKey

from common.vocabulary import Reason, Status
from tests.tui.listed import NOW, MadeUpRows, listed
from tui.state.columns import Column, lay_out
from tui.state.pages import PageStore, RowSource
from tui.state.selection import Selection
from tui.widgets.enrollment_lines import Line, LineDrawer, LineStyles
from tui.widgets.enrollment_table import EnrollmentTable

ROWS: Final = MadeUpRows()
LINES: Final = 23
"""Rows on a screen of 24 lines: one is the header."""
PUBLIC_MEMBERS: Final = """
    ALLOW_SELECT BINDINGS COMPONENT_CLASSES CellHighlighted CellSelected ColumnHighlighted
    ColumnSelected DEFAULT_CSS HeaderSelected RowHighlighted RowLabelSelected RowSelected
    action_cursor_down action_cursor_left action_cursor_right action_cursor_up action_page_down
    action_page_left action_page_right action_page_up action_scroll_bottom action_scroll_end
    action_scroll_home action_scroll_top action_select_cursor add_column add_columns add_row
    add_rows can_focus can_focus_children cell_padding clear coordinate_to_cell_key
    cursor_column cursor_coordinate cursor_row cursor_type fixed_columns fixed_rows get_cell
    get_cell_at get_cell_coordinate get_column get_column_at get_column_index get_row get_row_at
    get_row_height get_row_index header_height hover_column hover_coordinate hover_row
    is_valid_column_index is_valid_coordinate is_valid_row_index move_cursor notify_style_update
    ordered_columns ordered_rows refresh_column refresh_coordinate refresh_row remove_column
    remove_row render_line render_lines row_count show_cursor show_header show_row_labels sort
    update_cell update_cell_at validate_cell_padding validate_cursor_coordinate
    watch_cell_padding watch_cursor_coordinate watch_cursor_type watch_fixed_columns
    watch_fixed_rows watch_header_height watch_hover_coordinate watch_show_cursor
    watch_show_header watch_show_row_labels watch_zebra_stripes zebra_stripes
"""
"""Members of the pinned DataTable: each is inherited on purpose, answered or not supported."""
HOSTILE: Final = (
    "a [/b] c",
    "[red]x[/] \\[bold]",
    "\x1b[2J\x1b[31mred",
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x9b31m\x85next",
    "two\nlines\r\tand\x0bmore\u2028",
    "\u202egnp.exe\u2066\u2069",
    "שלום עולם",
    "مرحبا بالعالم",
    "山田花子山田花子山田花子山田花子",
    "👨‍👩‍👧‍👦👩🏽‍🚀🇩🇪❤️" * 4,
    "Z̷̢̛" + "\u0301" * 200,
    "\udc80\ud800lone",
    "\U000e0041\u200b\ufeffinvisible",
    "",
    "   ",
    "x" * 10_000,
)

M = TypeVar("M", bound=Message)


class Screen(App[None]):
    """The table alone, and what it posts."""

    def __init__(self, source: RowSource, marked: Callable[[int], bool] = lambda _: False) -> None:
        super().__init__()
        self.now = NOW
        self.table = EnrollmentTable(source, now=self.domain_now, marked=marked)
        self.told: list[Message] = []
        self.asked: list[int] = []

    def domain_now(self) -> datetime:
        return self.now

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()

    def on_enrollment_table_window(self, told: EnrollmentTable.Window) -> None:
        self.told.append(told)
        if isinstance(self.table.source, PageStore):
            self.asked += self.table.source.ask(told.first, told.last)

    def on_enrollment_table_highlighted(self, told: EnrollmentTable.Highlighted) -> None:
        self.told.append(told)

    def on_enrollment_table_opened(self, told: EnrollmentTable.Opened) -> None:
        self.told.append(told)

    def on_enrollment_table_mark_asked(self, told: EnrollmentTable.MarkAsked) -> None:
        self.told.append(told)

    def on_enrollment_table_sort_asked(self, told: EnrollmentTable.SortAsked) -> None:
        self.told.append(told)

    def all_told(self, kind: type[M]) -> list[M]:
        """The messages of a kind, oldest first."""
        return [one for one in self.told if isinstance(one, kind)]

    def answer(self) -> None:
        """Answer the requests as the server would."""
        store = self.table.source
        assert isinstance(store, PageStore)
        for page in self.asked:
            fill(store, page)
        self.asked.clear()
        self.table.rows_loaded()

    def lines(self) -> list[str]:
        """What the table shows, top to bottom."""
        return [self.table.render_line(y).text for y in range(self.table.size.height)]


def fill(store: PageStore, page: int, rows: MadeUpRows = ROWS) -> None:
    """Give a store the rows of a page."""
    first = store.offset_of(page)
    ranks = range(first, min(first + store.page_rows, store.total))
    store.load(page, [row for rank in ranks if (row := rows.row(rank))])


@contextmanager
def drawn_lines(table: EnrollmentTable, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[int]]:
    """Collects which lines of the screen are drawn."""
    drawn: set[int] = set()
    draw = table.render_line

    def drawing(y: int) -> Any:
        drawn.add(y)
        return draw(y)

    with monkeypatch.context() as patch:
        patch.setattr(table, "render_line", drawing)
        yield drawn


async def test_a_million_rows_show_as_many_as_there_are_lines() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        table = screen.table
        lines = screen.lines()
        assert lines[0].split() == ["Name▴", "Phone", "Step", "Status", "Next"]
        assert lines[1].startswith("▸[ ] Abadi, Lena        +1 415 000 0000 1/5   ◷ Pending")
        assert "✗ Failed · unknown handset" in lines[5]
        assert table.row_count == 1_000_000
        assert table.virtual_size.height == 1_000_001
        assert len(table.rows) == 0
        await pilot.press("G")
        assert table.cursor_row == 999_999
        assert screen.lines()[-1].startswith("▸")


@pytest.mark.parametrize(
    ("keys", "rank"),
    [
        ("down j down", 3),
        ("j j up k", 0),
        ("up", 0),
        ("pagedown", LINES),
        ("pagedown pagedown pageup", LINES),
        ("ctrl+d", LINES),
        ("ctrl+d ctrl+d ctrl+u", LINES),
        ("end", 999_999),
        ("G pageup", 999_999 - LINES),
        ("G down pagedown", 999_999),
        ("G g", 0),
        ("end k home", 0),
        ("left right", 0),
    ],
)
async def test_keys_move_the_cursor(keys: str, rank: int) -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys.split())
        assert screen.table.cursor_row == rank
        assert rank in screen.table.visible_ranks
        under_cursor = [y for y, line in enumerate(screen.lines()) if line.startswith("▸")]
        assert under_cursor == [1 + rank - screen.table.visible_ranks.start]


async def test_a_page_key_leaves_the_cursor_on_its_line() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "j", "pagedown", "ctrl+d")
        assert screen.table.cursor_row - screen.table.scroll_offset.y == 2


async def test_the_cursor_posts_its_row_and_enter_opens_it() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "j", "enter")
        highlighted = screen.all_told(EnrollmentTable.Highlighted)
        assert [(one.rank, one.enrollment_id) for one in highlighted] == [
            (rank, ROWS.first_id + 2 * rank) for rank in range(3)
        ]
        (opened,) = screen.all_told(EnrollmentTable.Opened)
        assert (opened.rank, opened.enrollment_id) == (2, ROWS.first_id + 4)
        assert opened.control is screen.table


async def test_every_page_is_requested_once_while_scrolling() -> None:
    screen = Screen(PageStore(1_000_000))
    asked: list[int] = []
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert screen.asked == [0, 1]
        for _ in range(30):
            await pilot.press("pagedown")
            asked += screen.asked
            screen.answer()
            await pilot.pause()
            assert not any("…" in line[:8] for line in screen.lines())
        assert asked == sorted(set(asked))
        assert asked[-1] <= 30 * LINES // 100 + 2


async def test_the_window_is_the_visible_rows_and_a_screen_on_both_sides() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.press("pagedown", "pagedown")
        windows = [(one.first, one.last) for one in screen.all_told(EnrollmentTable.Window)]
        assert windows == [(0, 2 * LINES - 1), (0, 3 * LINES - 1), (LINES, 4 * LINES - 1)]


async def test_loading_rows_are_placeholders_until_they_arrive() -> None:
    screen = Screen(PageStore(1_000))
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert screen.lines()[1].split() == ["▸", "…"]
        assert screen.table.cursor_enrollment is None
        await pilot.press("j", "enter")
        assert screen.all_told(EnrollmentTable.Opened) == []
        assert screen.all_told(EnrollmentTable.Highlighted)[-1].enrollment_id is None
        screen.answer()
        await pilot.pause()
        assert "Abadi, Lena" in screen.lines()[1]
        assert screen.all_told(EnrollmentTable.Highlighted)[-1].enrollment_id == ROWS.first_id + 2


async def test_a_page_that_failed_to_load_says_so() -> None:
    store = PageStore(1_000)
    screen = Screen(store)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        store.fail(0)
        screen.table.rows_loaded()
        assert screen.lines()[1].split(maxsplit=1)[1].strip() == "✗ could not be loaded"


async def test_a_changed_row_repaints_only_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    store = PageStore(1_000)
    screen = Screen(store)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen.answer()
        await pilot.pause()
        row = store.row(7)
        assert row is not None
        with drawn_lines(screen.table, monkeypatch) as drawn:
            rank = store.patch(listed(row.id, status=Status.FAILED, reason=Reason.UNREACHABLE))
            assert rank == 7
            screen.table.row_changed(rank)
            await pilot.pause()
            assert drawn == {8}
            drawn.clear()
            store.patch(listed(row.id, status=Status.FAILED, reason=Reason.UNREACHABLE))
            screen.table.row_changed(rank)
            screen.table.row_changed(90)
            screen.table.rows_loaded()
            await pilot.pause()
            assert drawn == set()
        assert "✗ Failed · unreachable" in screen.lines()[8]


async def test_a_cursor_move_repaints_two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        with drawn_lines(screen.table, monkeypatch) as drawn:
            await pilot.press("j")
            await pilot.pause()
            assert drawn == {1, 2}


async def test_checkboxes_show_the_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    selection = Selection()
    screen = Screen(ROWS, selection.contains)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        with drawn_lines(screen.table, monkeypatch) as drawn:
            selection.mark([ROWS.first_id + 4, ROWS.first_id + 6, ROWS.first_id + 2_000])
            screen.table.refresh_changed()
            await pilot.pause()
            assert drawn == {3, 4}
        assert [line[1:4] for line in screen.lines()[1:6]] == ["[ ]", "[ ]", "[x]", "[x]", "[ ]"]
        await pilot.press("G", "g")
        assert screen.lines()[3].startswith(" [x]")


async def test_times_are_updated_as_they_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = MadeUpRows(10)
    rows.changed = {
        0: listed(10, due_at=NOW + timedelta(minutes=12)),
        1: listed(12, due_at=NOW + timedelta(days=1)),
    }
    screen = Screen(rows)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "in 12 min" in screen.lines()[1]
        screen.now = NOW + timedelta(minutes=2)
        with drawn_lines(screen.table, monkeypatch) as drawn:
            screen.table.refresh_changed()
            await pilot.pause()
            assert drawn == {1}
        assert "in 10 min" in screen.lines()[1]
        assert "Tue 09:00" in screen.lines()[2]


async def test_the_cursor_stays_with_its_enrollment_on_its_line() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.press("pagedown", "pagedown", "j", "j")
        rank, line = screen.table.cursor_row, screen.table.cursor_row - screen.table.scroll_offset.y
        newcomers = MadeUpRows(ROWS.total + 14, ROWS.first_id - 28)
        screen.table.show(newcomers)
        await pilot.pause()
        assert screen.table.cursor_row == rank + 14
        assert screen.table.cursor_row - screen.table.scroll_offset.y == line
        screen.table.show(MadeUpRows(ROWS.total, ROWS.first_id + 1))
        await pilot.pause()
        assert screen.table.cursor_row == rank + 14
        screen.table.show(ROWS, keep=False)
        await pilot.pause()
        assert (screen.table.cursor_row, screen.table.scroll_offset.y) == (0, 0)


@pytest.mark.parametrize("moved", [False, True])
async def test_the_cursor_returns_to_its_enrollment_when_its_page_loads(moved: bool) -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        screen.table.go_to(95)
        await pilot.pause()
        newcomers = MadeUpRows(ROWS.total + 14, ROWS.first_id - 28)
        store = PageStore(newcomers.total)
        screen.table.show(store)
        await pilot.pause()
        assert screen.table.cursor_row == 95
        assert screen.asked == [0, 1, 2]
        fill(store, 0, newcomers)
        screen.table.rows_loaded()
        if moved:
            await pilot.press("k")
        fill(store, 1, newcomers)
        screen.table.rows_loaded()
        await pilot.pause()
        assert screen.table.cursor_row == (94 if moved else 109)
        assert screen.table.cursor_row in screen.table.visible_ranks


async def test_fewer_rows_leave_the_cursor_on_the_last() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.press("G")
        screen.table.show(MadeUpRows(5, first_id=1))
        await pilot.pause()
        assert screen.table.cursor_row == 4
        assert screen.table.scroll_offset.y == 0
        screen.table.show(MadeUpRows(0))
        await pilot.press("j", "G", "pagedown", "ctrl+u", "enter")
        assert screen.table.cursor_enrollment is None
        assert all(not line.strip() for line in screen.lines()[1:])
        screen.table.show(ROWS)
        await pilot.pause()
        assert screen.lines()[1].startswith("▸[ ] Abadi, Lena")


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (80, "Name▾ Phone Step Status Next"),
        (120, "Name▾ Phone Step Status Next By"),
        (200, "Name▾ Phone Step Status Next By"),
    ],
)
async def test_lines_are_as_wide_as_the_screen(width: int, columns: str) -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(width, 24)) as pilot:
        screen.table.show(ROWS, sort="-name")
        await pilot.pause()
        strips = [screen.table.render_line(y) for y in range(24)]
        assert strips[0].text.split() == columns.split()
        assert {strip.cell_length for strip in strips} == {width - 1}
        assert all(status.label in "".join(s.text for s in strips) for status in Status)


async def test_resizing_requests_the_visible_rows() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        await pilot.press("pagedown", "end")
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert screen.all_told(EnrollmentTable.Window)[-1].first == 1_000_000 - 2 * 39
        assert screen.lines()[0].split()[-1] == "By"
        for width, height in ((10, 3), (1, 1), (30, 2), (80, 24)):
            await pilot.resize_terminal(width, height)
            await pilot.press("k")
        assert screen.table.cursor_row == 999_995
        assert screen.table.cursor_row in screen.table.visible_ranks


async def test_mouse_clicks_are_resolved_by_position() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)) as pilot:
        await click(pilot, 12, 5)
        assert screen.table.cursor_row == 4
        await click(pilot, 2, 9)
        (mark,) = screen.all_told(EnrollmentTable.MarkAsked)
        assert (mark.rank, mark.enrollment_id) == (8, ROWS.first_id + 16)
        assert screen.table.cursor_row == 4
        assert screen.all_told(EnrollmentTable.Opened) == []
        await click(pilot, 12, 5)
        assert screen.all_told(EnrollmentTable.Opened)[-1].rank == 4
        await click(pilot, 26, 0)
        await click(pilot, 2, 0)
        assert [one.column for one in screen.all_told(EnrollmentTable.SortAsked)] == [Column.PHONE]
        await pilot.hover(EnrollmentTable, offset=(5, 5))
        screen.table.show(MadeUpRows(2))
        await click(pilot, 12, 20)
        assert screen.table.cursor_row == 1


async def click(pilot: Pilot[None], x: int, y: int) -> None:
    """A single click, not the second one of a double click."""
    await pilot.click(EnrollmentTable, offset=(x, y))
    await pilot.pause()


async def test_lines_carry_no_metadata() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)):
        segments = [one for y in range(24) for one in screen.table.render_line(y)]
        assert all(one.style is not None and not one.style.meta for one in segments)
        assert len(segments) < 24 * 4


async def test_datatable_queries_are_answered_from_the_source() -> None:
    screen = Screen(ROWS, lambda one: one == ROWS.first_id)
    async with screen.run_test(size=(80, 24)):
        table = screen.table
        key = RowKey(str(ROWS.first_id))
        told = ["▸[x]", "Abadi, Lena", "+1 415 000 0000", "1/5", "◷ Pending", "Mon 17:00", "ana"]
        assert table.get_row_at(0) == told
        assert table.get_row(key) == table.get_row_at(0)
        assert table.get_row_index(str(ROWS.first_id + 2)) == 1
        assert table.get_cell(key, "name") == "Abadi, Lena"
        assert table.get_cell_at(Coordinate(0, 3)) == "1/5"
        assert table.get_cell_coordinate(key, "step") == Coordinate(0, 3)
        assert table.coordinate_to_cell_key(Coordinate(0, 1)) == CellKey(key, ColumnKey("name"))
        assert table.get_row_height(key) == 1
        assert table.is_valid_row_index(999_999)
        assert not table.is_valid_row_index(1_000_000)
        assert list(table.ordered_rows) == []
        for wrong in ("11", "no number", ""):
            with pytest.raises(RowDoesNotExist):
                table.get_row(wrong)
        with pytest.raises(RowDoesNotExist):
            table.get_row_at(1_000_000)
        with pytest.raises(CellDoesNotExist):
            table.get_cell("11", "name")
        with pytest.raises(CellDoesNotExist):
            table.get_cell(key, "colour")
        with pytest.raises(CellDoesNotExist):
            table.coordinate_to_cell_key(Coordinate(1_000_000, 0))
        table.refresh_coordinate(Coordinate(3, 3)).refresh_column(1)


CLOSED: Final = """
    add_row add_rows remove_row update_cell update_cell_at sort clear get_column get_column_at
"""


@pytest.mark.parametrize("closed", CLOSED.split())
async def test_methods_that_read_or_write_rows_in_bulk_are_not_supported(closed: str) -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)):
        with pytest.raises(TypeError, match="stores no rows"):
            getattr(screen.table, closed)("name")


def test_datatable_has_the_members_that_this_table_relies_on() -> None:
    assert {name for name in vars(DataTable) if not name.startswith("_")} == set(
        PUBLIC_MEMBERS.split()
    )


async def test_only_one_private_member_of_datatable_is_overridden_or_used() -> None:
    screen = Screen(ROWS)
    async with screen.run_test(size=(80, 24)):
        plain: DataTable[str] = DataTable()
        await screen.mount(plain)
        theirs = {*dir(plain), *vars(plain)}
    written = inspect.getsource(EnrollmentTable)
    ours = set(re.findall(r"(?:self\.|super\(\)\.|def )(_[a-z]\w*)", written))
    assert len(ours) > 10
    assert ours & theirs == {"_scroll_cursor_into_view"}


@pytest.mark.parametrize("words", HOSTILE)
async def test_hostile_words_are_cleaned(words: str) -> None:
    rows = MadeUpRows(3)
    rows.changed = {
        1: listed(
            12,
            status=Status.FAILED,
            reason=Reason.FILTERED,
            first_name=words,
            last_name=words,
            phone=words,
            zone=words,
            by=words,
            reason_label=words,
            due_at=NOW + timedelta(hours=9),
        )
    }
    screen = Screen(rows)
    async with screen.run_test(size=(120, 24)) as pilot:
        await pilot.press("j")
        for y in range(24):
            assert_harmless(screen.table.render_line(y).text, 119)
        for told in screen.table.get_row_at(1):
            assert_harmless(told)
        if "[" in words and "\x1b" not in words:
            assert words[:8] in screen.lines()[2]


@given(st.text(), st.text(), st.text(), st.integers(0, 220), st.booleans())
def test_any_words_fill_the_line_exactly(
    name: str, phone: str, by: str, width: int, under_cursor: bool
) -> None:
    drawer = LineDrawer()
    drawer.layout = lay_out(width)
    plain = Style()
    drawer.styles = LineStyles(plain, plain, plain, dict.fromkeys(Status, plain))
    row = listed(first_name=name, last_name=by, phone=phone, by=by)
    strip = drawer.line(0, Line(row, "Tue 09:00", marked=False, under_cursor=under_cursor))
    assert strip.cell_length == width
    assert_harmless(strip.text, width)


def assert_harmless(text: str, width: int | None = None) -> None:
    """No control, format or surrogate characters except joiners, and the expected width."""
    bad = {char for char in text if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}}
    assert not bad
    assert not {char for char in text if unicodedata.category(char) == "Cf"} - {"\u200d", "\u200c"}
    if width is not None:
        assert cell_len(text) == width
