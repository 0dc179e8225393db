"""The form of a new sequence, kept until it is created or discarded."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

import msgspec
from textual import on
from textual.widget import Widget
from textual.widgets import Static

from common.client import ApiProblem, ClientError, Unreachable
from common.documents import DocumentError, canonical
from common.model.sequences import Sequence, SequenceDocument
from common.requesting import new_key
from common.terminal import as_text, clean
from tui.actions.registry import bindings_of
from tui.flows.setting import ask_setting
from tui.messages import OpenSequence
from tui.screens.page import Page
from tui.session import NewSequenceForm, Session
from tui.state.proposal import Proposal
from tui.state.settings import BLANK, OF_NEW, Setting, setting_at
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.lines import stacked
from tui.widgets.setting_list import SettingList, rows_of

_BODY: Final = "body."
_NAME_TAKEN: Final = "sequence_exists"
_FIRST_WORDS: Final = (
    "Press enter to change a value, w to create the draft.",
    "Nothing is sent until you activate it.",
    "Other settings have defaults; you can change them later.",
)


class NewSequencePage(Page):
    """Asks for name, kind, on reply and window; `w` creates the draft.

    The session keeps the form until it is created or discarded. The same document has the same
    idempotency key: sent again after a lost answer, it is created once.
    """

    BINDINGS = bindings_of("new")
    AUTO_FOCUS = "SettingList"
    crumb = "New sequence"
    digit = 1
    scopes = ("list", "new")

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.faults: dict[Setting, str] = {}
        self.told: tuple[str, ...] = _FIRST_WORDS
        self.making = False

    def compose_room(self) -> Iterable[Widget]:
        """The settings, and messages."""
        yield SettingList()
        yield Static(id="told")

    def on_mount(self) -> None:
        """Ask for the name first."""
        self.show()
        if self.document == BLANK:
            self.ask_for(Setting.NAME)

    @property
    def document(self) -> SequenceDocument:
        """The form so far."""
        form = self.session.new_sequence
        return BLANK if form is None else form.document

    def show(self) -> None:
        """Draw the form."""
        document = self.document
        rows = rows_of(document, BLANK, OF_NEW, self.faults)
        self.query_one(SettingList).show(rows)
        self.query_one("#told", Static).update(stacked(map(as_text, self.told)))

    # Writing.

    @on(SettingList.Chosen)
    def _chosen(self, chosen: SettingList.Chosen) -> None:
        self.ask_for(chosen.setting)

    def ask_for(self, setting: Setting) -> None:
        """Ask for a value."""

        async def change() -> None:
            new = await ask_setting(self, self.document, setting, ())
            if new is None:
                return
            document = msgspec.structs.replace(self.document, **{setting.value: new.value})
            if document != self.document:
                self.session.new_sequence = NewSequenceForm(document, new_key())
            self.faults.pop(setting, None)
            self.told = _FIRST_WORDS
            self.show()

        if not self.making:
            self.start(change, "setting")

    # Making.

    def action_make_draft(self) -> None:
        """Create the draft, unless it is invalid."""
        if self.making or not self.may_change():
            return
        try:
            document = canonical(self.document)
        except DocumentError as error:
            self.fail({one.field: f"{one.reason} {one.remedy}" for one in error.faults})
            return
        form = self.session.new_sequence
        assert form is not None
        self.making, self.told, self.faults = True, ("Creating the draft…",), {}
        self.show()
        make = partial(self.session.client.add_sequence, document, key=form.key)
        self.fetch(make, self._made, self._not_made, group="making")

    def _made(self, made: Sequence) -> None:
        session = self.session
        session.new_sequence = None
        session.tell("Draft created. Write its steps, then activate it.")
        session.reread(made.id)
        while not self.on_top:
            self.app.pop_screen()
        super().leave()
        self.app.post_message(OpenSequence(made.id, made.name, "Steps"))

    def _not_made(self, error: ClientError) -> None:
        self.making = False
        if isinstance(error, Unreachable):
            self.told = (
                error.message,
                "It may already exist. Press w to try again; it won't be created twice.",
            )
            self.show()
            return
        if not isinstance(error, ApiProblem):
            self.fail({}, error.message)
            return
        faults = {
            one.pointer.removeprefix(_BODY): f"{one.reason} {one.remedy}" for one in error.faults
        }
        if error.code == _NAME_TAKEN:
            faults = {Setting.NAME: error.detail}
        self.fail(faults, "" if faults else error.detail)

    def fail(self, faults: dict[str, str], why: str = "") -> None:
        """Show errors: at their settings, and others below."""
        self.faults = {}
        others = [why] if why else []
        for field, words in faults.items():
            setting = setting_at(field)
            if setting in OF_NEW:
                self.faults.setdefault(setting, words)
            else:
                others += [f"{field}: {words}"]
        self.told = ("The draft was not created.", *others)
        self.show()
        if self.faults:
            self.query_one(SettingList).go_to(next(iter(self.faults)))

    # Going back.

    def leave(self) -> None:
        """Go back; ask before the form is discarded."""
        if self.document == BLANK:
            super().leave()
            return

        named = clean(self.document.name, 40) or "what you entered"
        asked = Proposal("Discard the new sequence?", (f"You will lose: {named}.",))

        async def throw_away() -> None:
            if await self.ask(ConfirmScreen(asked)):
                self.session.new_sequence = None
                Page.leave(self)

        if not self.making:
            self.start(throw_away, "leave")
