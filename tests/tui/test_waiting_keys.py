"""Keys typed while a list loads wait for it; esc and a failure drop them."""

from __future__ import annotations

from typing import Any

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from common.client import Unreachable
from common.model.groups import Group
from tests.tui.roster import people
from tests.tui.stage import NOW, THREE, URL, Played, filled, opened, sequences_of, shown, until
from tests.tui.test_contacts_tab import Stage, stage
from tests.tui.test_enrolling import stage as enrolling
from tui.app import DrumbeatApp
from tui.client import event_stream
from tui.screens.contact_page import ContactPage
from tui.screens.contacts_tab import ContactsTab
from tui.screens.enroll_page import EnrollPage
from tui.screens.help import HelpScreen
from tui.screens.new_sequence_page import NewSequencePage
from tui.screens.picker_page import PickerPage
from tui.screens.sequences_page import SequencesPage
from tui.terminal import key_queue
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.sequence_table import SequenceTable


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for retries."""
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


def burst(app: DrumbeatApp, *keys: str) -> None:
    """Type so fast that all keys arrive in one packet."""
    named = {"enter": None, "escape": "\x1b", "space": " ", "slash": "/"}
    for key in keys:
        app.post_message(Key(key, named.get(key, key if len(key) == 1 else None)))


async def waiting(pilot: Pilot[None], app: DrumbeatApp, many: int) -> None:
    """Wait until that many keys wait."""
    await until(pilot, lambda: len(app._typed) == many, f"{many} keys wait")
    assert app._waits_for is not None


async def test_keys_for_the_list_of_sequences_wait_for_it_and_then_act() -> None:
    source = Played(*THREE)
    source.silent.clear()
    app = opened(source)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SequencesPage), "the page is there")
        burst(app, "j", "j", "enter")
        await waiting(pilot, app, 3)
        source.silent.set()
        page = await shown(pilot, app, ContactsTab)

        assert page.sequence_id == 1
        assert sequences_of(app).query_one(SequenceTable).cursor_row == 2


async def test_keys_that_need_no_row_do_not_wait() -> None:
    source = Played(*THREE)
    source.silent.clear()
    app = opened(source)
    async with app.run_test() as pilot:
        await until(pilot, lambda: isinstance(app.screen, SequencesPage), "the page is there")
        burst(app, "question_mark")
        await shown(pilot, app, HelpScreen)
        burst(app, "escape", "slash", "a", "b")
        await until(pilot, lambda: isinstance(app.focused, Input), "the search has the focus")
        search = app.screen.query_one("#search", Input)
        await until(pilot, lambda: search.value == "ab", "it is typed into")

        assert app._waits_for is None


async def test_waiting_keys_are_dropped_when_loading_fails() -> None:
    source = Played(*THREE)
    source.silent.clear()
    app = opened(source)
    async with app.run_test() as pilot:
        page = await shown(pilot, app, SequencesPage)
        burst(app, "j", "enter")
        await waiting(pilot, app, 2)
        source.go_away()
        source.silent.set()
        await until(pilot, lambda: page.standing == "error", "it is away")
        await until(pilot, lambda: not app._typed, "they are dropped")
        source.come_back()
        await filled(pilot, app)

        assert app.screen is page
        assert page.query_one(SequenceTable).cursor_row == 0


@pytest.mark.parametrize("together", [True, False])
async def test_esc_drops_the_waiting_keys_and_acts_immediately(together: bool) -> None:
    async with stage(people(9)) as tab:
        await tab.press("escape")
        await tab.until(lambda: len(tab.app.pages) == 1, "the tab is left")
        tab.source.silent.clear()
        await tab.press("enter")
        page = await shown(tab.pilot, tab.app, ContactsTab)
        burst(tab.app, "j", "x", *(["escape"] if together else []))
        if not together:
            await waiting(tab.pilot, tab.app, 2)
            burst(tab.app, "escape")
        await tab.until(lambda: page not in tab.app.pages, "the tab is left")
        tab.source.silent.set()
        await tab.until(lambda: not tab.app._typed, "nothing is typed any more")

        assert isinstance(tab.app.screen, SequencesPage)


async def test_only_a_few_keys_wait() -> None:
    source = Played(*THREE)
    source.silent.clear()
    app = opened(source)
    async with app.run_test() as pilot:
        await shown(pilot, app, SequencesPage)
        burst(app, *["j", "k"] * key_queue.MOST)
        await waiting(pilot, app, key_queue.MOST)
        source.silent.set()
        await until(pilot, lambda: not app._typed, "they have gone")

        assert isinstance(app.screen, SequencesPage)


async def test_keys_for_the_contacts_tab_wait_for_its_rows() -> None:
    async with stage(people(9)) as tab:
        await tab.press("escape")
        await tab.until(lambda: len(tab.app.pages) == 1, "the tab is left")
        tab.source.silent.clear()
        await tab.press("enter")
        page = await shown(tab.pilot, tab.app, ContactsTab)
        burst(tab.app, "j", "space", "space")
        await waiting(tab.pilot, tab.app, 3)
        tab.source.silent.set()
        await tab.until(lambda: page.chosen.marks.count == 2, "they act")

        rows = [page.store.row(rank) for rank in (1, 2)]
        assert set(page.chosen.marks) == {row.id for row in rows if row is not None}


async def test_keys_after_a_search_act_on_its_results() -> None:
    async with stage(people(350)) as tab:
        before = tab.cursor_id
        tab.source.silent.clear()
        burst(tab.app, "slash", *"abbott", "enter", "space")
        await waiting(tab.pilot, tab.app, 1)
        assert tab.marks == []
        tab.source.silent.set()
        await tab.until(lambda: len(tab.marks) == 1, "it acts")

        (marked,) = tab.marks
        row = tab.page.store.row(0)
        assert row is not None
        assert (marked, marked != before) == (row.id, True)
        assert "Abbott" in tab.lines()[1]


async def test_a_key_for_a_row_that_is_not_loaded_waits_for_it() -> None:
    async with stage(people(1_000)) as tab:
        tab.source.silent.clear()
        burst(tab.app, "G", "enter")
        await waiting(tab.pilot, tab.app, 1)
        assert tab.page.table.cursor_row == 999
        burst(tab.app, "x")
        await waiting(tab.pilot, tab.app, 2)
        tab.source.silent.set()
        asked = await shown(tab.pilot, tab.app, ConfirmScreen)

        page, last = tab.app.pages[-1], tab.page.store.row(999)
        assert isinstance(page, ContactPage)
        assert last is not None
        assert page.row.id == last.id
        assert "1 contact" in asked.proposal.title


async def test_moving_does_not_wait_for_rows() -> None:
    async with stage(people(1_000)) as tab:
        tab.source.silent.clear()
        burst(tab.app, "G", "k", "k")
        await tab.until(lambda: tab.page.table.cursor_row == 997, "the cursor moves")
        tab.source.silent.set()


async def test_keys_for_a_conversation_wait_for_it() -> None:
    async with stage(people(9)) as tab:
        tab.source.silent.clear()
        await tab.press("enter")
        page = await shown(tab.pilot, tab.app, ContactPage)
        burst(tab.app, "w")
        burst(tab.app, "G")
        await waiting(tab.pilot, tab.app, 2)
        tab.source.silent.set()
        await tab.until(lambda: not tab.app._typed, "they act")

        assert page.timeline is not None


async def test_keys_for_the_people_to_enroll_wait_for_them() -> None:
    async with enrolling() as tab:
        tab.source.silent.clear()
        await tab.press("E", "c")
        page = await shown(tab.pilot, tab.app, PickerPage)
        burst(tab.app, "j", "space", "enter")
        await waiting(tab.pilot, tab.app, 3)
        tab.source.silent.set()
        await shown(tab.pilot, tab.app, EnrollPage)

        assert page.picks.count == 1


async def test_continue_waits_for_the_dry_run_and_confirms_nothing() -> None:
    async with enrolling() as tab:
        page = await tab.picker(4)
        tab.source.silent.clear()
        burst(tab.app, "space", "enter")
        look = await shown(tab.pilot, tab.app, EnrollPage)
        burst(tab.app, "enter", "y", "y")
        await waiting(tab.pilot, tab.app, 3)
        tab.source.silent.set()
        await shown(tab.pilot, tab.app, ConfirmScreen)
        await tab.until(lambda: not tab.app._typed, "the others came too early")

        assert isinstance(tab.app.screen, ConfirmScreen)
        assert (look.done, look.writing) == (False, False)
        assert page.picks.count == 1


async def test_a_y_that_waited_confirms_nothing() -> None:
    async with stage(people(9)) as tab:
        await tab.press("escape")
        await tab.until(lambda: len(tab.app.pages) == 1, "the tab is left")
        tab.source.silent.clear()
        await tab.press("enter")
        await shown(tab.pilot, tab.app, ContactsTab)
        burst(tab.app, "x", "y", "y")
        await waiting(tab.pilot, tab.app, 3)
        tab.source.silent.set()
        await shown(tab.pilot, tab.app, ConfirmScreen)
        await tab.until(lambda: not tab.app._typed, "they have gone")

        assert isinstance(tab.app.screen, ConfirmScreen)
        assert tab.source.operations == []


async def choosing(tab: Stage) -> None:
    """Open the groups while the server is silent, and type a name and enter meanwhile."""
    tab.source.groups = [Group(3, "Lunch", 2, "ana", NOW), Group(4, "VIP", 1, "ana", NOW)]
    tab.source.silent.clear()
    burst(tab.app, "a")
    await tab.until(lambda: bool(tab.page._opening), "the groups are read")
    burst(tab.app, *"vip", "enter")
    await waiting(tab.pilot, tab.app, 4)


async def test_a_name_typed_while_the_groups_load_chooses_one() -> None:
    async with stage(people(9)) as tab:
        await choosing(tab)
        tab.source.silent.set()
        screen = await shown(tab.pilot, tab.app, ConfirmScreen)

        assert screen.proposal.title == "Add 1 contact to VIP"
        assert tab.page.marker.range_from is None


async def test_esc_cancels_loading_the_groups() -> None:
    async with stage(people(9)) as tab:
        await choosing(tab)
        burst(tab.app, "escape")
        await tab.until(lambda: not tab.page._opening, "it is given up")
        tab.source.silent.set()
        await tab.press("j")
        await tab.until(lambda: tab.page.table.cursor_row == 1, "the keys are the rows' again")

        assert tab.app.screen is tab.page


async def test_keys_for_groups_that_fail_to_load_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(people(9)) as tab:

        async def failing(*_: Any, **__: Any) -> Any:
            await tab.source.silent.wait()
            raise Unreachable(URL, "it is full")

        monkeypatch.setattr(tab.source, "list_groups", failing)
        await choosing(tab)
        tab.source.silent.set()
        await tab.until(lambda: not tab.page._opening, "it is told")
        await tab.until(lambda: not tab.app._typed, "they are dropped")

        assert tab.app.screen is tab.page
        assert tab.page.marker.range_from is None
        assert not isinstance(tab.app.screen, ChoiceScreen)


async def test_a_new_sequence_can_be_started_before_the_list_is_loaded() -> None:
    source = Played(*THREE)
    app = opened(source)
    async with app.run_test() as pilot:
        await filled(pilot, app)
        source.silent.clear()
        burst(app, "R", "n")
        await until(pilot, lambda: isinstance(app.pages[-1], NewSequencePage), "it is asked for")
        source.silent.set()
