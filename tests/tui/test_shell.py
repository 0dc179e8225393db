"""The application: the frame of every page, help, palette, undo, quitting and themes."""

from __future__ import annotations

import re
from typing import Final

import pytest

from common.model.operations import Operation
from tests.tui.stage import (
    THREE,
    Played,
    filled,
    link,
    opened,
    operation,
    painted,
    sequences_of,
    shown,
    toasts,
    until,
)
from tui.actions.palette import ActionCommands, Palette
from tui.actions.registry import action_named
from tui.client import event_stream
from tui.screens.help import HelpScreen
from tui.screens.page import Page
from tui.screens.too_small import TooSmall
from tui.state.connection import Link
from tui.widgets.chrome import FooterLine, Sidebar
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.sequence_table import SequenceTable

SMALL: Final = (80, 24)
LARGE: Final = (120, 40)
FRAME: Final = {"#28c840", "#febc2e", "#ff5f57", "#292929"}
"""The colors of a picture's window."""
DEFAULT: Final = {"#c5c8c6", "#868887"}
"""A picture's colors for the terminal's default color, normal and dimmed."""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for retries."""
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


async def test_an_error_in_a_worker_is_reported_and_the_screen_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = Played(*THREE)
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)

        async def broken(**_: object) -> None:
            raise KeyError("[b]oh[/x]\x1b")

        monkeypatch.setattr(source, "list_operations", broken)
        await pilot.press("u")
        await until(pilot, lambda: bool(toasts(app)), "it is told")

        assert toasts(app) == ["Unexpected: KeyError('[b]oh[/x]\\x1b')"]
        assert app.is_running


async def test_sentences_in_the_help_are_not_cut_off() -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("question_mark", *"sort")
        await until(pilot, lambda: "Sort " in painted(app), "it is found")

        shown = painted(app)
        assert all(word in shown for word in action_named("sort").help.split())


@pytest.mark.parametrize(
    ("typed", "found"),
    [("order", "Sort"), ("delete", "Archive"), ("exit", "Quit"), ("campaign", "New")],
)
async def test_the_palette_knows_other_words(typed: str, found: str) -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        hits = [hit async for hit in ActionCommands(app.pages[0]).search(typed)]
        best = max(hits, key=lambda hit: hit.score)

        assert str(best.text).startswith(found)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_help_lists_the_actions_of_the_page_and_is_searchable(size: tuple[int, int]) -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=size) as pilot:
        await filled(pilot, app)
        offered = {one.runs: one.id for one in reversed(sequences_of(app).offered()) if one.keys}
        await pilot.press("question_mark")
        help_screen = app.screen
        assert isinstance(help_screen, HelpScreen)

        assert set(help_screen.shown) == set(offered.values())

        await pilot.press(*"undo")

        assert help_screen.shown == ["undo"]

        await pilot.press(*["backspace"] * 4, "G")

        assert help_screen.shown[0] == "last"

        await pilot.press("escape")

        assert isinstance(app.screen, Page)


async def test_the_palette_does_what_is_chosen_from_it() -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, Palette), "the palette opens")
        await pilot.press(*"light")
        await pilot.pause(0.3)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.theme == "drumbeat-light", "the colours change")

        await pilot.press("slash", "ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, Palette), "it opens from an input, too")


async def test_quitting_asks_only_when_something_would_be_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        monkeypatch.setattr(sequences_of(app), "keeps", lambda: "3 selected contacts")
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen), "it asks")
        screen = app.screen
        assert isinstance(screen, ConfirmScreen)

        assert screen.proposal.effects == ("You will lose: 3 selected contacts.",)

        await pilot.pause(0.4)
        await pilot.press("n")
        monkeypatch.undo()
        ended: list[int] = []
        monkeypatch.setattr(app, "exit", lambda: ended.append(0))
        await pilot.press("slash", "ctrl+q")

        assert ended == [0]


def mine(*operations: Operation) -> Played:
    source = Played(*THREE)
    source.operations = list(operations)
    return source


async def test_undo_asks_and_undoes_my_last_undoable_operation() -> None:
    source = mine(operation(9, "li"), operation(8, undoable=False), operation(7), operation(6))
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("u")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen), "it asks")
        await pilot.pause(0.4)
        await pilot.press("y")
        await until(pilot, lambda: source.undone == [7], "it is taken back")


async def test_undo_shows_what_was_done_where_when_and_by_which_operator() -> None:
    app = opened(mine(operation(7)))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("u")
        asked = await shown(pilot, app, ConfirmScreen)

        assert asked.proposal.effects == (
            "Finished 12 of 12, in Spring hiring 2026.",
            "Done Mon 2 Nov 13:00 by ana, in another window or by a script.",
        )


async def test_undo_is_not_asked_over_another_dialog() -> None:
    source = mine(operation(7))
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        source.silent.clear()
        await pilot.press("u", "question_mark")
        await shown(pilot, app, HelpScreen)
        source.silent.set()
        await until(pilot, lambda: bool(toasts(app)), "it is told")

        assert isinstance(app.screen, HelpScreen)
        assert toasts(app) == ["Undo: cancelled, because another dialog is open. Try again."]


async def test_undo_is_not_asked_while_something_is_typed() -> None:
    source = mine(operation(7))
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        source.silent.clear()
        await pilot.press("u", "slash", "s")
        source.silent.set()
        await until(pilot, lambda: bool(toasts(app)), "it is told")

        assert isinstance(app.screen, Page)
        assert toasts(app) == ["Undo: cancelled, because another dialog is open. Try again."]


async def test_undo_says_if_there_is_nothing_to_undo() -> None:
    app = opened(mine(operation(9, "li")))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("u")
        await until(pilot, lambda: bool(toasts(app)), "it is told")

        assert toasts(app) == ["You have nothing to undo."]


async def test_below_a_hundred_columns_the_pages_are_a_rail_that_opens() -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        page = app.pages[0]
        rail, over = page.query(Sidebar)

        assert "1≡" in str(rail.render())
        assert over.size.width == 0
        assert page.query_one(SequenceTable).size.height >= 17

        await pilot.press("0")

        assert over.display
        assert "1 Sequences" in str(over.render())

        await pilot.press("1")

        assert not app.pages[0].has_class("-pages-open")

        await pilot.resize_terminal(*LARGE)
        await pilot.pause()

        assert "1 Sequences" in str(rail.render())
        assert str(rail.render()).rstrip().endswith("3")


async def test_the_footer_fits_whatever_the_width_and_keeps_the_help() -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=LARGE) as pilot:
        await filled(pilot, app)
        footer = app.pages[0].query_one(FooterLine)
        for width in (120, 80, 64):
            await pilot.resize_terminal(width, 24)
            await pilot.pause()

            assert "? help" in footer.told
            assert len(footer.told.rstrip()) <= footer.content_size.width

        await pilot.press("slash")

        assert footer.told.split() == ["esc", "leave", "enter", "to", "the", "rows"]


async def test_a_terminal_that_is_too_small_says_so_until_there_is_room() -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=(59, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, TooSmall), "it says so")
        await pilot.resize_terminal(60, 14)
        await pilot.pause(0.1)

        assert isinstance(app.screen, TooSmall)

        await pilot.resize_terminal(60, 15)
        await until(pilot, lambda: isinstance(app.screen, Page), "there is room")
        await filled(pilot, app)


async def test_the_users_keys_are_bound_and_shown() -> None:
    app = opened(Played(*THREE), {"help": "H", "undo": "U,ctrl+z"})
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)

        assert "H help" in app.pages[0].query_one(FooterLine).told

        await pilot.press("question_mark")

        assert isinstance(app.screen, Page)

        await pilot.press("H")

        assert isinstance(app.screen, HelpScreen)
        await pilot.press(*"undo")
        await until(pilot, lambda: "U ctrl+z" in painted(app), "the help shows them")


async def test_no_color_shows_no_colors_not_even_greys() -> None:
    source = Played(*THREE)
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("slash", *"spr")
        source.go_away()
        await until(pilot, lambda: link(app) is Link.STALE, "what warns by colour is there")
        drawn = app.export_screenshot()

    assert set(re.findall(r"#[0-9a-f]{6}", drawn)) <= FRAME | DEFAULT


async def test_every_theme_can_be_painted_with_and_without_colors() -> None:
    for theme in ("drumbeat-dark", "drumbeat-light", "drumbeat-16"):
        app = opened(Played(*THREE))
        async with app.run_test(size=SMALL) as pilot:
            app.theme = theme
            await filled(pilot, app)

            assert app.current_theme.name == theme
            assert app.animation_level == "none"


async def test_a_page_that_is_still_opening_gets_no_chrome_update() -> None:
    app = opened(Played(*THREE))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        page = Page(app.session)
        opening = app.push_screen(page)
        app.session.count_page(1, 7)
        await opening
        await pilot.pause()

        assert (app.pages[-1], app.is_running) == (page, True)
