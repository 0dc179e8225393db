"""The Settings tab: the settings of a sequence, changed in the draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.widget import Widget
from textual.widgets import Static

from common.documents import document_of
from common.model.senders import Sender
from common.model.sequences import Severity
from common.terminal import as_text, clean
from tui.flows.setting import ask_setting
from tui.messages import Resynced
from tui.screens.draft_tab import DraftTab
from tui.session import Session
from tui.state.draft import Draft
from tui.state.settings import Setting, setting_at, settings_of
from tui.widgets.setting_list import SettingList, SettingRow, rows_of


class SettingsTab(DraftTab):
    """Settings in rows; enter changes one, `w` saves all changes, including steps."""

    AUTO_FOCUS = "SettingList"
    crumb = tab = "Settings"
    scopes = ("list", "draft", "tabs", "enroll", "life")

    def __init__(self, session: Session, sequence_id: int, called: str) -> None:
        super().__init__(session, sequence_id, called)
        self.senders: tuple[Sender, ...] | None = None

    def compose_room(self) -> Iterable[Widget]:
        """The state of the draft, and the settings."""
        yield Static(id="standing")
        yield SettingList()

    def on_mount(self) -> None:
        """Load the senders that can be chosen."""
        if self.session.resynced:
            self._read_senders()

    @on(Resynced)
    def _read_senders(self) -> None:
        """Load them; if that fails, the earlier ones are still offered."""
        client = self.session.client
        self.fetch(client.list_senders, self._take_senders, lambda _: None, group="senders")

    def _take_senders(self, senders: list[Sender]) -> None:
        self.senders = tuple(senders)
        self.show()

    # Showing.

    def draw(self) -> None:
        """Draw the settings of the draft."""
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
        """The sender with its name."""
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
        """Errors or warnings by setting."""
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
            self.session.tell("The senders have not loaded yet. Press R to try again.")
            return

        async def change() -> None:
            new = await ask_setting(self, draft.document, setting, self.senders or ())
            if new is not None:
                self._change(draft, setting, new.value)

        self.start(change, "setting")

    def _kind_is_fixed(self, draft: Draft) -> bool:
        base = draft.base
        if base.total:
            self.session.tell(
                f"The kind stays {base.kind}, because contacts have been enrolled. Create a new"
                " sequence instead (n in the list).",
                wrong=True,
            )
        return bool(base.total)

    def _change(self, draft: Draft, setting: Setting, value: Any) -> None:
        kind = draft.document.kind
        draft.change(**{setting.value: value})
        if draft.document.kind is not kind and draft.document.steps:
            self.session.tell("The steps need new times now: see the Steps tab.")
        self.show()

    def action_refresh(self) -> None:
        """Also reload the senders."""
        super().action_refresh()
        self._read_senders()
