"""Asks for a new value of a setting: a choice, or a line that is validated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from common.model.senders import Sender
from common.model.sequences import NAME_LIMIT, SequenceDocument
from common.terminal import clean
from tui.flows.page import FlowPage
from tui.state.choice import Choice
from tui.state.settings import (
    ABOUT,
    BLANK,
    DEFAULT_SENDER,
    OPTIONS,
    RANGES,
    Setting,
    SettingFault,
    read_setting,
    typed_words,
)
from tui.widgets.choice import ChoiceScreen
from tui.widgets.line_screen import LineScreen

_DEFAULT = "default"
_LONGEST = 2_000


class SettingScreen(LineScreen[str]):
    """Answers with what was typed, once it is valid."""

    def __init__(self, setting: Setting, value: str) -> None:
        about = ABOUT[setting]
        super().__init__(
            about.label,
            _sentence(setting),
            value,
            most=NAME_LIMIT if setting is Setting.NAME else _LONGEST,
        )
        self.setting = setting

    def take(self, value: str) -> None:
        """Validate it, and show what is wrong."""
        try:
            read_setting(self.setting, value)
        except SettingFault as fault:
            self.tell(f"{fault.reason} {fault.remedy}")
        else:
            self.dismiss(value)


class NewValue(NamedTuple):
    """A new value of a setting, which may be None."""

    value: Any


async def ask_setting(
    page: FlowPage, document: SequenceDocument, setting: Setting, senders: Sequence[Sender]
) -> NewValue | None:
    """Ask for a setting of the document; None if it stays unchanged."""
    label = ABOUT[setting].label
    if setting is Setting.SENDER:
        at = document.sender or _DEFAULT
        pick = await page.ask(ChoiceScreen(label, _sender_choices(senders), chosen=at))
        if pick is None or pick.value is None:
            return None
        return NewValue(None if pick.value == _DEFAULT else pick.value)
    if setting in OPTIONS:
        choices = [Choice(one.value, one.label, about=one.about) for one in OPTIONS[setting]]
        at = str(getattr(document, setting))
        pick = await page.ask(ChoiceScreen(label, choices, chosen=at))
        typed = None if pick is None else pick.value
    else:
        typed = await page.ask(SettingScreen(setting, typed_words(document, setting)))
    return None if typed is None else NewValue(read_setting(setting, typed))


def _sender_choices(senders: Sequence[Sender]) -> list[Choice]:
    default = next((one for one in senders if one.is_default), None)
    which = f"Currently {default.phone}, {clean(default.name, 30)}." if default else "None yet."
    return [
        Choice(_DEFAULT, DEFAULT_SENDER, about=which),
        *(
            Choice(one.phone, one.phone, about=clean(one.name, 40) + _stopped(one))
            for one in senders
        ),
    ]


def _stopped(one: Sender) -> str:
    return f"; stopped: {clean(one.stopped_reason, 60)}" if one.stopped_reason else ""


def _sentence(setting: Setting) -> str:
    about = ABOUT[setting]
    default = typed_words(BLANK, setting)
    if setting is Setting.WINDOW:
        return f"{about.does} Enter days and hours, like {default}."
    if setting in RANGES:
        least, most = RANGES[setting]
        return f"{about.does} A whole number from {least} to {most:,}; the default is {default}."
    return about.does
