"""Every action of the registry, wherever it is offered: by each of its keys, and by the palette.

An action that the table below does not know fails the walk: add a line with the expected effect.
A new place goes into `every_place.PLACES`. `make test` walks each place by the first key of each of
its actions, and the Contacts tab by everything; `make soak` walks all places by everything.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.sizes import FULL
from tests.tui.every_place import PLACES, Look, Place, Walker, played
from tests.tui.stage import filled, opened
from tui.actions.palette import ActionCommands
from tui.actions.registry import ACTIONS, MOVING, Action, actions_of
from tui.client import event_stream
from tui.screens.page import Page
from tui.screens.sequences_page import SequencesPage
from tui.widgets import confirm

Effect = Callable[[Look, Look], bool]
"""What must be true of the snapshots before and after."""
_LETTERS: Final = (
    "àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿабвгдежзийклмнопрстуфхцчшщъыьэюяαβγδεζηθικλμνξοπρστυφχψω"
)
_CONTROLS: Final = (
    "ctrl+g", "ctrl+b", "ctrl+o", "ctrl+backslash", "ctrl+underscore", "ctrl+circumflex_accent",
    "ctrl+right_square_bracket",
)  # fmt: skip
_TYPED_IN: Final = {"search", "help", "editor", "line", "path", "step", "choice", "confirm"}
"""Scopes over an input, in which letters are text."""


def opens(kind: str, *words: str) -> Effect:
    """A screen of that class is on top, and shows this."""
    return lambda was, now: (
        now.screen == kind != was.screen and all(word in now.text for word in words)
    )


def tells(words: str) -> Effect:
    """It is shown as a message."""
    return lambda was, now: words in now.told and words not in was.told


def either(*effects: Effect) -> Effect:
    """One of these."""
    return lambda was, now: any(one(was, now) for one in effects)


def is_up(was: Look, now: Look) -> bool:
    return now.cursor == was.cursor - 1


def is_down(was: Look, now: Look) -> bool:
    return now.cursor == was.cursor + 1


def is_above(was: Look, now: Look) -> bool:
    return now.cursor < was.cursor


def is_below(was: Look, now: Look) -> bool:
    return now.cursor > was.cursor


def is_first(_: Look, now: Look) -> bool:
    return now.cursor == 0


def is_closed(was: Look, now: Look) -> bool:
    return now.depth == was.depth - 1


def is_asked_again(was: Look, now: Look) -> bool:
    return now.requests > was.requests and now.screen == was.screen


def is_ended(was: Look, now: Look) -> bool:
    return now.quits > was.quits


SURE: Final = "ConfirmScreen"
EFFECTS: Final[dict[str, Effect]] = {
    # Moving.
    "up": is_up, "down": is_down, "page_up": is_above, "page_down": is_below,
    "first": is_first, "last": is_below,
    "open@sequences": opens("ContactsTab", "Contacts"),
    "open@draft": opens("ContactsTab", "Contacts"),
    "open@contacts": opens("ContactPage"),
    "open@steps": opens("StepEditor", "We have two openings"),
    "open@settings": lambda was, now: now.depth > was.depth,
    "open@new": lambda was, now: now.depth > was.depth,
    "go_on@picker": opens("EnrollPage", "Enroll"),
    "go_on@file": opens(SURE, "Import"),
    "go_on@enroll": opens(SURE, "Enroll"),
    # The list, and a sequence's life.
    "sort": opens("LetterPrompt", "name"),
    "new_sequence": lambda _, now: now.page == "NewSequencePage",
    "make_draft": opens("StepsTab"),
    "activate": opens(SURE, "Activate"),
    "pause_or_resume": either(opens(SURE, "Pause"), opens("ChoiceScreen", "Resume")),
    "duplicate": opens("DuplicateScreen"),
    "archive": either(opens(SURE, "Archive"), tells("archive"), opens("NoticeScreen")),
    # The Contacts tab.
    "mark": lambda was, now: len(now.marks) == len(was.marks) + 1 and is_below(was, now),
    "mark_all": lambda was, now: len(now.marks) > len(was.marks) + 50,
    "mark_all@picker": lambda _, now: "59 contacts selected" in now.text,
    "mark_range": lambda _, now: "range" in now.text,
    "mark_none": lambda _, now: not now.marks,
    "marks_back": tells("no earlier selection"),
    "add_to_group": either(opens("GroupChoice", "Lunch"), opens("ChoiceScreen", "Lunch")),
    "message": opens("MessageEditor"),
    "finish": opens(SURE, "Mark as finished"),
    "try_again": opens(SURE, "Retry"),
    "explain@contacts": opens("ContactPage", "Enrolled by [b]ana[/b]."),
    "explain@contact": lambda was, now: (
        ("Enrolled by [b]ana[/b]." in now.text) > ("Enrolled by [b]ana[/b]." in was.text)
    ),
    "filter": opens("LetterPrompt", "status"),
    "sort_contacts": opens("LetterPrompt", "phone"),
    # Enrolling.
    "enroll": opens("LetterPrompt", "group"),
    "add_somebody": opens("NewContactScreen"),
    "into_group": either(opens("GroupChoice"), opens("ChoiceScreen", "group")),
    "overwrite": lambda was, now: now.requests > was.requests and now.text != was.text,
    # What is written.
    "new_step": opens("StepEditor"),
    "duplicate_step": lambda was, now: len(now.steps) == len(was.steps) + 1,
    "remove_step": lambda was, now: len(now.steps) == len(was.steps) - 1,
    "step_down": lambda was, now: now.steps == (was.steps[0], was.steps[2], was.steps[1]),
    "step_up": lambda was, now: now.steps == (was.steps[1], was.steps[0], was.steps[2]),
    "preview": opens("ContactChoice"),
    "keep_step": is_closed,
    "step_pane": lambda was, now: now.focus != was.focus,
    "local_time": lambda was, now: now.text != was.text and "for everyone" in now.text,
    "merge_field": opens("ChoiceScreen", "field"),
    "plain_text": lambda was, now: "“" in was.typed and "“" not in now.typed,
    "plain_text@scheduled_step": tells("no characters to simplify"),
    "sample": opens("ContactChoice"),
    "preview_whom": opens("ContactChoice"),
    "preview_up": is_up, "preview_down": is_down,
    "preview_page_up": is_above, "preview_page_down": is_below, "close_preview": is_closed,
    "save": tells("no unsaved changes"),
    "newer": tells("Nobody else has saved"),
    "go_back": tells("no unsaved changes"),
    "next_tab": lambda was, now: now.page != was.page,
    "previous_tab": lambda was, now: now.page != was.page,
    "tab_overview": opens("OverviewTab"),
    "tab_steps": opens("StepsTab"),
    "tab_contacts": opens("ContactsTab"),
    "tab_settings": opens("SettingsTab"),
    # Searches and dialogs.
    "leave_search": lambda was, now: was.focus == "Input" != now.focus and now.asked == was.asked,
    "to_rows": lambda was, now: was.focus == "Input" != now.focus,
    "choice_up": is_up, "choice_down": is_down, "close_choice": is_closed,
    "choose": lambda was, now: is_closed(was, now) and now.asked != was.asked,
    "complete": lambda was, now: now.typed == f"{was.typed}csv",
    "send_text": opens(SURE, "Send to"), "close_editor": is_closed,
    "take_line": opens(SURE, "(copy)"), "close_line": is_closed,
    "close_reading": is_closed, "reading_up": is_up, "reading_down": is_down,
    "close_help": is_closed, "help_up": is_up, "help_down": is_down,
    "help_page_up": is_above, "help_page_down": is_below,
    "confirm": lambda was, now: is_closed(was, now) and now.done > was.done,
    "cancel": lambda was, now: is_closed(was, now) and now.done == was.done,
    # One contact, and commands to be copied.
    "reply": lambda was, now: now.focus != was.focus,
    "what_it_is": opens("ChoiceScreen"),
    "next_contact": lambda was, now: now.text != was.text and now.screen == was.screen,
    "previous_contact": lambda was, now: now.text != was.text and now.screen == was.screen,
    "copy_command": opens("CopyScreen"),
    "copying_up": is_up, "copying_down": is_down,
    "copy_this": lambda was, now: now.text != was.text,
    "close_copying": is_closed,
    # Everywhere.
    "help": opens("HelpScreen"),
    "search": lambda was, now: now.focus == "Input" != was.focus,
    "palette": opens("Palette"), "palette_anywhere": opens("Palette"),
    "next_pane": lambda was, now: now.screen == was.screen,
    "sidebar": lambda was, now: now.folded != was.folded,
    "page_1": lambda _, now: now.depth == 2 and now.screen == "SequencesPage",
    "undo": opens(SURE, "Undo"),
    "refresh": is_asked_again,
    "back@sequences": lambda was, now: now.screen == was.screen,
    "back@draft": lambda was, now: now.screen == was.screen,
    "back": lambda was, now: now.depth < was.depth,
    "quit": is_ended, "quit_anywhere": is_ended,
    "theme_dark": lambda _, now: now.theme == "drumbeat-dark",
    "theme_light": lambda _, now: now.theme == "drumbeat-light",
    "theme_16": lambda _, now: now.theme == "drumbeat-16",
}  # fmt: skip
"""What is true after an action, by its id, or by `id@place` where the place matters."""


LINGERING: Final = {
    "reply",
    "next_contact",
    "previous_contact",
    "mark_all",
    "mark_range",
    "mark_none",
    "marks_back",
    "confirm",
    "newer",
    "local_time",
}
"""After these the place is opened again, because the effect is not visible in it."""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits for confirming and reconnecting."""
    monkeypatch.setattr(confirm, "DELAY", 0.01)
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


def more_keys() -> dict[str, str]:
    """A keymap that gives every action one more key."""
    letters = iter(_LETTERS)
    given = {}
    for one in ACTIONS:
        if one.priority or not _TYPED_IN.isdisjoint(one.where):
            mine = [other for other in ACTIONS if set(other.where) & set(one.where)]
            key = "ctrl+y" if one.priority else _CONTROLS[mine.index(one)]
        else:
            key = next(letters)
        given[one.id] = ",".join((*one.keys, key))
    given["quit_anywhere"] = "ctrl+q,ctrl+k"
    return given


KEYMAP: Final = more_keys()


@asynccontextmanager
async def walking(folder: Path) -> AsyncIterator[Walker]:
    """The application with one more key for every action."""
    app = opened(played(), KEYMAP)
    async with app.run_test(size=(80, 24)) as pilot:
        walker = Walker(app.session.client, app, pilot, folder)  # type: ignore[arg-type] # it is the played one

        def count(*_: Any, **__: Any) -> None:
            walker.quits += 1

        answer = walker.source._answer

        async def answered() -> None:
            walker.requests += 1
            await answer()

        walker.source._answer = answered  # type: ignore[method-assign]

        app.exit, leave = count, app.exit  # type: ignore[method-assign]
        yield walker
        leave()


async def go(walker: Walker, place: Place) -> Look:
    """Reset the application, go to a place as if for the first time, and take a snapshot."""
    app = walker.app
    while len(app.screen_stack) > 2:
        await app.pop_screen()
    app.session.marks.clear()
    app.session.picks.clear()
    app.session.drafts.clear()
    fresh = played()
    walker.source.rows.update(fresh.rows)
    walker.source.sequences[:] = fresh.sequences
    await app.switch_screen(SequencesPage(app.session))
    await filled(walker.pilot, app)
    await place.open(walker)
    await walker.pilot.pause()
    app.clear_notifications()
    return walker.look()


async def go_back(walker: Walker, place: Place, start: Look) -> Look:
    """Close what was opened; if that does not restore the place, go there again."""
    app = walker.app
    while len(app.screen_stack) > start.depth:
        await app.pop_screen()
    app.clear_notifications()
    if len(app.screen_stack) == start.depth:
        walker.put_cursor(start.cursor)
        await walker.pilot.pause()
        now = walker.look()
        if now.where == start.where:
            return now
    return await go(walker, place)


def offered(walker: Walker, place: Place) -> list[Action]:
    """What the place offers now, each of its actions once."""
    if place.scopes is not None:
        top = walker.app.screen
        return [
            one for one in actions_of(*place.scopes) if not one.shown_when or one.shown_when(top)
        ]
    page = walker.app.screen
    assert isinstance(page, Page)
    return list(page.offered())


async def by_palette(walker: Walker, action: Action) -> None:
    """Run it as the palette does."""
    page = walker.app.screen
    provider = ActionCommands(page)
    async for hit in provider.discover():
        if str(hit.text).startswith(action.title):
            done = hit.command()
            assert done is not None
            await done
            return
    raise AssertionError(f"the palette does not have {action.title!r}")


@pytest.mark.soak
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_every_action_has_its_effect(place: Place, tmp_path: Path) -> None:
    wrong = []
    async with walking(tmp_path) as walker:
        await walker.until(lambda: walker.app.session.resynced, "the server is followed")
        was = start = await go(walker, place)
        for action in offered(walker, place):
            if place.is_short and action in MOVING and action.id != "go_on":
                continue
            everything = FULL or place.name == "contacts"
            if "app" in action.where and not everything:
                continue
            effect = EFFECTS.get(f"{action.id}@{place.name}") or EFFECTS.get(action.id)
            if effect is None:
                wrong.append(
                    f"{action.id}: EFFECTS in {__name__} does not know it;"
                    " add a line that says what is true after it"
                )
                continue
            by = KEYMAP[action.id].split(",") if everything else list(action.keys[:1])
            if action.palette and place.scopes is None and everything:
                by.append("the palette")
            for how in by:
                if how == "the palette":
                    await by_palette(walker, action)
                else:
                    await walker.press(how)
                if not await has(walker, effect, was):
                    wrong.append(f"{action.id} by {how}: {was[:-3]} became {walker.look()[:-3]}")
                fresh = action.id in LINGERING
                was = await (go(walker, place) if fresh else go_back(walker, place, start))
    assert not wrong, "\n".join(wrong)


async def has(walker: Walker, effect: Effect, was: Look) -> bool:
    """Whether an effect appears."""
    try:
        await walker.until(lambda: effect(was, walker.look()), "the effect")
    except AssertionError:
        return False
    return True


def test_every_action_is_in_the_table() -> None:
    known = {key.partition("@")[0] for key in EFFECTS}

    missing = {one.id for one in ACTIONS} - known
    assert not missing, f"say in EFFECTS what is true after {', '.join(sorted(missing))}"
    assert known <= {one.id for one in ACTIONS}, "EFFECTS knows actions that are no more"
