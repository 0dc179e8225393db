"""The full screen: follows a server and shows pages. It paints first and connects after that."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Final

from rich.segment import Segments
from textual import on
from textual.events import Resize
from textual.message import Message
from textual.worker import Worker, WorkerState

from common.client import Client
from common.terminal import clean
from tui.actions.palette import Palette
from tui.actions.registry import TABS, bindings_of
from tui.messages import OpenEnroll, OpenImport, OpenPicker, OpenSequence
from tui.screens.contacts_tab import ContactsTab
from tui.screens.enroll_page import EnrollPage
from tui.screens.help import HelpScreen
from tui.screens.import_page import ImportPage
from tui.screens.overview_tab import OverviewTab
from tui.screens.page import Page
from tui.screens.picker_page import PickerPage
from tui.screens.sequences_page import SequencesPage
from tui.screens.settings_tab import SettingsTab
from tui.screens.steps_tab import StepsTab
from tui.screens.too_small import LEAST, TooSmall
from tui.session import Session
from tui.state.proposal import Proposal
from tui.terminal.key_queue import KeyboardApp
from tui.theme import THEMES, PreferencesWrong, keep_theme, read_theme, theme_for
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.lines import harmless

_TABS: Final = (OverviewTab, StepsTab, ContactsTab, SettingsTab)
_GATED: Final = (ConfirmScreen, TooSmall)
"""Screens over which the application's own actions are not offered."""
_SHEETS: Final = (
    "theme.tcss",
    "widgets/chrome.tcss",
    "widgets/confirm.tcss",
    "screens/help.tcss",
    "screens/sequences_page.tcss",
    "screens/contacts_tab.tcss",
    "screens/acting.tcss",
    "screens/new_sequence_page.tcss",
    "screens/settings_tab.tcss",
    "screens/overview_tab.tcss",
    "screens/contact_page.tcss",
    "screens/copy_commands.tcss",
    "widgets/composer.tcss",
    "widgets/reply_box.tcss",
    "widgets/message_editor.tcss",
    "screens/steps_tab.tcss",
    "screens/step_editor.tcss",
    "screens/preview.tcss",
    "widgets/choice.tcss",
    "widgets/line_screen.tcss",
    "screens/enrolling.tcss",
    "widgets/notice.tcss",
    "widgets/setting_list.tcss",
)
_MOVING: Final = frozenset({"focus_next", "focus_previous"})


class DrumbeatApp(KeyboardApp):
    """The screen for one server and one token.

    `keymap` comes from `read_keymap`; the chosen theme is saved in the file `preferences`.
    """

    TITLE = "drumbeat"
    CSS_PATH: ClassVar = [Path(__file__).parent / sheet for sheet in _SHEETS]
    BINDINGS = bindings_of("app", priority=True)
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False

    def __init__(
        self,
        client: Client,
        keymap: Mapping[str, str] | None = None,
        preferences: Path | None = None,
    ) -> None:
        colourless = "NO_COLOR" in os.environ
        # Textual's own handling of NO_COLOR would leave greys.
        super().__init__(ansi_color=True if colourless else None)
        self.session = Session(client, self, keymap)
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = theme_for(self.console.color_system, colourless=colourless)
        self._preferences = preferences
        self._colourless = colourless
        self.set_keymap(dict(self.session.keymap))

    def on_mount(self) -> None:
        """Paint the first page, then connect."""
        self.push_screen(SequencesPage(self.session))
        self._remember_colours()
        self.call_after_refresh(self._connect)

    def _connect(self) -> None:
        work: Any = self.session.follow
        self.run_worker(work, group="following", exit_on_error=False)

    @on(Worker.StateChanged)
    def _worker_ended(self, changed: Worker.StateChanged) -> None:
        if changed.state is WorkerState.ERROR:
            self.tell(f"Unexpected error: {changed.worker.error!r}", wrong=True)
            if changed.worker.group == "following":
                self.set_timer(1.0, self._connect)

    # What the session needs.

    @property
    def pages(self) -> list[Page]:
        """The open pages, the bottom one first."""
        return [screen for screen in self.screen_stack if isinstance(screen, Page)]

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Show a message for a moment; text from outside is cleaned."""
        self.notify(clean(text), severity="error" if wrong else "information", markup=False)

    def broadcast(self, message: Message) -> None:
        """Post a copy of a message to every open page."""
        for page in self.pages:
            page.post_message(copy(message))

    def show_chrome(self) -> None:
        """Redraw the frame of every open page."""
        for page in self.pages:
            page.show_chrome()

    def show_progress(self, words: str) -> None:
        """Show progress on every open page."""
        for page in self.pages:
            if page.is_mounted:
                page.say(words)

    def show_outcome(self, lines: list[str]) -> None:
        """Show the outcome of an action on the top page."""
        self.pages[-1].show_outcome(lines)

    def shows_contact(self, contact_id: int) -> bool:
        """Whether the top page shows a contact's conversation."""
        return self.pages[-1].shows_contact(contact_id)

    # Where one can go.

    @on(OpenSequence)
    def _open_sequence(self, opened: OpenSequence) -> None:
        ident = opened.sequence_id
        called = opened.called or f"Sequence {ident}"
        self.push_screen(ContactsTab(self.session, ident, called))
        self.action_show_tab(opened.tab)

    def action_show_tab(self, name: str) -> None:
        """Show another tab of the open sequence. Its Contacts tab stays open below,
        with its search, cursor and selection.
        """
        here = self.screen
        if not isinstance(here, Page) or not here.tab or name == here.tab:
            return
        kind = next(one for one in _TABS if one.tab == name)
        if kind is ContactsTab:
            self.pop_screen()
            return
        tab = kind(self.session, here.sequence_id, here.called)
        if isinstance(here, ContactsTab):
            self.push_screen(tab)
        else:
            self.switch_screen(tab)

    def action_move_tab(self, by: int) -> None:
        """Go to the next or previous tab; after the last comes the first."""
        here = self.screen
        if isinstance(here, Page) and here.tab:
            self.action_show_tab(TABS[(TABS.index(here.tab) + by) % len(TABS)])

    @on(OpenPicker)
    def _open_picker(self, opened: OpenPicker) -> None:
        home = self.pages[-1]
        self.push_screen(PickerPage(self.session, opened.sequence_id, opened.called, home))

    @on(OpenEnroll)
    def _open_enroll(self, opened: OpenEnroll) -> None:
        ident, home = opened.sequence_id, self.pages[-1]
        page = EnrollPage(self.session, ident, opened.called, opened.who, opened.described, home)
        self.push_screen(page)

    @on(OpenImport)
    def _open_import(self, opened: OpenImport) -> None:
        ident, home = opened.sequence_id, self.pages[-1]
        self.push_screen(ImportPage(self.session, ident, opened.called, opened.file, home))

    def make_page(self, digit: int) -> Page | None:
        """Create a page of the sidebar."""
        return SequencesPage(self.session) if digit == SequencesPage.digit else None

    async def action_show_page(self, digit: int) -> None:
        """Show a page of the sidebar, and close the open ones."""
        bottom = self.pages[0]
        while len(self.pages) > 1:
            await self.pop_screen()
        bottom.remove_class("-pages-open")
        if bottom.digit != digit and (page := self.make_page(digit)) is not None:
            await self.switch_screen(page)

    # Actions.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer no actions of the application over a confirm dialog."""
        del parameters
        return action in _MOVING or not isinstance(self.screen, _GATED)

    def action_help(self) -> None:
        """Show the keys for this page."""
        page = self.screen
        if isinstance(page, Page):
            self.push_screen(HelpScreen(page.crumb, page.offered(), self.session.keymap))

    def action_palette(self) -> None:
        """Open the command palette over a page."""
        if isinstance(self.screen, Page):
            self.push_screen(Palette())

    def _remember_colours(self) -> None:
        """Use the last chosen theme, except with NO_COLOR."""
        if self._preferences is None or self._colourless:
            return
        try:
            chosen = read_theme(self._preferences, [one.name for one in THEMES])
        except PreferencesWrong as error:
            self.tell(str(error), wrong=True)
        else:
            self.theme = chosen or self.theme

    def action_colours(self, theme: str) -> None:
        """Change the theme, and save it."""
        self.theme = theme
        try:
            if self._preferences is not None:
                keep_theme(self._preferences, theme)
        except PreferencesWrong as error:
            self.tell(str(error), wrong=True)

    async def action_quit(self) -> None:
        """Quit; ask first if something would be lost."""
        lost = [what for page in self.pages if (what := page.unsaved_work()) is not None]
        lost += self.session.unsaved_work()
        if not lost:
            self.exit()
            return
        proposal = Proposal("Quit?", tuple(f"You will lose: {what}." for what in lost))
        self.push_screen(ConfirmScreen(proposal), lambda sure: self.exit() if sure else None)

    # Faults.

    def _print_error_renderables(self) -> None:
        """Print the error that ended the screen, cleaned: it may contain text from outside.

        This is a private method of Textual: the last place before the terminal.
        """
        drawn = self._exit_renderables
        drawn[:] = [harmless(one) if isinstance(one, Segments) else one for one in drawn]
        super()._print_error_renderables()

    # Room.

    def on_resize(self, event: Resize) -> None:
        """Show a message if the terminal is too small."""
        self.call_later(self._fit, event.size.width, event.size.height)

    def _fit(self, columns: int, rows: int) -> None:
        small = columns < LEAST[0] or rows < LEAST[1]
        shown = isinstance(self.screen, TooSmall)
        if small and not shown:
            self.push_screen(TooSmall())
        elif shown and not small:
            self.pop_screen()
