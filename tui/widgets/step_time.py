"""When a step goes, to be typed: a delay, or a date, a time and whose time it is."""

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
    """Something else was typed where a number belongs."""


class DigitsInput(Input):
    """Takes digits; what else is typed is left out, and told."""

    def __init__(self, value: str, **more: Any) -> None:
        super().__init__(value, restrict=r"\d*", **more)

    def on_key(self, key: Key) -> None:
        """Tell of what will not be taken."""
        if key.is_printable and key.character is not None and not key.character.isdecimal():
            self.post_message(NotADigit())


class StepTime(Horizontal):
    """The time of a step that is written, right or not; `zone` is the workspace's."""

    def __init__(self, step: StepDocument, place: int, zone: str, *, scheduled: bool) -> None:
        super().__init__()
        self._began, self._place, self._zone = step, place, zone
        self._scheduled = scheduled
        self._local = bool(step.local)

    def compose(self) -> ComposeResult:
        """Inputs, with the words between them."""
        if self._scheduled:
            moment = moment_of(self._began)
            yield _word("Goes on")
            yield _input("date", moment.date, "2026-12-01", 10)
            yield _word("at")
            yield _input("time", moment.time, "09:00", 8)
            yield Static(id="local")
            return
        delay = self._began.delay or Delay()
        yield _word("Goes")
        for unit in _UNITS:
            value = getattr(delay, unit)
            yield _input(unit, str(value) if value else "", "0", _DIGITS, DigitsInput)
            yield _word(unit)
        yield _word("after enrolling" if self._place == 0 else f"after step {self._place}")

    def on_mount(self) -> None:
        """Say whose time it is."""
        self._show_zone()

    def of(self, body: str) -> StepDocument:
        """The step with that text, at the time that is typed."""
        began = self._began
        if not self._scheduled:
            delay = Delay(**{unit: int(self._value(unit) or 0) for unit in _UNITS})
            return StepDocument(body, delay=delay, id=began.id)
        before = moment_of(began)
        moment = Moment(self._value("date"), self._value("time"), self._local, before.offset)
        if moment == before:  # as it was written, seconds and all
            return StepDocument(body, at=began.at, local=began.local, id=began.id)
        return StepDocument(body, at=moment.at, local=moment.local, id=began.id)

    def _value(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value.strip()

    def change_zone(self) -> None:
        """Let the time be each recipient's own, or one for all."""
        self._local = not self._local
        self._show_zone()

    def _show_zone(self) -> None:
        if self._scheduled:
            zone = moment_of(self._began).offset or self._zone
            whose = "each recipient's own time" if self._local else f"{zone}, at once for all"
            self.query_one("#local", Static).update(as_text(f"  {whose}"))


def _word(text: str) -> Static:
    return Static(as_text(f" {text} "))


def _input(ident: str, value: str, placeholder: str, most: int, kind: type[Input] = Input) -> Input:
    field = kind(value, placeholder=placeholder, id=ident, max_length=most, select_on_focus=True)
    field.cursor_blink = False
    return field
