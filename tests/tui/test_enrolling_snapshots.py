"""Snapshots of enrolling at 80×24 and 120×40, without colors; `make snapshots` updates them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from common.vocabulary import SequenceState
from tests.tui.played_people import person
from tests.tui.stage import THREE, Played, filled, opened, settled, shown, until
from tui.app import DrumbeatApp
from tui.screens.enroll_page import EnrollPage
from tui.screens.import_page import ImportPage
from tui.screens.picker_page import PickerPage
from tui.state.connection import DomainClock
from tui.widgets import confirm
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.path_screen import PathScreen

Compare = Callable[..., bool]
Play = Callable[[Pilot[None], DrumbeatApp], Awaitable[None]]

SIZES: Final = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "large"])
NAMES: Final = (
    *(("Lena", "Abadi"), ("Sam", "Abbott"), ("花子", "山田"), ("a [/b] c", "\x1b]0;x\x07")),
    *(("Rosa", f"Zúñiga {n}") for n in range(150)),
)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped server clock, and a dialog that accepts keys soon."""
    monkeypatch.setattr(DomainClock, "now", lambda clock, _: clock.told)
    monkeypatch.setattr(confirm, "DELAY", 0.0)


def look(
    compare: Compare, size: tuple[int, int], play: Play, state: SequenceState = SequenceState.ACTIVE
) -> bool:
    """Compare the screen once the test has prepared it."""
    source = Played(*THREE)
    source.set_state(1, state)
    source.add_people(*(person(n, "", *name) for n, name in enumerate(NAMES, 1)))
    source.suppressed = {"+12065550002", "+12065550004"}
    source.pending = {3, 7}
    app = opened(source)

    async def before(pilot: Pilot[None]) -> None:
        await filled(pilot, app)
        await pilot.press("G", "enter")
        await until(pilot, lambda: len(app.pages) == 2, "it opens")
        await until(pilot, lambda: app.pages[1].standing == "empty", "the tab is read")  # type: ignore[attr-defined]
        await play(pilot, app)
        await pilot.pause()

    return compare(app, terminal_size=size, run_before=before)


async def picked(pilot: Pilot[None], app: DrumbeatApp) -> PickerPage:
    """Open the contacts."""
    await pilot.press("E", "c")
    picker = await shown(pilot, app, PickerPage)
    await until(pilot, lambda: picker.list.store.total == len(NAMES), "the contacts come")
    return picker


async def everybody(pilot: Pilot[None], app: DrumbeatApp) -> EnrollPage:
    """Open the dry run of enrolling all of them."""
    await picked(pilot, app)
    await pilot.press("asterisk", "enter")
    return await settled(pilot, app, EnrollPage)


@SIZES
def test_picker(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        picker = await picked(pilot, app)
        await pilot.press("space", "j", "space")
        assert sorted(picker.picks.marks) == [1, 3]
        assert picker.summary == "154 found · 2 contacts selected"

    assert look(snap_compare, size, play)


@SIZES
def test_file_report(snap_compare: Compare, size: tuple[int, int], tmp_path: Path) -> None:
    bad = [f"{n},x" for n in range(60)]
    lines = ["phone,name", "+12065550001,Lena", "+12065559001,Ann", "12\x1b,[b]x[/b]", *bad]
    file = tmp_path / "people.csv"
    file.write_text("\n".join(lines), encoding="utf-8")

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await pilot.press("E", "f")
        screen = await shown(pilot, app, PathScreen)
        screen.query_one("#line", Input).value = str(file)
        await pilot.press("enter")
        page = await settled(pilot, app, ImportPage)
        assert page.report is not None
        outcome = page.report.outcome
        assert (outcome.added, outcome.unchanged, outcome.rejected) == (1, 1, 61)

    assert look(snap_compare, size, play)


@SIZES
def test_dry_run(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await everybody(pilot, app)
        assert page.result is not None
        assert (page.result.pending, page.result.dry_run) == (150, True)

    assert look(snap_compare, size, play, SequenceState.PAUSED)


@SIZES
def test_confirm_of_enrolling(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await everybody(pilot, app)
        await pilot.press("enter")
        screen = await shown(pilot, app, ConfirmScreen)
        assert screen.proposal.typed_count == "152"

    assert look(snap_compare, size, play)


@SIZES
def test_outcome_of_enrolling(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        page = await everybody(pilot, app)
        await pilot.press("enter")
        screen = await shown(pilot, app, ConfirmScreen)
        await until(pilot, lambda: screen._opens_at is not None, "it is painted")
        await pilot.press("1", "5", "2", "y")
        await until(pilot, lambda: page.done, "they are enrolled")
        assert page.result is not None
        assert (page.result.pending, page.result.dry_run) == (150, False)

    assert look(snap_compare, size, play)
