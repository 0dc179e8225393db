"""Enrolling on the screen: contacts, a group, a file; dry run, confirmation, outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from common.model.contacts import FILE_LIMIT
from common.vocabulary import Role, SequenceState
from tests.tui.listed import listed
from tests.tui.played_people import person
from tests.tui.roster import people
from tests.tui.stage import THREE, Played, filled, opened, settled, shown, toasts, until
from tui.app import DrumbeatApp
from tui.client import event_stream
from tui.screens import enroll_page, picker_page
from tui.screens.contacts_tab import ContactsTab
from tui.screens.enroll_page import EnrollPage
from tui.screens.import_page import ImportPage
from tui.screens.new_contact import NewContactScreen
from tui.screens.picker_page import PickerPage
from tui.screens.progress_page import ProgressPage
from tui.screens.settings_tab import SettingsTab
from tui.state.contact_selection import ContactSelection
from tui.state.contacts_summary import Standing
from tui.state.proposal import Proposal
from tui.widgets import confirm
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.letter_prompt import LetterPrompt
from tui.widgets.path_screen import PathScreen

S = TypeVar("S")
SMALL: Final = (80, 24)
NAMES: Final = (("Lena", "Abadi"), ("Sam", "Abbott"), ("Kenji", "Abe"), ("Rosa", "Zúñiga"))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for confirming and reconnecting."""
    monkeypatch.setattr(confirm, "DELAY", 0.01)
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


class Stage:
    """The Contacts tab of a sequence, and the methods to drive it."""

    def __init__(self, source: Played, app: DrumbeatApp, pilot: Pilot[None]) -> None:
        self.source, self.app, self.pilot = source, app, pilot

    @property
    def page(self) -> ContactsTab:
        """The tab, wherever it is in the stack."""
        page = self.app.pages[1]
        assert isinstance(page, ContactsTab)
        return page

    async def press(self, *keys: str) -> None:
        """Type keys."""
        await self.pilot.press(*keys)

    async def until(self, condition: Any, what: str) -> None:
        """Wait for a condition."""
        await until(self.pilot, condition, what)

    async def at(self, kind: type[S]) -> S:
        """Wait for a screen of that kind."""
        return await shown(self.pilot, self.app, kind)

    async def picker(self, found: int) -> PickerPage:
        """Open the list of contacts, and wait until it is loaded."""
        await self.press("E", "c")
        picker = await self.at(PickerPage)
        await self.until(lambda: picker.list.store.total == found, "the contacts come")
        return picker

    async def settled(self, page: ProgressPage) -> str:
        """Wait until nothing is in progress; returns the lines."""
        await self.until(lambda: not page.working, "it ends")
        return "\n".join(page.told)

    async def dry_run(self) -> EnrollPage:
        """Wait for the result of the dry run."""
        return await settled(self.pilot, self.app, EnrollPage)

    async def asked(self) -> Proposal:
        """The proposal of the open dialog."""
        screen = await self.at(ConfirmScreen)
        await self.until(lambda: screen._opens_at is not None, "it is painted")
        await asyncio.sleep(0.05)
        return screen.proposal

    async def sure(self) -> None:
        """Confirm, typing the count if needed."""
        proposal = await self.asked()
        await self.press(*(proposal.typed_count or ""), "y")


@asynccontextmanager
async def stage(
    many: int = len(NAMES),
    state: SequenceState = SequenceState.ACTIVE,
    enrolled: int = 0,
    size: tuple[int, int] = SMALL,
) -> AsyncIterator[Stage]:
    """Spring hiring, opened, with that many contacts on the server and `enrolled` in it."""
    source = Played(*THREE)
    source.set_state(1, state)
    source.add_rows(people(enrolled))
    source.add_people(
        *(person(n + 1, "", *(NAMES[n] if n < len(NAMES) else ("P", str(n)))) for n in range(many))
    )
    app = opened(source)
    async with app.run_test(size=size) as pilot:
        await filled(pilot, app)
        await pilot.press("G", "enter")
        await until(pilot, lambda: len(app.pages) == 2, "it opens")
        one = Stage(source, app, pilot)
        await one.until(lambda: one.page.standing not in {"loading", "error"}, "the tab is read")
        yield one


# Contacts.


async def test_a_wrong_letter_cancels_with_a_message() -> None:
    async with stage() as tab:
        await tab.press("E")
        await tab.at(LetterPrompt)
        await tab.press("escape")
        await tab.until(lambda: tab.app.screen is tab.page, "the question is closed")
        assert toasts(tab.app) == []

        await tab.press("E")
        await tab.at(LetterPrompt)
        await tab.press("E")
        await tab.until(lambda: tab.app.screen is tab.page, "the question is closed")
        assert toasts(tab.app) == ["Cancelled: press c, g or f."]


async def test_an_empty_tab_says_how_to_enroll() -> None:
    async with stage() as tab:
        assert tab.page.standing is Standing.EMPTY
        assert "Press E to enroll" in str(tab.page.query_one("#notice", Static).render())


async def test_selected_contacts_are_previewed_confirmed_and_enrolled() -> None:
    async with stage() as tab:
        tab.source.suppressed.add("+12065550002")
        picker = await tab.picker(4)
        await tab.press("space", "space", "j", "space")
        assert sorted(picker.picks.marks) == [1, 2, 4]
        assert picker.summary == "4 found · 3 contacts selected"
        await tab.press("enter")
        page = await tab.dry_run()
        told = "\n".join(page.told)

        assert "Enroll 3 contacts in Spring hiring 2026" in told
        assert "3 of 3 contacts would be enrolled" in told
        assert "2 ◷ Pending" in told
        assert "1 ⊖ Omitted Opted Out" in told
        assert "First text Mon 2 Nov 10:00, last Wed 4 Nov 10:00 (America/New_York)." in told
        assert "4 segments if nobody replies." in told
        assert "+1 206 555 0002" in told
        assert [who.dry_run for who in tab.source.enrolled] == [True]

        await tab.press("enter")
        proposal = await tab.asked()
        assert (proposal.title, proposal.count) == ("Enroll 3 contacts in Spring hiring 2026", 3)
        tab.source.add_rows([listed(70), listed(71)])
        await tab.press("y")
        await tab.until(lambda: page.done, "they are enrolled")

        assert tab.source.enrolled[-1].contact_ids == (1, 2, 4)
        assert tab.source.pending == {1, 4}
        assert "3 of 3 contacts enrolled" in "\n".join(page.told)
        await tab.press("escape")
        assert tab.app.screen is tab.page
        await tab.until(lambda: tab.page.store.total == 2, "the newcomers show")
        assert tab.app.session.picks[1].count == 0


async def test_without_a_selection_the_contact_under_the_cursor_is_used() -> None:
    async with stage() as tab:
        await tab.picker(4)
        await tab.press("j", "enter")
        page = await tab.dry_run()

        assert page.told[0].startswith("Enroll Abbott, Sam +1 206 555 0002 in Spring")
        assert tab.source.enrolled[-1].contact_ids == (2,)


async def test_a_search_filters_as_it_is_typed_and_keeps_the_selection() -> None:
    async with stage() as tab:
        picker = await tab.picker(4)
        await tab.press("space", "slash", *"zun")
        await tab.until(lambda: picker.list.store.total == 1, "one is left")
        assert picker.summary == "1 found · 1 contact selected (1 not shown)"
        await tab.press("enter", "space", "escape")
        await tab.until(lambda: picker.list.store.total == 4, "all are back")

        assert sorted(picker.picks.marks) == [1, 4]
        await tab.press("slash", *"0003")
        await tab.until(lambda: picker.list.store.total == 1, "digits find a phone")
        await tab.press("escape")
        await tab.press("escape")
        await tab.press("escape")
        assert tab.app.screen is tab.page
        picker = await tab.picker(4)
        assert picker.picks.count == 2, "they are kept when one goes back"


async def test_fast_typing_sends_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picker_page, "DEBOUNCE", 1.5)
    async with stage() as tab:
        picker = await tab.picker(4)
        before = len(tab.source.searched)
        await tab.press("slash", *"abb")
        await tab.until(lambda: picker.list.store.total == 1, "one is left")

        assert [q for q, _ in tab.source.searched[before:]] == ["abb"]


async def test_all_matches_are_enrolled_by_the_search() -> None:
    async with stage(many=350) as tab:
        picker = await tab.picker(350)
        await tab.press("space", "slash", *"p", "enter", "asterisk")
        await tab.until(lambda: picker.picks.search == "p", "all are chosen")
        assert picker.summary == "346 found · all 346 matching “p” selected"
        await tab.press("space")
        assert "all 346 matching “p” are selected. Press - to clear that" in toasts(tab.app)[-1]
        await tab.press("enter")
        page = await tab.dry_run()

        assert tab.source.enrolled[-1].q == "p"
        assert "346 of 346 contacts would be enrolled" in "\n".join(page.told)
        await tab.press("escape", "minus")
        assert (picker.picks.search, sorted(picker.picks.marks)) == (None, [1])


async def test_everyone_can_be_selected_without_a_search() -> None:
    async with stage() as tab:
        picker = await tab.picker(4)
        await tab.press("asterisk")
        assert picker.picks.words == "all 4 contacts"
        await tab.press("enter")
        page = await tab.dry_run()

        assert (tab.source.enrolled[-1].q or "").strip() == ""
        assert "4 of 4 contacts would be enrolled" in "\n".join(page.told)


async def test_pages_load_as_needed_and_a_range_spans_them() -> None:
    async with stage(many=350) as tab:
        picker = await tab.picker(350)
        await tab.press("v", "G")
        await tab.until(lambda: picker.list.cursor_contact is not None, "the last page comes")
        assert 200 not in {offset for _, offset in tab.source.searched}
        await tab.press("v")
        await tab.until(lambda: picker.picks.count == 350, "the range is chosen")
        await tab.press("minus")
        assert picker.picks.count == 0
        await tab.press("plus")
        assert picker.picks.count == 350


async def test_a_range_takes_the_rows_shown_despite_newcomers() -> None:
    async with stage() as tab:
        picker = await tab.picker(4)
        await tab.press("v")
        tab.source.contacts.insert(0, person(999, ""))
        await tab.press("j", "v")
        await tab.until(lambda: picker.picks.count == 2, "the range is chosen")

        assert sorted(picker.picks.marks) == [1, 2]


async def test_a_long_range_is_refused_if_its_ends_moved() -> None:
    async with stage(many=350) as tab:
        picker = await tab.picker(350)
        await tab.press("v", "G")
        await tab.until(lambda: picker.list.cursor_contact is not None, "the last page comes")
        tab.source.contacts.insert(0, person(999, ""))
        await tab.press("v")
        await tab.until(lambda: bool(toasts(tab.app)), "it is told")

        assert "the list changed" in toasts(tab.app)[-1]
        assert picker.picks.count == 0


async def test_a_new_number_creates_a_contact() -> None:
    async with stage() as tab:
        picker = await tab.picker(4)
        await tab.press("n", *"123", "enter")
        screen = await tab.at(NewContactScreen)
        await tab.until(lambda: "too short" in screen.told, "it is refused")
        await tab.press(*["backspace"] * 3, *"206 555 0199", "enter")
        await tab.until(lambda: picker.picks.count == 1, "it is chosen")

        assert tab.source.contacts[4].phone == "+12065550199"
        await tab.until(lambda: picker.list.store.total == 5, "it shows")
        await tab.press("n", *"206 555 0199", "enter")
        await tab.until(lambda: "was already a contact" in toasts(tab.app)[-1], "it is known")
        assert picker.picks.count == 1


async def test_a_viewer_gets_a_message_and_nothing_opens() -> None:
    async with stage() as tab:
        tab.source.role = Role.VIEWER
        assert tab.app.session.me is not None
        tab.source.go_away()
        await tab.until(lambda: tab.app.session.connection.failures > 0, "it is gone")
        tab.source.come_back()
        await tab.until(
            lambda: tab.app.session.me and tab.app.session.me.operator.role is Role.VIEWER,
            "a viewer",
        )
        await tab.press("E")

        assert tab.app.screen is tab.page
        assert "cannot change anything" in toasts(tab.app)[-1]


async def test_contacts_that_fail_to_load_show_an_error_and_load_later() -> None:
    async with stage() as tab:
        tab.source.go_away("nothing listens there")
        await tab.press("E", "c")
        picker = await tab.at(PickerPage)
        notice = picker.query_one("#notice", Static)
        await tab.until(lambda: "nothing listens there" in str(notice.render()), "it is told")
        tab.source.come_back()
        await tab.until(lambda: picker.list.store.total == 4, "they come by themselves")

        assert picker.list.display


async def test_a_long_range_that_fails_to_load_shows_an_error() -> None:
    async with stage(many=350) as tab:
        picker = await tab.picker(350)
        await tab.press("v", "G")
        await tab.until(lambda: picker.list.cursor_contact is not None, "the last page comes")
        tab.source.go_away()
        await tab.press("v")
        await tab.until(lambda: any("not selected" in one for one in toasts(tab.app)), "it is told")

        assert picker.picks.count == 0


async def test_rows_are_chosen_with_the_mouse_too() -> None:
    async with stage() as tab:
        picker = await tab.picker(4)
        await tab.pilot.click(picker.list, offset=(2, 3))
        await tab.until(lambda: sorted(picker.picks.marks) == [3], "its mark is set")
        await tab.pilot.click(picker.list, offset=(20, 2))
        await tab.until(lambda: picker.list.cursor_row == 1, "the cursor goes there")


async def test_quitting_asks_if_contacts_are_selected_to_enroll() -> None:
    async with stage() as tab:
        await tab.picker(4)
        await tab.press("space", "q")

        assert (await tab.asked()).effects == ("You will lose: 1 selected to enroll.",)


async def test_a_range_has_a_maximum_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picker_page, "AT_ONCE", 3)
    async with stage() as tab:
        picker = await tab.picker(4)
        await tab.press("v", "G", "v")
        await tab.until(lambda: bool(toasts(tab.app)), "it is told")

        assert "up to 3 contacts" in toasts(tab.app)[-1]
        await tab.press("v", "escape")
        assert "range" not in picker.summary
        assert tab.app.screen is picker


# Groups.


async def test_a_group_is_chosen_with_its_count() -> None:
    async with stage() as tab:
        tab.source.make_group(3, "Lunch", 1, 2)
        tab.source.make_group(4, "VIP [b]x[/b]", 3)
        tab.source.pending.add(1)
        await tab.press("E", "g")
        screen = await tab.at(ChoiceScreen)
        assert [(one.label, one.many) for one in screen.left] == [("Lunch", 2), ("VIP [b]x[/b]", 1)]
        await tab.press("enter")
        page = await tab.dry_run()

        assert tab.source.enrolled[-1].group_id == 3
        told = "\n".join(page.told)
        assert "Enroll the group “Lunch” in Spring hiring 2026" in told
        assert "1 skipped: already pending" in told


async def test_without_groups_there_is_a_message() -> None:
    async with stage() as tab:
        await tab.press("E", "g")
        await tab.until(lambda: bool(toasts(tab.app)), "it is told")

        assert "no groups" in toasts(tab.app)[-1]


async def test_with_nobody_to_enroll_nothing_is_asked() -> None:
    async with stage() as tab:
        tab.source.make_group(3, "Lunch", 1)
        tab.source.pending.add(1)
        await tab.press("E", "g", "enter")
        page = await tab.dry_run()
        await tab.press("enter")

        assert page.footing.startswith("nobody would be enrolled")
        assert tab.app.screen is page


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SequenceState.DRAFT, "nothing is sent until it is activated"),
        (SequenceState.PAUSED, "nothing is sent until it is resumed"),
    ],
)
async def test_a_sequence_that_sends_nothing_is_pointed_out(
    state: SequenceState, words: str
) -> None:
    async with stage(state=state) as tab:
        await tab.picker(4)
        await tab.press("enter")
        page = await tab.dry_run()
        assert words in "\n".join(page.told)
        await tab.press("enter")

        assert any(words in line for line in (await tab.asked()).effects)


async def test_above_a_hundred_the_count_is_typed_and_parts_show_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(enroll_page, "AT_A_TIME", 100)
    async with stage(many=250) as tab:
        picker = await tab.picker(250)
        await tab.press("v", "G", "v")
        await tab.until(lambda: picker.picks.count == 250, "all are chosen")
        await tab.press("enter")
        page = await tab.dry_run()
        await tab.press("enter")
        assert (await tab.asked()).typed_count == "250"
        await tab.press("y")
        assert len(tab.source.enrolled) == 1
        await tab.press("2", "5", "0", "y")
        await tab.until(lambda: page.done, "they are enrolled")

        assert [len(who.contact_ids or ()) for who in tab.source.enrolled] == [250, 100, 100, 50]
        assert "250 of 250 contacts enrolled" in "\n".join(page.told)


# What goes wrong.


async def test_a_server_lost_in_the_dry_run_is_asked_again_and_the_selection_kept() -> None:
    async with stage() as tab:
        picker = await tab.picker(4)
        await tab.press("space", "space")
        tab.source.go_away("nothing listens there")
        await tab.press("enter")
        page = await tab.dry_run()
        assert "nothing listens there" in "\n".join(page.told)
        tab.source.come_back()
        await tab.press("enter")
        await tab.until(lambda: page.result is not None, "it is told after all")
        await tab.press("escape")

        assert tab.app.screen is picker
        assert picker.picks.count == 2


async def test_an_answer_lost_while_enrolling_is_reported_and_retrying_enrolls_nobody_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(enroll_page, "AT_A_TIME", 2)
    async with stage() as tab:
        await tab.picker(4)
        await tab.press("space", "space", "space", "space", "enter")
        page = await tab.dry_run()
        tab.source.break_after = 1
        await tab.press("enter")
        await tab.sure()
        await tab.until(lambda: "interrupted" in "\n".join(page.told), "it breaks")
        told = "\n".join(page.told)
        assert "2 of 4 are done. The others may be enrolled or not." in told
        assert "Trying again" in told
        assert tab.app.session.picks[1].count == 4

        await tab.press("enter")
        await tab.settled(page)
        assert "4 skipped: already pending" in "\n".join(page.told)


async def test_a_dry_run_is_left_by_esc_and_enrolls_nobody() -> None:
    async with stage() as tab:
        tab.source.slow.clear()
        picker = await tab.picker(4)
        await tab.press("enter")
        await tab.at(EnrollPage)
        await tab.press("escape")

        assert tab.app.screen is picker
        tab.source.slow.set()
        await tab.pilot.pause()
        assert tab.source.pending == set()


async def test_leaving_while_enrolling_asks() -> None:
    async with stage() as tab:
        await tab.picker(4)
        await tab.press("enter")
        page = await tab.dry_run()
        await tab.press("enter")
        await tab.asked()
        tab.source.slow.clear()
        await tab.press("y")
        await tab.until(lambda: page.writing, "it begins")
        assert page.unsaved_work() is not None
        await tab.press("escape")
        assert (await tab.asked()).title == "Leave while this is still running?"
        await tab.press("n")
        assert tab.app.screen is page
        tab.source.slow.set()
        await tab.until(lambda: page.done, "it ends")


async def test_cancelling_the_question_enrolls_nobody() -> None:
    async with stage() as tab:
        await tab.picker(4)
        await tab.press("enter")
        page = await tab.dry_run()
        await tab.press("enter")
        await tab.asked()
        await tab.press("enter")

        assert tab.app.screen is page
        assert tab.source.pending == set()


# Files.


def written(folder: Path, *lines: str, name: str = "people.csv") -> Path:
    """A CSV file of phone and first name."""
    file = folder / name
    file.write_text("\n".join(["phone,first_name", *lines]) + "\n", encoding="utf-8")
    return file


async def typed(tab: Stage, path: str) -> PathScreen:
    """Enter the path of a file."""
    await tab.press("E", "f")
    screen = await tab.at(PathScreen)
    screen.query_one("#line", Input).value = path
    await tab.press("enter")
    return screen


async def test_a_file_is_reported_imported_and_then_enrolled(tmp_path: Path) -> None:
    file = written(
        tmp_path, "+12065550001,Lena", "+12065550901,Ann", "12,x\x1b[31m", "+12065550901,Ann"
    )
    async with stage() as tab:
        tab.source.pending.add(1)
        await typed(tab, str(file))
        report = await tab.at(ImportPage)
        told = await tab.settled(report)
        for part in (
            "Import people.csv",
            "1 new",
            "1 known, unchanged",
            "1 duplicate",
            "1 rejected",
            "group “people”, which will be created",
            "line 4, phone: too short. Check the number. | 12",
            "line 5, phone: a duplicate",
        ):
            assert part in told, part
        assert tab.source.imports == [(True, False, None)]
        assert "Ann" not in {one.first_name for one in tab.source.contacts}

        await tab.press("enter")
        proposal = await tab.asked()
        assert proposal.title == "Import 2 contacts into the group people"
        assert proposal.spared == ("2 rows will not be imported.",)
        await tab.press("y")
        page = await tab.dry_run()

        assert tab.source.imports[-1] == (False, False, 1)
        told = "\n".join(page.told)
        assert "1 of 2 contacts would be enrolled" in told
        assert "1 skipped: already pending" in told
        await tab.press("enter")
        await tab.sure()
        await tab.until(lambda: page.done, "they are enrolled")
        await tab.press("enter")

        assert tab.app.screen is tab.page
        assert tab.source.pending == {1, 5}


async def test_group_and_overwriting_can_be_changed_before_the_import(tmp_path: Path) -> None:
    file = written(tmp_path, "+12065550901,Ann", name="spring.csv")
    async with stage() as tab:
        tab.source.make_group(8, "Lunch", 1, 2)
        await typed(tab, str(file))
        report = await tab.at(ImportPage)
        assert "group “spring”, which will be created" in await tab.settled(report)
        await tab.press("a")
        await tab.at(ChoiceScreen)
        await tab.press(*"lunch", "enter")
        told = await tab.settled(report)
        assert "! 2 group members not in this file would be enrolled too." in told
        await tab.press("o")
        told = await tab.settled(report)

        assert "are replaced from the file" in told
        assert tab.source.imports[-1] == (True, True, 8)
        await tab.press("enter")
        assert any("2 group members" in line for line in (await tab.asked()).spared)


async def test_a_group_created_meanwhile_is_used(tmp_path: Path) -> None:
    file = written(tmp_path, "+12065550901,Ann")
    async with stage() as tab:
        await typed(tab, str(file))
        report = await tab.at(ImportPage)
        await tab.settled(report)
        tab.source.make_group(8, "People")
        await tab.press("enter")
        await tab.sure()
        await tab.dry_run()

        assert tab.source.imports[-1] == (False, False, 8)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", "Type the path"),
        ("none.csv", "there is no such file"),
        ("folder", "it is a directory"),
        ("people.csv/x", "there is no such file"),
        ("empty.csv", "it is empty"),
        ("large.csv", "the limit is 256.0 MiB"),
        ("pipe", "not a regular file"),
        ("a\0b", "there is no such file"),
    ],
)
async def test_an_unreadable_path_is_reported_and_kept(
    tmp_path: Path, path: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    written(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.csv").touch()
    with (tmp_path / "large.csv").open("wb") as large:
        large.truncate(FILE_LIMIT + 1)
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    async with stage() as tab:
        screen = await typed(tab, path)
        await tab.until(lambda: told in screen.told, "it is told")

        assert tab.app.screen is screen
        assert path.replace("\0", "␀") in screen.told
        assert tab.source.imports == []


async def test_a_file_without_phones_is_reported_with_a_remedy_and_read_again(
    tmp_path: Path,
) -> None:
    file = tmp_path / "names.csv"
    file.write_text("name\nLena\n", encoding="utf-8")
    async with stage() as tab:
        await typed(tab, str(file))
        report = await tab.at(ImportPage)
        told = await tab.settled(report)
        assert "no column of phone numbers" in told
        assert "Name it phone" in told
        file.write_text("phone\n+12065550901\n", encoding="utf-8")
        await tab.press("R")
        await tab.until(lambda: report.report is not None, "it is read")

        assert "1 new" in "\n".join(report.told)


async def test_tab_completes_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    written(tmp_path, name="people-a.csv")
    written(tmp_path, name="people-b.csv")
    written(tmp_path, name="people-\x1b[31m.csv")
    async with stage() as tab:
        await tab.press("E", "f", *"~/pe", "tab")
        screen = await tab.at(PathScreen)
        await tab.until(lambda: screen.typed == "~/people-", "what is certain is added")
        assert screen.told == "people-a.csv  people-b.csv"
        await tab.press("b", "tab")
        await tab.until(lambda: screen.typed == "~/people-b.csv", "it is whole")
        await tab.press("enter")
        report = await tab.at(ImportPage)

        assert report.file.path == tmp_path / "people-b.csv"


async def test_a_file_that_changed_since_it_was_read_is_not_imported(tmp_path: Path) -> None:
    file = written(tmp_path, "+12065550901,Ann")
    async with stage() as tab:
        await typed(tab, str(file))
        report = await tab.at(ImportPage)
        await tab.settled(report)
        written(tmp_path, "+12065550901,Ann", "+12065550902,Ben")
        await tab.press("enter")
        await tab.sure()
        await tab.until(lambda: "has changed" in "\n".join(report.told), "it is refused")

        assert [dry_run for dry_run, *_ in tab.source.imports] == [True]
        await tab.press("enter")
        await tab.until(lambda: report.report is not None, "it is read anew")
        assert "2 new" in "\n".join(report.told)


async def test_a_server_lost_while_a_file_is_read_is_reported_and_retried(tmp_path: Path) -> None:
    file = written(tmp_path, "+12065550901,Ann")
    async with stage() as tab:
        tab.source.slow.clear()
        await typed(tab, str(file))
        report = await tab.at(ImportPage)
        tab.source.go_away("the connection broke")
        tab.source.slow.set()
        told = await tab.settled(report)
        assert "the connection broke" in told
        tab.source.come_back()
        await tab.press("enter")
        await tab.until(lambda: report.report is not None, "it is read after all")


async def test_a_server_lost_during_an_import_is_reported_and_retrying_changes_nothing_twice(
    tmp_path: Path,
) -> None:
    file = written(tmp_path, "+12065550901,Ann")
    async with stage() as tab:
        await typed(tab, str(file))
        report = await tab.at(ImportPage)
        await tab.settled(report)
        await tab.press("enter")
        await tab.asked()
        tab.source.slow.clear()
        await tab.press("y")
        await tab.until(lambda: report.writing, "it begins")
        assert not report.undecided
        tab.source.go_away("the connection broke")
        tab.source.slow.set()
        told = await tab.settled(report)
        assert "The import was interrupted." in told
        assert "Some contacts may have been imported." in told

        tab.source.come_back()
        await tab.press("enter")
        await tab.until(lambda: report.report is not None, "it is read again")
        assert "group “people” of 0 members" in "\n".join(report.told)
        await tab.press("enter")
        await tab.sure()
        await tab.dry_run()
        await tab.press("escape")
        assert tab.app.screen is report
        assert "Imported:" in report.told
        await tab.press("enter")
        assert (await tab.dry_run()).who.group_id == 1


async def test_esc_stops_the_reading_of_a_file(tmp_path: Path) -> None:
    file = written(tmp_path, "+12065550901,Ann")
    async with stage() as tab:
        tab.source.slow.clear()
        await typed(tab, str(file))
        await tab.at(ImportPage)
        await tab.press("escape")

        assert tab.app.screen is tab.page
        tab.source.slow.set()
        await tab.pilot.pause()
        assert tab.source.imports == []


def test_a_selection_comes_back_after_a_selected_search_is_cleared() -> None:
    picks = ContactSelection()
    picks.marks.mark((1, 2))
    picks.choose_all(" abe ", 12)
    assert (picks.count, picks.enrollees().q) == (12, "abe")
    assert picks.has(person(9, "", "Kenji", "Abe"))
    assert not picks.has(person(1, "", "Lena", "Abadi"))
    picks.choose_none()
    assert picks.enrollees().contact_ids == (1, 2)
    picks.choose_none()
    assert picks.count == 0


async def test_every_tab_can_enroll_and_is_returned_to() -> None:
    async with stage() as tab:
        await tab.press("right_square_bracket")
        await tab.until(lambda: tab.app.screen is not tab.page, "another tab shows")
        other = tab.app.screen
        assert isinstance(other, SettingsTab)
        await tab.picker(4)
        await tab.press("space", "enter")
        page = await tab.dry_run()
        await tab.press("enter")
        await tab.sure()
        await tab.until(lambda: page.done, "they are enrolled")
        await tab.press("escape")

        assert tab.app.screen is other
        assert tab.source.pending == {1}
