"""The registry: every action works where it is offered, and no two share a key."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest
from textual.dom import DOMNode

from tests.each import each
from tui.actions.registry import ACTIONS, Action, action_named, actions_of, spell_key
from tui.actions.user_keymap import KeymapWrong, read_keymap, same_keys
from tui.app import DrumbeatApp
from tui.screens.contact_page import ContactPage
from tui.screens.contacts_tab import ContactsTab
from tui.screens.copy_commands import CopyScreen
from tui.screens.enroll_page import EnrollPage
from tui.screens.help import HelpScreen
from tui.screens.import_page import ImportPage
from tui.screens.new_sequence_page import NewSequencePage
from tui.screens.overview_tab import OverviewTab
from tui.screens.page import PAGES, Page
from tui.screens.picker_page import PickerPage
from tui.screens.preview import PreviewScreen
from tui.screens.sequences_page import SequencesPage
from tui.screens.settings_tab import SettingsTab
from tui.screens.step_editor import StepEditor
from tui.screens.steps_tab import StepsTab
from tui.widgets.choice import ChoiceScreen
from tui.widgets.composer import Composer
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.contact_list import ContactList
from tui.widgets.duplicate_screen import DuplicateScreen
from tui.widgets.enrollment_table import EnrollmentTable
from tui.widgets.notice import NoticeScreen
from tui.widgets.path_screen import PathScreen
from tui.widgets.sequence_table import SequenceTable
from tui.widgets.setting_list import SettingList
from tui.widgets.step_table import StepTable

OFFERED: Final[dict[str, tuple[type[DOMNode], ...]]] = {
    "app": (Page, SequencesPage, ContactsTab, ContactPage, PickerPage, ImportPage, EnrollPage),
    "search": (Page,),
    "sequences": (SequencesPage,),
    "list": (SequenceTable, SettingList, StepTable),
    "new": (NewSequencePage,),
    "people": (ContactList,),
    "overview": (OverviewTab,),
    "lines": (EnrollPage, ImportPage),
    "report": (ImportPage,),
    "picker": (PickerPage,),
    "enroll": (OverviewTab, StepsTab, ContactsTab, SettingsTab),
    "path": (PathScreen,),
    "table": (EnrollmentTable,),
    "confirm": (ConfirmScreen,),
    "help": (HelpScreen,),
    "contacts": (ContactsTab,),
    "tabs": (ContactsTab, StepsTab),
    "draft": (StepsTab, SettingsTab),
    "steps": (StepsTab,),
    "step": (StepEditor,),
    "preview": (PreviewScreen,),
    "contact": (ContactPage,),
    "copying": (CopyScreen,),
    "choice": (ChoiceScreen,),
    "editor": (Composer,),
    "life": (SequencesPage, ContactsTab, SettingsTab, OverviewTab, StepsTab),
    "line": (DuplicateScreen,),
    "reading": (NoticeScreen,),
}
"""The classes that offer the actions of a scope."""

EVERYWHERE: Final = {
    "/": "search", "tab": "next_pane", "0": "sidebar", "1": "page_1", ":": "palette",
    "ctrl+p": "palette_anywhere", "?": "help", "u": "undo", "R": "refresh", "q": "quit",
    "ctrl+q": "quit_anywhere", "escape": "back",
}  # fmt: skip
MOVING: Final = {
    "up": "up", "k": "up", "down": "down", "j": "down", "ctrl+d": "page_down", "ctrl+u": "page_up",
    "pagedown": "page_down", "pageup": "page_up", "g": "first", "home": "first", "G": "last",
    "end": "last", "enter": "open",
}  # fmt: skip


def keys_of(*scopes: str) -> dict[str, str]:
    return {key: one.id for one in actions_of(*scopes) for key in one.keys}


def test_keys_match_the_documented_ones() -> None:
    assert keys_of("app") == EVERYWHERE
    assert MOVING.items() <= keys_of("list").items()
    assert keys_of("confirm") == {
        "y": "confirm", "n": "cancel", "escape": "cancel", "enter": "cancel",
    }  # fmt: skip
    assert keys_of("sequences") == {"s": "sort", "n": "new_sequence"}


@each("action", ACTIONS, ids=lambda one: one.id)
def test_an_action_has_a_method_wherever_it_is_offered(action: Action) -> None:
    name, _, _ = action.runs.partition("(")
    for scope in action.where:
        assert OFFERED[scope], scope
        for place in OFFERED[scope]:
            holder: Any = DrumbeatApp if name.startswith("app.") else place
            method = f"action_{name.removeprefix('app.')}"
            assert callable(getattr(holder, method, None)), f"{holder.__name__}.{method}"


def test_ids_are_unique_and_every_action_is_explained() -> None:
    assert len({one.id for one in ACTIONS}) == len(ACTIONS)
    for one in ACTIONS:
        assert one.title, one.id
        assert one.help.endswith("."), one.id
        assert one.label or not one.footer, one.id


def test_no_two_actions_of_a_place_want_the_same_key() -> None:
    clashes = {
        (one.id, other.id): both
        for one, other in combinations(ACTIONS, 2)
        if (both := same_keys(one, other, {}))
    }

    assert clashes == {}


def test_no_key_needs_alt_shift_and_an_arrow_or_a_function_key() -> None:
    for one in ACTIONS:
        for key in one.keys:
            assert "alt" not in key, one.id
            assert "shift" not in key, one.id
            assert not (key[0] == "f" and key[1:].isdigit()), one.id


def test_actions_that_work_while_typing_have_no_letter_keys() -> None:
    assert {key for one in ACTIONS if one.priority for key in one.keys} == {"ctrl+q", "ctrl+p"}


def test_every_page_of_the_sidebar_has_its_digit() -> None:
    for page in PAGES:
        assert action_named(f"page_{page.digit}").keys == (str(page.digit),)


def test_keys_are_spelt_as_people_know_them() -> None:
    spelt = [spell_key(key) for key in ("ctrl+p", "escape", "pagedown", "?", "up", "x")]

    assert spelt == ["ctrl+p", "esc", "pgdn", "?", "↑", "x"]


def written(folder: Path, text: str) -> Path:
    file = folder / "keys.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_no_key_is_changed(tmp_path: Path) -> None:
    assert read_keymap(tmp_path / "keys.toml") == {}


def test_a_file_gives_actions_other_keys(tmp_path: Path) -> None:
    keymap = read_keymap(written(tmp_path, 'help = "H, ctrl+g"\nquit = "Z"\n'))

    assert keymap == {"help": "H,ctrl+g", "quit": "Z"}
    assert action_named("help").keys_under(keymap) == ("H", "ctrl+g")
    assert action_named("undo").keys_under(keymap) == ("u",)


def test_two_actions_can_swap_their_keys(tmp_path: Path) -> None:
    assert read_keymap(written(tmp_path, 'help = "q"\nquit = "?"\n')) == {"help": "q", "quit": "?"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hlep = 'x'", ("hlep", "Did you mean 'help'?")),
        ("zzz = 'x'", ("zzz", "delete the line")),
        ("help = 3", ("help", 'help = "x"')),
        ("help = ''", ("help", 'help = "x"')),
        ("help = 'q'", ("help and quit", "'q'", "another key")),
        ("help = 'question_mark'\nundo='?'", ("help and undo", "'?'", "another key")),
        ("help = 'j'", ("help", "down", "'j'")),
        ("help = 'alt+x'", ("help", "'alt+x'", "Use")),
        ("help = 'nokey'", ("help", "'nokey'", "Use")),
        ("quit_anywhere = 'Q'", ("quit_anywhere", "'Q'", "text fields")),
        ("help = ", ("cannot be read", "Fix it")),
    ],
)
def test_an_invalid_file_is_reported_with_action_key_and_remedy(
    tmp_path: Path, text: str, told: tuple[str, ...]
) -> None:
    file = written(tmp_path, text)

    with pytest.raises(KeymapWrong) as wrong:
        read_keymap(file)

    for part in (str(file), *told):
        assert part in str(wrong.value)
