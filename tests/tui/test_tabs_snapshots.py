"""Snapshots of a sequence's tabs and actions over the frozen demo."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.system.demos import Running
from tests.tui.frozen import ALL_SIZES, SIZES, Between, Compare, Size, look, shown, spring
from tests.tui.stage import filled, until
from tui.app import DrumbeatApp
from tui.screens.enroll_page import EnrollPage
from tui.screens.overview_tab import OverviewTab
from tui.screens.picker_page import PickerPage
from tui.screens.settings_tab import SettingsTab
from tui.screens.steps_tab import StepsTab
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.letter_prompt import LetterPrompt


@ALL_SIZES
def test_overview(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app)
        app.action_show_tab("Overview")
        page = await shown(pilot, app, OverviewTab)
        await until(pilot, lambda: page.told is not None, "it is read")
        assert page.told.everybody.enrolled == 200

    assert look(snap_compare, size, Between(frozen), play)


@ALL_SIZES
def test_steps(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app)
        app.action_show_tab("Steps")
        page = await shown(pilot, app, StepsTab)
        await until(pilot, lambda: page.draft is not None, "they are read")
        await until(pilot, lambda: not page.unchecked, "they are checked")
        assert len(page.draft.steps) == 4

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_settings(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app)
        app.action_show_tab("Settings")
        page = await shown(pilot, app, SettingsTab)
        await until(pilot, lambda: page.draft is not None, "they are read")
        await until(pilot, lambda: not page.unchecked, "they are checked")
        assert page.draft.document.daily_limit == 1

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_confirm_of_pause(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        screen = await shown(pilot, app, ConfirmScreen, "j", "j", "P")
        assert len(screen.proposal.effects) == 2

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_how_it_resumes(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        screen = await shown(pilot, app, ChoiceScreen, "G", "P")
        assert len(screen.left) == 3

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_confirm_of_activate(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await filled(pilot, app)
        screen = await shown(pilot, app, ConfirmScreen, "j", "j", "j", "A")
        assert screen.proposal.typed_count is None

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_enroll_from_where(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app)
        await shown(pilot, app, LetterPrompt, "E")

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_whom_to_enroll(snap_compare: Compare, frozen: Running, size: Size) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app)
        picker = await shown(pilot, app, PickerPage, "E", "c")
        await until(pilot, lambda: picker.list.store.total == 200, "the contacts come")
        await pilot.press("space", "space")
        assert picker.picks.marks.count == 2

    assert look(snap_compare, size, Between(frozen), play)


@SIZES
def test_what_enrolling_a_group_would_come_to(
    snap_compare: Compare, frozen: Running, size: Size
) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await spring(pilot, app)
        await shown(pilot, app, ChoiceScreen, "E", "g")
        page = await shown(pilot, app, EnrollPage, "enter")
        await until(pilot, lambda: page.result is not None, "it is told")
        assert page.result.dry_run

    assert look(snap_compare, size, Between(frozen), play)
