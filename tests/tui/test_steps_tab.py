"""The Steps tab over a fake server: steps edited, moved, checked, saved, and kept."""

from __future__ import annotations

from typing import Final

import pytest
from textual.widgets import Input

from common.client import ApiProblem, Unreachable
from common.model.sequences import Delay, Finding, Severity, StepDocument
from common.vocabulary import SequenceKind, SequenceState
from tests.tui.stage import URL, link
from tests.tui.writing import failing, open_steps, played, stage, unread
from tests.tui.written import HELLO, LAST, OPENINGS, THREE_STEPS, step
from tui.client import event_stream
from tui.screens import step_editor
from tui.screens.preview import PreviewScreen
from tui.screens.sequences_page import SequencesPage
from tui.screens.step_editor import StepEditor
from tui.state.connection import Link
from tui.state.sequence_actions import SequenceAction, refusal
from tui.widgets.body_area import BodyArea
from tui.widgets.choice import ChoiceScreen
from tui.widgets.chrome import FooterLine
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.contact_choice import ContactChoice
from tui.widgets.notice import NoticeScreen

WARNING: Final = Finding(
    Severity.WARNING, "duplicate_text", 2, "steps[1].body", "It says [b]the[/b] same.", "Change it."
)
ERROR: Final = Finding(
    Severity.ERROR, "never_opens", None, "window", "The window never opens.", "Widen it."
)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for retries."""
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)
    monkeypatch.setattr(step_editor, "AGAIN", 0.05)


# The list.


async def test_each_step_shows_its_time_cost_and_waiting_contacts() -> None:
    async with stage(played(), (120, 40)) as tab:
        head, *steps = tab.lines()[:4]

        assert head.split() == ["Step", "When", "Text", "Seg", "Waiting"]
        assert "immediately after enrolling" in steps[0]
        assert "2 days after step 1" in steps[1]
        assert "1 day 2 hours after step 2" in steps[2]
        assert [line.split()[-2:] for line in steps] == [["1", "2"], ["1", "2"], ["1", "3"]]
        assert tab.part("#standing") == "▶ active · version 3"
        assert tab.part("#detail").startswith("Hi {{ first_name")


async def test_a_draft_is_activated_from_its_steps() -> None:
    async with stage(played(SequenceState.DRAFT)) as tab:
        footer = tab.page.query_one(FooterLine)
        for keys in ("enter open", "n new", "p preview", "w save", "A activate", "? help"):
            assert keys in footer.told


async def test_waiting_contacts_are_updated() -> None:
    async with stage(played()) as tab:
        tab.source.change(11, step=1)
        tab.source.say("changed", 1, enrollment_id=11)
        await tab.until(
            lambda: tab.page.waiting is not None and tab.page.waiting["1"] == 3, "it is counted"
        )

        assert tab.lines()[1].split()[-2:] == ["1", "3"]


async def test_a_sequence_without_steps_says_how_to_write_one() -> None:
    async with stage(played(steps=0)) as tab:
        assert "Press n to write the first one" in tab.part("#notice")

        await tab.press("enter", "X", "d", "p")

        assert tab.toasts == [
            "There are no steps yet. Press n to write the first one.",
            "There are no steps yet. Press n to write the first one.",
            "There are no steps to preview yet. Press n to write the first one.",
        ]


async def test_problems_are_shown_at_their_step_or_below() -> None:
    source = played()
    source.findings = [WARNING, ERROR]
    async with stage(source) as tab:
        await tab.until(lambda: len(tab.page.findings) == 2, "it is checked")

        assert tab.lines()[2].endswith("!1")
        assert "It says" not in tab.part("#detail")
        assert "✗ Sending hours: The window never opens. Widen it." in tab.part("#detail")

        await tab.press("j")
        await tab.until(
            lambda: "! Step 2: It says [b]the[/b] same." in tab.part("#detail"),
            "the problem shows there",
        )


async def test_steps_are_moved_duplicated_and_removed_only_in_the_draft() -> None:
    async with stage(played()) as tab:
        await tab.press("J")
        assert tab.bodies == [OPENINGS, HELLO, LAST]

        await tab.press("K", "K", "d")
        assert tab.toasts == ["This is already the first step."]
        assert tab.bodies == [HELLO, HELLO, OPENINGS, LAST]
        assert tab.lines()[2].split()[:3] == ["▸", "+", "2"]

        await tab.press("G", "X")
        assert tab.bodies == [HELLO, HELLO, OPENINGS]
        assert [one.id for one in tab.draft.steps] == [11, None, 12]
        assert f"step 3 is removed when you save: {LAST}" in tab.part("#detail")
        assert "2 unsaved changes, press w to save" in tab.part("#standing")
        assert tab.source.replaced == []


async def test_removing_an_unsaved_text_asks_first() -> None:
    async with stage(played()) as tab:
        await tab.press("d", "X")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")
        assert HELLO in tab.asked

        await tab.confirm()
        assert tab.bodies == [HELLO, OPENINGS, LAST]


async def test_discarding_changes_asks_and_shows_what_is_lost() -> None:
    async with stage(played()) as tab:
        await tab.press("U")
        assert tab.toasts == ["You have no unsaved changes."]

        await tab.press("X", "U")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")
        assert "Step 1, removed" in tab.asked

        await tab.confirm()
        assert (tab.bodies, tab.draft.changed) == ([HELLO, OPENINGS, LAST], False)


async def test_what_does_not_fit_below_the_steps_can_be_scrolled() -> None:
    source = played()
    long = "\n".join(f"line {n}" for n in range(40))
    source.fields[1] = {"steps": (step(11, 1, long),), "version": 3}
    async with stage(source) as tab:
        below = tab.page.query_one("#below")
        await tab.press("tab", "end")
        await tab.until(lambda: below.scroll_offset.y == below.max_scroll_y > 0, "it is scrolled")


# The editor.


async def test_a_step_is_written_with_its_time_and_its_text() -> None:
    async with stage(played()) as tab:
        await tab.press("n")
        await tab.until(lambda: isinstance(tab.app.screen, StepEditor), "the editor opens")
        await tab.press(*"Hi there?", "tab", "tab", "5", "tab", "3", "0", "ctrl+s")

        assert tab.bodies == [HELLO, "Hi there?", OPENINGS, LAST]
        assert tab.draft.steps[1].delay == Delay(days=1, hours=5, minutes=30)
        assert tab.lines()[2].split()[:9] == ["▸", "+", "2", "+1", "d", "5", "h", "30", "min"]


async def test_letters_in_a_number_show_a_message_until_something_is_typed() -> None:
    async with stage(played()) as tab:
        await tab.press("n")
        await tab.until(lambda: isinstance(tab.app.screen, StepEditor), "the editor opens")
        await tab.press("tab", "x")
        await tab.until(lambda: "Only digits here" in tab.part("#shown"), "a message shows")
        await tab.press("7")
        await tab.until(lambda: "Only digits here" not in tab.part("#shown"), "it is over")

        assert tab.draft.steps[1].delay == Delay(days=7)


async def test_a_new_empty_step_is_removed() -> None:
    async with stage(played()) as tab:
        await tab.press("n")
        await tab.until(lambda: isinstance(tab.app.screen, StepEditor), "the editor opens")
        await tab.press("escape")

        assert tab.bodies == [HELLO, OPENINGS, LAST]
        assert not tab.draft.changed


async def test_opening_a_text_with_invisible_characters_does_not_change_it() -> None:
    source = played()
    source.fields[1] = {"steps": (step(11, 1, "a\u200bb \u202e c"),), "version": 3}
    async with stage(source) as tab:
        editor = await tab.edit()
        assert editor.area.text == "ab  c"

        await tab.press("escape")
        assert not tab.draft.changed


async def test_esc_keeps_what_was_typed() -> None:
    async with stage(played()) as tab:
        await tab.edit()
        await tab.press(*" Now", "escape")

        assert tab.bodies[0] == f"{HELLO} Now"
        assert "1 unsaved change" in tab.part("#standing")


async def test_typed_text_survives_leaving_and_quitting_asks() -> None:
    async with stage(played()) as tab:
        await tab.edit()
        await tab.press(*" Now", "escape", "escape")
        await tab.until(lambda: isinstance(tab.app.screen, SequencesPage), "up")
        assert tab.toasts == ["Your unsaved changes to Spring hiring 2026 are kept here."]

        await tab.press("q")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")
        assert "You will lose: unsaved changes to Spring hiring 2026." in tab.asked

        await tab.pilot.pause(0.4)
        await tab.press("n")
        await open_steps(tab)
        assert tab.bodies[0] == f"{HELLO} Now"


async def test_quitting_from_the_editor_asks_about_typed_text() -> None:
    async with stage(played()) as tab:
        await tab.edit()
        await tab.press("!", "ctrl+q")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")

        assert "unsaved changes to Spring hiring 2026" in tab.asked


async def test_a_lost_connection_loses_no_text_and_the_editor_reconnects() -> None:
    async with stage(played()) as tab:
        editor = await tab.edit()
        tab.source.go_away()
        await tab.until(lambda: link(tab.app) is Link.STALE, "the server is gone")
        await tab.press(*" Now")
        await tab.until(lambda: "What you type is kept" in tab.part("#shown"), "told")
        await tab.press("!")
        tab.source.come_back()
        await tab.until(lambda: "For Abadi, Lena (sample)" in tab.part("#shown"), "it is checked")

        assert editor.area.text == f"{HELLO} Now!"
        assert "Not checked" not in tab.part("#shown")
        await tab.press("escape")
        assert tab.bodies[0] == f"{HELLO} Now!"


async def test_a_text_shows_its_cost_and_its_costly_characters_are_replaced() -> None:
    async with stage(played()) as tab:
        editor = await tab.edit()
        editor.area.text = "“Now” – or never … 山"
        await tab.until(lambda: "→" in tab.part("#counts"), "told")
        assert tab.part("#counts").split("\n") == [
            "20 characters · 1 segment (UCS-2) · 50 left in this segment",
            '“ → ", ” → ", – → -, … → ..., 1 more: a segment holds 70 characters, not 160',
        ]

        await tab.press("ctrl+r")
        assert editor.area.text == '"Now" - or never ... 山'

        await tab.press("ctrl+r", "ctrl+z")
        assert tab.toasts == ["There are no characters to simplify."]
        assert editor.area.text == "“Now” – or never … 山"


async def test_a_merge_field_is_inserted_at_the_cursor() -> None:
    async with stage(played()) as tab:
        editor = await tab.edit()
        editor.area.text = "Hi "
        editor.area.move_cursor((0, 3))
        await tab.press("ctrl+t")
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "the fields are offered")
        screen = tab.app.screen
        assert isinstance(screen, ChoiceScreen)
        assert "company" in {one.label for one in screen.left}

        await tab.press(*"comp", "enter", "!", "ctrl+t", *"Job title", "enter")
        assert editor.area.text == "Hi {{ company }}!{{ Job_title }}"


async def test_the_text_is_previewed_for_a_contact_found_by_search() -> None:
    async with stage(played()) as tab:
        editor = await tab.edit()
        await tab.press("ctrl+n")
        await tab.until(lambda: isinstance(tab.app.screen, ContactChoice), "the choice is open")
        screen = tab.app.screen
        assert isinstance(screen, ContactChoice)
        await tab.press(*"okafor")
        await tab.until(lambda: len(screen.left) == 2, "Sam is found")
        await tab.press("enter")
        await tab.until(lambda: "Hi Sam, Ana" in tab.part("#shown"), "it is shown")
        assert "For Okafor, Sam: " in tab.part("#shown")

        editor.area.text = "Hi {{ first_name }}"
        await tab.press("ctrl+n")
        await tab.until(lambda: isinstance(tab.app.screen, ContactChoice), "the choice is open")
        await tab.until(lambda: len(left(tab.app.screen)) == 4, "all are there")
        await tab.press("down", "enter")
        await tab.until(lambda: "would not get it" in tab.part("#shown"), "a message shows")
        assert "This contact has no first_name. Add a fallback" in tab.part("#shown")


def left(screen: object) -> list[object]:
    """The entries of a choice."""
    return list(screen.left) if isinstance(screen, ChoiceScreen) else []


async def test_a_scheduled_step_has_a_date_and_time_and_says_what_is_wrong_with_it() -> None:
    source = played()
    source.fields[1] = {"kind": SequenceKind.SCHEDULED, "steps": (), "version": 3}
    async with stage(source) as tab:
        await tab.press("n")
        await tab.until(lambda: isinstance(tab.app.screen, StepEditor), "the editor opens")
        await tab.press(*"Hi", "tab", *"2026-12-01", "tab", *"25:00")
        await tab.until(lambda: "is not a date and time" in tab.part("#shown"), "a message shows")
        tab.editor.query_one("#time", Input).value = "9:00"
        assert tab.part("#local").strip() == "each contact's local time"

        await tab.press("ctrl+l")
        assert tab.part("#local").strip() == "America/New_York time for everyone"

        await tab.press("escape")
        assert (tab.draft.steps[0].at, tab.draft.steps[0].local) == ("2026-12-01T09:00", False)
        assert "1 Dec 2026 09:00 " in tab.lines()[1]


# The preview.


async def test_every_step_is_previewed_for_the_chosen_contact() -> None:
    source = played()
    texts = (step(11, 1, "Hi {{ first_name }}"), step(12, 2, "“Now”", days=2))
    source.fields[1] = {"steps": texts, "version": 3}
    async with stage(source) as tab:
        await tab.press("p")
        await tab.until(lambda: isinstance(tab.app.screen, ContactChoice), "the choice is open")
        await tab.until(lambda: len(left(tab.app.screen)) == 4, "contacts are found")
        await tab.press("down", "enter")
        await tab.until(lambda: "Nameless" in tab.part("#whose"), "they are shown")
        await tab.until(lambda: "has no first_name" in tab.part("#texts"), "they are shown")
        shown = tab.part("#texts").split("\n")

        assert shown[0] == "Step 1 · immediately after enrolling · not sent"
        assert shown[1].startswith("✗ This contact has no first_name. Add a fallback")
        assert shown[-3:] == [
            "Step 2 · 2 days after step 1 · 5 characters · 1 segment (UCS-2)",
            "“Now”",
            '! Costly characters: “ → ", ” → ". With plain characters: 1 segment.',
        ]

        await tab.press("escape", "p")
        await tab.until(lambda: isinstance(tab.app.screen, PreviewScreen), "it is remembered")
        assert "Nameless" in tab.part("#whose")


async def test_without_a_server_the_preview_says_why_it_is_empty() -> None:
    async with stage(played()) as tab:
        tab.source.go_away()
        await tab.until(lambda: link(tab.app) is Link.STALE, "the server is gone")
        await tab.press("p")
        await tab.until(lambda: isinstance(tab.app.screen, ContactChoice), "the choice is open")
        await tab.until(lambda: "Could not load contacts" in tab.part("#hint"), "a message shows")
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, PreviewScreen), "a preview shows")
        await tab.until(lambda: "No preview" in tab.part("#texts"), "the reason shows")

        assert "Abadi, Lena (sample)" in tab.part("#whose")


# Saving.


async def test_a_draft_is_saved_without_asking() -> None:
    async with stage(played(SequenceState.DRAFT)) as tab:
        await tab.press("X", "w")
        await tab.until(lambda: tab.draft.base.version == 4, "it is saved")

        assert [one.body for one in tab.source.replaced[0].steps] == [OPENINGS, LAST]
        assert tab.toasts == ["Spring hiring 2026 was saved as version 4."]
        assert not tab.draft.changed
        assert tab.part("#standing") == "✎ draft · version 4"


async def test_a_draft_that_someone_activated_meanwhile_asks() -> None:
    async with stage(played(SequenceState.DRAFT)) as tab:
        await tab.press("X")
        tab.source.set_state(1, SequenceState.ACTIVE)
        await tab.press("w")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")

        assert tab.source.replaced == []


async def test_nothing_is_saved_while_the_state_is_being_changed() -> None:
    async with stage(played(SequenceState.DRAFT)) as tab:
        await tab.press("X")
        tab.app.session.changing.add(1)
        await tab.press("w")

        assert tab.toasts == ["The sequence's state is changing. Press w again when that is done."]
        assert tab.source.replaced == []


def test_an_operation_still_running_is_reported_as_unknown() -> None:
    running = ApiProblem(409, "idempotency_running", "It is still under way.")

    assert refusal(SequenceAction.PAUSE, "Spring", running).startswith(
        "Spring may have been paused"
    )


async def test_a_running_sequence_is_saved_after_its_effects_are_confirmed() -> None:
    source = played()
    source.moves, source.ends = 7, 2
    async with stage(source) as tab:
        await tab.press("j")
        await tab.edit()
        await tab.press("!", "escape", "G", "X", "w")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")

        assert tab.asked.split("\n") == [
            "Save changes to Spring hiring 2026",
            "412,033 pending: they will use version 4.",
            "2 of them have no texts left and will finish.",
            "7 get a different next text, or get it at a different time.",
            "Step 2 has a new text: 4 will get it, 3 are past it.",
            "Step 3 is removed: 3 waiting for it continue with the next step.",
            "",
            "Step 2, text:",
            f"    before: {OPENINGS}",
            f"    after:  {OPENINGS}!",
            f"Step 3, removed, after 1 day 2 hours: {LAST}",
            "Nobody gets a step twice, and texts already sent do not change.",
        ]
        assert source.replaced == []

        await tab.confirm()
        await tab.until(lambda: tab.draft.base.version == 4, "it is saved")
        assert [one.id for one in source.replaced[0].steps] == [11, 12]


async def test_saving_without_changes_shows_a_message() -> None:
    async with stage(played()) as tab:
        await tab.press("w")

        assert tab.toasts == ["You have no unsaved changes."]


async def test_a_running_sequence_is_not_saved_with_errors() -> None:
    source = played()
    source.findings = [ERROR]
    async with stage(source) as tab:
        await tab.press("X", "w")
        await tab.until(lambda: isinstance(tab.app.screen, NoticeScreen), "a message shows")
        screen = tab.app.screen
        assert isinstance(screen, NoticeScreen)

        assert screen.lines[0] == "✗ Sending hours: The window never opens. Widen it."
        assert source.replaced == []


async def test_an_invalid_document_is_reported_without_the_server() -> None:
    async with stage(played()) as tab:
        tab.draft.replace(1, StepDocument("x", Delay(days=9_999)))
        await tab.press("w")
        await tab.until(lambda: isinstance(tab.app.screen, NoticeScreen), "a message shows")
        screen = tab.app.screen
        assert isinstance(screen, NoticeScreen)

        assert screen.lines[0].startswith("✗ Step 2: Expected `int` <= 3650")


async def test_a_version_saved_by_someone_else_is_offered_and_nothing_is_overwritten() -> None:
    async with stage(played()) as tab:
        await tab.press("X")
        tab.source.save(1, late_hours=3)
        await tab.press("w")
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "it is offered")
        assert tab.source.replaced == []

        await tab.press("enter")
        await tab.until(lambda: tab.app.screen is tab.page, "brought over")
        assert (tab.bodies, tab.draft.document.late_hours) == ([OPENINGS, LAST], 3)
        assert tab.draft.base.version == 4

        await tab.press("w")
        await tab.confirm()
        await tab.until(lambda: tab.draft.base.version == 5, "it is saved")
        assert tab.source.replaced[0].late_hours == 3


async def test_a_conflict_while_saving_keeps_the_draft_and_offers_their_version() -> None:
    async with stage(played()) as tab:
        await tab.press("X", "w")
        await tab.until(lambda: isinstance(tab.app.screen, ConfirmScreen), "it is asked")
        tab.source.save(1, steps=THREE_STEPS[:2], daily_limit=2)
        await tab.confirm_over()
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "it is offered")
        assert any("someone else saved it first" in one for one in tab.toasts)
        assert tab.bodies == [OPENINGS, LAST]

        await tab.press("down", "enter")
        await tab.until(lambda: tab.app.screen is tab.page, "theirs is taken")
        assert (tab.bodies, tab.draft.changed) == ([HELLO, OPENINGS], False)
        assert tab.draft.document.daily_limit == 2


async def test_a_changed_state_keeps_the_draft_and_is_reported() -> None:
    async with stage(played()) as tab:
        await tab.press("X")
        tab.source.save(1)
        await tab.press("w")
        await tab.until(lambda: bool(tab.toasts), "a message shows")
        assert tab.toasts == ["Their version does not affect your changes. Press w again to save."]

        await tab.press("w")
        await tab.confirm()
        await tab.until(lambda: tab.draft.base.version == 5, "it is saved")


async def test_clashes_are_shown_after_a_merge() -> None:
    async with stage(played()) as tab:
        await tab.edit()
        await tab.press("!", "escape")
        tab.source.save(1, steps=(step(11, 1, "Theirs"), *THREE_STEPS[1:]))
        tab.source.say("sequence_changed", 1)
        await tab.until(lambda: tab.draft.newer is not None, "it is known")
        assert "version 4 was saved by someone else, press b" in tab.part("#standing")

        await tab.press("b")
        await tab.until(lambda: isinstance(tab.app.screen, ChoiceScreen), "it is offered")
        await tab.press("enter")
        await tab.until(lambda: isinstance(tab.app.screen, NoticeScreen), "a message shows")
        screen = tab.app.screen
        assert isinstance(screen, NoticeScreen)
        assert screen.lines[0] == "You both changed the text of a step. Theirs was: Theirs"
        assert tab.bodies[0] == f"{HELLO}!"


async def test_a_version_by_others_is_shown_if_nothing_was_changed() -> None:
    async with stage(played()) as tab:
        tab.source.save(1, name="Autumn", steps=THREE_STEPS[:1])
        tab.source.say("sequence_changed", 1)
        await tab.until(lambda: tab.bodies == [HELLO], "it is shown")

        assert tab.page.called == "Autumn"


async def test_a_version_by_others_waits_until_the_editor_is_closed() -> None:
    async with stage(played()) as tab:
        editor = await tab.edit()
        tab.source.save(1, steps=THREE_STEPS[1:])
        tab.source.say("sequence_changed", 1)
        await tab.pilot.pause(0.5)
        await tab.press("!", "escape")
        await tab.until(lambda: tab.draft.newer is not None, "it is known")

        assert editor.place == 0
        assert tab.bodies == [f"{HELLO}!", OPENINGS, LAST]


async def test_a_lost_answer_is_reported_as_unknown_and_checked() -> None:
    async with stage(played(SequenceState.DRAFT)) as tab:
        really = tab.source.replace_sequence

        async def lose(*args: object, **more: object) -> object:
            await really(*args, **more)  # type: ignore[arg-type]
            raise Unreachable(URL, "it took the request and did not answer in time")

        tab.source.replace_sequence = lose  # type: ignore[method-assign,assignment]
        await tab.press("d", "w")
        await tab.until(lambda: tab.draft.base.version == 4, "it is found out")

        assert "Spring hiring 2026 may have been saved" in tab.toasts[0]
        assert not tab.draft.changed
        assert None not in {one.id for one in tab.draft.steps}


async def test_an_unreachable_server_saves_nothing_and_this_is_reported() -> None:
    async with stage(played()) as tab:
        tab.source.go_away()
        await tab.until(lambda: link(tab.app) is Link.STALE, "the server is gone")
        await tab.press("X", "w")
        await tab.until(lambda: bool(tab.toasts), "a message shows")

        assert "was not saved" in tab.toasts[0]
        assert "Your changes are kept. Press w to try again." in tab.toasts[0]
        assert tab.bodies == [OPENINGS, LAST]


async def test_a_refusal_is_shown_with_its_reason() -> None:
    source = played(SequenceState.DRAFT)
    source.refuses = ApiProblem(409, "sequence_exists", "There is a sequence 'x'; choose another.")
    async with stage(source) as tab:
        await tab.press("X", "w")
        await tab.until(lambda: bool(tab.toasts), "a message shows")

        assert "There is a sequence 'x'; choose another. Your changes are kept." in tab.toasts[0]


async def test_an_archived_sequence_cannot_be_changed() -> None:
    source = played()
    source.fields[1]["state"] = SequenceState.ARCHIVED
    async with stage(source) as tab:
        await tab.press("X", "enter", "n")

        assert tab.toasts == ["It is archived. Duplicate it (D) and change the copy."] * 3
        assert not tab.draft.changed


async def test_it_shows_why_the_steps_failed_to_load(monkeypatch: pytest.MonkeyPatch) -> None:
    source = played()
    monkeypatch.setattr(source, "get_sequence", failing(Unreachable(URL, "it is full")))
    async with unread(source) as tab:
        await tab.until(lambda: "it is full" in tab.part("#notice"), "a message shows")
        await tab.press("n")

        assert tab.toasts == ["The sequence has not loaded yet. Press R to try again."]


def test_text_areas_are_cleaned() -> None:
    assert BodyArea("a\x1b[31mb").text == "a␛[31mb"
