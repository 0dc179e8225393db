"""The registry of actions: keys, labels, and where each is offered.

Bindings, footer, help, command palette and the user's keymap are all made from it. A screen says
`BINDINGS = bindings_of("sequences")` and has a method `action_<does>` for each of them; `app.`
before the name means the application's, and `start('finish')` runs a flow of `tui.flows`. Scopes
are places (`app` is every page) or parts of them (`list`).

Keys are written as Textual names them. Nothing needs Alt, Shift with an arrow, or a function key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from textual.binding import Binding

from common.vocabulary import Status


@dataclass(frozen=True, slots=True)
class Action:
    """Something an operator can do.

    `label` is shown in the footer, `title` in the help and, with `palette`, in the command palette;
    `help` is a sentence, and `words` are other words to find it by. `does` is the name of its
    method; by default that is the id. `shown_when` and, for the footer, `footer_when` are called
    with the page. A `priority` action also works while typing, and so has only ctrl keys.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    title: str
    help: str
    where: tuple[str, ...]
    footer: bool = False
    does: str = ""
    shown_when: Callable[[Any], bool] | None = None
    priority: bool = False
    palette: bool = True
    footer_when: Callable[[Any], bool] | None = None
    words: str = ""

    @property
    def runs(self) -> str:
        """The name of the Textual action."""
        return self.does or self.id

    def keys_under(self, keymap: Mapping[str, str]) -> tuple[str, ...]:
        """Its keys, or those in the user's keymap."""
        changed = keymap.get(self.id)
        return self.keys if changed is None else tuple(changed.split(","))

    def is_called(self, typed: str) -> bool:
        """Whether each typed word starts one of its other words."""
        known = self.words.split()
        asked = typed.casefold().split()
        return bool(asked) and all(any(one.startswith(part) for one in known) for part in asked)

    def leads(self, page: Any) -> bool:
        """Whether it belongs in the footer of a page now."""
        return self.footer and (self.footer_when is None or self.footer_when(page))


def _searchable(page: Any) -> bool:
    return bool(page.searchable)


def _can(name: str) -> Callable[[Any], bool]:
    def shown(page: Any) -> bool:
        return bool(page.can(name))

    return shown


def _scheduled(editor: Any) -> bool:
    return bool(editor.scheduled)


def _another_tab(name: str) -> Callable[[Any], bool]:
    def shown(page: Any) -> bool:
        return bool(page.tab != name)

    return shown


def _aimed(page: Any) -> bool:
    return bool(page.aimed_at)


def _not_aimed(page: Any) -> bool:
    return not page.aimed_at


def _aimed_at(status: Status) -> Callable[[Any], bool]:
    def shown(page: Any) -> bool:
        return status in page.aimed_at

    return shown


def _to_enroll_from(page: Any) -> bool:
    return page.tab != "Steps" and not page.aimed_at


def _can_sleep_or_wake(page: Any) -> bool:
    return bool(page.can("pause") or page.can("resume"))


def _undecided(page: Any) -> bool:
    return bool(page.undecided)


def _has_text_to_read(page: Any) -> bool:
    return page.unread is not None


def _has_list(page: Any) -> bool:
    return page.beside is not None


def _typing(page: Any) -> bool:
    return bool(page.typing)


TABS: Final = ("Overview", "Steps", "Contacts", "Settings")
"""The tabs of a sequence's page, in their order."""

EVERYWHERE: Final = (
    Action("help", ("?",), "help", "Help", "Show and search the keys for this page.",
           ("app",), footer=True, does="app.help", words="keys shortcuts"),
    Action("search", ("/",), "search", "Search", "Search this page.",
           ("app",), footer=True, shown_when=_searchable, words="find"),
    Action("palette", (":",), "commands", "Commands", "Find an action by its name.",
           ("app",), footer=True, does="app.palette", palette=False),
    Action("palette_anywhere", ("ctrl+p",), "commands", "Commands, even while typing",
           "Find an action by its name. Also works while you type.",
           ("app",), does="app.palette", priority=True, palette=False),
    Action("next_pane", ("tab",), "pane", "Next pane", "Go to the next part of the page.",
           ("app",), does="app.focus_next", palette=False),
    Action("sidebar", ("0",), "pages", "Pages", "Open or close the list of pages.",
           ("app",), does="sidebar"),
    Action("page_1", ("1",), "sequences", "Go to Sequences", "Open the list of sequences.",
           ("app",), does="app.show_page(1)"),
    Action("undo", ("u",), "undo", "Undo my last action",
           "Undo your last action that can still be undone. Asks first.",
           ("app",), does="start('undo')", words="take back revert"),
    Action("refresh", ("R",), "refresh", "Refresh",
           "Reload this page, and reconnect now if the connection is lost.", ("app",)),
    Action("back", ("escape",), "back", "Back",
           "Close what is open; then leave the search, clear it, or go back a page.",
           ("app",), palette=False),
    Action("quit", ("q",), "quit", "Quit",
           "Quit. Asks first if you have a draft or a selection.",
           ("app",), footer=True, does="app.quit", words="exit leave"),
    Action("quit_anywhere", ("ctrl+q",), "quit", "Quit, even while typing",
           "Quit from anywhere except a confirmation.",
           ("app",), does="app.quit", priority=True, palette=False),
)  # fmt: skip

SETTINGS: Final = (
    Action("theme_dark", (), "", "Theme: dark", "Use light text on a dark background.",
           ("app",), does="app.colours('drumbeat-dark')", words="colors colours"),
    Action("theme_light", (), "", "Theme: light", "Use dark text on a light background.",
           ("app",), does="app.colours('drumbeat-light')", words="colors colours"),
    Action("theme_16", (), "", "Theme: terminal colors",
           "Use the 16 colors of your terminal.",
           ("app",), does="app.colours('drumbeat-16')", words="colors colours"),
)  # fmt: skip

_MOVED: Final = ("list", "table", "contact", "people", "lines", "overview")
"""Places with the same keys to move through rows or lines."""
MOVING: Final = (
    Action("up", ("up", "k"), "up", "Up", "Go up one row.",
           _MOVED, does="cursor_up", palette=False),
    Action("down", ("down", "j"), "down", "Down", "Go down one row.",
           _MOVED, does="cursor_down", palette=False),
    Action("page_up", ("pageup", "ctrl+u"), "page up", "Page up", "Go up one page.",
           _MOVED, does="page_up", palette=False),
    Action("page_down", ("pagedown", "ctrl+d"), "page down", "Page down", "Go down one page.",
           _MOVED, does="page_down", palette=False),
    Action("first", ("g", "home"), "first", "First row", "Go to the first row.",
           _MOVED, does="scroll_top", palette=False),
    Action("last", ("G", "end"), "last", "Last row", "Go to the last row.",
           _MOVED, does="scroll_bottom", palette=False),
    Action("open", ("enter",), "open", "Open", "Open the row under the cursor.",
           ("list", "table"), footer=True, does="select_cursor", footer_when=_not_aimed),
    Action("go_on", ("enter",), "continue", "Continue",
           "Go to the next step. Asks before anything happens.",
           ("people", "lines"), footer=True, does="select_cursor"),
)  # fmt: skip

OF_ONE_ROW: Final = frozenset(
    {"open", "go_on", "mark", "mark_range", "message", "finish", "try_again", "explain"}
    | {"add_to_group", "copy_command"}
)
"""Actions on the row under the cursor."""

SEARCHING: Final = (
    Action("leave_search", ("escape",), "leave search", "Leave the search",
           "Keep the search text and leave the search line.",
           ("search",), footer=True, shown_when=_typing, palette=False),
    Action("to_rows", ("enter",), "go to list", "Go to the list",
           "Keep the search text and go to the matching rows.",
           ("search",), footer=True, shown_when=_typing, palette=False),
)  # fmt: skip

SEQUENCES: Final = (
    Action("sort", ("s",), "sort", "Sort",
           "Press a column's letter to sort by it; the same column again reverses the order.",
           ("sequences",), footer=True, words="order"),
    Action("new_sequence", ("n",), "new", "New sequence",
           "Create a draft of a new sequence.",
           ("sequences",), footer=True, words="add create campaign"),
)  # fmt: skip
NEW: Final = (
    Action("make_draft", ("w",), "create draft", "Create the draft",
           "Create the sequence as a draft and open it.", ("new",), footer=True),
)  # fmt: skip
"""A new sequence."""

LIFE: Final = (
    Action("activate", ("A",), "activate", "Activate",
           "Start sending the texts of a draft. Asks first; refuses while it has errors.",
           ("life",), footer=True, shown_when=_can("activate"),
           does="start('activate')", footer_when=_not_aimed,
           words="start launch run publish check lint"),
    Action("pause_or_resume", ("P",), "pause/resume", "Pause or resume",
           "Stop all texts of the sequence until you resume it, or resume it. Asks first.",
           ("life",), does="start('pause_or_resume')", footer=True,
           shown_when=_can_sleep_or_wake, footer_when=_not_aimed,
           words="stop hold wake"),
    Action("duplicate", ("D",), "duplicate", "Duplicate",
           "Create a draft with the same settings and texts under a new name.",
           ("life",), shown_when=_can("duplicate"),
           does="start('duplicate')", words="copy clone"),
    Action("archive", ("delete",), "archive", "Archive",
           "Archive the sequence for good. Asks first; refuses while contacts are pending.",
           ("life",), shown_when=_can("archive"),
           does="start('archive')", words="delete remove"),
)  # fmt: skip
"""A sequence as a whole."""
MOVING_TABS: Final = (
    Action("next_tab", ("]", ">"), "tab", "Next tab",
           "Go to the next tab of this sequence.", ("tabs",), does="app.move_tab(1)"),
    Action("previous_tab", ("[", "<"), "tab", "Previous tab",
           "Go to the previous tab of this sequence.", ("tabs",), does="app.move_tab(-1)"),
    *(
        Action(f"tab_{name.lower()}", (), "", name, about, ("tabs",),
               does=f"app.show_tab('{name}')", shown_when=_another_tab(name), words=words)
        for name, about, words in (
            ("Overview", "See how this sequence is doing.", "check lint errors statistics"),
            ("Steps", "See and edit the texts of this sequence.",
             "edit texts messages check lint"),
            ("Contacts", "See who is enrolled in this sequence.", "people enrollments"),
            ("Settings", "See and change the settings of this sequence.", "edit options"),
        )
    ),
)  # fmt: skip
"""The tabs of a sequence's page."""

STEPS: Final = (
    Action("new_step", ("n",), "new", "New step",
           "Add a step after the one under the cursor.", ("steps",), footer=True,
           words="add write text"),
    Action("preview", ("p",), "preview", "Preview for a contact",
           "Show every text as a contact would get it, and what it costs.",
           ("steps",), footer=True, words="check test try"),
    Action("duplicate_step", ("d",), "duplicate", "Duplicate the step",
           "Add a copy of this step after it.", ("steps",)),
    Action("remove_step", ("X",), "remove", "Remove the step",
           "Remove the step. It is deleted only when you save.", ("steps",), footer=True,
           words="delete"),
    Action("step_down", ("J",), "move", "Move the step down",
           "Swap the step with the one below.", ("steps",), footer=True,
           does="move_step(1)"),
    Action("step_up", ("K",), "move", "Move the step up",
           "Swap the step with the one above.", ("steps",),
           does="move_step(-1)"),
)  # fmt: skip
"""The steps of a sequence."""
STEP: Final = (
    Action("keep_step", ("ctrl+s", "escape"), "done", "Back to the steps",
           "Go back and keep what you typed. Texts change only when you save.",
           ("step",), footer=True, does="keep", palette=False),
    Action("step_pane", ("tab",), "next", "Next field",
           "Go from the text to each time field, and back to the text.",
           ("step",), footer=True, does="app.focus_next", palette=False),
    Action("local_time", ("ctrl+l",), "time zone", "Switch the time zone",
           "Send at each contact's local time, or at the same moment for everyone.",
           ("step",), footer=True, shown_when=_scheduled, palette=False),
    Action("merge_field", ("ctrl+t",), "field", "Insert a merge field",
           "Insert a placeholder for the contact's name or another field.",
           ("step",), footer=True, does="field", palette=False),
    Action("plain_text", ("ctrl+r",), "simplify", "Simplify characters",
           "Replace curly quotes and other characters that make a text cost more.",
           ("step",), footer=True, does="plain", palette=False),
    Action("sample", ("ctrl+n",), "preview as", "Preview as another contact",
           "Show the text as the contact you choose would get it.",
           ("step",), footer=True, does="for_whom", palette=False),
)  # fmt: skip
"""The editor of a step."""
PREVIEW: Final = (
    Action("preview_whom", ("p",), "preview as", "Preview as another contact",
           "Show the texts as the contact you choose would get them.",
           ("preview",), does="for_whom", palette=False),
    Action("preview_up", ("up", "k"), "up", "Up", "Scroll up one line.", ("preview",),
           does="move(-1)", palette=False),
    Action("preview_down", ("down", "j"), "down", "Down", "Scroll down one line.", ("preview",),
           does="move(1)", palette=False),
    Action("preview_page_up", ("pageup", "ctrl+u"), "page up", "Page up", "Scroll up ten lines.",
           ("preview",), does="move(-10)", palette=False),
    Action("preview_page_down", ("pagedown", "ctrl+d"), "page down", "Page down",
           "Scroll down ten lines.", ("preview",), does="move(10)", palette=False),
    Action("close_preview", ("escape", "enter"), "close", "Close", "Go back to the steps.",
           ("preview",), does="close", palette=False),
)  # fmt: skip
"""The texts as one contact would get them."""

DRAFTING: Final = (
    Action("save", ("w",), "save", "Save changes",
           "Save your changes. If the sequence is running, shows who is affected and asks first.",
           ("draft",),
           does="start('save')", footer=True, words="store publish"),
    Action("newer", ("b",), "other version", "Version someone else saved",
           "Merge your changes into the version someone else saved, or discard yours.",
           ("draft",),
           does="start('offer_newer')"),
    Action("go_back", ("U",), "discard", "Discard unsaved changes",
           "Go back to the saved version. Asks first.", ("draft",),
           does="start('go_back')"),
)  # fmt: skip
"""Unsaved changes of a sequence."""

HELPING: Final = (
    Action("close_help", ("escape",), "close", "Close the help", "Go back to the page.",
           ("help",), does="close", palette=False),
    Action("help_up", ("up",), "up", "Up", "Go up one row.", ("help",),
           does="scroll_rows(-1)", palette=False),
    Action("help_down", ("down",), "down", "Down", "Go down one row.", ("help",),
           does="scroll_rows(1)", palette=False),
    Action("help_page_up", ("pageup",), "page up", "Page up", "Go up ten rows.", ("help",),
           does="scroll_rows(-10)", palette=False),
    Action("help_page_down", ("pagedown",), "page down", "Page down", "Go down ten rows.",
           ("help",), does="scroll_rows(10)", palette=False),
)  # fmt: skip

CONFIRMING: Final = (
    Action("confirm", ("y",), "confirm", "Confirm", "Do what the dialog says.", ("confirm",),
           footer=True, palette=False),
    Action("cancel", ("n", "escape", "enter"), "cancel", "Cancel",
           "Close the dialog; nothing happens.", ("confirm",), footer=True, palette=False),
)  # fmt: skip

TABLE: Final = (
    Action("mark", ("space",), "select", "Select", "Select or unselect the row, then go down.",
           ("contacts", "picker"), footer=True, footer_when=_not_aimed, words="mark"),
    Action("mark_all", ("*",), "all", "Select all matches",
           "Select everyone who matches the search and filters, visible or not.",
           ("contacts", "picker"), footer=True, footer_when=_not_aimed, words="mark everyone"),
    Action("mark_range", ("v",), "range", "Select a range",
           "Start a range at this row; press it again on another row to select up to there.",
           ("contacts", "picker")),
    Action("mark_none", ("-",), "none", "Clear the selection",
           "Unselect everyone.", ("contacts", "picker"),
           footer=True, footer_when=_aimed, words="unselect mark none"),
    Action("marks_back", ("+",), "restore", "Restore the selection",
           "Select again what you cleared last.", ("contacts", "picker"),
           words="mark again"),
    Action("add_to_group", ("a",), "group", "Add to a group",
           "Add the selected contacts, or the one under the cursor, to a group.",
           ("contacts", "contact"),
           does="start('add_to_group')", footer=True, footer_when=_aimed),
    Action("message", ("m",), "message", "Send a message",
           "Send a text to up to 10 contacts individually. Asks first.",
           ("contacts",),
           does="start('message')", footer=True, footer_when=_aimed, words="text sms write"),
    Action("finish", ("x",), "finish", "Mark as finished",
           "End the sequence for the selected contacts, or the one under the cursor. Asks first.",
           ("contacts", "contact"),
           does="start('finish')", footer=True, footer_when=_aimed_at(Status.PENDING),
           words="stop end cancel remove"),
    Action("try_again", ("t",), "retry", "Retry",
           "Send the failed step of the selected contacts again, as it reads now. Asks first.",
           ("contacts", "contact"),
           does="start('retry')", footer=True, footer_when=_aimed_at(Status.FAILED),
           words="try again resend"),
    Action("explain", ("e",), "explain", "Explain",
           "Show why the contact has this status, and what happens next.",
           ("contacts", "contact"), footer=True, footer_when=_aimed_at(Status.FAILED),
           words="why reason"),
)  # fmt: skip
"""The rows of the Contacts tab, except moving: selection and bulk actions."""
CONTACTS: Final = (
    Action("filter", ("f",), "filter", "Filter",
           "Filter by step (s), by who enrolled them (b) or by status (t).",
           ("contacts",), footer=True, footer_when=_not_aimed, words="show only narrow"),
    Action("sort_contacts", ("s",), "sort", "Sort",
           "Press a column's letter to sort by it; the same column again reverses the order.",
           ("contacts",), does="sort", footer=True, footer_when=_not_aimed, words="order"),
)  # fmt: skip
"""The Contacts tab: filters and sorting."""
COPYING: Final = (
    Action("copy_command", ("c",), "copy", "Copy as a command",
           "Show the list or selection as shell commands, and copy the first one.",
           ("contacts", "contact"), words="cli export shell"),
    Action("copying_up", ("up", "k"), "up", "Up", "Go up one command.", ("copying",),
           does="move(-1)", palette=False),
    Action("copying_down", ("down", "j"), "down", "Down", "Go down one command.", ("copying",),
           does="move(1)", palette=False),
    Action("copy_this", ("enter", "c"), "copy", "Copy this one", "Copy this command.",
           ("copying",), palette=False),
    Action("close_copying", ("escape",), "close", "Close", "Go back to the page.", ("copying",),
           does="close", palette=False),
)  # fmt: skip
"""The list or selection as commands."""
CONVERSING: Final = (
    Action("reply", ("r", "m"), "reply", "Reply",
           "Write a text to this contact. Asks before it is sent.",
           ("contact",), footer=True, words="answer text sms"),
    Action("what_it_is", ("w",), "classify", "Classify a text",
           "Mark an inbound text as a reply, auto-reply, opt-out, wrong number or harmless.",
           ("contact",),
           does="start('classify')", footer=True, shown_when=_has_text_to_read,
           words="what review"),
    Action("next_contact", ("n",), "next", "Next contact", "Go to the next contact in the list.",
           ("contact",), shown_when=_has_list, words="following"),
    Action("previous_contact", ("p",), "previous", "Previous contact",
           "Go to the previous contact in the list.", ("contact",), shown_when=_has_list,
           words="before"),
)  # fmt: skip
"""One contact's conversation."""
CHOOSING: Final = (
    Action("choice_up", ("up", "k"), "up", "Up", "Go up one entry.", ("choice",),
           does="move(-1)", palette=False),
    Action("choice_down", ("down", "j"), "down", "Down", "Go down one entry.", ("choice",),
           does="move(1)", palette=False),
    Action("choose", ("enter",), "choose", "Choose", "Choose the entry under the cursor.",
           ("choice",), palette=False),
    Action("close_choice", ("escape",), "close", "Cancel", "Close without choosing.", ("choice",),
           does="close", palette=False),
)  # fmt: skip
"""A list to choose one entry from."""
ENROLLING: Final = (
    Action("enroll", ("E",), "enroll", "Enroll contacts",
           "Enroll contacts (c), a group (g) or a file (f). Shows the result first, then asks.",
           ("enroll",),
           does="start('enroll')", footer=True, footer_when=_to_enroll_from,
           words="import csv upload add contacts file"),
    Action("add_somebody", ("n",), "new contact", "New contact",
           "Create a contact from a phone number, and select it.",
           ("picker",), footer=True),
    Action("into_group", ("a",), "group", "Change the group",
           "Choose the group that the imported contacts are added to.",
           ("report",), footer=True, shown_when=_undecided),
    Action("overwrite", ("o",), "overwrite", "Overwrite fields, or keep them",
           "Choose whether the file replaces existing values or only fills empty fields.",
           ("report",), footer=True, shown_when=_undecided),
)  # fmt: skip
"""Enrolling: from where, who, and how a file is imported."""
COMPLETING: Final = (
    Action("complete", ("tab",), "complete", "Complete the path",
           "Complete the path as far as possible.", ("path",), palette=False),
)  # fmt: skip
"""The input for the path of a file."""
WRITING: Final = (
    Action("send_text", ("ctrl+s",), "review and send", "Review and send",
           "Check the text once more before it is sent.",
           ("editor",), does="go_on", palette=False),
    Action("close_editor", ("escape",), "save draft", "Save the draft",
           "Close the editor and keep the draft.",
           ("editor",), does="close", palette=False),
)  # fmt: skip
"""The editor of a text."""
ONE_LINE: Final = (
    Action("take_line", ("enter",), "OK", "OK", "Use what you typed.", ("line",),
           does="take", palette=False),
    Action("close_line", ("escape",), "close", "Cancel",
           "Close; a second press discards what you typed.", ("line",), does="close",
           palette=False),
)  # fmt: skip
"""A dialog for one line of text."""
READING: Final = (
    Action("close_reading", ("escape", "enter"), "close", "Close", "Go back to the page.",
           ("reading",), does="close", palette=False),
    Action("reading_up", ("up", "k"), "up", "Up", "Scroll up one line.", ("reading",),
           does="scroll_lines(-1)", palette=False),
    Action("reading_down", ("down", "j"), "down", "Down", "Scroll down one line.", ("reading",),
           does="scroll_lines(1)", palette=False),
)  # fmt: skip
"""A dialog with lines to read."""

ACTIONS: Final[tuple[Action, ...]] = (
    *MOVING,
    *SEQUENCES,
    *NEW,
    *CONVERSING,
    *COPYING,
    *TABLE,
    *CONTACTS,
    *STEPS,
    *STEP,
    *PREVIEW,
    *DRAFTING,
    *ENROLLING,
    *LIFE,
    *MOVING_TABS,
    *SEARCHING,
    *CHOOSING,
    *COMPLETING,
    *WRITING,
    *ONE_LINE,
    *READING,
    *HELPING,
    *CONFIRMING,
    *EVERYWHERE,
    *SETTINGS,
)


def actions_of(*scopes: str) -> tuple[Action, ...]:
    """The actions offered in any of the scopes, in the order of the registry."""
    return tuple(one for one in ACTIONS if not set(scopes).isdisjoint(one.where))


def action_named(action_id: str) -> Action:
    """The action with an id. Raises KeyError."""
    return {one.id: one for one in ACTIONS}[action_id]


def bindings_of(*scopes: str, priority: bool = False) -> list[Any]:
    """Textual's bindings for the scopes; those with priority belong only to the application."""
    return [
        Binding(
            ",".join(one.keys) or f"no_key_of_{one.id}",
            one.runs,
            one.title,
            show=False,
            priority=priority,
            tooltip=one.help,
            id=one.id,
        )
        for one in actions_of(*scopes)
        if one.priority == priority
    ]


_SPELT: Final = {
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "delete": "del",
    "up": "↑",
    "down": "↓",
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
}


def spell_key(key: str) -> str:
    """A key as people write it: `escape` is esc."""
    return _SPELT.get(key, key)


def spell_keys(keys: Iterable[str]) -> str:
    """Keys as the help shows them."""
    return " ".join(map(spell_key, keys))
