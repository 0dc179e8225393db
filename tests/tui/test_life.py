"""Activating, pausing, resuming, duplicating and archiving: confirmed, done once, reported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from common.client import ApiProblem
from common.model.sequences import Finding, SequenceSummary, Severity
from common.vocabulary import Role, SequenceKind, SequenceState
from tests.tui.listed import NOW, listed
from tests.tui.stage import Played, filled, opened, sequence, toasts, until
from tui import session
from tui.actions.registry import action_named
from tui.app import DrumbeatApp
from tui.client import event_stream
from tui.screens.contacts_tab import ContactsTab
from tui.screens.overview_tab import OverviewTab
from tui.screens.page import Page
from tui.screens.settings_tab import SettingsTab
from tui.screens.steps_tab import StepsTab
from tui.state.contacts_summary import Standing
from tui.state.proposal import Proposal
from tui.state.sequence_actions import SequenceAction
from tui.widgets import confirm
from tui.widgets.choice import ChoiceScreen
from tui.widgets.chrome import FooterLine
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.duplicate_screen import DuplicateScreen
from tui.widgets.notice import NoticeScreen

SMALL: Final = (80, 24)
ACTIVE: Final = sequence(1, "Spring [b]hiring[/b]", pending=12, failed=3)
PAUSED: Final = sequence(1, "Spring hiring", SequenceState.PAUSED, pending=12)
DRAFT: Final = sequence(1, "Spring hiring", SequenceState.DRAFT, pending=2)
FORBIDDEN: Final = ApiProblem(403, "role_too_low", "'ana' is a viewer; this needs operator.")
NO_STEP: Final = Finding(
    Severity.ERROR, "no_steps", None, "steps", "There is no step.", "Add a text to send."
)
MOVED: Final = Finding(
    Severity.WARNING, "moved_by_daily_limit", 2, "steps[1].delay", "It moves.", "Raise daily_limit."
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for confirming and reconnecting."""
    monkeypatch.setattr(confirm, "DELAY", 0.01)
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)
    monkeypatch.setattr(session, "LONG", 0.1)


class Place:
    """A page with sequence actions, and the methods to drive it."""

    def __init__(self, source: Played, app: DrumbeatApp, pilot: Pilot[None]) -> None:
        self.source, self.app, self.pilot = source, app, pilot

    @property
    def page(self) -> Page:
        """The page, even under a dialog."""
        page = self.app.pages[-1]
        assert isinstance(page, Page)
        return page

    @property
    def state(self) -> SequenceState | None:
        """The state that the page shows."""
        one = self.page.subject
        return None if one is None else one.state

    async def press(self, *keys: str) -> None:
        """Type keys."""
        await self.pilot.press(*keys)

    async def until_state(self, state: SequenceState) -> None:
        """Wait until the page shows a state."""
        await until(self.pilot, lambda: self.state is state, f"it is {state}")

    async def told(self, part: str) -> None:
        """Wait for a message."""
        await until(self.pilot, lambda: any(part in one for one in toasts(self.app)), part)

    async def asked(self, *keys: str) -> Proposal:
        """The proposal after these keys."""
        await self.press(*keys)
        await until(self.pilot, lambda: isinstance(self.app.screen, ConfirmScreen), "it is asked")
        screen = self.app.screen
        assert isinstance(screen, ConfirmScreen)
        await until(self.pilot, lambda: screen._opens_at is not None, "it is painted")
        await asyncio.sleep(0.05)
        return screen.proposal

    async def asked_how(self, *keys: str) -> ChoiceScreen:
        """The choice after these keys."""
        await self.press(*keys)
        await until(self.pilot, lambda: isinstance(self.app.screen, ChoiceScreen), "how is asked")
        screen = self.app.screen
        assert isinstance(screen, ChoiceScreen)
        return screen


@asynccontextmanager
async def on_list(source: Played) -> AsyncIterator[Place]:
    """The list, with the cursor on the first sequence."""
    app = opened(source)
    async with app.run_test(size=SMALL) as pilot:
        await filled(pilot, app)
        yield Place(source, app, pilot)


@asynccontextmanager
async def on_contacts(source: Played) -> AsyncIterator[Place]:
    """The Contacts tab of the first sequence, loaded."""
    async with on_list(source) as place:
        await place.press("enter")
        await until(place.pilot, lambda: isinstance(place.page, ContactsTab), "it opens")
        await until(place.pilot, lambda: place.state is not None, "the sequence is read")
        yield place


@asynccontextmanager
async def on_settings(source: Played) -> AsyncIterator[Place]:
    """The Settings tab of the first sequence, loaded."""
    async with on_contacts(source) as place:
        place.app.action_show_tab("Settings")
        await until(place.pilot, lambda: isinstance(place.page, SettingsTab), "it opens")
        await until(place.pilot, lambda: place.state is not None, "the sequence is read")
        yield place


@asynccontextmanager
async def on_overview(source: Played) -> AsyncIterator[Place]:
    """The Overview tab of the first sequence, loaded."""
    async with on_contacts(source) as place:
        place.app.action_show_tab("Overview")
        await until(place.pilot, lambda: isinstance(place.page, OverviewTab), "it opens")
        await until(place.pilot, lambda: place.state is not None, "the sequence is read")
        yield place


@asynccontextmanager
async def on_steps(source: Played) -> AsyncIterator[Place]:
    """The Steps tab of the first sequence, loaded."""
    async with on_contacts(source) as place:
        place.app.action_show_tab("Steps")
        await until(place.pilot, lambda: isinstance(place.page, StepsTab), "it opens")
        await until(place.pilot, lambda: place.state is not None, "the sequence is read")
        yield place


PLACES: Final = pytest.mark.parametrize(
    "at",
    [on_list, on_overview, on_steps, on_contacts, on_settings],
    ids=["list", "overview", "steps", "contacts", "settings"],
)


LIST_AND_TAB: Final = pytest.mark.parametrize("at", [on_list, on_steps], ids=["list", "steps"])
"""For code that is the same on every page."""


# What is offered.


@PLACES
@pytest.mark.parametrize(
    ("one", "offered"),
    [
        (DRAFT, {"activate", "duplicate", "archive"}),
        (ACTIVE, {"pause_or_resume", "duplicate", "archive"}),
        (PAUSED, {"pause_or_resume", "duplicate", "archive"}),
    ],
    ids=["draft", "active", "paused"],
)
async def test_what_fits_the_state_is_offered_and_nothing_else(
    at: Any, one: SequenceSummary, offered: set[str]
) -> None:
    async with at(Played(one)) as place:
        await place.until_state(one.state)
        life = {one.id for one in place.page.offered()} & {
            *map(str, SequenceAction),
            "pause_or_resume",
        }
        assert life == offered

        for ident in {"activate", "pause_or_resume"} - offered:
            await place.press(*action_named(ident).keys)
        await place.pilot.pause()

        assert place.app.screen is place.page


async def test_the_footer_follows_the_cursor() -> None:
    draft = msgspec.structs.replace(DRAFT, id=2, name="Zzz")
    async with on_list(Played(ACTIVE, draft)) as place:
        footer = place.page.query_one(FooterLine)
        assert "P pause/resume" in footer.told
        await place.press("j")
        await until(place.pilot, lambda: "A activate" in footer.told, "the footer follows")

        assert "P pause" not in footer.told


async def test_an_empty_list_offers_no_sequence_actions() -> None:
    async with on_list(Played()) as place:
        await place.press("A", "P", "D", "delete")

        assert place.app.screen is place.page


# Pausing and resuming.


@PLACES
async def test_pausing_shows_how_many_wait_and_when_the_next_text_is_due(at: Any) -> None:
    source = Played(ACTIVE)
    source.add_rows([listed(5, due_at=NOW + timedelta(hours=20))])
    async with at(source) as place:
        proposal = await place.asked("P")
        assert proposal.title == "Pause Spring [b]hiring[/b]"
        assert proposal.effects == (
            "12 are pending and will get no texts until you resume.",
            "The next text is due Tue 3 Nov 05:00.",
        )
        assert proposal.typed_count is None
        await place.press("y")
        await place.told("is paused; 12 are pending")
        await place.until_state(SequenceState.PAUSED)

        assert source.deeds == [("paused", 1)]


@PLACES
async def test_resuming_asks_how_with_a_sentence_for_each(at: Any) -> None:
    source = Played(PAUSED)
    async with at(source) as place:
        await place.until_state(SequenceState.PAUSED)
        screen = await place.asked_how("P")
        assert [one.value for one in screen.left] == ["shift", "keep_gaps", "skip"]
        assert all(one.about.endswith(".") for one in screen.left)
        proposal = await place.asked("down", "enter")
        assert proposal.title == "Resume Spring hiring: keep the gaps"
        assert proposal.effects[0] == "12 are pending. Paused since Sun 1 Nov 09:00."
        await place.press("y")
        await place.told("is active again; 12 are pending")
        await place.until_state(SequenceState.ACTIVE)

        assert source.deeds == [("resumed keep_gaps", 1)]


async def test_a_scheduled_sequence_can_only_resume_by_skipping() -> None:
    source = Played(msgspec.structs.replace(PAUSED, kind=SequenceKind.SCHEDULED))
    async with on_list(source) as place:
        screen = await place.asked_how("P")

        assert [one.value for one in screen.left] == ["skip"]


async def test_above_a_hundred_pending_the_count_is_typed_to_resume() -> None:
    async with on_list(Played(sequence(1, "S", SequenceState.PAUSED, pending=412_033))) as place:
        await place.asked_how("P")

        assert (await place.asked("enter")).typed_count == "412033"


@LIST_AND_TAB
async def test_cancelling_changes_nothing(at: Any) -> None:
    source = Played(ACTIVE)
    async with at(source) as place:
        await place.asked("P")
        await place.press("enter")

        assert source.deeds == []


# Activating.


@PLACES
async def test_activating_shows_who_waits_the_first_text_and_warnings(
    at: Any,
) -> None:
    source = Played(DRAFT)
    source.findings = [MOVED]
    async with at(source) as place:
        await place.until_state(SequenceState.DRAFT)
        proposal = await place.asked("A")
        hours = "Mon-Sat 09:00-20:00, Sun 12:00-20:00"
        waiting, first_step = proposal.effects
        assert waiting.startswith("2 are pending.")
        assert hours in first_step
        assert proposal.spared == ("Step 2: It moves. Raise daily_limit.",)
        assert proposal.count == 2
        await place.press("y")
        await place.told("Spring hiring is active; 2 are pending.")
        await place.until_state(SequenceState.ACTIVE)

        assert source.deeds == [("activated", 1)]


@LIST_AND_TAB
async def test_a_draft_with_errors_shows_them_instead_of_asking(at: Any) -> None:
    source = Played(DRAFT)
    source.findings = [NO_STEP, MOVED]
    async with at(source) as place:
        await place.until_state(SequenceState.DRAFT)
        await place.press("A")
        await until(place.pilot, lambda: isinstance(place.app.screen, NoticeScreen), "it is told")
        screen = place.app.screen
        assert isinstance(screen, NoticeScreen)
        assert screen.heading == "Spring hiring cannot be activated: 1 error"
        assert screen.lines[0] == "✗ Steps: There is no step. Add a text to send."
        assert screen.lines[-1] == "Step 2: It moves. Raise daily_limit."
        await place.press("escape")

        assert (place.app.screen, source.deeds) == (place.page, [])


# Archiving.


@LIST_AND_TAB
async def test_archiving_needs_nobody_pending(at: Any) -> None:
    source = Played(ACTIVE)
    async with at(source) as place:
        await place.press("delete")
        await place.told("12 are pending")

        assert (place.app.screen, source.deeds) == (place.page, [])


@PLACES
async def test_archiving_asks_and_says_that_it_cannot_be_undone(at: Any) -> None:
    source = Played(sequence(1, "Spring hiring", finished_responded=9))
    async with at(source) as place:
        proposal = await place.asked("delete")
        assert proposal.effects[-1] == "You cannot undo this, but you can duplicate the sequence."
        assert proposal.spared == ("Enrolled contacts (9) keep their status and history.",)
        await place.press("y")
        await place.told("Spring hiring is archived.")

        assert source.deeds == [("archived", 1)]


# Duplicating.


async def copy_asked(place: Place) -> DuplicateScreen:
    await place.press("D")
    await until(place.pilot, lambda: isinstance(place.app.screen, DuplicateScreen), "the name")
    screen = place.app.screen
    assert isinstance(screen, DuplicateScreen)
    return screen


@PLACES
async def test_duplicating_asks_for_the_name_and_creates_a_draft(at: Any) -> None:
    source = Played(ACTIVE)
    async with at(source) as place:
        screen = await copy_asked(place)
        assert screen.typed == "Spring [b]hiring[/b] (copy)"
        proposal = await place.asked("enter")
        assert proposal.effects == (
            "Creates the draft Spring [b]hiring[/b] (copy).",
            "It has the same settings and 3 steps.",
        )
        await place.press("y")
        await place.told("Draft created: Spring [b]hiring[/b] (copy).")

        assert [one.name for one in source.sequences][1:] == ["Spring [b]hiring[/b] (copy)"]


@LIST_AND_TAB
async def test_a_lost_answer_creates_no_second_duplicate(at: Any) -> None:
    source = Played(ACTIVE)
    source.answer_lost = True
    async with at(source) as place:
        screen = await copy_asked(place)
        await place.asked("enter")
        await place.press("y")
        await until(
            place.pilot,
            lambda: "Trying again won't create a second one" in screen.told,
            "it is told",
        )
        await place.asked("enter")
        await place.press("y")
        await place.told("Draft created")

        assert source.deeds == [("added", 2)]


async def test_a_taken_name_is_reported_and_stays_in_the_field() -> None:
    source = Played(ACTIVE, sequence(2, "Taken"))
    async with on_list(source) as place:
        screen = await copy_asked(place)
        screen.query_one(Input).value = "taken"
        await place.asked("enter")
        await place.press("y")
        await until(place.pilot, lambda: "choose another name" in screen.told, "it is told")

        assert (place.app.screen, screen.typed) == (screen, "taken")


async def test_a_blank_name_is_reported_before_asking() -> None:
    async with on_list(Played(ACTIVE)) as place:
        screen = await copy_asked(place)
        screen.query_one(Input).value = "  "
        await place.press("enter")

        assert screen.told.startswith("It is blank.")


async def test_a_typed_name_is_discarded_only_by_the_second_esc() -> None:
    async with on_list(Played(ACTIVE)) as place:
        screen = await copy_asked(place)
        await place.press("x", "escape")
        assert (place.app.screen, "esc again" in screen.told) == (screen, True)
        await place.press("escape")

        assert place.app.screen is place.page


# Refused, raced, lost.


@LIST_AND_TAB
@pytest.mark.parametrize("key", ["P", "D", "delete"])
async def test_a_viewer_gets_a_message_before_anything_is_asked(at: Any, key: str) -> None:
    source = Played(ACTIVE)
    source.role = Role.VIEWER
    async with at(source) as place:
        await place.press(key)
        await place.told(
            "ana is a viewer and cannot change anything. Ask an admin for the operator role."
        )

        assert place.app.screen is place.page


@LIST_AND_TAB
async def test_a_role_that_was_removed_meanwhile_is_reported(at: Any) -> None:
    source = Played(ACTIVE)
    source.refused = FORBIDDEN
    async with at(source) as place:
        await place.asked("P")
        await place.press("y")
        await place.told("was not paused: 'ana' is a viewer; this needs operator.")

        assert (place.state, source.deeds) == (SequenceState.ACTIVE, [])


@LIST_AND_TAB
async def test_someone_else_was_first_before_it_was_asked(at: Any) -> None:
    source = Played(ACTIVE)
    async with at(source) as place:
        source.set_state(1, SequenceState.PAUSED)
        await place.press("P")
        await place.told("is paused now, so it cannot be paused.")
        await place.until_state(SequenceState.PAUSED)

        assert (place.app.screen, source.deeds) == (place.page, [])


@LIST_AND_TAB
async def test_someone_else_was_first_while_it_was_asked(at: Any) -> None:
    source = Played(ACTIVE)
    async with at(source) as place:
        await place.asked("P")
        source.set_state(1, SequenceState.PAUSED)
        await place.press("y")
        await place.told("was not paused: 'Spring [b]hiring[/b]' is paused")
        await place.until_state(SequenceState.PAUSED)

        assert source.deeds == []


@LIST_AND_TAB
async def test_an_action_in_progress_is_not_asked_again(at: Any) -> None:
    source = Played(ACTIVE)
    async with at(source) as place:
        source.changing.clear()
        await place.asked("P")
        await place.press("y")
        await until(place.pilot, lambda: place.app.session.changing == {1}, "it is under way")
        await place.press("P")
        await place.told("is being changed")
        await place.told("Spring [b]hiring[/b] is being paused …")
        source.changing.set()
        await place.until_state(SequenceState.PAUSED)

        assert source.deeds == [("paused", 1)]


@LIST_AND_TAB
async def test_a_lost_answer_is_reported_as_unknown_and_the_state_is_reread(at: Any) -> None:
    source = Played(ACTIVE)
    source.answer_lost = True
    async with at(source) as place:
        await place.asked("P")
        await place.press("y")
        await place.told("Spring [b]hiring[/b] may have been paused")
        await place.until_state(SequenceState.PAUSED)

        assert source.deeds == [("paused", 1)]


@LIST_AND_TAB
async def test_changes_by_another_operator_are_shown(at: Any) -> None:
    source = Played(ACTIVE)
    async with at(source) as place:
        source.set_state(1, SequenceState.PAUSED)
        source.say("sequence_paused", 1)

        await place.until_state(SequenceState.PAUSED)


# Shown.


@pytest.mark.parametrize(
    ("one", "state", "count"),
    [
        (DRAFT, "✎ draft", "0 enrolled · 0 match · draft: nothing is sent (press A)"),
        (ACTIVE, "▶ active", "0 enrolled · 0 match"),
        (PAUSED, "‖ paused", "0 enrolled · 0 match · paused: nothing is sent (press P)"),
    ],
    ids=["draft", "active", "paused"],
)
async def test_a_tab_shows_the_state_and_why_nothing_is_sent(
    one: SequenceSummary, state: str, count: str
) -> None:
    async with on_contacts(Played(one)) as place:
        page = place.page
        assert isinstance(page, ContactsTab)
        await until(place.pilot, lambda: page.standing is Standing.EMPTY, "nobody is there")

        assert str(page.query_one("#state", Static).render()) == state
        assert str(page.query_one("#summary", Static).render()) == count


async def test_an_archived_sequence_stays_open_and_can_only_be_duplicated() -> None:
    async with on_contacts(Played(sequence(1, "Spring hiring", finished_responded=9))) as place:
        await place.asked("delete")
        await place.press("y")
        await place.until_state(SequenceState.ARCHIVED)

        assert [deed.value for deed in SequenceAction if place.page.can(deed)] == ["duplicate"]
