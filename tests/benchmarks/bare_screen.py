"""A Textual application with one word and nothing else: `python -m …bare_screen`."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static

WORD = "Sequences"


class BareScreen(App[None]):
    """Says one word."""

    def compose(self) -> ComposeResult:
        """Say it."""
        yield Static(WORD)


if __name__ == "__main__":
    BareScreen().run()
