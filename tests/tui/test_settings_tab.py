"""The Settings tab: shown, changed in the draft, saved, refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from common.model.sequences import Finding, SequenceDocument, Severity
from common.vocabulary import Role, SequenceKind, SequenceState
from tests.tui.played_life import sender
from tests.tui.stage import Played, filled, opened, sequence, toasts, until
from tui.app import DrumbeatApp
from tui.client import event_stream
from tui.flows.setting import SettingScreen
from tui.screens.settings_tab import SettingsTab
from tui.state.settings import Setting
from tui.widgets import confirm
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.setting_list import SettingList, SettingRow

SMALL: Final = (80, 24)
DRAFT: Final = sequence(1, "Spring hiring", SequenceState.DRAFT)
ACTIVE: Final = sequence(1, "Spring hiring", pending=12)
NEVER: Final = Finding(
    Severity.ERROR, "never_opens", None, "window", "It never opens.", "Widen the window."
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for confirming and reconnecting."""
    monkeypatch.setattr(confirm, "DELAY", 0.01)
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


class Tab:
    """The Settings tab, and the methods to drive it."""

    def __init__(self, source: Played, app: DrumbeatApp, pilot: Pilot[None]) -> None:
        self.source, self.app, self.pilot = source, app, pilot

    @property
    def page(self) -> SettingsTab:
        """The tab, even under a dialog."""
        page = self.app.pages[-1]
        assert isinstance(page, SettingsTab)
        return page

    @property
    def document(self) -> SequenceDocument:
        """The draft."""
        assert self.page.draft is not None
        return self.page.draft.document

    def row(self, setting: Setting) -> SettingRow:
        """A setting as it is shown."""
        rows = self.page.query_one(SettingList).rows
        return next(one for one in rows if one.setting is setting)

    async def press(self, *keys: str) -> None:
        """Type keys."""
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition."""
        await until(self.pilot, condition, what)

    async def told(self, part: str) -> None:
        """Wait for a message."""
        await self.until(lambda: any(part in one for one in toasts(self.app)), part)

    async def chosen(self, setting: Setting, *keys: str) -> None:
        """Choose a new value for a setting."""
        self.page.query_one(SettingList).go_to(setting)
        await self.press("enter")
        await self.until(lambda: isinstance(self.app.screen, ChoiceScreen), "it is asked")
        await self.press(*keys, "enter")

    async def typed(self, setting: Setting, text: str) -> None:
        """Type a new value for a setting."""
        self.page.query_one(SettingList).go_to(setting)
        await self.press("enter")
        await self.until(lambda: isinstance(self.app.screen, SettingScreen), "it is asked")
        self.app.screen.query_one(Input).value = text
        await self.press("enter")

    async def saved(self) -> None:
        """Save, and confirm if asked."""
        await self.press("w")
        await self.until(
            lambda: isinstance(self.app.screen, ConfirmScreen) or bool(self.source.replaced),
            "it is asked, or saved",
        )
        if isinstance(self.app.screen, ConfirmScreen):
            await self.pilot.pause(0.1)
            await self.press("y")
        await self.until(lambda: bool(self.source.replaced), "it is saved")


@asynccontextmanager
async def settings(source: Played) -> AsyncIterator[Tab]:
    """The Settings tab of the first sequence, loaded."""
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: len(app.pages) == 2, "it opens")
        app.action_show_tab("Settings")
        await until(pilot, lambda: isinstance(app.pages[-1], SettingsTab), "the tab opens")
        tab = Tab(source, app, pilot)
        await until(pilot, lambda: tab.page.draft is not None, "it is read")
        await until(pilot, lambda: tab.page.senders is not None, "the senders are read")
        yield tab


async def test_every_setting_is_shown_with_its_value_and_whether_it_is_the_default() -> None:
    source = Played(DRAFT)
    source.fields[1] = {"daily_limit": 3}
    async with settings(source) as tab:
        shown = {
            one.setting: (one.value, one.default) for one in tab.page.query_one(SettingList).rows
        }

        assert shown == {
            Setting.NAME: ("Spring hiring", ""),
            Setting.KIND: ("relative", "(default)"),
            Setting.ON_REPLY: ("finish", "(default)"),
            Setting.WINDOW: ("Mon-Sat 09:00-20:00, Sun 12:00-20:00", "(default)"),
            Setting.SENDER: ("the default sender · +15005550006, Main office", "(default)"),
            Setting.DAILY_LIMIT: ("3", "(default: 1)"),
            Setting.RESPONSE_DAYS: ("7 days", "(default)"),
            Setting.REENROLL: ("after a wait", "(default)"),
            Setting.REENROLL_DAYS: ("30 days", "(default)"),
        }


async def test_changes_are_marked_and_saved_by_w() -> None:
    async with settings(Played(DRAFT)) as tab:
        await tab.typed(Setting.WINDOW, "weekdays 10:00-18:00")
        await tab.chosen(Setting.ON_REPLY, "down")
        await tab.typed(Setting.DAILY_LIMIT, "2")
        assert tab.row(Setting.WINDOW).value == "Mon-Fri 10:00-18:00"
        assert tab.row(Setting.WINDOW).changed
        standing = str(tab.page.query_one("#standing", Static).render())
        assert "3 unsaved changes" in standing
        await tab.saved()

        (saved,) = tab.source.replaced
        assert (saved.on_reply, saved.daily_limit) == ("continue", 2)
        await tab.until(lambda: not tab.row(Setting.WINDOW).changed, "it is the saved one")


async def test_saving_a_running_sequence_asks_first() -> None:
    async with settings(Played(ACTIVE)) as tab:
        await tab.typed(Setting.WINDOW, "daily 10:00-18:00")
        await tab.press("w")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")
        await tab.press("n")

        assert tab.source.replaced == []
        assert tab.row(Setting.WINDOW).changed


async def test_late_hours_are_there_for_scheduled_sequences_and_days_where_they_count() -> None:
    async with settings(Played(DRAFT)) as tab:
        await tab.chosen(Setting.KIND, "down")
        await tab.chosen(Setting.REENROLL, "down")
        shown = [one.setting for one in tab.page.query_one(SettingList).rows]

        assert Setting.LATE_HOURS in shown
        assert Setting.REENROLL_DAYS not in shown
        assert tab.document.kind is SequenceKind.SCHEDULED
        await tab.told("The steps need new times")


async def test_the_kind_is_fixed_once_a_contact_was_enrolled() -> None:
    async with settings(Played(ACTIVE)) as tab:
        tab.page.query_one(SettingList).go_to(Setting.KIND)
        await tab.press("enter")
        await tab.told("The kind stays relative")

        assert tab.app.screen is tab.page


async def test_a_sender_is_chosen_by_number_and_a_stopped_one_says_so() -> None:
    source = Played(DRAFT)
    source.senders.append(sender(2, "+15005550007", "Clinic", stopped_reason="no [b]money[/b]"))
    async with settings(source) as tab:
        tab.page.query_one(SettingList).go_to(Setting.SENDER)
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "it is asked")
        screen = tab.app.screen
        assert isinstance(screen, ChoiceScreen)
        assert screen.left[-1].about == "Clinic; stopped: no [b]money[/b]"
        await tab.press("down", "down", "enter")

        assert tab.document.sender == "+15005550007"
        assert tab.row(Setting.SENDER).value == "+15005550007 · Clinic"


async def test_problems_are_shown_at_their_setting() -> None:
    source = Played(DRAFT)
    source.findings = [NEVER]
    async with settings(source) as tab:
        await tab.until(lambda: bool(tab.row(Setting.WINDOW).fault), "it is told")

        assert tab.row(Setting.WINDOW).fault == "It never opens. Widen the window."


@pytest.mark.parametrize("state", [SequenceState.ARCHIVED, SequenceState.ACTIVE])
async def test_a_viewer_gets_a_message_before_typing_a_setting(
    state: SequenceState,
) -> None:
    source = Played(ACTIVE)
    if state is SequenceState.ACTIVE:
        source.role = Role.VIEWER
    async with settings(source) as tab:
        if state is SequenceState.ARCHIVED:
            source.set_state(1, state)
            source.say("sequence_archived", 1)
            await tab.until(
                lambda: tab.page.can("duplicate") and not tab.page.can("pause"), "it is"
            )
        await tab.press("enter")
        told = "It is archived" if state is SequenceState.ARCHIVED else "ana is a viewer"
        await tab.told(told)

        assert tab.app.screen is tab.page


async def test_activating_says_that_unsaved_changes_are_left_out() -> None:
    async with settings(Played(DRAFT)) as tab:
        await tab.typed(Setting.NAME, "Autumn hiring")
        await tab.press("A")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")
        screen = tab.app.screen
        assert isinstance(screen, ConfirmScreen)

        assert screen.proposal.title == "Activate Spring hiring"
        assert "unsaved changes are not included" in screen.proposal.spared[0]


async def test_changes_survive_a_lost_connection_and_another_tab() -> None:
    async with settings(Played(DRAFT)) as tab:
        await tab.typed(Setting.NAME, "Autumn hiring")
        tab.source.go_away()
        await tab.until(lambda: tab.app.session.connection.failures > 1, "it is lost")
        tab.app.action_show_tab("Contacts")
        tab.source.come_back()
        await tab.until(lambda: tab.app.session.connection.failures == 0, "it is back")
        tab.app.action_show_tab("Settings")
        await tab.until(lambda: isinstance(tab.app.screen, SettingsTab), "the tab is there")
        await tab.pilot.pause()

        assert tab.row(Setting.NAME).value == "Autumn hiring"
