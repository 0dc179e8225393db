"""Asks for another value of one setting: a choice, or a line that is read before it is taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual.app import App

from common.model.senders import Sender
from common.model.sequences import NAME_LIMIT, SequenceDocument
from common.terminal import clean
from tui.state.choice import Choice, Pick
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
    """Answers with what was typed, once it is a value of the setting."""

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
        """Read it, and say what is wrong with it."""
        try:
            read_setting(self.setting, value)
        except SettingFault as fault:
            self.tell(f"{fault.reason} {fault.remedy}")
        else:
            self.dismiss(value)


def ask_setting(
    app: App[Any],
    document: SequenceDocument,
    setting: Setting,
    senders: Sequence[Sender],
    then: Callable[[Any], None],
) -> None:
    """Ask for a setting of the document; `then` is given the new value, if there is one."""
    if setting is Setting.SENDER:
        _ask_sender(app, document, senders, then)
    elif setting in OPTIONS:
        choices = [Choice(one.value, one.label, about=one.about) for one in OPTIONS[setting]]

        def chosen(pick: Pick | None) -> None:
            if pick is not None and pick.value is not None:
                then(read_setting(setting, pick.value))

        at = str(getattr(document, setting))
        app.push_screen(ChoiceScreen(ABOUT[setting].label, choices, chosen=at), chosen)
    else:

        def typed(text: str | None) -> None:
            if text is not None:
                then(read_setting(setting, text))

        app.push_screen(SettingScreen(setting, typed_words(document, setting)), typed)


def _ask_sender(
    app: App[Any],
    document: SequenceDocument,
    senders: Sequence[Sender],
    then: Callable[[Any], None],
) -> None:
    default = next((one for one in senders if one.is_default), None)
    which = f"Currently {default.phone}, {clean(default.name, 30)}." if default else "None yet."
    choices = [Choice(_DEFAULT, DEFAULT_SENDER, about=which)]
    choices += [
        Choice(one.phone, one.phone, about=clean(one.name, 40) + _stopped(one)) for one in senders
    ]

    def chosen(pick: Pick | None) -> None:
        if pick is not None and pick.value is not None:
            then(None if pick.value == _DEFAULT else pick.value)

    at = document.sender or _DEFAULT
    app.push_screen(ChoiceScreen(ABOUT[Setting.SENDER].label, choices, chosen=at), chosen)


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
