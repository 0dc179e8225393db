"""A dialog to choose one group; typing searches all groups on the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from textual import on
from textual.message import Message
from textual.widgets import Input

from common.client import ClientError
from common.model.groups import GroupPage
from tui.client.source import Source
from tui.state.choice import Choice, Pick
from tui.state.wording import counted
from tui.widgets.choice import ENTRY_KEYS, ChoiceScreen

AT_ONCE: Final = 500
"""Groups per request: the server's maximum."""
DEBOUNCE: Final = 0.15
"""Real seconds after the last key before the server is asked."""


class GroupsRead(Message):
    """The first groups, for `count` contacts; `then` is called with the chosen one."""

    def __init__(self, count: int, page: GroupPage, then: Callable[[Pick | None], None]) -> None:
        self.count, self.page, self.then = count, page, then
        super().__init__()


class GroupsFound(Message):
    """The groups found for some words; `problem` says why there are none."""

    def __init__(self, words: str, page: GroupPage | None, problem: str = "") -> None:
        self.words, self.page, self.problem = words, page, problem
        super().__init__()


class GroupChoice(ChoiceScreen):
    """Asks for a group, or the name of a new one."""

    def __init__(self, source: Source, count: int, page: GroupPage) -> None:
        question = f"Add {counted(count, 'contact')} to which group?"
        super().__init__(question, _choices(page), typed=True, new="New group")
        self._source = source
        self._more = page.total > len(page.items)
        self._asked = self._answered = ""
        self._lost = False

    @on(Input.Changed)
    def _search(self, changed: Input.Changed) -> None:
        if self._more:
            self._asked, self._lost = changed.value, False
            self.run_worker(
                self._find(changed.value), group="groups", exclusive=True, exit_on_error=False
            )

    async def _find(self, words: str) -> None:
        await asyncio.sleep(DEBOUNCE)
        try:
            self.post_message(GroupsFound(words, await read_groups(self._source, words)))
        except ClientError as error:
            self.post_message(GroupsFound(words, None, error.message))

    @on(GroupsFound)
    def _found(self, found: GroupsFound) -> None:
        self._answered, self._lost = found.words, found.page is None
        if found.page is not None:
            self.offer(_choices(found.page))
        else:
            self.tell(f"Could not load all groups: {found.problem}")

    def is_reading_for(self, key: str) -> bool:
        """Whether a key acts on entries that have not arrived yet."""
        return key in ENTRY_KEYS and self._answered != self._asked

    def has_failed_to_read(self) -> bool:
        """Whether the groups could not be loaded."""
        return self._lost


async def read_groups(source: Source, words: str = "") -> GroupPage:
    """The first groups whose names match the words."""
    return await source.list_groups(words, limit=AT_ONCE)


def _choices(page: GroupPage) -> list[Choice]:
    return [Choice(str(one.id), one.name, one.members) for one in page.items]
