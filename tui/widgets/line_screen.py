"""A dialog for one line of text. A single `esc` does not discard what was typed."""

from __future__ import annotations

from typing import Final, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from common.terminal import as_text, clean
from tui.actions.registry import bindings_of
from tui.widgets.lines import key_hints, stacked

T = TypeVar("T")

_DISCARDS: Final = "Press esc again to discard what you typed, or enter to use it."


class LineScreen(ModalScreen[T | None]):
    """Shows a title, an explanation and one input. A subclass takes what was typed."""

    BINDINGS = bindings_of("line")
    AUTO_FOCUS = "#line"

    def __init__(self, title: str, about: str, value: str = "", *, most: int = 0) -> None:
        super().__init__()
        self._title, self._about, self._value, self._most = title, about, clean(value), most
        self._warned = False

    def compose(self) -> ComposeResult:
        """Title, explanation, input, and what is wrong with it."""
        with Vertical():
            yield Static(as_text(self._title, "bold"))
            yield Static(as_text(self._about), id="about")
            line = Input(self._value, id="line", max_length=self._most, select_on_focus=True)
            line.cursor_blink = False
            yield line
            yield Static(id="told")
            yield Static(key_hints(("enter", "OK"), ("esc", "cancel")))

    @property
    def typed(self) -> str:
        """The text in the input."""
        return self.query_one("#line", Input).value

    @property
    def told(self) -> str:
        """The message below the input."""
        return str(self.query_one("#told", Static).render())

    def tell(self, *lines: str) -> None:
        """Show below the input what is wrong or in progress."""
        told = self.query_one("#told", Static)
        told.set_class(any(lines), "-shown")
        told.update(stacked(map(as_text, lines)))

    def take(self, value: str) -> None:
        """Use the text and dismiss, or `tell` why not."""
        raise NotImplementedError

    @on(Input.Changed)
    def _changed(self, changed: Input.Changed) -> None:
        if clean(changed.value) != changed.value:
            changed.input.value = clean(changed.value)
        if self._warned:
            self._warned = False
            self.tell()

    @on(Input.Submitted)
    def action_take(self) -> None:
        """Use what was typed."""
        self.take(self.typed)

    def action_close(self) -> None:
        """Close; typed text is discarded only by a second key."""
        if self.typed == self._value or self._warned:
            self.dismiss(None)
        else:
            self._warned = True
            self.tell(_DISCARDS)
