"""Inputs for when a step is sent: a delay, or a date, a time and whose time zone."""

from __future__ import annotations

from typing import Any, Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.message import Message
from textual.widgets import Input, Static

from common.model.sequences import Delay, StepDocument
from common.terminal import as_text
from tui.state.moment import Moment, moment_of

_UNITS: Final = ("days", "hours", "minutes")
_DIGITS: Final = 7


class NotADigit(Message):
    """Something other than a digit was typed in a number field."""


class DigitsInput(Input):
    """Accepts only digits; posts NotADigit for anything else."""

    def __init__(self, value: str, **more: Any) -> None:
        super().__init__(value, restrict=r"\d*", **more)

    def on_key(self, key: Key) -> None:
        """Post what will not be accepted."""
        if key.is_printable and key.character is not None and not key.character.isdecimal():
            self.post_message(NotADigit())


class StepTime(Horizontal):
    """The time of the edited step, valid or not; `zone` is the workspace's time zone."""

    def __init__(self, step: StepDocument, place: int, zone: str, *, scheduled: bool) -> None:
        super().__init__()
        self._began, self._place, self._zone = step, place, zone
        self._scheduled = scheduled
        self._local = bool(step.local)

    def compose(self) -> ComposeResult:
        """Inputs with words between them."""
        if self._scheduled:
            moment = moment_of(self._began)
            yield _word("Send on")
            yield _input("date", moment.date, "2026-12-01", 10)
            yield _word("at")
            yield _input("time", moment.time, "09:00", 8)
            yield Static(id="local")
            return
        delay = self._began.delay or Delay()
        yield _word("Send")
        for unit in _UNITS:
            value = getattr(delay, unit)
            yield _input(unit, str(value) if value else "", "0", _DIGITS, DigitsInput)
            yield _word(unit)
        yield _word("after enrolling" if self._place == 0 else f"after step {self._place}")

    def on_mount(self) -> None:
        """Show whose time zone it is."""
        self._show_zone()

    def of(self, body: str) -> StepDocument:
        """The step with that text and the typed time."""
        began = self._began
        if not self._scheduled:
            delay = Delay(**{unit: int(self._value(unit) or 0) for unit in _UNITS})
            return StepDocument(body, delay=delay, id=began.id)
        before = moment_of(began)
        moment = Moment(self._value("date"), self._value("time"), self._local, before.offset)
        if moment == before:  # unchanged: keep it exactly, with its seconds
            return StepDocument(body, at=began.at, local=began.local, id=began.id)
        return StepDocument(body, at=moment.at, local=moment.local, id=began.id)

    def _value(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def change_zone(self) -> None:
        """Switch between each contact's local time and one moment for everyone."""
        self._local = not self._local
        self._show_zone()

    def _show_zone(self) -> None:
        if self._scheduled:
            zone = moment_of(self._began).offset or self._zone
            whose = "each contact's local time" if self._local else f"{zone} time for everyone"
            self.query_one("#local", Static).update(as_text(f"  {whose}"))


def _word(text: str) -> Static:
    return Static(as_text(f" {text} "))


def _input(ident: str, value: str, placeholder: str, most: int, kind: type[Input] = Input) -> Input:
    field = kind(value, placeholder=placeholder, id=ident, max_length=most, select_on_focus=True)
    field.cursor_blink = False
    return field
