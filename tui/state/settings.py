"""The settings of a sequence: their labels, their values in words, and reading typed values."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from common.documents import DocumentError, canonical
from common.model.sequences import (
    SPANS_LIMIT,
    Delay,
    Reenroll,
    SequenceDocument,
    WindowSpan,
)
from common.vocabulary import OnReply, SequenceKind
from common.windows import BadWindow, format_window, parse_window
from tui.state.wording import counted

Spans = WindowSpan | tuple[WindowSpan, ...]

_SPAN: Final = re.compile(
    r"(?P<days>[^0-9;]*)(?P<from>[0-9]{1,2}:[0-9]{2})\s*(?:-|–|to)\s*"
    r"(?P<to>[0-9]{1,2}:[0-9]{2})\s*(?:[,;]|$)"
)
DEFAULT_SENDER: Final = "the default sender"
_HOURS: Final = "Enter days and hours, like Mon-Sat 09:00-20:00, Sun 12:00-20:00."


class Setting(StrEnum):
    """A setting, by the name of its field."""

    NAME = "name"
    KIND = "kind"
    ON_REPLY = "on_reply"
    WINDOW = "window"
    SENDER = "sender"
    DAILY_LIMIT = "daily_limit"
    LATE_HOURS = "late_hours"
    RESPONSE_DAYS = "response_days"
    REENROLL = "reenroll"
    REENROLL_DAYS = "reenroll_days"


class About(NamedTuple):
    """A setting for people: its label, what it does, and the unit of a number."""

    label: str
    does: str
    unit: str = ""


class Option(NamedTuple):
    """A value to choose: its label, and what it means."""

    value: str
    label: str
    about: str


class SettingFault(ValueError):
    """What was typed is not a valid value: why, and what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason, self.remedy = reason, remedy


def window_words(window: Spans) -> str:
    """A window as it is shown and can be typed: `Mon-Sat 09:00-20:00, Sun 12:00-20:00`."""
    spans = (window,) if isinstance(window, WindowSpan) else window
    return ", ".join(f"{days_label(one.days)} {one.start}-{one.to}" for one in spans)


def days_label(days: str) -> str:
    """Days of the week as they are shown: `Mon-Sat`, `daily`."""
    return days if days == "daily" else days.title()


def field_label(field: str) -> str:
    """What the screen calls a field of a document; the field's own name if it has no label."""
    return ABOUT[Setting(field)].label if field in list(Setting) else field


def delay_words(delay: Delay | None) -> str:
    """A delay: `2 days 1 hour`; empty for none."""
    if delay is None:
        return ""
    parts = ((delay.days, "day"), (delay.hours, "hour"), (delay.minutes, "minute"))
    return " ".join(counted(n, unit) for n, unit in parts if n)


ABOUT: Final = {
    Setting.NAME: About("Name", "How operators find the sequence. Contacts never see it."),
    Setting.KIND: About(
        "Kind", "relative: steps follow each other. scheduled: each has a date and time."
    ),
    Setting.ON_REPLY: About(
        "On reply", "Whether a contact's reply ends the sequence for that contact."
    ),
    Setting.WINDOW: About(
        "Sending hours",
        "When texts are sent, in each contact's zone. Legal quiet hours apply too.",
    ),
    Setting.SENDER: About("Sender", "The phone number that the texts are sent from."),
    Setting.DAILY_LIMIT: About(
        "Daily limit", "The most texts a contact gets in one day, counting other sequences."
    ),
    Setting.LATE_HOURS: About(
        "Longest wait",
        "How long a step may wait for sending hours. After that it is skipped.",
        "hour",
    ),
    Setting.RESPONSE_DAYS: About(
        "Response days", "Replies count for this long after the last text.", "day"
    ),
    Setting.REENROLL: About(
        "Enroll again", "Whether a contact can be enrolled again after finishing."
    ),
    Setting.REENROLL_DAYS: About(
        "Re-enroll after", "How long after finishing a contact can be enrolled again.", "day"
    ),
}
OPTIONS: Final = {
    Setting.KIND: (
        Option(
            SequenceKind.RELATIVE,
            "relative",
            "Each step is sent some days, hours or minutes after the one before.",
        ),
        Option(
            SequenceKind.SCHEDULED,
            "scheduled",
            "Each step has a date and time, for everyone at once or in each contact's time zone.",
        ),
    ),
    Setting.ON_REPLY: (
        Option(OnReply.FINISH, "finish", "A reply ends the sequence for that contact."),
        Option(
            OnReply.CONTINUE,
            "continue",
            "A reply is recorded, and the remaining texts are still sent.",
        ),
    ),
    Setting.REENROLL: (
        Option(Reenroll.AFTER, "after a wait", "A number of days after the contact last finished."),
        Option(Reenroll.NEVER, "never", "A contact can be enrolled only once."),
        Option(Reenroll.ALWAYS, "always", "As soon as the contact has finished."),
    ),
}
"""Settings with a fixed list of values. Senders come from the server."""
RANGES: Final = {
    Setting.DAILY_LIMIT: (1, 100),
    Setting.LATE_HOURS: (0, 168),
    Setting.RESPONSE_DAYS: (1, 365),
    Setting.REENROLL_DAYS: (0, 3_650),
}
"""Settings that are whole numbers, with minimum and maximum."""
BLANK: Final = SequenceDocument(name="")
"""An empty sequence; every setting has its default."""
OF_NEW: Final = (Setting.NAME, Setting.KIND, Setting.ON_REPLY, Setting.WINDOW)
"""What is asked for a new sequence; other settings get their defaults."""


def settings_of(document: SequenceDocument) -> tuple[Setting, ...]:
    """The settings that apply to the document."""
    idle = set()
    if document.kind is SequenceKind.RELATIVE:
        idle.add(Setting.LATE_HOURS)
    if document.reenroll is not Reenroll.AFTER:
        idle.add(Setting.REENROLL_DAYS)
    return tuple(one for one in Setting if one not in idle)


def value_words(document: SequenceDocument, setting: Setting) -> str:
    """A setting's value for people. Clean it before it is shown."""
    value = getattr(document, setting)
    if setting is Setting.WINDOW:
        return window_words(value)
    if setting is Setting.SENDER:
        return value or DEFAULT_SENDER
    if setting in OPTIONS:
        return next(one.label for one in OPTIONS[setting] if one.value == value)
    unit = ABOUT[setting].unit
    return counted(value, unit) if unit else str(value)


def typed_words(document: SequenceDocument, setting: Setting) -> str:
    """A setting's value as it is typed."""
    value = getattr(document, setting)
    return window_words(value) if setting is Setting.WINDOW else str(value)


def is_default(document: SequenceDocument, setting: Setting) -> bool:
    """Whether a setting has its default value; a name never has."""
    return setting is not Setting.NAME and getattr(document, setting) == getattr(BLANK, setting)


def read_setting(setting: Setting, typed: str) -> Any:
    """Parse a typed or chosen value. Raises SettingFault."""
    if setting is Setting.NAME:
        return _name(typed)
    if setting is Setting.WINDOW:
        return _window(typed)
    if setting in RANGES:
        return _number(typed, *RANGES[setting])
    if setting is Setting.SENDER:
        return typed or None
    return msgspec.convert(typed, {
        Setting.KIND: SequenceKind, Setting.ON_REPLY: OnReply, Setting.REENROLL: Reenroll,
    }[setting])  # fmt: skip


def setting_at(field: str) -> Setting | None:
    """The setting that a field path belongs to: `window[0].from` belongs to the window."""
    root = re.split(r"[.\[]", field, maxsplit=1)[0]
    return Setting(root) if root in list(Setting) else None


def _name(typed: str) -> str:
    try:
        return canonical(SequenceDocument(name=typed)).name
    except DocumentError as error:
        fault = error.faults[0]
        raise SettingFault(fault.reason, fault.remedy) from error


def _number(typed: str, least: int, most: int) -> int:
    text = typed.strip().replace(",", "")
    if not (text.isascii() and text.isdigit() and least <= int(text[:9]) <= most):
        raise SettingFault(
            f"“{typed.strip()}” is not valid.", f"Enter a whole number from {least} to {most:,}."
        )
    return int(text)


def _window(typed: str) -> tuple[WindowSpan, ...]:
    spans: list[dict[str, str]] = []
    at = 0
    while at < len(typed.rstrip(" ,;")):
        found = _SPAN.match(typed, at)
        if found is None:
            raise SettingFault(f"“{typed[at:].strip(' ,;')}” is not a valid time range.", _HOURS)
        days = found["days"].strip().rstrip(", \t\n")
        spans.append({**found.groupdict(), "days": days or "daily"})
        at = found.end()
    if not 0 < len(spans) <= SPANS_LIMIT:
        reason = (
            "Sending hours are missing."
            if not spans
            else f"Enter at most {SPANS_LIMIT} time ranges."
        )
        raise SettingFault(reason, _HOURS)
    try:
        written = format_window(parse_window(spans))
    except BadWindow as error:
        raise SettingFault(error.reason, error.remedy) from error
    return msgspec.convert(written, tuple[WindowSpan, ...])
