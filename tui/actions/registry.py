"""The registry of actions: keys, words, and where each is offered.

Bindings, footer, help, command palette and the user's keymap are all made from it. A screen says
`BINDINGS = bindings_of("sequences")` and has a method `action_<does>` for each of them; `app.`
before the name means the application's, and `start('finish')` runs a flow of `tui.flows`. Scopes
are places (`app` is every page) or parts of them (`list`).

Keys are written as they are typed. Nothing needs Alt, Shift with an arrow, or a function key.
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

    `label` is the footer's word, `title` the help's and, with `palette`, the command palette's,
    `help` a sentence; `words` are others that people look for it by. `does` is the name of its
    method, else it is the id. `shown_when` is asked with the page, and of the footer's actions so
    is `footer_when`. A `priority` action works from within inputs, too, and so has ctrl-keys alone.
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
        """What Textual is asked to run."""
        return self.does or self.id

    def keys_under(self, keymap: Mapping[str, str]) -> tuple[str, ...]:
        """Its keys, or those that the user's keymap gives it."""
        changed = keymap.get(self.id)
        return self.keys if changed is None else tuple(changed.split(","))

    def is_called(self, typed: str) -> bool:
        """Whether what was typed begins some of its other words."""
        known = self.words.split()
        asked = typed.casefold().split()
        return bool(asked) and all(any(one.startswith(part) for one in known) for part in asked)

    def leads(self, page: Any) -> bool:
        """Whether it is for the footer of a page just now."""
        return self.footer and (self.footer_when is None or self.footer_when(page))


def _searchable(page: Any) -> bool:
    return bool(page.searchable)


def _can(action: str) -> Callable[[Any], bool]:
    def shown(page: Any) -> bool:
        return bool(page.can(action))

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
    Action("help", ("?",), "help", "Help", "Shows and searches the keys of this place.",
           ("app",), footer=True, does="app.help", words="keys shortcuts"),
    Action("search", ("/",), "search", "Search", "Goes to the search of this page.",
           ("app",), footer=True, shown_when=_searchable, words="find"),
    Action("palette", (":",), "commands", "Commands", "Finds an action by its name.",
           ("app",), footer=True, does="app.palette", palette=False),
    Action("palette_anywhere", ("ctrl+p",), "commands", "Commands, even while typing",
           "Finds an action by its name; works in inputs, too.",
           ("app",), does="app.palette", priority=True, palette=False),
    Action("next_pane", ("tab",), "pane", "Next pane", "Goes to the next part of the page.",
           ("app",), does="app.focus_next", palette=False),
    Action("sidebar", ("0",), "pages", "Pages", "Opens or closes the list of pages.",
           ("app",), does="sidebar"),
    Action("page_1", ("1",), "sequences", "Go to Sequences", "Shows the list of sequences.",
           ("app",), does="app.show_page(1)"),
    Action("undo", ("u",), "undo", "Undo my last action",
           "Asks, then takes back the last action of yours that can be taken back.",
           ("app",), does="start('undo')", words="take back revert"),
    Action("refresh", ("R",), "refresh", "Refresh",
           "Reads this page again, and tries a lost connection at once.", ("app",)),
    Action("back", ("escape",), "back", "Back",
           "Closes what is open, leaves the search, clears it, then goes up; in this order.",
           ("app",), palette=False),
    Action("quit", ("q",), "quit", "Quit",
           "Ends the screen; asks if there is a draft or a selection.",
           ("app",), footer=True, does="app.quit", words="exit leave"),
    Action("quit_anywhere", ("ctrl+q",), "quit", "Quit, even while typing",
           "Ends the screen from anywhere but a confirmation.",
           ("app",), does="app.quit", priority=True, palette=False),
)  # fmt: skip

SETTINGS: Final = (
    Action("theme_dark", (), "", "Colours: dark", "Light text on a dark background.",
           ("app",), does="app.colours('drumbeat-dark')", words="theme"),
    Action("theme_light", (), "", "Colours: light", "Dark text on a light background.",
           ("app",), does="app.colours('drumbeat-light')", words="theme"),
    Action("theme_16", (), "", "Colours: the terminal's own 16",
           "Uses the colours that the terminal is set to.",
           ("app",), does="app.colours('drumbeat-16')", words="theme"),
)  # fmt: skip

_MOVED: Final = ("list", "table", "contact", "people", "lines", "overview")
"""Places whose rows or lines are moved by the same keys."""
MOVING: Final = (
    Action("up", ("up", "k"), "up", "Up", "One row up.",
           _MOVED, does="cursor_up", palette=False),
    Action("down", ("down", "j"), "down", "Down", "One row down.",
           _MOVED, does="cursor_down", palette=False),
    Action("page_up", ("pageup", "ctrl+u"), "page up", "Page up", "One page up.",
           _MOVED, does="page_up", palette=False),
    Action("page_down", ("pagedown", "ctrl+d"), "page down", "Page down", "One page down.",
           _MOVED, does="page_down", palette=False),
    Action("first", ("g", "home"), "first", "First row", "Goes to the first row.",
           _MOVED, does="scroll_top", palette=False),
    Action("last", ("G", "end"), "last", "Last row", "Goes to the last row.",
           _MOVED, does="scroll_bottom", palette=False),
    Action("open", ("enter",), "open", "Open", "Opens the row under the cursor.",
           ("list", "table"), footer=True, does="select_cursor", footer_when=_not_aimed),
    Action("go_on", ("enter",), "go on", "Go on", "Goes on to what comes next; asks before it.",
           ("people", "lines"), footer=True, does="select_cursor"),
)  # fmt: skip

OF_ONE_ROW: Final = frozenset(
    {"open", "go_on", "mark", "mark_range", "message", "finish", "try_again", "explain"}
    | {"add_to_group", "copy_command"}
)
"""Actions that are for the row under the cursor."""

SEARCHING: Final = (
    Action("leave_search", ("escape",), "leave", "Leave the search", "Keeps what was typed.",
           ("search",), footer=True, shown_when=_typing, palette=False),
    Action("to_rows", ("enter",), "to the rows", "Go to the rows", "Keeps what was typed.",
           ("search",), footer=True, shown_when=_typing, palette=False),
)  # fmt: skip

SEQUENCES: Final = (
    Action("sort", ("s",), "sort", "Sort",
           "Then a column's letter; the same letter again turns the order round.",
           ("sequences",), footer=True, words="order"),
    Action("new_sequence", ("n",), "new", "New sequence",
           "Asks what a new sequence is to be, and makes a draft of it.",
           ("sequences",), footer=True, words="add create campaign"),
)  # fmt: skip
NEW: Final = (
    Action("make_draft", ("w",), "make the draft", "Make the draft",
           "Makes the sequence, as a draft, and opens it.", ("new",), footer=True),
)  # fmt: skip
"""A new sequence."""

LIFE: Final = (
    Action("activate", ("A",), "activate", "Activate",
           "Lets a draft run; asks, and refuses while something in it is wrong.",
           ("life",), footer=True, shown_when=_can("activate"), footer_when=_not_aimed,
           does="start('activate')",
           words="start launch run publish check lint"),
    Action("pause_or_resume", ("P",), "pause/resume", "Pause, or resume",
           "Sends nothing of an active sequence until it is resumed; asks, and how it goes on.",
           ("life",), does="start('pause_or_resume')", footer=True,
           shown_when=_can_sleep_or_wake, footer_when=_not_aimed,
           words="stop hold wake"),
    Action("duplicate", ("D",), "duplicate", "Duplicate",
           "Makes a draft with the same settings and texts, under another name.",
           ("life",), shown_when=_can("duplicate"), does="start('duplicate')", words="copy clone"),
    Action("archive", ("delete",), "archive", "Archive",
           "Puts a sequence away for good; asks, and refuses while anybody in it is pending.",
           ("life",), shown_when=_can("archive"), does="start('archive')", words="delete remove"),
)  # fmt: skip
"""A sequence as a whole."""
MOVING_TABS: Final = (
    Action("next_tab", ("]", ">"), "tab", "Next tab",
           "Goes to the next tab of this sequence.", ("tabs",), does="app.move_tab(1)"),
    Action("previous_tab", ("[", "<"), "tab", "Previous tab",
           "Goes to the previous tab of this sequence.", ("tabs",), does="app.move_tab(-1)"),
    *(
        Action(f"tab_{name.lower()}", (), "", name, told, ("tabs",),
               does=f"app.show_tab('{name}')", shown_when=_another_tab(name), words=words)
        for name, told, words in (
            ("Overview", "Shows how this sequence goes.", "check lint errors statistics"),
            ("Steps", "Shows the texts of this sequence, to be written and changed.",
             "edit texts messages check lint"),
            ("Contacts", "Shows who is enrolled in this sequence.", "people enrollments"),
            ("Settings", "Shows the settings of this sequence, to be changed.", "edit options"),
        )
    ),
)  # fmt: skip
"""The tabs of a sequence's page."""

STEPS: Final = (
    Action("new_step", ("n",), "new", "New step",
           "Writes a new step behind the one under the cursor.", ("steps",), footer=True,
           words="add write text"),
    Action("preview", ("p",), "preview", "Preview for a contact",
           "Shows every text as a contact of your choice would get it, and what it costs.",
           ("steps",), footer=True, words="check test try"),
    Action("duplicate_step", ("d",), "duplicate", "Duplicate the step",
           "Puts a new step like this one behind it.", ("steps",)),
    Action("remove_step", ("X",), "remove", "Remove the step",
           "Takes the step out; nothing is gone before it is saved.", ("steps",), footer=True,
           words="delete"),
    Action("step_down", ("J",), "move", "Move the step down",
           "Lets the step change places with the one below.", ("steps",), footer=True,
           does="move_step(1)"),
    Action("step_up", ("K",), "move", "Move the step up",
           "Lets the step change places with the one above.", ("steps",),
           does="move_step(-1)"),
)  # fmt: skip
"""The steps of a sequence."""
STEP: Final = (
    Action("keep_step", ("ctrl+s", "escape"), "back to the steps", "Back to the steps",
           "Everything typed is kept there; nothing goes out before it is saved.",
           ("step",), footer=True, does="keep", palette=False),
    Action("step_pane", ("tab",), "next field", "Go to the next field",
           "Goes from the text to each field of the time, and back to the text.",
           ("step",), footer=True, does="app.focus_next", palette=False),
    Action("local_time", ("ctrl+l",), "whose time", "Whose time it is",
           "Lets a date and time be each recipient's own, or one for all.",
           ("step",), footer=True, shown_when=_scheduled, palette=False),
    Action("merge_field", ("ctrl+t",), "field", "Put in a merge field",
           "Puts in what stands for the name or another field of a contact.",
           ("step",), footer=True, does="field", palette=False),
    Action("plain_text", ("ctrl+r",), "plain", "Write plain characters",
           "Replaces curly quotes and the like, which make a text dear.",
           ("step",), footer=True, does="plain", palette=False),
    Action("sample", ("ctrl+n",), "for whom", "Show it for another contact",
           "Shows the text as a contact of your choice would get it.",
           ("step",), footer=True, does="for_whom", palette=False),
)  # fmt: skip
"""The editor of a step."""
PREVIEW: Final = (
    Action("preview_whom", ("p",), "for whom", "Show it for another contact",
           "Shows the texts as a contact of your choice would get them.",
           ("preview",), does="for_whom", palette=False),
    Action("preview_up", ("up", "k"), "up", "Up", "One line up.", ("preview",),
           does="move(-1)", palette=False),
    Action("preview_down", ("down", "j"), "down", "Down", "One line down.", ("preview",),
           does="move(1)", palette=False),
    Action("preview_page_up", ("pageup", "ctrl+u"), "page up", "Page up", "Ten lines up.",
           ("preview",), does="move(-10)", palette=False),
    Action("preview_page_down", ("pagedown", "ctrl+d"), "page down", "Page down",
           "Ten lines down.", ("preview",), does="move(10)", palette=False),
    Action("close_preview", ("escape", "enter"), "close", "Close", "Goes back to the steps.",
           ("preview",), does="close", palette=False),
)  # fmt: skip
"""The texts as one person would get them."""

DRAFTING: Final = (
    Action("save", ("w",), "save", "Save the changes",
           "Saves what was changed here; tells first what moves for whom, and asks.",
           ("draft",), does="start('save')", footer=True, words="store publish"),
    Action("newer", ("b",), "theirs", "What somebody else saved",
           "Brings your changes over to what somebody else saved meanwhile, or drops them.",
           ("draft",), does="start('offer_newer')"),
    Action("go_back", ("U",), "as saved", "Go back to what is saved",
           "Asks, then forgets what was changed here and is not saved.", ("draft",),
           does="start('go_back')"),
)  # fmt: skip
"""What is written of a sequence."""

HELPING: Final = (
    Action("close_help", ("escape",), "close", "Close the help", "Goes back to the page.",
           ("help",), does="close", palette=False),
    Action("help_up", ("up",), "up", "Up", "One row up.", ("help",),
           does="scroll_rows(-1)", palette=False),
    Action("help_down", ("down",), "down", "Down", "One row down.", ("help",),
           does="scroll_rows(1)", palette=False),
    Action("help_page_up", ("pageup",), "page up", "Page up", "Ten rows up.", ("help",),
           does="scroll_rows(-10)", palette=False),
    Action("help_page_down", ("pagedown",), "page down", "Page down", "Ten rows down.", ("help",),
           does="scroll_rows(10)", palette=False),
)  # fmt: skip

CONFIRMING: Final = (
    Action("confirm", ("y",), "do it", "Confirm", "Does what is asked.", ("confirm",),
           footer=True, palette=False),
    Action("cancel", ("n", "escape", "enter"), "cancel", "Cancel", "Does nothing.", ("confirm",),
           footer=True, palette=False),
)  # fmt: skip

TABLE: Final = (
    Action("mark", ("space",), "mark", "Mark", "Marks the row, or takes its mark away; goes down.",
           ("contacts", "picker"), footer=True, footer_when=_not_aimed, words="select"),
    Action("mark_all", ("*",), "all", "Mark all that match",
           "Marks everyone that the search and the filters leave, loaded or not.",
           ("contacts", "picker"), footer=True, footer_when=_not_aimed, words="select everyone"),
    Action("mark_range", ("v",), "range", "Mark a range",
           "Begins a range at the row; pressed again, marks up to the row there.",
           ("contacts", "picker")),
    Action("mark_none", ("-",), "none", "Mark none",
           "Takes all marks away, and stops marking all.", ("contacts", "picker"),
           footer=True, footer_when=_aimed, words="unselect clear"),
    Action("marks_back", ("+",), "last marks", "Mark the last ones again",
           "Gives the marks back that were taken away last.", ("contacts", "picker"),
           words="select again"),
    Action("add_to_group", ("a",), "group", "Add to a group",
           "Adds the selected contacts, or the one under the cursor, to a group.",
           ("contacts", "contact"), does="start('add_to_group')", footer=True, footer_when=_aimed),
    Action("message", ("m",), "message", "Send a message",
           "Writes one text to each of up to 10 contacts; asks before it goes.",
           ("contacts",), does="start('message')", footer=True, footer_when=_aimed,
           words="text sms write"),
    Action("finish", ("x",), "finish", "Mark as finished",
           "Ends the sequence for the selected contacts, or the one under the cursor; asks.",
           ("contacts", "contact"), does="start('finish')", footer=True,
           footer_when=_aimed_at(Status.PENDING),
           words="stop end cancel remove"),
    Action("try_again", ("t",), "try again", "Try again",
           "Sends the failed step of the selected contacts once more, as it reads now; asks.",
           ("contacts", "contact"), does="start('retry')", footer=True,
           footer_when=_aimed_at(Status.FAILED),
           words="retry resend"),
    Action("explain", ("e",), "explain", "Explain",
           "Tells why the contact has this status, and what happens next.",
           ("contacts", "contact"), footer=True, footer_when=_aimed_at(Status.FAILED),
           words="why reason"),
)  # fmt: skip
"""The rows of the Contacts tab, beside moving: marks and batch actions."""
CONTACTS: Final = (
    Action("filter", ("f",), "filter", "Filter",
           "Then s for the step, b for who enrolled them, t for the status.",
           ("contacts",), footer=True, footer_when=_not_aimed, words="show only narrow"),
    Action("sort_contacts", ("s",), "sort", "Sort",
           "Then a column's letter; the same letter again turns the order round.",
           ("contacts",), does="sort", footer=True, footer_when=_not_aimed, words="order"),
)  # fmt: skip
"""The Contacts tab: filters and order."""
COPYING: Final = (
    Action("copy_command", ("c",), "copy", "Copy as a command",
           "Shows what is seen or selected as commands for a shell, and copies the first.",
           ("contacts", "contact"), words="cli export shell"),
    Action("copying_up", ("up", "k"), "up", "Up", "One command up.", ("copying",),
           does="move(-1)", palette=False),
    Action("copying_down", ("down", "j"), "down", "Down", "One command down.", ("copying",),
           does="move(1)", palette=False),
    Action("copy_this", ("enter", "c"), "copy", "Copy this one", "Copies the command.",
           ("copying",), palette=False),
    Action("close_copying", ("escape",), "close", "Close", "Goes back to the page.", ("copying",),
           does="close", palette=False),
)  # fmt: skip
"""What is seen, as commands."""
CONVERSING: Final = (
    Action("reply", ("r", "m"), "reply", "Reply",
           "Writes a text to this contact below the conversation; asks before it goes.",
           ("contact",), footer=True, words="answer text sms"),
    Action("what_it_is", ("w",), "what it is", "Say what a text is",
           "Says of the text in review, or the newest that came in, what it is; asks.",
           ("contact",), does="start('classify')", footer=True, shown_when=_has_text_to_read),
    Action("next_contact", ("n",), "next", "Next contact", "Goes to the next of the list.",
           ("contact",), shown_when=_has_list, words="following"),
    Action("previous_contact", ("p",), "previous", "Previous contact",
           "Goes to the one before it in the list.", ("contact",), shown_when=_has_list,
           words="before"),
)  # fmt: skip
"""One contact's conversation."""
CHOOSING: Final = (
    Action("choice_up", ("up", "k"), "up", "Up", "One choice up.", ("choice",),
           does="move(-1)", palette=False),
    Action("choice_down", ("down", "j"), "down", "Down", "One choice down.", ("choice",),
           does="move(1)", palette=False),
    Action("choose", ("enter",), "choose", "Choose", "Takes the choice.", ("choice",),
           palette=False),
    Action("close_choice", ("escape",), "close", "Close", "Takes none.", ("choice",),
           does="close", palette=False),
)  # fmt: skip
"""A list to choose one from."""
ENROLLING: Final = (
    Action("enroll", ("E",), "enroll", "Enroll people",
           "Then c for contacts, g for a group, f for a file; tells what it would come to first.",
           ("enroll",), does="start('enroll')", footer=True, footer_when=_to_enroll_from,
           words="import csv upload add contacts file"),
    Action("add_somebody", ("n",), "somebody new", "Somebody new",
           "Makes a contact of a phone number that you type, and chooses it.",
           ("picker",), footer=True),
    Action("into_group", ("a",), "group", "Into another group",
           "Chooses the group that the file's people are put into.",
           ("report",), footer=True, shown_when=_undecided),
    Action("overwrite", ("o",), "overwrite", "Overwrite fields, or keep them",
           "Lets the file replace what is known of a contact, or fill blanks alone.",
           ("report",), footer=True, shown_when=_undecided),
)  # fmt: skip
"""Enrolling: from where, whom, and how a file is imported."""
COMPLETING: Final = (
    Action("complete", ("tab",), "complete", "Complete the path", "Adds all that is certain.",
           ("path",), palette=False),
)  # fmt: skip
"""The path of a file that is asked for."""
WRITING: Final = (
    Action("send_text", ("ctrl+s",), "go on", "Go on", "Asks whether to send the text.",
           ("editor",), does="go_on", palette=False),
    Action("close_editor", ("escape",), "close", "Close the editor", "Keeps the draft.",
           ("editor",), does="close", palette=False),
)  # fmt: skip
"""The editor of a text."""
ONE_LINE: Final = (
    Action("take_line", ("enter",), "take", "Take it", "Takes what was typed.", ("line",),
           does="take", palette=False),
    Action("close_line", ("escape",), "close", "Close", "Closes; asks before a text is lost.",
           ("line",), does="close", palette=False),
)  # fmt: skip
"""One line that is asked for."""
READING: Final = (
    Action("close_reading", ("escape", "enter"), "close", "Close", "Goes back to the page.",
           ("reading",), does="close", palette=False),
    Action("reading_up", ("up", "k"), "up", "Up", "One line up.", ("reading",),
           does="scroll_lines(-1)", palette=False),
    Action("reading_down", ("down", "j"), "down", "Down", "One line down.", ("reading",),
           does="scroll_lines(1)", palette=False),
)  # fmt: skip
"""Something to be read."""

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
    """The action of an id. Raises KeyError."""
    return {one.id: one for one in ACTIONS}[action_id]


def bindings_of(*scopes: str, priority: bool = False) -> list[Any]:
    """Textual's bindings of the scopes; those with priority belong to the application alone."""
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
    """A key as people know it: `ctrl+p` is ^p, `escape` esc."""
    if key.startswith("ctrl+") and len(key) > len("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    return _SPELT.get(key, key)


def spell_keys(keys: Iterable[str]) -> str:
    """Keys as help shows them."""
    return " ".join(map(spell_key, keys))
