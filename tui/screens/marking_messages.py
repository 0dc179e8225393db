"""What the workers for marks and actions tell a sequence's page."""

from __future__ import annotations

from array import array
from enum import StrEnum

from textual.message import Message

from tui.client.lists import FrozenList


class Purpose(StrEnum):
    """What ids are gathered for."""

    MARK_ALL = "select all"
    MARK_RANGE = "select a range"
    COUNT = "count hidden rows"


class Gathering(Message):
    """So many ids are gathered by now."""

    def __init__(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        super().__init__()


class Gathered(Message):
    """The ids of a frozen list or a range of it; or why not."""

    def __init__(
        self, purpose: Purpose, frozen: FrozenList, ids: array[int] | None, problem: str = ""
    ) -> None:
        self.purpose, self.frozen, self.ids, self.problem = purpose, frozen, ids, problem
        super().__init__()
