"""A dialog to choose one group; typing searches all groups on the server."""

from __future__ import annotations

from functools import partial
from typing import Final

from textual import on
from textual.widgets import Input

from common.client import Client, ClientError
from common.model.groups import GroupPage
from tui.state.choice import Choice
from tui.state.wording import counted
from tui.widgets.choice import ENTRY_KEYS, ChoiceScreen
from tui.widgets.fetching import fetch

AT_ONCE: Final = 500
"""Groups per request: the server's maximum."""
DEBOUNCE: Final = 0.15
"""Real seconds after the last key before the server is asked."""


class GroupChoice(ChoiceScreen):
    """Asks for a group, or the name of a new one."""

    def __init__(self, source: Client, count: int, page: GroupPage) -> None:
        question = f"Add {counted(count, 'contact')} to which group?"
        super().__init__(question, _choices(page), typed=True, new="New group")
        self._source = source
        self._more = page.total > len(page.items)
        self._asked = self._answered = ""
        self._lost = False

    @on(Input.Changed)
    def _search(self, changed: Input.Changed) -> None:
        if self._more:
            words = changed.value
            self._asked, self._lost = words, False
            fetch(
                self,
                partial(read_groups, self._source, words),
                partial(self._found, words),
                partial(self._not_found, words),
                group="groups",
                exclusive=True,
                wait=DEBOUNCE,
            )

    def _found(self, words: str, page: GroupPage) -> None:
        self._answered = words
        self.offer(_choices(page))

    def _not_found(self, words: str, error: ClientError) -> None:
        self._answered, self._lost = words, True
        self.tell(f"Could not load all groups: {error.message}")

    def is_reading_for(self, key: str) -> bool:
        """Whether a key acts on entries that have not arrived yet."""
        return key in ENTRY_KEYS and self._answered != self._asked

    def has_failed_to_read(self) -> bool:
        """Whether the groups could not be loaded."""
        return self._lost


async def read_groups(source: Client, words: str = "") -> GroupPage:
    """The first groups whose names match the words."""
    return await source.list_groups(words, limit=AT_ONCE)


def _choices(page: GroupPage) -> list[Choice]:
    return [Choice(str(one.id), one.name, one.members) for one in page.items]
