"""Where a text is written: wrapped, still, and free of anything that a terminal would obey."""

from __future__ import annotations

from textual import on
from textual.widgets import TextArea

from common.terminal import clean_multiline


class BodyArea(TextArea):
    """Keeps what is typed or pasted harmless; `body` is the text."""

    def __init__(self, text: str = "") -> None:
        super().__init__(clean_multiline(text), soft_wrap=True, show_line_numbers=False)
        self.cursor_blink = False

    def on_mount(self) -> None:
        """Go on behind what is there."""
        self.move_cursor(self.document.end)

    @property
    def body(self) -> str:
        """What is written."""
        return clean_multiline(self.text)

    @on(TextArea.Changed)
    def _clean(self, changed: TextArea.Changed) -> None:
        """Put it right before anybody is told of it."""
        if (harmless := self.body) != self.text:
            changed.stop()
            self.text = harmless
            self.move_cursor(self.document.end)

    def put(self, words: str) -> None:
        """Write words where the cursor is, in the place of what is selected."""
        self.replace(words, *self.selection)

    def exchange(self, body: str) -> None:
        """Let the text be another, in a way that can be undone; the cursor stays on its line."""
        place = self.cursor_location
        self.replace(body, self.document.start, self.document.end)
        row = min(place[0], self.document.line_count - 1)
        self.move_cursor((row, min(place[1], len(self.document.get_line(row)))))
