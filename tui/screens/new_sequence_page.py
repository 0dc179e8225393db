"""A new sequence: what it is asked for, kept until it is made or thrown away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from common.client import ApiProblem, ClientError, Unreachable
from common.documents import DocumentError, canonical
from common.model.sequences import Sequence, SequenceDocument
from common.requesting import new_key
from common.terminal import as_text, clean
from tui.actions.registry import bindings_of
from tui.messages import OpenSequence
from tui.screens.page import Page
from tui.screens.setting_screens import ask_setting
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


class NewSequenceForm(NamedTuple):
    """What is written of a new sequence, and the key under which this very document is made."""

    document: SequenceDocument
    key: str


class DraftMade(Message):
    """The draft that the server made."""

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        super().__init__()


class DraftNotMade(Message):
    """It was not made, or nobody knows."""

    def __init__(self, error: ClientError) -> None:
        self.error = error
        super().__init__()


class NewSequencePage(Page):
    """Asks for name, kind, on reply and window; `w` makes the draft.

    What is written is the application's, so that only making it or throwing it away ends it. The
    same document travels under the same key: sent again after a lost answer, it is made once.
    """

    BINDINGS = bindings_of("new")
    AUTO_FOCUS = "SettingList"
    crumb = "New sequence"
    digit = 1
    scopes = ("list", "new")

    def __init__(self) -> None:
        super().__init__()
        self.faults: dict[Setting, str] = {}
        self.told: tuple[str, ...] = _FIRST_WORDS
        self.making = False

    def compose_room(self) -> Iterable[Widget]:
        """The settings, and what is told of them."""
        yield SettingList()
        yield Static(id="told")

    def on_mount(self) -> None:
        """Ask for the name at once."""
        self.show()
        if self.document == BLANK:
            self.ask(Setting.NAME)

    @property
    def document(self) -> SequenceDocument:
        """What is written so far."""
        unmade = self.drumbeat.unmade
        return BLANK if unmade is None else unmade.document

    def show(self) -> None:
        """Draw what is written."""
        document = self.document
        rows = rows_of(document, BLANK, OF_NEW, self.faults)
        self.query_one(SettingList).show(rows)
        self.query_one("#told", Static).update(stacked(map(as_text, self.told)))

    # Writing.

    @on(SettingList.Chosen)
    def _chosen(self, chosen: SettingList.Chosen) -> None:
        self.ask(chosen.setting)

    def ask(self, setting: Setting) -> None:
        """Ask for a value."""

        def take(value: Any) -> None:
            document = msgspec.structs.replace(self.document, **{setting.value: value})
            if document != self.document:
                self.drumbeat.unmade = NewSequenceForm(document, new_key())
            self.faults.pop(setting, None)
            self.told = _FIRST_WORDS
            self.show()

        if not self.making:
            ask_setting(self.app, self.document, setting, (), take)

    # Making.

    def action_make_draft(self) -> None:
        """Make the draft, unless something is wrong with it."""
        if self.making or not self.may_change():
            return
        try:
            document = canonical(self.document)
        except DocumentError as error:
            self.fail({one.field: f"{one.reason} {one.remedy}" for one in error.faults})
            return
        unmade = self.drumbeat.unmade
        assert unmade is not None
        self.making, self.told, self.faults = True, ("Creating the draft…",), {}
        self.show()
        self.run_worker(self._make(document, unmade.key), group="making", exit_on_error=False)

    async def _make(self, document: SequenceDocument, key: str) -> None:
        try:
            made = await self.drumbeat.client.add_sequence(document, key=key)
        except ClientError as error:
            self.post_message(DraftNotMade(error))
        else:
            self.post_message(DraftMade(made))

    @on(DraftMade)
    def _made(self, made: DraftMade) -> None:
        app = self.drumbeat
        app.unmade = None
        app.tell("Draft created. Write its steps, then activate it.")
        app.reread(made.sequence.id)
        while app.screen is not self:
            app.pop_screen()
        app.go_up()
        app.post_message(OpenSequence(made.sequence.id, made.sequence.name, "Steps"))

    @on(DraftNotMade)
    def _not_made(self, failed: DraftNotMade) -> None:
        self.making = False
        error = failed.error
        if isinstance(error, Unreachable):
            self.told = (
                error.message,
                "It may already exist. Press w to try again; it won't be created twice.",
            )
            self.show()
            return
        assert isinstance(error, ApiProblem)
        faults = {
            one.pointer.removeprefix(_BODY): f"{one.reason} {one.remedy}" for one in error.faults
        }
        if error.code == _NAME_TAKEN:
            faults = {Setting.NAME: error.detail}
        self.fail(faults, "" if faults else error.detail)

    def fail(self, faults: dict[str, str], why: str = "") -> None:
        """Tell what is wrong: at the settings, and below them what is of none."""
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
        """Go up; ask before what is written is thrown away."""
        if self.document == BLANK:
            super().leave()
            return

        def answered(sure: bool | None) -> None:
            if sure:
                self.drumbeat.unmade = None
                self.drumbeat.go_up()

        if not self.making:
            named = clean(self.document.name, 40) or "what you entered"
            proposal = Proposal("Discard the new sequence?", (f"You will lose: {named}.",))
            self.app.push_screen(ConfirmScreen(proposal), answered)
