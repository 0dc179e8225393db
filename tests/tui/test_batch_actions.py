"""Bulk actions on the Contacts tab: confirmation, outcome, conflicts, refusals, progress."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.widgets import Static, TextArea

from common.client import ApiProblem, Unreachable
from common.model.groups import Group
from common.model.operations import NewOperation
from common.vocabulary import OperationAction, Reason, Status
from tests.tui.listed import NOW, listed
from tests.tui.roster import people
from tests.tui.stage import operation, toasts
from tests.tui.test_contacts_tab import Stage, stage
from tui.client import operations
from tui.flows.retry import retry_proposal
from tui.state.cost import counts_line
from tui.state.message_draft import MessageDraft
from tui.state.proposal import Proposal
from tui.widgets import confirm, group_choice
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.message_editor import MessageEditor


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for confirming and polling."""
    monkeypatch.setattr(confirm, "DELAY", 0.01)
    monkeypatch.setattr(operations, "POLL", 0.05)


async def asked(tab: Stage) -> Proposal:
    """The proposal of the open dialog."""
    await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")
    screen = tab.app.screen
    assert isinstance(screen, ConfirmScreen)
    await tab.until(lambda: screen._opens_at is not None, "it is painted")
    await asyncio.sleep(0.05)
    return screen.proposal


async def outcome(tab: Stage) -> str:
    """The outcome as it is shown."""
    part = tab.page.query_one("#outcome", Static)
    await tab.until(lambda: part.has_class("-shown"), "a message shows")
    return str(part.render())


def acted(tab: Stage) -> NewOperation:
    """The only operation that was requested."""
    (one,) = tab.source.acted
    return one


def made(screen: MessageEditor) -> str:
    """The body of the preview that is shown."""
    return "" if screen.composer.known is None else screen.composer.known.body


async def test_finish_acts_on_the_row_under_the_cursor_without_a_selection() -> None:
    async with stage(people(9)) as tab:
        await tab.press("j", "x")
        proposal = await asked(tab)
        assert proposal.title == "Mark as finished: 1 contact in Spring hiring 2026"
        await tab.press("y")
        told = await outcome(tab)

        assert acted(tab).selection.ids == (12,)
        assert told.splitlines()[0] == "Finished 1 of 1."
        assert "u undo" in told
        assert tab.source.rows[12].status is Status.FINISHED_STOPPED
        await tab.press("escape")
        assert not tab.page.query_one("#outcome").has_class("-shown")


async def test_cancelling_does_nothing() -> None:
    async with stage(people(9)) as tab:
        await tab.press("x")
        await asked(tab)
        await tab.press("enter")

        assert tab.source.acted == []


async def test_finish_shows_first_who_is_left_out_and_then_the_conflicts() -> None:
    async with stage(people(9)) as tab:
        tab.source.conflicts[12] = "ana finished it 12 s ago"
        tab.source.with_carrier = 1
        await tab.press("space", "space", "space", "x")
        proposal = await asked(tab)
        assert "Abe, Kenji will not change: Finished, responded." in proposal.spared
        await tab.press("y")
        told = await outcome(tab)

        assert told.splitlines()[:3] == [
            "Finished 1 of 3. 1 text already with the carrier will still arrive.",
            "Sam Abbott: ana finished it 12 s ago",
            "1 skipped: already Finished, responded",
        ]
        assert tab.marks == [10, 12, 14]


async def test_above_a_hundred_the_count_is_typed_and_progress_is_shown() -> None:
    async with stage(people(700)) as tab:
        tab.source.runs_for = 10_000
        await tab.press("asterisk")
        await tab.until(lambda: len(tab.marks) == 700, "all are marked")
        await tab.press("x")
        assert (await asked(tab)).typed_count == "700"
        await tab.press("y")
        assert tab.source.acted == []
        await tab.press("7", "0", "0", "y")
        await tab.until(lambda: "finishing 1 of 700" in tab.summary, "the progress shows")
        tab.source.end_operations()
        told = await outcome(tab)

        assert told.startswith("Finished 156 of 700.")
        assert "finishing" not in tab.summary


async def test_a_lost_answer_says_that_it_may_have_been_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(people(9)) as tab:

        async def refuse(_: NewOperation, **__: str) -> Any:
            raise Unreachable(tab.source.url, "it is away")

        monkeypatch.setattr(tab.source, "add_operation", refuse)
        await tab.press("x")
        await asked(tab)
        await tab.press("y")
        await tab.until(lambda: bool(toasts(tab.app)), "a message shows")

        assert toasts(tab.app)[-1].startswith("It may have been done.")
        assert "finishing" not in tab.summary


async def test_a_refusal_by_the_server_says_that_nothing_was_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage(people(9)) as tab:

        async def refuse(_: NewOperation, **__: str) -> Any:
            raise ApiProblem(403, "role_too_low", "ask an admin.")

        monkeypatch.setattr(tab.source, "add_operation", refuse)
        await tab.press("x")
        await asked(tab)
        await tab.press("y")
        await tab.until(lambda: bool(toasts(tab.app)), "a message shows")

        assert toasts(tab.app)[-1] == "Nothing was done. ask an admin."


async def test_retry_shows_who_has_not_failed() -> None:
    async with stage(people(9)) as tab:
        await tab.press("space", "j", "j", "j", "space", "t")
        proposal = await asked(tab)
        assert proposal.spared == ("Abadi, Lena will be skipped: Pending.",)
        await tab.press("y")

        assert "1 skipped: nothing has failed" in await outcome(tab)
        assert acted(tab).action is OperationAction.RETRY


def test_retry_shows_by_reason_what_it_can_do() -> None:
    gone, away = Reason.INVALID_NUMBER, Reason.UNREACHABLE
    rows = [listed(n, status=Status.FAILED, reason=why) for n, why in enumerate([away, gone, away])]

    proposal = retry_proposal(3, "Spring", rows)

    assert proposal.effects[1:3] == (
        "2 unreachable: may arrive this time.",
        "1 unknown handset: will probably fail again until the number is corrected.",
    )
    assert proposal.spared == ()


def test_retry_of_many_says_in_general_what_it_can_do() -> None:
    proposal = retry_proposal(3_000, "Spring", None)

    assert "An unknown handset will probably fail again" in proposal.effects[1]
    assert proposal.spared == ("Contacts who have not failed will be skipped.",)


@pytest.mark.parametrize("reason", [one for one in Reason if one.words.retryable])
def test_retry_has_words_for_every_retryable_reason(reason: Reason) -> None:
    row = listed(status=Status.FAILED, reason=reason)

    assert reason.words.label in retry_proposal(1, "Spring", [row]).effects[1]


async def test_a_group_is_found_by_typing_and_added_to() -> None:
    async with stage(people(9)) as tab:
        tab.source.groups = [
            Group(3, "Lunch", 2, "ana", NOW),
            Group(4, "VIP [b]x[/b]", 1, "ana", NOW),
        ]
        await tab.press("a")
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "it is asked")
        await tab.press(*"vip")
        screen = tab.app.screen
        assert isinstance(screen, ChoiceScreen)
        assert [one.value for one in screen.left] == ["4"]
        await tab.press("enter")
        assert (await asked(tab)).title == "Add 1 contact to VIP [b]x[/b]"
        await tab.press("y")
        await outcome(tab)

        assert (acted(tab).group_id, acted(tab).group_name) == (4, None)


async def test_the_last_entry_creates_a_group_with_the_typed_name() -> None:
    async with stage(people(9)) as tab:
        tab.source.groups = [Group(3, "Lunch", 2, "ana", NOW)]
        await tab.press("a")
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "it is asked")
        await tab.press("down", "enter")
        assert isinstance(tab.app.screen, ChoiceScreen)
        await tab.press(*"Dinner", "enter")
        assert (await asked(tab)).effects[0] == "The group will be created."
        await tab.press("y")
        await outcome(tab)

        assert (acted(tab).group_id, acted(tab).group_name) == (None, "Dinner")


async def test_more_than_ten_are_refused_before_the_editor_opens() -> None:
    async with stage(people(20)) as tab:
        await tab.press(*["space"] * 11, "m")

        assert tab.app.screen is tab.page
        assert "10 contacts at a time. 11 are selected" in toasts(tab.app)[-1]


async def test_more_than_ten_are_refused_even_if_the_search_hides_them() -> None:
    async with stage(people(40)) as tab:
        await tab.press("asterisk")
        await tab.until(lambda: len(tab.marks) == 40, "all are marked")
        await tab.press("m")
        assert tab.app.screen is tab.page
        assert "10 contacts at a time. 40 are selected" in toasts(tab.app)[-1]

        await tab.press("minus", "g", *["space"] * 12)
        await tab.searched("abbott", 5)
        assert "12 selected" in tab.summary
        assert "not shown" in tab.summary
        await tab.press("m")
        assert tab.app.screen is tab.page
        assert "10 contacts at a time. 12 are selected" in toasts(tab.app)[-1]
        assert not tab.source.acted


async def test_a_message_is_previewed_for_each_contact_and_shows_who_is_left_out() -> None:
    async with stage(people(20)) as tab:
        tab.source.left_out[12] = "opted out"
        await tab.press("space", "space", "m")
        await tab.until(lambda: isinstance(tab.app.screen, MessageEditor), "the editor opens")
        screen = tab.app.screen
        assert isinstance(screen, MessageEditor)
        screen.query_one(TextArea).text = "Hi {{ first_name }}"
        await tab.until(lambda: made(screen) == "Hi {{ first_name }}", "the texts are made")
        shown = str(screen.query_one("#previews", Static).render())
        assert shown.splitlines() == ["Lena (1): Hi Lena", "⊘ Sam will not get it: opted out"]

        await tab.press("ctrl+s")
        proposal = await asked(tab)
        assert proposal.title == "Send to 1 contact"
        assert proposal.effects == ("Lena: Hi Lena",)
        assert proposal.spared == ("⊘ Sam will not get it: opted out",)
        await tab.press("y")
        await outcome(tab)

        assert (acted(tab).body, acted(tab).selection.ids) == ("Hi {{ first_name }}", (10, 12))


async def test_a_text_whose_sending_is_cancelled_can_be_edited_again() -> None:
    async with stage(people(20)) as tab:
        await tab.press("m")
        await tab.until(lambda: isinstance(tab.app.screen, MessageEditor), "the editor opens")
        screen = tab.app.screen
        screen.query_one(TextArea).text = "Hi"
        await tab.press("ctrl+s")
        await asked(tab)
        await tab.press("n")
        await tab.until(lambda: isinstance(tab.app.screen, MessageEditor), "it is open again")

        assert tab.app.screen.query_one(TextArea).text == "Hi"
        assert not tab.source.acted


async def test_outside_sending_hours_a_message_needs_a_reason() -> None:
    async with stage(people(20)) as tab:
        tab.source.left_out[10] = "outside the window"
        await tab.press("m")
        await tab.until(lambda: isinstance(tab.app.screen, MessageEditor), "the editor opens")
        screen = tab.app.screen
        assert isinstance(screen, MessageEditor)
        screen.query_one(TextArea).text = "Hi"
        await tab.until(lambda: made(screen) == "Hi", "the texts are made")
        await tab.press("ctrl+s")
        assert tab.app.screen is screen

        await tab.press("tab", *"she asked", "enter")
        proposal = await asked(tab)
        assert proposal.effects[-1] == "1 contact outside sending hours. Reason: she asked"
        await tab.press("y")
        await outcome(tab)

        assert acted(tab).override_reason == "she asked"


async def test_a_draft_is_kept_until_it_is_sent() -> None:
    async with stage(people(20)) as tab:
        await tab.press("m")
        await tab.until(lambda: isinstance(tab.app.screen, MessageEditor), "the editor opens")
        await tab.press(*"hello", "escape")
        await tab.press("escape", "q")
        assert (await asked(tab)).effects == ("You will lose: an unsent message.",)
        await tab.press("n", "G", "enter")
        await tab.until(lambda: len(tab.app.pages) == 2, "the tab opens again")
        await tab.until(lambda: tab.cursor_id is not None, "its rows come")
        await tab.press("m")
        await tab.until(lambda: isinstance(tab.app.screen, MessageEditor), "it opens again")

        assert tab.app.screen.query_one(TextArea).text == "hello"


async def test_a_message_whose_answer_was_lost_is_sent_once_when_sent_again() -> None:
    async with stage(people(20)) as tab:
        tab.source.answers_lost = 1
        for _ in range(2):
            await tab.press("m")
            await tab.until(lambda: isinstance(tab.app.screen, MessageEditor), "the editor opens")
            screen = tab.app.screen
            assert isinstance(screen, MessageEditor)
            screen.query_one(TextArea).text = "hello"
            await tab.press("ctrl+s")
            await asked(tab)
            await tab.press("y")
            await tab.until(lambda: tab.page.under_way == "", "it ends")
        assert "Trying again won't do it twice" in toasts(tab.app)[0]

        assert await outcome(tab)
        assert acted(tab).body == "hello"
        assert tab.page.chosen.outgoing.body == ""


async def test_groups_beyond_the_first_are_searched_by_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group_choice, "AT_ONCE", 3)
    async with stage(people(9)) as tab:
        tab.source.groups = [Group(n, f"group {n}", n, "ana", NOW) for n in range(1, 30)]
        await tab.press("a")
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "it is asked")
        screen = tab.app.screen
        assert isinstance(screen, ChoiceScreen)
        assert [one.value for one in screen.left] == ["1", "2", "3"]
        await tab.press(*"28")
        await tab.until(lambda: [one.value for one in screen.left] == ["28"], "it is found")
        await tab.press("up", "enter")
        assert (await asked(tab)).title == "Add 1 contact to group 28"
        await tab.press("y")
        await outcome(tab)

        assert acted(tab).group_id == 28


async def test_undoing_many_shows_progress() -> None:
    async with stage(people(9)) as tab:
        tab.source.operations = [operation(7, total=700)]
        tab.source.undoes_for = 10_000
        await tab.press("u")
        assert (await asked(tab)).title == "Undo your last action?"
        await tab.press("7", "0", "0", "y")
        await tab.until(lambda: "undoing 1 of 700" in tab.summary, "the progress shows")
        await tab.press("escape", "escape")
        work = tab.app.pages[0].query_one("#work", Static)
        await tab.until(lambda: work.has_class("-shown"), "it shows on another page, too")
        assert str(work.render()) == "undoing 1 of 700"
        tab.source.end_operations()
        await tab.until(lambda: bool(toasts(tab.app)), "the result shows")

        assert toasts(tab.app) == ["Undone: 700 of 700."]
        assert not work.has_class("-shown")


async def test_text_pasted_into_the_editor_is_cleaned() -> None:
    async with stage(people(20)) as tab:
        await tab.press("m")
        await tab.until(lambda: isinstance(tab.app.screen, MessageEditor), "the editor opens")
        area = tab.app.screen.query_one(TextArea)
        area.text = "a\x1b[31mb"
        await tab.until(lambda: "\x1b" not in area.text, "it is cleaned")

        assert area.text == "a␛[31mb"


def test_characters_and_segments_are_counted() -> None:
    assert counts_line("a" * 160) == "160 characters · 1 segment (GSM-7) · 0 left in this segment"
    assert counts_line("ž" * 71).startswith("71 characters · 2 segments (UCS-2)")
    assert counts_line("a" * 1_601) == "1,601 characters: 1 too many"


def test_text_typed_after_sending_is_kept() -> None:
    draft = MessageDraft("first")
    key, other = draft.key_for("first"), draft.key_for("second")
    draft.body = "second"
    draft.taken(key, "first", "")
    assert draft.body == "second"
    assert draft.key_for("first") != key
    assert draft.key_for("second") == other
    draft.taken(other, "second", "")

    assert draft.body == ""


def test_a_text_that_may_be_sent_keeps_its_key_when_another_is_sent() -> None:
    draft = MessageDraft("first")
    lost = draft.key_for("first")
    draft.body = "second"
    draft.gone(draft.key_for("second"))

    assert draft.key_for("first") == lost
