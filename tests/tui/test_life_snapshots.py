"""Snapshots of sequence actions and a new sequence at 80×24 and 120×40, without colors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import pytest
from textual.pilot import Pilot

from common.model.sequences import Finding, Severity
from common.vocabulary import SequenceState
from tests.tui.listed import NOW, listed
from tests.tui.stage import Played, filled, opened, sequence, until
from tui.app import DrumbeatApp
from tui.flows.setting import SettingScreen
from tui.screens.new_sequence_page import NewSequencePage
from tui.screens.settings_tab import SettingsTab
from tui.state.connection import DomainClock
from tui.state.settings import Setting
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.duplicate_screen import DuplicateScreen
from tui.widgets.notice import NoticeScreen
from tui.widgets.setting_list import SettingList

Compare = Callable[..., bool]
Play = Callable[[Pilot[None], DrumbeatApp], Awaitable[None]]

SIZES: Final = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["small", "large"])
HOSTILE: Final = "Spring [b]hiring[/b] \x1b[31m 2026"
FINDINGS: Final = (
    Finding(
        Severity.ERROR, "out_of_order", 3, "steps[2].at",
        "It is before step 2, which it follows.", "Put the steps in the order of their times.",
    ),
    Finding(
        Severity.WARNING, "no_opt_out", 1, "steps[0].body",
        "The first text does not say how to opt out.", "Add: Reply STOP to opt out.",
    ),
)  # fmt: skip


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stopped server clock."""
    monkeypatch.setattr(DomainClock, "now", lambda clock, _: clock.told)


def source_of(state: SequenceState, name: str = HOSTILE) -> Played:
    """One sequence in that state, with a waiting contact."""
    source = Played(sequence(1, name, state, pending=412, failed=3))
    source.add_rows([listed(5, due_at=NOW + timedelta(hours=20))])
    source.findings = list(FINDINGS[1:])
    return source


def look(compare: Compare, size: tuple[int, int], source: Played, play: Play) -> bool:
    """Compare the screen once the test has prepared it."""
    app = opened(source)

    async def before(pilot: Pilot[None]) -> None:
        await filled(pilot, app)
        await play(pilot, app)
        await pilot.pause()

    return compare(app, terminal_size=size, run_before=before)


async def shown(pilot: Pilot[None], app: DrumbeatApp, kind: type, *keys: str) -> None:
    """Type keys, and wait for a screen."""
    await pilot.press(*keys)
    await until(pilot, lambda: isinstance(app.screen, kind), f"{kind.__name__} is shown")


@SIZES
def test_confirm_of_activate(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await shown(pilot, app, ConfirmScreen, "A")
        assert isinstance(app.screen, ConfirmScreen)
        assert app.screen.proposal.typed_count == "412"

    assert look(snap_compare, size, source_of(SequenceState.DRAFT), play)


@SIZES
def test_findings_instead_of_activating(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = source_of(SequenceState.DRAFT)
    source.findings = list(FINDINGS)

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await shown(pilot, app, NoticeScreen, "A")
        assert isinstance(app.screen, NoticeScreen)
        assert app.screen.heading.endswith("cannot be activated: 1 error")

    assert look(snap_compare, size, source, play)


@SIZES
def test_duplicate(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await shown(pilot, app, DuplicateScreen, "D")
        await pilot.press("x", "escape")
        assert isinstance(app.screen, DuplicateScreen)
        assert "esc again" in app.screen.told

    assert look(snap_compare, size, source_of(SequenceState.ACTIVE), play)


@SIZES
def test_new_sequence(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await shown(pilot, app, SettingScreen, "n")
        await shown(pilot, app, NewSequencePage, "escape")
        await pilot.press("w", "down")
        rows = app.screen.query_one(SettingList).rows
        assert rows[0].fault.startswith("It is blank.")

    assert look(snap_compare, size, Played(), play)


@SIZES
def test_window_of_a_new_sequence(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await shown(pilot, app, SettingScreen, "n")
        await shown(pilot, app, NewSequencePage, *"Autumn", "enter")
        await shown(pilot, app, SettingScreen, "G", "enter")
        await pilot.press(*" noon", "enter")
        assert isinstance(app.screen, SettingScreen)
        assert "is not a valid time range" in app.screen.told

    assert look(snap_compare, size, Played(), play)


@SIZES
def test_settings(snap_compare: Compare, size: tuple[int, int]) -> None:
    source = source_of(SequenceState.PAUSED, "Spring [b]hiring[/b] 2026")
    source.findings = [
        Finding(
            Severity.WARNING, "span_never_opens", None, "window[1]",
            "Quiet hours leave nothing of sun 12:00 to 20:00.", "Move it into the day.",
        )
    ]  # fmt: skip

    async def play(pilot: Pilot[None], app: DrumbeatApp) -> None:
        await pilot.press("enter")
        await until(pilot, lambda: len(app.pages) == 2, "it opens")
        app.action_show_tab("Settings")
        await shown(pilot, app, SettingsTab)
        page = app.screen
        assert isinstance(page, SettingsTab)
        rows = page.query_one(SettingList)
        await until(pilot, lambda: any(one.warning for one in rows.rows), "it is linted")
        rows.go_to(Setting.DAILY_LIMIT)
        await shown(pilot, app, SettingScreen, "enter")
        await shown(pilot, app, SettingsTab, "backspace", "3", "enter")
        await until(pilot, lambda: any(one.changed for one in rows.rows), "it is changed")
        assert page.draft is not None
        assert page.draft.document.daily_limit == 3

    assert look(snap_compare, size, source, play)
