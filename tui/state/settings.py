"""The settings of a sequence, in words, and read from what is typed. Pure."""

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

Spans = WindowSpan | tuple[WindowSpan, ...]

_SPAN: Final = re.compile(
    r"(?P<days>[^0-9;]*)(?P<from>[0-9]{1,2}:[0-9]{2})\s*(?:-|–|to)\s*"
    r"(?P<to>[0-9]{1,2}:[0-9]{2})\s*(?:[,;]|$)"
)
DEFAULT_SENDER: Final = "the default sender"
_HOURS: Final = "Write it like mon-sat 09:00-20:00, sun 12:00-20:00."


class Setting(StrEnum):
    """What can be set, by the name of its field."""

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
    """A value that can be chosen: its words, and what it means."""

    value: str
    label: str
    about: str


class SettingFault(ValueError):
    """What was typed is no value: why, and what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason, self.remedy = reason, remedy


def window_words(window: Spans) -> str:
    """The hours of a window as they can be typed: `mon-sat 09:00-20:00, sun 12:00-20:00`."""
    spans = (window,) if isinstance(window, WindowSpan) else window
    return ", ".join(f"{one.days} {one.start}-{one.to}" for one in spans)


def delay_words(delay: Delay | None) -> str:
    """A delay: `2 days 1 hour`; empty for none."""
    if delay is None:
        return ""
    parts = ((delay.days, "day"), (delay.hours, "hour"), (delay.minutes, "minute"))
    return " ".join(f"{n:,} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n)


ABOUT: Final = {
    Setting.NAME: About("Name", "How operators find it; contacts never see it."),
    Setting.KIND: About(
        "Kind", "relative: steps follow one another; scheduled: each has a date and time."
    ),
    Setting.ON_REPLY: About(
        "On reply", "Whether the sequence ends for whoever replies, or goes on."
    ),
    Setting.WINDOW: About(
        "Window", "When texts go, in each contact's zone; quiet hours of the law still hold."
    ),
    Setting.SENDER: About("Sender", "The number that its texts go out from."),
    Setting.DAILY_LIMIT: About(
        "Daily limit", "Texts that a contact gets in a day at most, other sequences' included."
    ),
    Setting.LATE_HOURS: About(
        "Late hours", "How long a step may wait for the window to open; else it is skipped.", "hour"
    ),
    Setting.RESPONSE_DAYS: About(
        "Response days", "So long after the last text a reply still counts as a response.", "day"
    ),
    Setting.REENROLL: About(
        "Enroll again", "Whether somebody who went through it may be enrolled again."
    ),
    Setting.REENROLL_DAYS: About(
        "Enroll after", "How long after the end somebody may be enrolled again.", "day"
    ),
}
OPTIONS: Final = {
    Setting.KIND: (
        Option(
            SequenceKind.RELATIVE,
            "relative",
            "Each step goes some days, hours or minutes after the one before.",
        ),
        Option(
            SequenceKind.SCHEDULED,
            "scheduled",
            "Each step goes at a date and time, the same for all or of each contact's zone.",
        ),
    ),
    Setting.ON_REPLY: (
        Option(OnReply.FINISH, "finish", "A reply ends the sequence for who replied."),
        Option(OnReply.CONTINUE, "go on", "A reply is noted, and the remaining texts still go."),
    ),
    Setting.REENROLL: (
        Option(Reenroll.AFTER, "after days", "Only some days after the end of the last time."),
        Option(Reenroll.NEVER, "never", "Nobody goes through it twice."),
        Option(Reenroll.ALWAYS, "always", "At once after the end of the last time."),
    ),
}
"""Settings that are chosen; senders are the server's to name."""
RANGES: Final = {
    Setting.DAILY_LIMIT: (1, 100),
    Setting.LATE_HOURS: (0, 168),
    Setting.RESPONSE_DAYS: (1, 365),
    Setting.REENROLL_DAYS: (0, 3_650),
}
"""Settings that are whole numbers, with their least and most."""
BLANK: Final = SequenceDocument(name="")
"""A sequence of which nothing is written yet; every setting has its default."""
OF_NEW: Final = (Setting.NAME, Setting.KIND, Setting.ON_REPLY, Setting.WINDOW)
"""What a new sequence is asked for; the rest has its defaults."""


def settings_of(document: SequenceDocument) -> tuple[Setting, ...]:
    """The settings that mean something for the document."""
    idle = set()
    if document.kind is SequenceKind.RELATIVE:
        idle.add(Setting.LATE_HOURS)
    if document.reenroll is not Reenroll.AFTER:
        idle.add(Setting.REENROLL_DAYS)
    return tuple(one for one in Setting if one not in idle)


def value_words(document: SequenceDocument, setting: Setting) -> str:
    """A setting's value for people; a name is not cleaned yet."""
    value = getattr(document, setting)
    if setting is Setting.WINDOW:
        return window_words(value)
    if setting is Setting.SENDER:
        return value or DEFAULT_SENDER
    if setting in OPTIONS:
        return next(one.label for one in OPTIONS[setting] if one.value == value)
    unit = ABOUT[setting].unit
    return f"{value:,} {unit}{'' if value == 1 else 's'}" if unit else str(value)


def typed_words(document: SequenceDocument, setting: Setting) -> str:
    """A setting's value as it would be typed."""
    value = getattr(document, setting)
    return window_words(value) if setting is Setting.WINDOW else str(value)


def is_default(document: SequenceDocument, setting: Setting) -> bool:
    """Whether a setting is what it is unless it is set; a name never is."""
    return setting is not Setting.NAME and getattr(document, setting) == getattr(BLANK, setting)


def read_setting(setting: Setting, typed: str) -> Any:
    """The value that was typed or chosen. Raises SettingFault."""
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
    """The setting that a fault's place is of: `window[0].from` is the window's."""
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
            f"“{typed.strip()}” is no such number.", f"Write a whole number, {least} to {most:,}."
        )
    return int(text)


def _window(typed: str) -> tuple[WindowSpan, ...]:
    spans: list[dict[str, str]] = []
    at = 0
    while at < len(typed.rstrip(" ,;")):
        found = _SPAN.match(typed, at)
        if found is None:
            raise SettingFault(f"“{typed[at:].strip(' ,;')}” is no days and hours.", _HOURS)
        days = found["days"].strip().rstrip(", \t\n")
        spans.append({**found.groupdict(), "days": days or "daily"})
        at = found.end()
    if not 0 < len(spans) <= SPANS_LIMIT:
        reason = "There are none." if not spans else f"There are more than {SPANS_LIMIT}."
        raise SettingFault(reason, _HOURS)
    try:
        written = format_window(parse_window(spans))
    except BadWindow as error:
        raise SettingFault(error.reason, error.remedy) from error
    return msgspec.convert(written, tuple[WindowSpan, ...])
