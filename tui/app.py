"""The full screen: follows a server and shows pages. Paints first, connects after."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import urlsplit

from rich.segment import Segments
from textual import on
from textual.events import Resize
from textual.message import Message
from textual.worker import Worker, WorkerState

from common.model.operations import NewOperation
from common.model.operators import Me
from common.model.sequences import Sequence
from common.terminal import clean
from common.vocabulary import ResumeMode
from tui.actions.palette import Palette
from tui.actions.registry import bindings_of
from tui.batches import (
    OperationEnded,
    OperationGoesOn,
    OperationRefused,
    OperationTaken,
    run,
    take_back,
)
from tui.client.event_stream import follow
from tui.client.source import Source
from tui.flows.sequence_actions import LifeChanged, LifeRefused, change
from tui.messages import (
    ConnectionChanged,
    CountsChanged,
    Failed,
    Lost,
    OpenSequence,
    Resynced,
    Retrying,
    RowsChanged,
    SequencesChanged,
    Told,
    Welcomed,
)
from tui.preferences import PreferencesWrong, keep_theme, read_theme
from tui.replying import ReplyChanged, ReplyNotSent, ReplySent, send
from tui.saving import (
    NotSaved,
    Outdated,
    Saved,
    is_outdated,
    not_saved_words,
    save,
    saved_words,
)
from tui.screens.contacts_tab import ContactsTab
from tui.screens.help import HelpScreen
from tui.screens.new_sequence_page import NewSequenceForm
from tui.screens.page import Page
from tui.screens.sequences_page import SequencesPage
from tui.screens.tabs import SequenceTab
from tui.screens.too_small import LEAST, TooSmall
from tui.state.connection import Connection, DomainClock
from tui.state.contact_selection import ContactSelection
from tui.state.draft import Draft
from tui.state.message_draft import MessageDraft
from tui.state.operation_words import DOING, outcome_lines, progress_words, refusal_words
from tui.state.proposal import Proposal
from tui.state.sequence_actions import LONG, SequenceAction, outcome, refusal, under_way
from tui.state.sequence_marks import SequenceMarks
from tui.tabs import TABS
from tui.terminal.key_queue import KeyboardApp
from tui.theme import THEMES, theme_for
from tui.undoing import UndoFound, newest_of_mine, undo_proposal
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.lines import harmless

_GATED: Final = (ConfirmScreen, TooSmall)
"""Over these the application's own actions are not offered."""
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
    """The screen of one server under one token.

    `keymap` is what `read_keymap` gave; in the file `preferences` the chosen colours are kept.
    """

    TITLE = "drumbeat"
    CSS_PATH: ClassVar = [Path(__file__).parent / sheet for sheet in _SHEETS]
    BINDINGS = bindings_of("app", priority=True)
    ENABLE_COMMAND_PALETTE = False
    ESCAPE_TO_MINIMIZE = False
    tabs: ClassVar[tuple[type[SequenceTab], ...]] = TABS

    def __init__(
        self,
        client: Source,
        keymap: Mapping[str, str] | None = None,
        preferences: Path | None = None,
    ) -> None:
        colourless = "NO_COLOR" in os.environ
        # With Textual's own reading of NO_COLOR, greys would be left.
        super().__init__(ansi_color=True if colourless else None)
        self.client = client
        self.keymap: Mapping[str, str] = keymap or {}
        self.host = urlsplit(client.url).hostname or ""
        self.me: Me | None = None
        self.connection = Connection()
        self.clock: DomainClock | None = None
        self.page_counts: dict[int, int] = {}
        self.chosen: dict[int, SequenceMarks] = {}
        """The marks of each sequence that was opened; only quitting drops them."""
        self.unmade: NewSequenceForm | None = None
        """What is written of a new sequence; making it, throwing it away or quitting ends it."""
        self.picks: dict[int, ContactSelection] = {}
        """Who is chosen to be enrolled in each sequence, and is not yet."""
        self.changing: set[int] = set()
        """The sequences whose life is being changed."""
        self.drafts: dict[int, Draft] = {}
        """What is written of each sequence that was opened for it; only quitting drops it."""
        self.replies: dict[int, MessageDraft] = {}
        """What is written to each contact; only sending and quitting drop it."""
        self._outgoing: dict[str, tuple[MessageDraft, NewOperation]] = {}
        """Texts that operations under way are sending, by their keys."""
        self._done_here: set[int] = set()
        """The operations that were begun on this screen."""
        self.resynced = False
        self._retry = asyncio.Event()
        self.animation_level = "none"
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = theme_for(self.console.color_system, colourless=colourless)
        self._preferences = preferences
        self._colourless = colourless
        self.set_keymap(self.keymap)

    def on_mount(self) -> None:
        """Paint the first page; the server is asked when that is done."""
        self.push_screen(SequencesPage())
        self._remember_colours()
        self.call_after_refresh(self._connect)

    def _connect(self) -> None:
        self.run_worker(
            follow(self.client, self.post_message, self._retry),
            name="following",
            group="following",
            exit_on_error=False,
        )

    @property
    def pages(self) -> list[Page]:
        """The open pages, the undermost first."""
        return [screen for screen in self.screen_stack if isinstance(screen, Page)]

    def domain_now(self) -> datetime | None:
        """The server's present; None before it told it."""
        return None if self.clock is None else self.clock.now(time.monotonic())

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Say something in passing; outside words in it are only shown."""
        self.notify(clean(text), severity="error" if wrong else "information", markup=False)

    # What the server says.

    @on(Welcomed)
    def _welcomed(self, told: Welcomed) -> None:
        self.me = told.me
        now = time.monotonic()
        self.clock = DomainClock(told.me.now, told.me.rate, now)
        self._stand(self.connection.joined(now))
        for page in self.pages:
            page.show_chrome()

    @on(Lost)
    def _lost(self, lost: Lost) -> None:
        self._stand(self.connection.lost(time.monotonic(), lost.why, lost.wait))

    @on(Retrying)
    def _retrying(self) -> None:
        self._stand(self.connection.retrying())

    def _stand(self, connection: Connection) -> None:
        if connection != self.connection:
            self.connection = connection
            self._tell_pages(ConnectionChanged, connection)

    @on(Told)
    def _told(self, told: Told) -> None:
        batch = told.batch
        now = time.monotonic()
        if batch.clock is not None:
            self.clock = DomainClock(*batch.clock, now)
        self._stand(self.connection.joined(now))
        if batch.resync:
            self.resynced = True
            self._tell_pages(Resynced)
            return
        if batch.rows or batch.newcomers or batch.contacts:
            self._tell_pages(RowsChanged, batch)
        if batch.sequences:
            self._tell_pages(CountsChanged, batch.sequences)
        if batch.themselves:
            self._tell_pages(SequencesChanged, batch.themselves)

    def _tell_pages(self, message: type[Message], *content: object) -> None:
        for page in self.pages:
            page.post_message(message(*content))

    def count_page(self, digit: int, count: int) -> None:
        """Say how many things a page of the sidebar holds."""
        if self.page_counts.get(digit) != count:
            self.page_counts[digit] = count
            for page in self.pages:
                page.show_chrome()

    @on(Failed)
    def _failed(self, failed: Failed) -> None:
        self.tell(failed.problem, wrong=True)

    @on(Worker.StateChanged)
    def _worker_ended(self, changed: Worker.StateChanged) -> None:
        if changed.state is not WorkerState.ERROR:
            return
        self.tell(f"Unexpected error: {changed.worker.error!r}", wrong=True)
        if changed.worker.group == "saving":
            for draft in self.drafts.values():
                draft.saving = False
        if changed.worker.group == "following":
            self.set_timer(1.0, self._connect)

    # The life of sequences.

    def change_life(
        self, deed: SequenceAction, sequence: Sequence, mode: ResumeMode | None
    ) -> None:
        """Do what was asked and confirmed; it goes on whatever page is shown meanwhile."""
        if sequence.id in self.changing:
            return
        self.changing.add(sequence.id)
        work = change(self.client, deed, sequence, mode, self.post_message)
        self.run_worker(work, group="life", exit_on_error=False)

        def still() -> None:
            if sequence.id in self.changing:
                self.tell(under_way(deed, sequence))

        self.set_timer(LONG, still)

    @on(LifeChanged)
    def _life_changed(self, changed: LifeChanged) -> None:
        self.changing.discard(changed.sequence.id)
        self.tell(outcome(changed.deed, changed.sequence))
        self.reread(changed.sequence.id)

    @on(LifeRefused)
    def _life_refused(self, refused: LifeRefused) -> None:
        self.changing.discard(refused.sequence_id)
        self.tell(refusal(refused.deed, refused.called, refused.error), wrong=True)
        self.reread(refused.sequence_id)

    def reread(self, sequence_id: int) -> None:
        """Let every page read a sequence again."""
        self._tell_pages(SequencesChanged, frozenset({sequence_id}))

    # Drafts.

    def save_draft(self, draft: Draft) -> None:
        """Save it in the background; pages may be left meanwhile."""
        draft.saving = True
        work = save(self.client, draft.base, draft.document, self.post_message)
        self.run_worker(work, group="saving", exit_on_error=False)

    @on(Saved)
    def _saved(self, saved: Saved) -> None:
        sequence = saved.replaced.sequence
        self.drafts[sequence.id].saved(sequence)
        self.tell(saved_words(saved.replaced))
        self._tell_pages(SequencesChanged, frozenset({sequence.id}))

    @on(NotSaved)
    def _not_saved(self, failed: NotSaved) -> None:
        ident = failed.base.id
        self.drafts[ident].saving = False
        self.tell(not_saved_words(failed.base, failed.error), wrong=True)
        if is_outdated(failed.error):
            self._tell_pages(Outdated, ident)
        else:
            self._tell_pages(SequencesChanged, frozenset({ident}))

    # Where one can go.

    @on(OpenSequence)
    def _open_sequence(self, opened: OpenSequence) -> None:
        ident = opened.sequence_id
        chosen = self.chosen.setdefault(ident, SequenceMarks(ident))
        self.push_screen(ContactsTab(ident, opened.called or f"Sequence {ident}", chosen))
        self.show_tab(opened.tab)

    def show_tab(self, name: str) -> None:
        """Show another tab of the sequence that is open; its Contacts tab stays below."""
        here = self.screen
        if not isinstance(here, SequenceTab) or name == here.tab:
            return
        tab = next(one for one in self.tabs if one.tab == name)
        if issubclass(tab, ContactsTab):
            self.pop_screen()
        elif isinstance(here, ContactsTab):
            self.push_screen(tab(here.sequence_id, here.called))
        else:
            self.switch_screen(tab(here.sequence_id, here.called))

    def make_page(self, digit: int) -> Page | None:
        """A new page of the sidebar."""
        return SequencesPage() if digit == SequencesPage.digit else None

    async def action_show_page(self, digit: int) -> None:
        """Show a page of the sidebar, leaving those that are open."""
        bottom = self.pages[0]
        while len(self.pages) > 1:
            await self.pop_screen()
        bottom.remove_class("-pages-open")
        if bottom.digit != digit and (page := self.make_page(digit)) is not None:
            await self.switch_screen(page)

    def go_up(self) -> None:
        """Leave the present page for the one that it was opened from, if any.

        The tabs of a sequence are one page: each is left for the list of sequences.
        """
        if len(self.pages) > 1:
            if isinstance(self.pages[-2], SequenceTab) and isinstance(self.screen, SequenceTab):
                self.pop_screen()
            self.pop_screen()

    def retry_now(self) -> None:
        """Try a lost connection at once."""
        self._retry.set()

    # Actions.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer nothing of the application's while something is to be confirmed."""
        del parameters
        return action in _MOVING or not isinstance(self.screen, _GATED)

    def action_help(self) -> None:
        """Show the keys of the place."""
        page = self.screen
        if isinstance(page, Page):
            self.push_screen(HelpScreen(page.crumb, page.offered(), self.keymap))

    def action_palette(self) -> None:
        """Open the command palette over a page."""
        if isinstance(self.screen, Page):
            self.push_screen(Palette())

    def _remember_colours(self) -> None:
        """Use the colours that were chosen last, unless none are wanted."""
        if self._preferences is None or self._colourless:
            return
        try:
            chosen = read_theme(self._preferences, [one.name for one in THEMES])
        except PreferencesWrong as error:
            self.tell(str(error), wrong=True)
        else:
            self.theme = chosen or self.theme

    def action_colours(self, theme: str) -> None:
        """Change the colours, and remember it."""
        self.theme = theme
        try:
            if self._preferences is not None:
                keep_theme(self._preferences, theme)
        except PreferencesWrong as error:
            self.tell(str(error), wrong=True)

    async def action_quit(self) -> None:
        """End, after asking if something would be lost."""
        kept = [what for page in self.pages if (what := page.unsaved_work()) is not None]
        if marked := sum(one.marks.count for one in self.chosen.values()):
            kept += [f"{marked:,} selected"]
        kept += [f"a reply to {one.recipient}" for one in self.replies.values() if one.body]
        kept += ["an unsent message" for one in self.chosen.values() if one.outgoing.body]
        kept += [
            f"unsaved changes to {one.base.name}" for one in self.drafts.values() if one.changed
        ]
        if self.unmade is not None:
            kept.append("a new sequence that is not created yet")
        if self.changing:
            kept.append("the result of a change in progress")
        if picked := sum(one.count for one in self.picks.values()):
            kept += [f"{picked:,} selected to enroll"]
        if not kept:
            self.exit()
            return
        proposal = Proposal("Quit?", tuple(f"You will lose: {what}." for what in kept))
        self.push_screen(ConfirmScreen(proposal), lambda sure: self.exit() if sure else None)

    def action_undo(self) -> None:
        """Look for the last action of mine that can be taken back, and ask."""
        page = self.screen
        if isinstance(page, Page) and self.me is not None:
            work = newest_of_mine(self.client, self.me.operator.name)
            page.fetch(work, lambda found: UndoFound(page, found), group="undo", exclusive=True)

    @on(UndoFound)
    def _ask_undo(self, found: UndoFound) -> None:
        undoable, now, me = found.found, self.domain_now(), self.me
        if undoable is None:
            self.tell("You have nothing to undo.")
            return
        if now is None or me is None:
            return
        ident = undoable.operation.id

        def answered(sure: bool | None) -> None:
            if sure:
                work = take_back(self.client, ident, self.post_message)
                self.run_worker(work, group="operations", exit_on_error=False)

        asked = undo_proposal(undoable, now, me.zone, here=ident in self._done_here)
        found.page.ask_on_top(ConfirmScreen(asked), answered, what="Undo")

    # Operations: they go on whatever page is shown meanwhile.

    def act(self, new: NewOperation, outgoing: MessageDraft | None = None) -> None:
        """Do what was asked and confirmed; `outgoing` is the text that goes by it."""
        chosen = new.selection
        text = outgoing or MessageDraft()
        key = text.key_for(new.action, chosen, new.body, new.override_reason)
        self._outgoing[key] = text, new
        self._say(f"{DOING[new.action]}…")
        work = run(self.client, new, key, self.post_message)
        self.run_worker(work, group="operations", exit_on_error=False)

    def _say(self, under_way: str) -> None:
        for page in self.pages:
            if page.is_mounted:
                page.say(under_way)

    @on(OperationTaken)
    def _operation_taken(self, taken: OperationTaken) -> None:
        self._done_here.add(taken.operation_id)
        if taken.key in self._outgoing:
            text, new = self._outgoing.pop(taken.key)
            text.taken(taken.key, new.body or "", new.override_reason or "")

    @on(OperationGoesOn)
    def _operation_goes_on(self, told: OperationGoesOn) -> None:
        self._say(progress_words(told.operation))

    @on(OperationRefused)
    def _operation_refused(self, refused: OperationRefused) -> None:
        self._say("")
        self.tell(refusal_words(refused.problem, unknown=refused.unknown), wrong=True)

    @on(OperationEnded)
    def _operation_ended(self, ended: OperationEnded) -> None:
        self._say("")
        self.pages[-1].show_outcome(outcome_lines(ended.operation, ended.rows))

    # Replies.

    def send_reply(self, contact_id: int) -> None:
        """Send the reply to a contact as it is written now; it was confirmed."""
        text = self.replies[contact_id]
        if text.sending:
            return
        text.sending, text.problem = True, ""
        self._tell_pages(ReplyChanged, contact_id)
        work = send(self.client, contact_id, text, self.post_message)
        self.run_worker(work, group="replies", exit_on_error=False)

    @on(ReplySent)
    def _reply_sent(self, sent: ReplySent) -> None:
        text = self.replies[sent.contact_id]
        text.gone(sent.key)
        if not self.pages[-1].shows_contact(sent.contact_id):
            self.tell(f"Sent to {clean(text.recipient, 40)}.")
        self._tell_pages(ReplyChanged, sent.contact_id)

    @on(ReplyNotSent)
    def _reply_not_sent(self, failed: ReplyNotSent) -> None:
        text = self.replies[failed.contact_id]
        text.sending, text.problem = False, failed.problem
        if not self.pages[-1].shows_contact(failed.contact_id):
            self.tell(f"Your reply to {clean(text.recipient, 40)}: {failed.problem}", wrong=True)
        self._tell_pages(ReplyChanged, failed.contact_id)

    # Faults.

    def _print_error_renderables(self) -> None:
        """Tell what ended the screen; its words may come from outside.

        A private method of Textual's: the last place before the terminal.
        """
        drawn = self._exit_renderables
        drawn[:] = [harmless(one) if isinstance(one, Segments) else one for one in drawn]
        super()._print_error_renderables()

    # Room.

    def on_resize(self, event: Resize) -> None:
        """Say so where there is too little room."""
        self.call_later(self._fit, event.size.width, event.size.height)

    def _fit(self, columns: int, rows: int) -> None:
        small = columns < LEAST[0] or rows < LEAST[1]
        shown = isinstance(self.screen, TooSmall)
        if small and not shown:
            self.push_screen(TooSmall())
        elif shown and not small:
            self.pop_screen()
