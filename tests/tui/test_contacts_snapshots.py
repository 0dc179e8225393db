"""How the Contacts tab looks at 80×24 and at 120×40, without colours; `make snapshots` renews."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import pytest
from textual.pilot import Pilot

from tests.tui.listed import listed
from tests.tui.roster import people
from tests.tui.stage import THREE, Played, filled, opened, until
from tui.app import DrumbeatApp
from tui.screens.sequence import SequencePage
from tui.state.connection import DomainClock
from tui.state.roster import Standing
from tui.widgets.confirm import ConfirmScreen

Compare = Callable[..., bool]
Play = Callable[[Pilot[None], SequencePage], Awaitable[None]]

SIZES: Final = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "large"])


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's clock that stands."""
    monkeypatch.setattr(DomainClock, "now", lambda clock, _: clock.told)


def source_of(many: int) -> Played:
    """Spring hiring with so many people, one of them hostile."""
    source = Played(*THREE)
    source.add_rows(people(many))
    source.add_rows([listed(11, first_name="a [/b] c", last_name="\x1b]0;x\x07")])
    return source


def look(compare: Compare, size: tuple[int, int], source: Played, play: Play) -> bool:
    """Compare the tab, once it stands as the test wants it."""
    app: DrumbeatApp = opened(source)

    async def before(pilot: Pilot[None]) -> None:
        await filled(pilot, app)
        await pilot.press("G", "enter")
        await until(pilot, lambda: len(app.pages) == 2, "it opens")
        page = app.pages[1]
        assert isinstance(page, SequencePage)
        await play(pilot, page)
        await pilot.pause()

    return compare(app, terminal_size=size, run_before=before)


async def rows(pilot: Pilot[None], page: SequencePage) -> None:
    """Wait for the rows and the numbers."""
    await until(pilot, lambda: page.standing is Standing.FILLED, "the rows come")
    await until(pilot, lambda: bool(page.tally.next_text), "the numbers come")


@SIZES
def test_contacts(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], page: SequencePage) -> None:
        await rows(pilot, page)
        await pilot.press("space", "space", "j")
        assert sorted(page.chosen.marks) == [10, 11]

    assert look(snap_compare, size, source_of(350), play)


@SIZES
def test_nobody_matches(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], page: SequencePage) -> None:
        await rows(pilot, page)
        await pilot.press("slash", *"nobody")
        await until(pilot, lambda: page.standing is Standing.NO_MATCH, "nobody matches")
        await until(pilot, lambda: not page.tally.next_text, "nothing goes next")

    assert look(snap_compare, size, source_of(350), play)


@SIZES
def test_loading_contacts(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = source_of(350)
    source.holding.clear()

    async def play(pilot: Pilot[None], page: SequencePage) -> None:
        await pilot.pause()
        assert page.standing is Standing.LOADING

    assert look(snap_compare, size, source, play)


@SIZES
def test_all_are_selected(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], page: SequencePage) -> None:
        await rows(pilot, page)
        await pilot.press("asterisk")
        await until(pilot, lambda: page.chosen.marks.count == 351, "all are marked")

    assert look(snap_compare, size, source_of(350), play)


@SIZES
def test_confirm_of_finish(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], page: SequencePage) -> None:
        await rows(pilot, page)
        await pilot.press("space", "space", "space", "space", "x")
        await until(pilot, lambda: isinstance(page.app.screen, ConfirmScreen), "it is asked")
        await asyncio.sleep(0)
        screen = page.app.screen
        assert isinstance(screen, ConfirmScreen)
        assert screen.proposal.count == 4

    assert look(snap_compare, size, source_of(350), play)
