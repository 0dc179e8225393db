"""A new sequence: filled in, created once as a draft, opened; errors shown at their fields."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from common.client import ApiProblem
from common.model.faults import Fault
from common.vocabulary import OnReply, Role
from tests.tui.stage import Played, filled, opened, sequence, toasts, until
from tui.app import DrumbeatApp
from tui.client import event_stream
from tui.flows.setting import SettingScreen
from tui.screens.new_sequence_page import NewSequencePage
from tui.screens.page import Page
from tui.screens.steps_tab import StepsTab
from tui.state.settings import ABOUT, Setting, window_words
from tui.widgets import confirm
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.setting_list import SettingList

SMALL: Final = (80, 24)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for confirming and reconnecting."""
    monkeypatch.setattr(confirm, "DELAY", 0.01)
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


class Form:
    """The page of a new sequence, and the methods to drive it."""

    def __init__(self, source: Played, app: DrumbeatApp, pilot: Pilot[None]) -> None:
        self.source, self.app, self.pilot = source, app, pilot

    @property
    def page(self) -> NewSequencePage:
        """The page, even under a dialog."""
        page = self.app.pages[-1]
        assert isinstance(page, NewSequencePage)
        return page

    @property
    def told(self) -> str:
        """The messages below the settings."""
        return str(self.page.query_one("#told", Static).render())

    @property
    def faults(self) -> dict[Setting, str]:
        """The errors at the settings."""
        rows = self.page.query_one(SettingList).rows
        return {one.setting: one.fault for one in rows if one.fault}

    async def press(self, *keys: str) -> None:
        """Type keys."""
        await self.pilot.press(*keys)

    async def write(self, setting: Setting, text: str) -> None:
        """Type a new value for a setting."""
        self.page.query_one(SettingList).go_to(setting)
        await self.press("enter")
        await until(self.pilot, lambda: isinstance(self.app.screen, SettingScreen), "it is asked")
        screen = self.app.screen
        assert isinstance(screen, SettingScreen)
        screen.query_one(Input).value = text
        await self.press("enter")

    async def confirmed(self) -> None:
        """Wait for the dialog, and confirm."""
        await until(self.pilot, lambda: isinstance(self.app.screen, ConfirmScreen), "it is asked")
        await self.pilot.pause(0.1)
        await self.press("y")


@asynccontextmanager
async def new_sequence(source: Played, name: str = "Autumn") -> AsyncIterator[Form]:
    """The page, opened with `n`, with a typed name."""
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, SettingScreen), "the name is asked")
        await pilot.press(*name, "enter")
        yield Form(source, app, pilot)


async def test_it_is_created_as_a_draft_and_opened() -> None:
    async with new_sequence(Played()) as form:
        page: Page = form.page
        await form.press("w")
        await until(form.pilot, lambda: page not in form.app.pages, "it is made")
        await until(form.pilot, lambda: len(form.app.pages) > 2, "it is opened")

        assert [one.name for one in form.source.sequences] == ["Autumn"]
        assert isinstance(form.app.pages[-1], StepsTab)
        assert form.app.session.new_sequence is None


async def test_it_has_the_chosen_settings() -> None:
    async with new_sequence(Played()) as form:
        await form.write(Setting.WINDOW, "mon,wed 9:00-12:00; sat 10:00 to 11:00")
        form.page.query_one(SettingList).go_to(Setting.ON_REPLY)
        await form.press("enter")
        await until(form.pilot, lambda: isinstance(form.app.screen, ChoiceScreen), "it is asked")
        await form.press("down", "enter")
        document = form.page.document
        await form.press("w")
        await until(form.pilot, lambda: bool(form.source.deeds), "it is made")

        made = await form.source.get_sequence(1)
        assert (made.on_reply, made.window) == (OnReply.CONTINUE, document.window)
        assert window_words(made.window) == "Mon,Wed 09:00-12:00, Sat 10:00-11:00"


@pytest.mark.parametrize(
    ("setting", "text", "told"),
    [
        (Setting.NAME, "  ", "It is blank."),
        (Setting.WINDOW, "mondays", "“mondays” is not a valid time range. Enter days and hours"),
        (Setting.WINDOW, "foo 09:00-10:00", "“foo” is not a day."),
        (Setting.WINDOW, "mon 09:00-25:00", "“25:00” is not a time of day."),
    ],
)
async def test_an_invalid_value_is_reported_at_its_input(
    setting: Setting, text: str, told: str
) -> None:
    async with new_sequence(Played()) as form:
        before = form.page.document
        await form.write(setting, text)
        screen = form.app.screen_stack[-1]
        assert isinstance(screen, SettingScreen)
        assert screen.told.startswith(told)
        await form.press("escape")
        assert screen in form.app.screen_stack
        await form.press("escape")

        assert screen not in form.app.screen_stack
        assert form.page.document == before


async def test_without_a_name_it_is_not_created_and_the_name_says_so() -> None:
    app = opened(Played())
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        form = Form(Played(), app, pilot)
        await form.press("n")
        await until(pilot, lambda: isinstance(app.screen, SettingScreen), "the name is asked")
        await form.press("escape", "w")

        assert form.faults[Setting.NAME].startswith("It is blank.")
        assert "The draft was not created." in form.told


async def test_a_taken_name_is_reported_at_the_name() -> None:
    async with new_sequence(Played(sequence(1, "autumn"))) as form:
        await form.press("w")
        await until(form.pilot, lambda: bool(form.faults), "it is told")

        assert "choose another name" in form.faults[Setting.NAME]
        assert form.page.query_one(SettingList).setting is Setting.NAME


async def test_errors_from_the_server_are_shown_at_their_settings() -> None:
    source = Played()
    fault = Fault("body.window[0].days", "“xyz” is no day.", "Write days.")
    source.refused = ApiProblem(422, "invalid", "It is wrong.", (fault,))
    async with new_sequence(source) as form:
        await form.press("w")
        await until(form.pilot, lambda: bool(form.faults), "it is told")

        assert form.faults == {Setting.WINDOW: "“xyz” is no day. Write days."}
        assert form.page.document.name == "Autumn"


async def test_the_form_survives_a_lost_connection_and_is_created_once() -> None:
    source = Played()
    async with new_sequence(source) as form:
        source.answer_lost = True
        await form.press("w")
        await until(form.pilot, lambda: "won't be created twice" in form.told, "it is told")
        assert form.page.document.name == "Autumn"
        page: Page = form.page
        await form.press("w")
        await until(form.pilot, lambda: page not in form.app.pages, "it is made")

        assert source.deeds == [("added", 1)]


async def test_esc_asks_before_the_form_is_discarded() -> None:
    async with new_sequence(Played()) as form:
        await form.press("escape")
        await until(form.pilot, lambda: isinstance(form.app.screen, ConfirmScreen), "it is asked")
        await form.press("n")
        assert form.page.document.name == "Autumn"
        await form.press("escape")
        await form.confirmed()
        await until(form.pilot, lambda: len(form.app.pages) == 1, "it is left")

        assert form.app.session.new_sequence is None


async def test_leaving_for_another_page_keeps_the_form() -> None:
    async with new_sequence(Played()) as form:
        await form.press("1")
        await until(form.pilot, lambda: len(form.app.pages) == 1, "the list is shown")
        await form.press("n")
        await until(form.pilot, lambda: len(form.app.pages) == 2, "it is open again")

        assert form.page.document.name == "Autumn"

        await form.press("q")
        await until(form.pilot, lambda: isinstance(form.app.screen, ConfirmScreen), "it is asked")
        screen = form.app.screen
        assert isinstance(screen, ConfirmScreen)
        assert screen.proposal.effects == (
            "You will lose: a new sequence that is not created yet.",
        )


async def test_with_an_empty_form_esc_leaves_immediately() -> None:
    app = opened(Played())
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, SettingScreen), "the name is asked")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: len(app.pages) == 1, "it is left")


async def test_a_viewer_gets_a_message_before_typing() -> None:
    source = Played()
    source.role = Role.VIEWER
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: bool(toasts(app)), "it is told")

        assert "ana is a viewer" in toasts(app)[0]
        assert len(app.pages) == 1


def test_every_settings_description_fits_the_smallest_screen() -> None:
    assert set(ABOUT) == set(Setting)
    assert max(len(one.does) for one in ABOUT.values()) <= 73


async def test_text_pasted_into_a_line_is_cleaned() -> None:
    async with new_sequence(Played()) as form:
        await form.press("enter")
        await until(form.pilot, lambda: isinstance(form.app.screen, SettingScreen), "it is asked")
        line = form.app.screen.query_one(Input)
        line.value = "a\x1b[31mb"
        await until(form.pilot, lambda: "\x1b" not in line.value, "it is cleaned")

        assert line.value == "a␛[31mb"
