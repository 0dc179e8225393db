"""Asks for the path of a file of contacts, and checks it before it is read."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from textual import on
from textual.widgets import Input

from common.client import ClientError
from common.terminal import clean
from tui.actions.registry import bindings_of
from tui.client.people_file import PeopleFile, complete, look_at
from tui.widgets.fetching import fetch
from tui.widgets.line_screen import LineScreen

MOST: Final = 4_096
_NAMED: Final = 6
"""How many possible names are shown."""
_ABOUT: Final = "CSV with a header line, or NDJSON. ~ is home, tab completes. Nothing is saved yet."


class PathScreen(LineScreen[PeopleFile]):
    """Answers with a readable file."""

    BINDINGS = bindings_of("path")

    def __init__(self, path: str = "") -> None:
        super().__init__("Enroll contacts from a file", _ABOUT, clean(path), most=MOST)

    def take(self, value: str) -> None:
        """Check the file in a thread: it may be on a slow disk."""
        look = partial(asyncio.to_thread, look_at, value)
        fetch(self, look, self._told, self._wrong, group="look", exclusive=True)

    def _told(self, file: PeopleFile) -> None:
        self.dismiss(file)

    def _wrong(self, error: ClientError) -> None:
        self.tell(error.message)

    def action_complete(self) -> None:
        """Complete the path."""
        asked = self.typed
        work = partial(asyncio.to_thread, complete, asked)
        fetch(self, work, partial(self._completed, asked), self._wrong, exclusive=True)

    def _completed(self, asked: str, completed: tuple[str, tuple[str, ...]]) -> None:
        line, (value, names) = self.query_one("#line", Input), completed
        if line.value != asked:
            return
        line.value = value
        line.cursor_position = len(value)
        shown = names[:_NAMED]
        more = len(names) - len(shown)
        self.tell("  ".join((*shown, *([f"… and {more:,} more"] if more else []))))

    @on(Input.Changed)
    def _keep_harmless(self, changed: Input.Changed) -> None:
        harmless = clean(changed.value)
        if harmless != changed.value:
            changed.input.value = harmless
