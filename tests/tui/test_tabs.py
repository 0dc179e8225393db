"""The tabs of a sequence: switching between them, and what is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from textual.pilot import Pilot
from textual.widgets import Static

from common.model.listing import ListedEnrollment
from tests.tui.roster import people
from tests.tui.stage import THREE, Played, filled, opened, sequence, until
from tui.actions.palette import Palette
from tui.actions.registry import TABS, actions_of
from tui.app import DrumbeatApp
from tui.messages import OpenSequence
from tui.screens.contacts_tab import ContactsTab
from tui.screens.page import Page
from tui.screens.sequences_page import SequencesPage
from tui.screens.settings_tab import SettingsTab
from tui.screens.steps_tab import StepsTab
from tui.state.contacts_summary import Standing

SMALL: Final = (80, 24)
LONG: Final = "A campaign with a name of many words, 2026"


@asynccontextmanager
async def contacts() -> AsyncIterator[tuple[DrumbeatApp, Pilot[None], Played]]:
    """The Contacts tab of Spring hiring with its rows."""
    source = Played(*THREE)
    source.add_rows(people(50))
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("G", "enter")
        await until(pilot, lambda: bottom(app).standing is Standing.FILLED, "the rows come")
        yield app, pilot, source


def bottom(app: DrumbeatApp) -> ContactsTab:
    page = app.pages[1]
    assert isinstance(page, ContactsTab)
    return page


def rows_of(page: ContactsTab) -> list[ListedEnrollment | None]:
    return [page.store.row(rank) for rank in range(page.store.total)]


def names(app: DrumbeatApp) -> list[str]:
    return [page.crumb for page in app.pages]


def tab_line(page: Page) -> str:
    return str(page.query_one("#tabs", Static).render())


async def test_tabs_wrap_around_and_the_contacts_tab_stays_open() -> None:
    async with contacts() as (app, pilot, source):
        await pilot.press("j", "space", "slash", *"a", "escape")
        page = bottom(app)
        await until(pilot, lambda: page.reader.question.words == "a", "it is searched")
        seen = []
        for key in ("]", "]", "]", "]", "<", ">", "["):
            await pilot.press(key)
            seen.append(app.pages[-1].crumb)
            assert app.pages[1] is page

        assert seen == [
            *("Settings", "Overview", "Steps", "Contacts"),
            *("Steps", "Contacts", "Steps"),
        ]
        assert names(app) == ["Sequences", "Contacts", "Steps"]

        source.change(10, replied=True)
        source.say("changed", 1, enrollment_id=10)
        await until(
            pilot,
            lambda: any(row is not None and row.replied for row in rows_of(page)),
            "the tab below follows what happens",
        )
        await pilot.press("]")

        assert app.pages[-1] is page
        assert (page.reader.question.words, page.chosen.marks.count) == ("a", 1)


async def test_each_tab_says_which_it_is() -> None:
    async with contacts() as (app, pilot, _):
        assert tab_line(app.pages[-1]) == " Overview  Steps [Contacts] Settings "

        await pilot.press("[")

        assert tab_line(app.pages[-1]) == " Overview [Steps] Contacts  Settings "


async def test_esc_leaves_any_tab_for_the_list() -> None:
    async with contacts() as (app, pilot, _):
        await pilot.press("[", "escape")
        await until(pilot, lambda: len(app.pages) == 1, "up")

        assert isinstance(app.screen, SequencesPage)


async def test_the_palette_goes_to_a_tab_by_its_name() -> None:
    async with contacts() as (app, pilot, _):
        offered = {one.title for one in app.pages[-1].offered() if one.id.startswith("tab_")}
        assert offered == {"Overview", "Steps", "Settings"}

        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, Palette), "the palette opens")
        await pilot.press(*"settings")
        await pilot.pause(0.3)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(app.screen, SettingsTab), "the tab is shown")

        assert names(app) == ["Sequences", "Contacts", "Settings"]


async def test_a_sequence_can_be_opened_on_another_tab() -> None:
    async with contacts() as (app, pilot, _):
        await pilot.press("escape")
        app.pages[0].post_message(OpenSequence(2, "Recall", "Steps"))
        await until(pilot, lambda: isinstance(app.screen, StepsTab), "it opens there")

        assert names(app) == ["Sequences", "Contacts", "Steps"]


async def test_the_tabs_fit_beside_a_long_name() -> None:
    app = opened(Played(sequence(1, LONG)))
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        await pilot.press("enter")
        await until(pilot, lambda: len(app.pages) == 2, "it opens")
        await pilot.pause()
        page = app.pages[-1]
        tabs, connection = (page.query_one(part, Static) for part in ("#tabs", "#connection"))

        assert tabs.content_size.width == len(" Overview  Steps [Contacts] Settings ")
        assert connection.region.right <= SMALL[0]
        assert page.query_one("#crumb", Static).content_size.width >= 12


def test_every_tab_has_an_entry_in_the_palette() -> None:
    entries = {one.title for one in actions_of("tabs") if one.id.startswith("tab_")}

    assert set(TABS) == entries
