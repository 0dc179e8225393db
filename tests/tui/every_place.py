"""Every place of the screen, opened as an operator opens it, for the walk through all actions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec.structs import replace
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import DataTable, Input, OptionList, TextArea

from common.model.explanation import Timeline
from common.model.groups import Group
from common.vocabulary import SequenceKind, SequenceState
from tests.tui.listed import NOW, listed
from tests.tui.played_people import person
from tests.tui.roster import people
from tests.tui.stage import (
    SPRING,
    Played,
    filled,
    operation,
    painted,
    sequence,
    settled,
    shown,
    toasts,
    until,
)
from tests.tui.written import THREE_STEPS, step
from tui.app import DrumbeatApp
from tui.flows.setting import SettingScreen
from tui.messages import OpenSequence
from tui.screens.contact_page import ContactPage
from tui.screens.contacts_tab import ContactsTab
from tui.screens.copy_commands import CopyScreen
from tui.screens.enroll_page import EnrollPage
from tui.screens.help import HelpScreen
from tui.screens.import_page import ImportPage
from tui.screens.new_sequence_page import NewSequencePage
from tui.screens.picker_page import PickerPage
from tui.screens.preview import PreviewScreen
from tui.screens.sequences_page import SequencesPage
from tui.screens.settings_tab import SettingsTab
from tui.screens.step_editor import StepEditor
from tui.screens.steps_tab import StepsTab
from tui.widgets.choice import ChoiceScreen
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.contact_list import ContactList
from tui.widgets.duplicate_screen import DuplicateScreen
from tui.widgets.message_editor import MessageEditor
from tui.widgets.notice import NoticeScreen
from tui.widgets.path_screen import PathScreen
from tui.widgets.timeline_view import TimelineView

ROWS: Final = 120
FILE: Final = "phone,first name,group\n" + "\n".join(
    f"+1202555{n:04},Ana," for n in range(100, 160)
)


class Look(NamedTuple):
    """A snapshot of the screen: its class, the screens below, the cursor, the text."""

    screen: str
    depth: int
    page: str
    cursor: float
    focus: str
    typed: str
    marks: tuple[int, ...]
    asked: str
    steps: tuple[str, ...]
    folded: frozenset[str]
    told: str
    theme: str
    done: int
    """Operations that were requested."""
    requests: int
    quits: int
    text: str

    @property
    def where(self) -> tuple[object, ...]:
        """What must be the same after coming back."""
        return self[:11]


class Walker:
    """The application over a fake server, and the methods to drive it."""

    def __init__(self, source: Played, app: DrumbeatApp, pilot: Pilot[None], folder: Path) -> None:
        self.source, self.app, self.pilot = source, app, pilot
        self.quits = self.requests = 0
        self.file = folder / "people.csv"

    async def press(self, *keys: str) -> None:
        """Type keys."""
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition."""
        await until(self.pilot, condition, what)

    async def at(self, kind: type[Any]) -> Any:
        """The screen on top, when it is of that kind."""
        return await shown(self.pilot, self.app, kind)

    def look(self) -> Look:
        """Take a snapshot of the screen."""
        app = self.app
        page = app.pages[-1]
        asked = page.asked if isinstance(page, ContactsTab) else None
        draft = page.draft if isinstance(page, StepsTab) else None
        order = app.pages[0].list if isinstance(app.pages[0], SequencesPage) else None
        return Look(
            screen=type(app.screen).__name__,
            depth=len(app.screen_stack),
            page=type(page).__name__,
            cursor=self._cursor(),
            focus=type(app.focused).__name__ if app.focused else "",
            typed=self._typed(),
            marks=tuple(sorted(self._marks())),
            asked=f"{asked} {order and (order.column, order.descending)}",
            steps=() if draft is None else tuple(step.body for step in draft.steps),
            folded=frozenset(page.classes & {"-pages-open", "-folded"}),
            told="\n".join(toasts(app)),
            theme=app.theme,
            done=len(self.source.acted),
            requests=self.requests,
            quits=self.quits,
            text=painted(app),
        )

    def put_cursor(self, cursor: float) -> None:
        """Move the cursor back."""
        if isinstance(self.app.screen, CopyScreen):
            self.app.screen.action_move(int(cursor) - self.app.screen.at)
        part = self._moving()
        if isinstance(part, DataTable):
            part.move_cursor(row=int(cursor), animate=False)
        elif isinstance(part, OptionList):
            part.highlighted = None if cursor < 0 else int(cursor)
        elif isinstance(part, ContactList):
            part.go_to(int(cursor))
        elif part is not None:
            part.scroll_to(y=cursor, animate=False)

    def _moving(self) -> Widget | None:
        screen = self.app.screen
        for kind in (DataTable, OptionList, ContactList, TimelineView, VerticalScroll):
            for part in screen.query(kind):
                if part.display and part.region:
                    return part
        return None

    def _cursor(self) -> float:
        if isinstance(self.app.screen, CopyScreen):
            return self.app.screen.at
        part = self._moving()
        if isinstance(part, DataTable):
            return part.cursor_row
        if isinstance(part, OptionList):
            return -1 if part.highlighted is None else part.highlighted
        if isinstance(part, ContactList):
            return part.cursor_row
        return part.scroll_y if part is not None else 0

    def _typed(self) -> str:
        focused = self.app.focused
        if isinstance(focused, TextArea):
            return focused.text
        return focused.value if isinstance(focused, Input) else ""

    def _marks(self) -> list[int]:
        page = self.app.pages[-1]
        if isinstance(page, PickerPage):
            return list(page.picks.marks)
        return [one for chosen in self.app.session.marks.values() for one in chosen.marks]


@dataclass(frozen=True)
class Place:
    """Somewhere one can be: how one gets there from the list, and whose actions are offered.

    `scopes` are those of a dialog; None is a page, which says itself what it offers.
    """

    name: str
    open: Callable[[Walker], Awaitable[object]]
    scopes: tuple[str, ...] | None = None
    is_short: bool = False
    """All its lines are visible, so there is nowhere to scroll; another page of lines is longer."""


class Busy(Played):
    """A server with contacts that have a long history."""

    async def timeline(self, contact_id: int, **_: Any) -> Timeline:
        """Eighty timeline items."""
        told = await super().timeline(contact_id)
        (item,) = told.items
        return Timeline(tuple(replace(item, key=f"e{n}") for n in range(80)), None)


def played() -> Played:
    """Sequences in every state, people, groups, an operation, contacts."""
    paused, draft, active = SequenceState.PAUSED, SequenceState.DRAFT, SequenceState.ACTIVE
    states = (paused, draft, active, active)
    others = [sequence(n, f"Another {n}", state) for n, state in enumerate(states, 2)]
    source = Busy(SPRING, *others)
    for one in (1, *range(2, 6)):
        source.fields[one] = {"steps": THREE_STEPS, "version": 3}
    many = tuple(step(n, n, f"Text {n}", days=1) for n in range(1, 25))
    source.fields[4] = {"steps": many, "version": 3}
    source.fields[5] = {"kind": SequenceKind.SCHEDULED, "steps": (), "version": 3}
    source.add_rows(people(ROWS))
    source.add_people(*(person(n, "", "Pat", f"Number {n:03}") for n in range(1, 60)))
    source.groups = [Group(3, "Lunch", 2, "ana", NOW), Group(4, "VIP", 1, "ana", NOW)]
    source.operations = [operation(7)]
    source.add_rows([listed(11, step=3)])
    return source


async def _sequences(walker: Walker) -> None:
    await filled(walker.pilot, walker.app)
    await walker.press("g", "j", "j")


async def _draft(walker: Walker) -> None:
    await filled(walker.pilot, walker.app)
    await walker.press("g", "j")


async def _sequence(walker: Walker, ident: int = 1) -> ContactsTab:
    walker.app.post_message(OpenSequence(ident, "Spring hiring 2026"))
    page: ContactsTab = await walker.at(ContactsTab)
    await walker.until(lambda: page.standing not in {"loading", "error"}, "the rows come")
    await walker.until(lambda: page.subject is not None, "the sequence is read")
    return page


async def _contacts(walker: Walker) -> None:
    await _sequence(walker)
    await walker.press(*["ctrl+d"] * 4)


async def _tab(walker: Walker, name: str, kind: type[Any], ident: int = 1) -> Any:
    await _sequence(walker, ident)
    walker.app.action_show_tab(name)
    tab = await walker.at(kind)
    await walker.until(lambda: tab.draft is not None, "the draft comes")
    return tab


async def _steps(walker: Walker) -> None:
    tab = await _tab(walker, "Steps", StepsTab)
    await walker.until(lambda: tab.waiting is not None, "who waits is known")
    await walker.press("g", "j")


async def _settings(walker: Walker) -> None:
    await _tab(walker, "Settings", SettingsTab)
    await walker.press("g", "j", "j", "j")


async def _new(walker: Walker) -> None:
    await filled(walker.pilot, walker.app)
    await walker.press("n")
    await walker.at(SettingScreen)
    await walker.press(*"Autumn", "enter")
    await walker.at(NewSequencePage)
    await walker.press("g", "j", "j")


async def _contact(walker: Walker) -> None:
    await _sequence(walker)
    await walker.press("j", "j", "enter")
    page = await walker.at(ContactPage)
    await walker.until(lambda: page.timeline is not None, "the timeline comes")
    await walker.press("ctrl+u")


async def _picker(walker: Walker) -> None:
    await _sequence(walker)
    await walker.press("E", "c")
    picker = await walker.at(PickerPage)
    await walker.until(lambda: picker.list.store.total > 0, "the contacts come")
    await walker.press(*["ctrl+d"] * 2)


async def _file(walker: Walker) -> None:
    walker.file.write_text(FILE, encoding="utf-8")
    await _sequence(walker)
    await walker.press("E", "f", *str(walker.file), "enter")
    await settled(walker.pilot, walker.app, ImportPage)


async def _enroll(walker: Walker) -> None:
    await _picker(walker)
    await walker.press("enter")
    await settled(walker.pilot, walker.app, EnrollPage)


async def _help(walker: Walker) -> None:
    await _contacts(walker)
    await walker.press("?")
    await walker.at(HelpScreen)
    await walker.press("pagedown")


async def _confirm(walker: Walker) -> None:
    await _sequence(walker)
    await walker.press("x")
    screen = await walker.at(ConfirmScreen)
    await walker.until(lambda: screen._opens_at is not None, "it is painted")
    await walker.pilot.pause(0.05)


async def _choice(walker: Walker) -> None:
    await _sequence(walker)
    await walker.press("f", "t")
    await walker.at(ChoiceScreen)
    await walker.press("down", "down")


async def _editor(walker: Walker) -> None:
    await _sequence(walker)
    await walker.press("m")
    screen = await walker.at(MessageEditor)
    await walker.press(*"Hello")
    await walker.until(lambda: screen.composer.known is not None, "the texts are made")


async def _line(walker: Walker) -> None:
    await _draft(walker)
    await walker.press("D")
    await walker.at(DuplicateScreen)


async def _reading(walker: Walker) -> None:
    await _sequences(walker)
    lines = [f"line {n}" for n in range(100)]
    walker.app.push_screen(NoticeScreen("Something long", lines))
    await walker.at(NoticeScreen)
    await walker.press(*["j"] * 5)


async def _path(walker: Walker) -> None:
    walker.file.write_text(FILE, encoding="utf-8")
    await _sequence(walker)
    await walker.press("E", "f", *str(walker.file)[:-3])
    await walker.at(PathScreen)


async def _copying(walker: Walker) -> None:
    await _contacts(walker)
    await walker.press("space", "space", "c")
    await walker.at(CopyScreen)
    await walker.press("down")


async def _step(walker: Walker) -> None:
    tab = await _tab(walker, "Steps", StepsTab)
    await walker.until(lambda: tab.waiting is not None, "who waits is known")
    await walker.press("g", "enter")
    await walker.at(StepEditor)
    walker.app.screen.query_one(TextArea).text = "“Hi”"
    await walker.pilot.pause()


async def _scheduled(walker: Walker) -> None:
    await _tab(walker, "Steps", StepsTab, 5)
    await walker.press("n")
    await walker.at(StepEditor)
    await walker.press(*"Hi")


async def _preview(walker: Walker) -> None:
    tab = await _tab(walker, "Steps", StepsTab, 4)
    await walker.until(lambda: tab.waiting is not None, "who waits is known")
    await walker.press("p")
    await walker.pilot.pause()
    choice = walker.app.screen
    if not isinstance(choice, PreviewScreen):
        await walker.until(lambda: len(getattr(choice, "left", ())) > 1, "contacts are found")
        await walker.press("down", "enter")
    await walker.at(PreviewScreen)
    await walker.until(lambda: "Text 1" in walker.look().text, "the texts come")
    await walker.press("ctrl+d")


async def _search(walker: Walker) -> None:
    await _sequence(walker)
    await walker.press("slash", *"ab")
    await walker.until(lambda: "ab" in walker.look().asked, "it is answered")


PLACES: Final = (
    Place("sequences", _sequences),
    Place("draft", _draft),
    Place("contacts", _contacts),
    Place("steps", _steps),
    Place("settings", _settings),
    Place("new", _new),
    Place("contact", _contact),
    Place("picker", _picker),
    Place("file", _file, is_short=True),
    Place("enroll", _enroll, is_short=True),
    Place("search", _search, ("search",)),
    Place("help", _help, ("help",)),
    Place("confirm", _confirm, ("confirm",)),
    Place("choice", _choice, ("choice",)),
    Place("editor", _editor, ("editor",)),
    Place("line", _line, ("line",)),
    Place("reading", _reading, ("reading",)),
    Place("path", _path, ("path",)),
    Place("copying", _copying, ("copying",)),
    Place("step", _step, ("step",)),
    Place("scheduled_step", _scheduled, ("step",)),
    Place("preview", _preview, ("preview",)),
)
