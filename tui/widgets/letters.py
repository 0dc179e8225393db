"""A key that is followed by a letter: the letters that may come, shown in the last line."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.widgets.lines import joined


class LetterPrompt(ModalScreen[str | None]):
    """Asks for one of some letters; any other key is no answer."""

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
        """One line."""
        joint = "\N{NO-BREAK SPACE}"
        parts = [(f"{self._question}  ", "bold")]
        for letter, word in self._letters.items():
            unbroken = f" {word}".replace(" ", joint)
            parts += [(letter, "bold underline"), (f"{unbroken}  ", "")]
        yield Static(joined(*parts, ("esc", "bold underline"), (" nothing", "")))

    def on_key(self, key: Key) -> None:
        """Take the letter."""
        key.stop()
        chosen = key.character if key.character in self._letters else None
        self.dismiss(chosen)
