"""Asks for the letter after a prefix key such as `f` or `s`, in the last lines of the screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.widgets.lines import joined, stacked

_PADDING: Final = 1


class _Teller(Protocol):
    def tell(self, text: str) -> None: ...


class LetterPrompt(ModalScreen[str | None]):
    """Asks for one of some letters; any other key cancels, with a message unless it is esc."""

    DEFAULT_CSS = """
    LetterPrompt { background: transparent; }
    LetterPrompt > Static {
        dock: bottom;
        height: auto;
        width: 1fr;
        padding: 0 1;
        background: $panel;
    }
    """

    def __init__(self, question: str, letters: Mapping[str, str]) -> None:
        super().__init__()
        self._question = question
        self._letters = letters

    def compose(self) -> ComposeResult:
        """As many lines as needed; a letter and its word stay together."""
        room = self.app.size.width - 2 * _PADDING
        rows, parts, used = [], [(f"{self._question}  ", "bold")], len(self._question) + 2
        for letter, word in (*self._letters.items(), ("esc", "cancel")):
            cells = cell_len(f"{letter} {word}  ")
            if used + cells > room:
                rows.append(joined(*parts))
                parts, used = [], 0
            parts += [(letter, "bold underline"), (f" {word}  ", "")]
            used += cells
        yield Static(stacked((*rows, joined(*parts))))

    def on_key(self, key: Key) -> None:
        """Answer with the letter, or cancel."""
        key.stop()
        chosen = key.character if key.character in self._letters else None
        if chosen is None and key.key != "escape":
            *first, last = self._letters
            hint = f"Cancelled: press {', '.join(first)} or {last}."
            cast("_Teller", self.app).tell(hint)
        self.dismiss(chosen)
