"""How the screen looks at 80×24 and at 120×40, without colours; `make snapshots` renews them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from textual.pilot import Pilot

from tests.tui.stage import THREE, Played, filled, opened, sequence, until
from tui import following
from tui.app import DrumbeatApp
from tui.palette import Palette
from tui.screens.help import HelpScreen
from tui.screens.sequences import SequencesPage, Standing
from tui.state.connection import Connection, Link
from tui.widgets.confirm import ConfirmScreen, Proposal
from tui.widgets.sequence_table import SequenceTable

Compare = Callable[..., bool]
Play = Callable[[Pilot[None], DrumbeatApp, Played], Awaitable[None]]

SIZES: Final = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "large"])
MANY: Final = (*THREE, *(sequence(10 + n, f"Campaign {n:02}", pending=n * 37) for n in range(40)))
FINISH: Final = Proposal(
    "Mark as finished: 412,033 contacts of Spring hiring 2026",
    ("They get no further text of this sequence.", "1 text is already with the carrier."),
    ("3 opted out and stay as they are.", "Names like [b]this[/b] \x1b[31mare only shown."),
    412_033,
)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection whose age is always told alike, and that is not tried again."""
    monkeypatch.setattr(Connection, "age", lambda *_: 12)
    monkeypatch.setattr(following, "wait_after", lambda _: 3_600.0)


def look(compare: Compare, size: tuple[int, int], source: Played, play: Play | None = None) -> bool:
    """Compare the application, once it stands as the test wants it."""
    app = opened(source)

    async def before(pilot: Pilot[None]) -> None:
        if play is None:
            await filled(pilot, app)
        else:
            await play(pilot, app, source)
        await pilot.pause()

    return compare(app, terminal_size=size, run_before=before)


def page_of(app: DrumbeatApp) -> SequencesPage:
    page = app.pages[0]
    assert isinstance(page, SequencesPage)
    return page


@SIZES
def test_sequences(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp, _: Played) -> None:
        await filled(pilot, app)
        await pilot.press("j")
        table = page_of(app).query_one(SequenceTable)
        assert (page_of(app).standing, table.cursor_row) == (Standing.FILLED, 1)

    assert look(snap_compare, size, Played(*MANY), play)


@SIZES
def test_sequences_searched_and_sorted(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp, _: Played) -> None:
        await filled(pilot, app)
        await pilot.press("s", "p", "slash", *"camp 1")
        assert len(page_of(app).list.shown()) == 10

    assert look(snap_compare, size, Played(*MANY), play)


@SIZES
def test_no_sequences(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp, _: Played) -> None:
        await filled(pilot, app)
        assert page_of(app).standing is Standing.EMPTY

    assert look(snap_compare, size, Played(), play)


@SIZES
def test_loading(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = Played(*THREE)
    source.silent.clear()

    async def play(pilot: Pilot[None], app: DrumbeatApp, _: Played) -> None:
        await pilot.pause()
        assert page_of(app).standing is Standing.LOADING

    assert look(snap_compare, size, source, play)


@SIZES
def test_server_away(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = Played(*THREE)
    source.go_away("nothing listens there")

    async def play(pilot: Pilot[None], app: DrumbeatApp, _: Played) -> None:
        await until(pilot, lambda: page_of(app).standing is Standing.ERROR, "it is told")
        assert app.connection.link is Link.AWAY

    assert look(snap_compare, size, source, play)


@SIZES
def test_stale(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp, source: Played) -> None:
        await filled(pilot, app)
        source.go_away()
        await until(pilot, lambda: app.connection.link is Link.STALE, "it is stale")
        assert page_of(app).standing is Standing.FILLED

    assert look(snap_compare, size, Played(*THREE), play)


@SIZES
def test_help(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp, _: Played) -> None:
        await filled(pilot, app)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)

    assert look(snap_compare, size, Played(*THREE), play)


@SIZES
def test_palette(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp, _: Played) -> None:
        await filled(pilot, app)
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, Palette), "it opens")
        await until(pilot, lambda: _options(app) > 5, "the commands are there")

    assert look(snap_compare, size, Played(*THREE), play)


def _options(app: DrumbeatApp) -> int:
    found: Any = app.screen.query("CommandList").first()
    return int(found.option_count)


@SIZES
def test_confirm(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp, _: Played) -> None:
        await filled(pilot, app)
        screen = ConfirmScreen(FINISH)
        app.push_screen(screen)
        await pilot.pause()
        await asyncio.sleep(0.4)
        await pilot.press("4", "1", "2")
        assert screen.typed == "412"

    assert look(snap_compare, size, Played(*THREE), play)


@SIZES
def test_pages_opened(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp, _: Played) -> None:
        await filled(pilot, app)
        await pilot.press("0")
        narrow = size[0] < 100
        assert page_of(app).has_class("-pages-open") is narrow

    assert look(snap_compare, size, Played(*THREE), play)
