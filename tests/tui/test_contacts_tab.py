"""The Contacts tab over a fake server: search, selection, live updates, lost connection."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from common.model.listing import ListedEnrollment
from common.vocabulary import Status
from tests.tui.listed import listed
from tests.tui.roster import people
from tests.tui.stage import THREE, Played, filled, link, opened, toasts, until
from tui.app import DrumbeatApp
from tui.client import event_stream, lists
from tui.screens import contacts_tab
from tui.screens.contact_page import ContactPage
from tui.screens.contacts_tab import ContactsTab
from tui.state import sequence_marks as chosen_state
from tui.state.connection import Link
from tui.state.contacts_summary import Standing
from tui.state.question import Question
from tui.state.sequence_marks import SequenceMarks, TooManyToName
from tui.widgets.choice import ChoiceScreen
from tui.widgets.chrome import FooterLine
from tui.widgets.filter_bar import FilterBar

SMALL: Final = (80, 24)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for retries."""
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


class Stage:
    """The Contacts tab of Spring hiring, and the methods to drive it."""

    def __init__(self, source: Played, app: DrumbeatApp, pilot: Pilot[None]) -> None:
        self.source, self.app, self.pilot = source, app, pilot

    @property
    def page(self) -> ContactsTab:
        """The tab, wherever it is in the stack."""
        page = self.app.pages[1]
        assert isinstance(page, ContactsTab)
        return page

    @property
    def marks(self) -> list[int]:
        """The selected ids."""
        return sorted(self.page.chosen.marks)

    @property
    def cursor_id(self) -> int | None:
        """The id under the cursor."""
        row = self.page.table.cursor_enrollment
        return None if row is None else row.id

    @property
    def summary(self) -> str:
        """The summary line."""
        return self.page.tally.words(200)

    async def press(self, *keys: str) -> None:
        """Type keys."""
        await self.pilot.press(*keys)

    async def until(self, condition: Any, what: str) -> None:
        """Wait for a condition."""
        await until(self.pilot, condition, what)

    async def searched(self, words: str, total: int) -> None:
        """Type a search, and wait for its answer."""
        await self.press("slash", *words)
        await self.until(lambda: self.page.store.total == total, f"{words}: {total}")
        await self.press("escape")

    def lines(self) -> list[str]:
        """What the table shows."""
        table = self.page.table
        return [table.render_line(y).text for y in range(table.size.height)]


@asynccontextmanager
async def stage(
    rows: list[ListedEnrollment], size: tuple[int, int] = SMALL
) -> AsyncIterator[Stage]:
    """Spring hiring, opened, with these enrollments."""
    source = Played(*THREE)
    source.add_rows(rows)
    app = opened(source)
    async with app.run_test(size=size) as pilot:
        await filled(pilot, app)
        await pilot.press("G", "enter")
        await until(pilot, lambda: len(app.pages) == 2, "it opens")
        one = Stage(source, app, pilot)
        await one.until(lambda: one.page.standing not in {"loading", "error"}, "the rows come")
        yield one


async def test_enter_on_a_sequence_shows_its_contacts_with_the_numbers() -> None:
    async with stage(people(350)) as tab:
        assert tab.page.standing is Standing.FILLED
        assert tab.cursor_id == 10
        await tab.until(lambda: "next" in tab.summary, "the next text is known")
        assert tab.summary == "350 enrolled · 350 match · next in 3 h"
        assert "Abadi, Lena" in tab.lines()[1]


async def test_each_page_is_requested_once() -> None:
    async with stage(people(1_000)) as tab:
        await tab.press(*["pagedown"] * 30)
        await tab.until(lambda: tab.cursor_id is not None, "the rows are there")
        asked = [(offset, limit) for _, offset, limit in tab.source.pages]

        assert len(asked) == len(set(asked))
        assert {limit for _, limit in asked} == {100}


async def test_a_search_is_sent_when_the_typing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts_tab, "DEBOUNCE", 3.0)  # no machine is so slow between two keys
    async with stage(people(350)) as tab:
        await tab.press("slash", *"abadi")
        await tab.until(lambda: tab.page.asked.words == "abadi", "it is answered")

        assert 0 < tab.page.store.total < 350
        assert len({q for q, _, _ in tab.source.pages}) == 2


async def test_an_incomplete_filter_keeps_the_rows_and_points_at_the_word() -> None:
    async with stage(people(50)) as tab:
        await tab.searched("abadi", 7)
        await tab.press("slash")
        tab.page.query_one("#search", Input).value = "abadi zz:"
        await tab.until(lambda: tab.page.reader.fault is not None, "it is no filter")
        fault = tab.page.reader.fault
        assert fault is not None
        assert (fault.position, fault.length) == (6, 2)
        await tab.pilot.pause(0.2)
        shown = str(tab.page.query_one("#summary").render())

        assert shown.splitlines()[0].index("^^") == 1 + 6
        assert tab.page.store.total == 7

        tab.page.query_one("#search", Input).value = "abadi"
        await tab.until(lambda: tab.page.reader.fault is None, "it is a filter again")


async def test_a_dropdown_shows_counts_and_filters_by_the_choice() -> None:
    async with stage(people(90)) as tab:
        await tab.press("f", "t")
        screen = tab.app.screen
        assert isinstance(screen, ChoiceScreen)
        assert (screen.left[0].label, screen.left[0].many) == ("any", 90)
        assert screen.left[1].many == 20

        await tab.press("down", "enter")
        await tab.until(lambda: tab.page.store.total == 20, "the pending ones")

        assert tab.page.reader.question.status == ("pending",)
        assert tab.page.query_one("FilterBar").told.endswith("Status Pending ▾")  # type: ignore[attr-defined]
        await tab.press("escape")
        await tab.until(lambda: tab.page.store.total == 90, "esc clears it")


async def test_the_footer_follows_the_selection() -> None:
    async with stage(people(90)) as tab:
        footer = tab.page.query_one(FooterLine)
        for keys in ("enter open", "space select", "f filter", "s sort", "E enroll"):
            assert keys in footer.told
        assert footer.told.split()[-4:] == [":", "commands", "?", "help"]

        await tab.press("space")
        for keys in ("a group", "m message", "x finish", "t retry", "- none", "? help"):
            assert keys in footer.told
        assert "E enroll" not in footer.told

        await tab.press("-")
        assert "E enroll" in footer.told
        assert "a group" not in footer.told


async def test_the_next_times_are_updated_as_time_passes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(people(90)) as tab:
        summary = tab.page.query_one("#summary", Static)
        await tab.until(lambda: "next" in str(summary.render()), "the next text is known")
        row = tab.page.reader.next_row
        assert row is not None
        assert row.due_at is not None
        later = row.due_at - timedelta(minutes=7, seconds=30)
        monkeypatch.setattr(tab.page, "now", lambda: later)

        await tab.until(lambda: "next in 7 min" in str(summary.render()), "it is told anew")


async def test_the_dropdown_distinguishes_the_finished_statuses() -> None:
    async with stage(people(90)) as tab:
        for status, words in (
            (Status.FINISHED_RESPONDED, "responded"),
            (Status.FINISHED_NO_RESPONSE, "no response"),
            (Status.FINISHED_STOPPED, "stopped"),
        ):
            question = Question(status=(status.value,))
            tab.page.ask_question(question)
            await tab.until(lambda asked=question: tab.page.asked == asked, "it is answered")
            assert tab.page.query_one(FilterBar).told.endswith(f"Status {words} ▾")


async def test_sorting_goes_to_the_first_row_and_reverses() -> None:
    async with stage(people(90)) as tab:
        await tab.press("j", "j", "j", "s", "p")
        await tab.until(lambda: tab.page.asked.sort == "phone", "by phone")
        await tab.press("s", "p")
        await tab.until(lambda: tab.page.asked.sort == "-phone", "the other way round")

        assert tab.page.table.cursor_row == 0
        await tab.press("j", "j")
        there = tab.cursor_id
        await tab.press("R")
        await tab.until(lambda: not tab.page.reader.unanswered, "it is read again")

        assert (tab.page.table.cursor_row, tab.cursor_id) == (2, there)


async def test_the_selection_is_kept_by_id_through_search_sort_and_live_changes() -> None:
    async with stage(people(90)) as tab:
        await tab.press("space", "space")
        assert tab.marks == [10, 12]

        await tab.searched("abadi", 12)
        assert "2 selected (1 not shown)" in tab.summary
        await tab.press("escape")
        await tab.until(lambda: tab.page.store.total == 90, "all are back")
        await tab.press("s", "p")
        tab.source.change(10, status=Status.FAILED)
        tab.source.say("failed", 1, enrollment_id=10)
        await tab.until(
            lambda: any("Failed" in line for line in tab.lines()[1:2]), "the row changes in place"
        )

        assert tab.marks == [10, 12]
        assert "2 selected ·" in tab.summary
        await tab.press("escape", "escape", "escape")
        assert tab.app.session.marks[1].marks.count == 2


async def test_a_range_is_selected_from_v_to_v_beyond_loaded_rows() -> None:
    async with stage(people(900)) as tab:
        await tab.press("j", "v", "j", "j", "v")
        assert tab.marks == [12, 14, 16]

        await tab.press("minus", "g", "v", "G", "v")
        await tab.until(lambda: len(tab.marks) == 900, "all between")


async def test_all_matches_are_selected_beyond_loaded_rows_and_restored() -> None:
    async with stage(people(1_300)) as tab:
        await tab.searched("abadi", 163)
        await tab.press("asterisk")
        await tab.until(lambda: len(tab.marks) == 163, "all that match")
        assert "163 selected" in tab.summary
        assert "not shown" not in tab.summary

        await tab.press("space", "minus")
        assert tab.marks == []
        await tab.press("+")
        assert len(tab.marks) == 162


async def test_all_matches_are_read_as_ids_in_large_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "AT_ONCE", 500)
    async with stage(people(1_300)) as tab:
        await tab.press("asterisk")
        await tab.until(lambda: len(tab.marks) == 1_300, "all are marked")

        assert tab.source.id_parts == [(0, 500), (500, 500), (1_000, 300)]


async def test_selected_rows_outside_an_unloaded_list_are_counted_exactly() -> None:
    async with stage(people(2_800)) as tab:
        await tab.press("v", *["j"] * 9, "v")
        assert len(tab.marks) == 10
        await tab.searched("lena", 400)
        await tab.until(lambda: "10 selected (8 not shown)" in tab.summary, "it is counted")

        assert len(set(tab.page.store.ids)) < 400
        assert tab.source.id_parts[-1] == (0, 400)


async def test_more_than_can_be_listed_are_named_by_their_frozen_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chosen_state, "MOST_IDS", 100)
    async with stage(people(300)) as tab:
        await tab.press("asterisk")
        await tab.until(lambda: len(tab.marks) == 300, "all are marked")
        await tab.press("space")
        named = tab.page.chosen.named()

        assert (named.ids, named.sequence_id, named.excluded) == (None, 1, (10,))
        assert named.snapshot == tab.page.store.snapshot


def test_too_many_rows_selected_one_by_one_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chosen_state, "MOST_IDS", 2)
    chosen = SequenceMarks(1)
    chosen.marks.mark((1, 2, 3))

    with pytest.raises(TooManyToName, match="3 are selected"):
        chosen.named()


async def test_newcomers_are_announced_and_shown_by_a_refresh() -> None:
    async with stage(people(50)) as tab:
        await tab.press("j")
        tab.source.add_rows([listed(5), listed(7)])
        tab.source.say("enrolled", 1, enrollment_id=5)
        await tab.until(lambda: "2 new, press R to show" in tab.summary, "they are announced")
        assert (tab.page.store.total, tab.page.table.cursor_row) == (50, 1)

        await tab.press("R")
        await tab.until(lambda: tab.page.store.total == 52, "they are there")
        assert (tab.cursor_id, tab.page.table.cursor_row) == (12, 3)
        assert "new" not in tab.summary


async def test_a_lost_connection_keeps_rows_and_selection_and_catches_up() -> None:
    async with stage(people(90)) as tab:
        await tab.press("space")
        tab.source.go_away()
        await tab.until(lambda: link(tab.app) is Link.STALE, "it is stale")
        await tab.press("j", "j")
        assert "out of date" in tab.summary
        assert (tab.cursor_id, tab.marks) == (16, [10])

        tab.source.change(10, status=Status.FAILED)
        tab.source.come_back()
        tab.source.forget_lists()
        tab.source.say("resync")
        await tab.until(lambda: link(tab.app) is Link.LIVE, "it is back")
        await tab.until(lambda: "Failed" in tab.lines()[1], "what was missed is read")

        assert (tab.cursor_id, tab.marks) == (16, [10])


async def test_a_search_typed_while_disconnected_is_sent_after_reconnecting() -> None:
    async with stage(people(90)) as tab:
        tab.source.go_away()
        await tab.until(lambda: link(tab.app) is Link.STALE, "it is stale")
        await tab.press("slash", *"abe")
        await tab.pilot.pause(0.3)
        assert tab.page.store.total == 90

        tab.source.come_back()
        tab.source.say("resumed", 1)
        await tab.until(lambda: tab.page.asked.words == "abe", "it is asked")
        assert tab.page.query_one("#search", Input).value == "abe"


async def test_an_expired_list_is_requested_again() -> None:
    async with stage(people(900)) as tab:
        tab.source.forget_lists()
        await tab.press("G")
        await tab.until(lambda: tab.cursor_id == 10 + 2 * 899, "the last row is there")


async def test_an_empty_sequence_and_no_matches_have_different_messages() -> None:
    async with stage([]) as tab:
        assert tab.page.standing is Standing.EMPTY
    async with stage(people(9)) as tab:
        await tab.searched("nobody", 0)
        assert tab.page.standing is Standing.NO_MATCH
        await tab.press("x")
        assert "Nobody is selected" in toasts(tab.app)[-1]


async def test_hostile_names_are_cleaned() -> None:
    row = listed(10, first_name="a [/b] c", last_name="\x1b]0;")
    hostile = msgspec.structs.replace(row, hold_label=None)
    async with stage([hostile]) as tab:
        assert "\x1b" not in "".join(tab.lines())
        assert "[/b] c" in tab.lines()[1]
        await tab.press("e")
        await tab.until(lambda: isinstance(tab.app.screen, ContactPage), "it opens")
        page = tab.app.screen
        assert isinstance(page, ContactPage)
        await tab.until(lambda: page.timeline is not None, "the timeline comes")
        assert "Enrolled by [b]ana[/b]." in str(page.query_one("#explanation").render())
        assert "\x1b" not in str(page.query_one("#crumb").render())


async def test_enter_opens_the_timeline_and_e_explains() -> None:
    async with stage(people(9)) as tab:
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, ContactPage), "it opens")
        page = tab.app.screen
        assert isinstance(page, ContactPage)
        await tab.until(lambda: page.timeline is not None, "the timeline comes")
        assert "Enrolled by ana." in "".join(page.scrolled.told)
        assert not page.query_one("#explanation").display
        await tab.press("e")
        assert "Pending." in str(page.query_one("#explanation").render())
        tab.source.change(10, status=Status.FAILED)
        tab.source.say("failed", 1, enrollment_id=10)
        await tab.until(lambda: page.row.status is Status.FAILED, "it follows")
        await tab.press("escape", "escape")
        assert tab.app.screen is tab.page


async def test_quitting_asks_if_contacts_are_selected() -> None:
    async with stage(people(9)) as tab:
        await tab.press("space", "escape", "q")
        proposal: Any = tab.app.screen
        assert proposal.proposal.effects == ("You will lose: 1 selected.",)
