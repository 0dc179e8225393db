"""The Settings tab: what a sequence keeps to, each with what it does; changed in the draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from common.documents import document_of
from common.model.senders import Sender
from common.model.sequences import Severity
from common.terminal import as_text, clean
from tui.actions.registry import bindings_of
from tui.messages import Resynced
from tui.screens.checked_tab import CheckedTab
from tui.screens.setting_screens import ask_setting
from tui.state.draft import Draft
from tui.state.settings import Setting, setting_at, settings_of
from tui.widgets.setting_list import SettingList, SettingRow, rows_of


class SendersRead(Message):
    """The senders that there are."""

    def __init__(self, senders: list[Sender]) -> None:
        self.senders = tuple(senders)
        super().__init__()


class SendersNotRead(Message):
    """They could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class SettingsTab(CheckedTab):
    """Settings in rows; enter changes one, `w` saves all that was changed, steps included."""

    BINDINGS = bindings_of("draft")
    AUTO_FOCUS = "SettingList"
    crumb = tab = "Settings"
    scopes = ("list", "draft", "tabs", "enroll", "life")

    def __init__(self, sequence_id: int, called: str) -> None:
        super().__init__(sequence_id, called)
        self.senders: tuple[Sender, ...] | None = None

    def compose_room(self) -> Iterable[Widget]:
        """How the draft stands, and the settings."""
        yield Static(id="standing")
        yield SettingList()

    def on_mount(self) -> None:
        """Read the senders, which can be chosen."""
        if self.drumbeat.resynced:
            self._read_senders()

    @on(Resynced)
    def _read_senders(self) -> None:
        asked = self.drumbeat.client.list_senders()
        self.fetch(asked, SendersRead, SendersNotRead, group="senders")

    @on(SendersRead)
    def _take_senders(self, read: SendersRead) -> None:
        self.senders = read.senders
        self.show()

    @on(SendersNotRead)
    def _keep_senders(self) -> None:
        """The ones that were read before are offered still."""

    # Showing.

    def draw(self) -> None:
        """Draw the settings as they are written."""
        self.query_one("#standing", Static).update(as_text(self.standing_words()))
        draft = self.draft
        if draft is None:
            return
        before, document = document_of(draft.base), draft.document
        faults = self._found(Severity.ERROR)
        warnings = self._found(Severity.WARNING)
        rows = rows_of(document, before, settings_of(document), faults, warnings)
        self.query_one(SettingList).show([self._named(row) for row in rows])
        if self.focused is None:
            self.query_one(SettingList).focus()

    def _named(self, row: SettingRow) -> SettingRow:
        """The sender by its name, too."""
        draft = self.draft
        if row.setting is not Setting.SENDER or draft is None or self.senders is None:
            return row
        phone = draft.document.sender
        for one in self.senders:
            if one.phone == phone or (phone is None and one.is_default):
                told = one.name if phone else f"{one.phone}, {one.name}"
                return row._replace(value=f"{row.value} · {clean(told, 60)}")
        return row

    def _found(self, severity: Severity) -> dict[Setting, str]:
        """What is wrong with the settings."""
        words: dict[Setting, str] = {}
        for one in self.findings:
            setting = setting_at(one.field) if one.step is None else None
            if setting is not None and one.severity is severity:
                words.setdefault(setting, f"{one.reason} {one.remedy}")
        return words

    # Changing.

    @on(SettingList.Chosen)
    def _chosen(self, chosen: SettingList.Chosen) -> None:
        draft, setting = self.written(), chosen.setting
        if draft is None or (setting is Setting.KIND and self._kind_is_fixed(draft)):
            return
        if setting is Setting.SENDER and self.senders is None:
            self.drumbeat.tell("The senders have not loaded yet. Press R to try again.")
            return

        def take(value: Any) -> None:
            self._change(draft, setting, value)

        ask_setting(self.app, draft.document, setting, self.senders or (), take)

    def _kind_is_fixed(self, draft: Draft) -> bool:
        base = draft.base
        if base.total:
            self.drumbeat.tell(
                f"The kind stays {base.kind}, because contacts have been enrolled. Create a new"
                " sequence instead (n in the list).",
                wrong=True,
            )
        return bool(base.total)

    def _change(self, draft: Draft, setting: Setting, value: Any) -> None:
        kind = draft.document.kind
        draft.change(**{setting.value: value})
        if draft.document.kind is not kind and draft.document.steps:
            self.drumbeat.tell("The steps need new times now: see the Steps tab.")
        self.show()

    def action_refresh(self) -> None:
        """Read the senders again, too."""
        super().action_refresh()
        self._read_senders()
