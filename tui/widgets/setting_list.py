"""A list of settings: value, default, what the setting does, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from common.model.sequences import SequenceDocument
from common.terminal import as_text, clean, fit
from tui.actions.registry import bindings_of
from tui.state.settings import ABOUT, BLANK, Setting, is_default, value_words
from tui.widgets.lines import CURSOR, joined, stacked

LABEL_CELLS: Final = 17
ROOM: Final = 74
"""Cells of a line on a narrow screen."""
VALUE_CELLS: Final = 120
CHANGED: Final = "*"
_DEFAULT: Final = {one: value_words(BLANK, one) for one in Setting}


class SettingRow(NamedTuple):
    """A setting as it is shown; `fault` is an error, `warning` something to check."""

    setting: Setting
    value: str
    default: str = ""
    changed: bool = False
    fault: str = ""
    warning: str = ""


def rows_of(
    document: SequenceDocument,
    before: SequenceDocument,
    settings: Iterable[Setting],
    faults: Mapping[Setting, str],
    warnings: Mapping[Setting, str] | None = None,
) -> list[SettingRow]:
    """The settings of a document; those that differ from `before` are marked as changed."""
    return [
        SettingRow(
            one,
            value_words(document, one),
            _default_words(document, one),
            getattr(document, one) != getattr(before, one),
            faults.get(one, ""),
            (warnings or {}).get(one, ""),
        )
        for one in settings
    ]


def _default_words(document: SequenceDocument, setting: Setting) -> str:
    if setting is Setting.NAME:
        return ""
    return "(default)" if is_default(document, setting) else f"(default: {_DEFAULT[setting]})"


class SettingList(OptionList, inherit_bindings=False):
    """Rows of settings; enter asks for a new value of the one under the cursor."""

    BINDINGS = bindings_of("list")

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a setting."""

        setting: Setting

    def __init__(self) -> None:
        super().__init__(compact=True)
        self._rows: tuple[SettingRow, ...] = ()

    @property
    def rows(self) -> tuple[SettingRow, ...]:
        """What is shown."""
        return self._rows

    @property
    def setting(self) -> Setting | None:
        """The setting under the cursor."""
        at = self.highlighted
        return self._rows[at].setting if at is not None and at < len(self._rows) else None

    def show(self, rows: Sequence[SettingRow]) -> None:
        """Show these rows; the cursor stays on its setting."""
        if tuple(rows) == self._rows:
            return
        under = self.setting
        self._rows = tuple(rows)
        settings = [one.setting for one in self._rows]
        at = settings.index(under) if under in settings else 0
        self.clear_options()
        self.add_options([Option(_drawn(one, here=at == n)) for n, one in enumerate(self._rows)])
        self.highlighted = at if self._rows else None

    def go_to(self, setting: Setting) -> None:
        """Move the cursor to a setting."""
        self.highlighted = [one.setting for one in self._rows].index(setting)

    @on(OptionList.OptionHighlighted)
    def _follow_cursor(self, highlighted: OptionList.OptionHighlighted) -> None:
        """Move the cursor's glyph to the cursor."""
        highlighted.stop()
        for n, one in enumerate(self._rows):
            self.replace_option_prompt_at_index(n, _drawn(one, here=n == self.highlighted))

    @on(OptionList.OptionSelected)
    def _choose(self, selected: OptionList.OptionSelected) -> None:
        selected.stop()
        if self.setting is not None:
            self.post_message(self.Chosen(self.setting))

    def action_scroll_top(self) -> None:
        """The first setting."""
        self.action_first()

    def action_scroll_bottom(self) -> None:
        """The last setting."""
        self.action_last()

    def action_select_cursor(self) -> None:
        """Ask for a new value."""
        self.action_select()


def _drawn(row: SettingRow, *, here: bool) -> Text:
    about = ABOUT[row.setting]
    mark = CHANGED if row.changed else " "
    label = f"{CURSOR if here else ' '}{mark}{fit(about.label, LABEL_CELLS)}"
    value = clean(row.value, VALUE_CELLS) or "–"
    default = f"  {row.default}" if row.default else ""
    beside = cell_len(label + value + default) <= ROOM
    lines = [joined((label, "bold"), (value, ""), (default if beside else "", "dim"))]
    if not beside:
        lines.append(as_text(f"{' ' * cell_len(label)}{row.default}", "dim"))
    lines.append(as_text(f"  {about.does}", "dim"))
    if row.fault:
        lines.append(as_text(f"  ✗ {row.fault}", "bold"))
    if row.warning:
        lines.append(as_text(f"  ! {row.warning}", "bold"))
    return stacked(lines)
