"""Asks for the path of a file of people; what is wrong with it is told before anything is read."""

from __future__ import annotations

import asyncio
from typing import Final

from textual import on
from textual.message import Message
from textual.widgets import Input

from common.client import ClientError
from common.terminal import clean
from tui.actions.registry import bindings_of
from tui.client.people_file import PeopleFile, complete, look_at
from tui.widgets.line_screen import LineScreen

MOST: Final = 4_096
_NAMED: Final = 6
"""Names that are told of those that may follow."""
_ABOUT: Final = "CSV with a header line, or NDJSON. ~ is home, tab completes. Nothing is saved yet."


class Completed(Message):
    """What `asked` was completed to, and the names that may follow, if several."""

    def __init__(self, asked: str, told: tuple[str, tuple[str, ...]]) -> None:
        self.asked = asked
        self.value, self.names = told
        super().__init__()


class PathTold(Message):
    """The file of a path, or what is wrong with it."""

    def __init__(self, file: PeopleFile | None, problem: str = "") -> None:
        self.file, self.problem = file, problem
        super().__init__()


class PathScreen(LineScreen[PeopleFile]):
    """Answers with a file that can be read."""

    BINDINGS = bindings_of("path")

    def __init__(self, path: str = "") -> None:
        super().__init__("Enroll contacts from a file", _ABOUT, clean(path), most=MOST)

    def take(self, value: str) -> None:
        """Look at the file, off the loop: it may be on a slow disk."""
        self.run_worker(self._look(value), group="look", exclusive=True, exit_on_error=False)

    async def _look(self, typed: str) -> None:
        try:
            file = await asyncio.to_thread(look_at, typed)
        except ClientError as error:
            self.post_message(PathTold(None, error.message))
        else:
            self.post_message(PathTold(file))

    @on(PathTold)
    def _told(self, told: PathTold) -> None:
        if told.file is not None:
            self.dismiss(told.file)
        else:
            self.tell(told.problem)

    def action_complete(self) -> None:
        """Add what is certain."""
        self.run_worker(self._complete(self.typed), exclusive=True, exit_on_error=False)

    async def _complete(self, asked: str) -> None:
        self.post_message(Completed(asked, await asyncio.to_thread(complete, asked)))

    @on(Completed)
    def _take_completed(self, completed: Completed) -> None:
        line = self.query_one("#line", Input)
        if line.value != completed.asked:
            return
        line.value = completed.value
        line.cursor_position = len(line.value)
        shown = completed.names[:_NAMED]
        more = len(completed.names) - len(shown)
        self.tell("  ".join((*shown, *([f"… and {more:,} more"] if more else []))))

    @on(Input.Changed)
    def _keep_harmless(self, changed: Input.Changed) -> None:
        harmless = clean(changed.value)
        if harmless != changed.value:
            changed.input.value = harmless
