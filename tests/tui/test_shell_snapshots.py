"""Snapshots of help, palette, pages and dialogs over the frozen demo."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from tests.system.demos import Running
from tests.tui.frozen import ALL_SIZES, SIZES, Between, Compare, Size, look, shown, spring
from tests.tui.stage import filled, sequences_of, until
from tui.actions.palette import Palette
from tui.app import DrumbeatApp
from tui.screens.help import HelpScreen
from tui.screens.too_small import TooSmall
from tui.widgets.confirm import ConfirmScreen


@SIZES
def test_help(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        await shown(pilot, app, HelpScreen, "question_mark")

    assert look(snap_compare, size, Between(frozen), play)


@ALL_SIZES
def test_help_of_contacts(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app)
        screen = await shown(pilot, app, HelpScreen, "question_mark")
        await pilot.press(*"mark")
        assert screen.query_one("Input").value == "mark"

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_palette(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        await shown(pilot, app, Palette, "colon")
        await until(pilot, lambda: _options(app) > 5, "the commands are there")

    assert look(snap_compare, size, Between(frozen), play)


def _options(app: DrumbeatApp) -> int:
    found: Any = app.screen.query("CommandList").first()
    return int(found.option_count)


@SIZES
def test_pages_opened(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        await pilot.press("0")
        assert sequences_of(app).has_class("-pages-open") is (size[0] < 100)

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_quit_question(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app, "space", "space")
        screen = await shown(pilot, app, ConfirmScreen, "q")
        assert screen.proposal.effects == ("You will lose: 2 selected.",)

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_undo_question(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        await until(pilot, lambda: app.session.me is not None, "it is known who asks")
        screen = await shown(pilot, app, ConfirmScreen, "u")
        what, _ = screen.proposal.effects
        assert what == "Finished 4 of 4, in Spring hiring 2026."

    assert look(snap_compare, size, Between(frozen), play)


def test_too_small(snap_compare: Compare, frozen: Running) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await until(pilot, lambda: isinstance(app.screen, TooSmall), "it says so")

    assert look(snap_compare, (59, 14), Between(frozen), play)
