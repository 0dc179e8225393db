"""The text area for message texts: wrapped, without blinking or control characters."""

from __future__ import annotations

from textual import on
from textual.widgets import TextArea

from common.terminal import clean_multiline


class BodyArea(TextArea):
    """Removes control characters from what is typed or pasted; `body` is the text."""

    def __init__(self, text: str = "") -> None:
        super().__init__(clean_multiline(text), soft_wrap=True, show_line_numbers=False)
        self.cursor_blink = False

    def on_mount(self) -> None:
        """Put the cursor at the end."""
        self.move_cursor(self.document.end)

    @property
    def body(self) -> str:
        """The text to classify."""
        return clean_multiline(self.text)

    @on(TextArea.Changed)
    def _clean(self, changed: TextArea.Changed) -> None:
        """Clean the text before others see the change."""
        if (harmless := self.body) != self.text:
            changed.stop()
            self.text = harmless
            self.move_cursor(self.document.end)

    def put(self, words: str) -> None:
        """Insert words at the cursor, replacing the selection."""
        self.replace(words, *self.selection)

    def exchange(self, body: str) -> None:
        """Replace the whole text as one undoable edit; the cursor stays on its line."""
        place = self.cursor_location
        self.replace(body, self.document.start, self.document.end)
        row = min(place[0], self.document.line_count - 1)
        self.move_cursor((row, min(place[1], len(self.document.get_line(row)))))
