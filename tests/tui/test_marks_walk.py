"""The selection behaves like a plain set of ids: a random walk, compared with a model.

It searches, sorts, changes and adds rows, loses the connection and drops pages.
"""

from __future__ import annotations

import random
from typing import Final

import pytest

from common.vocabulary import Status
from tests.tui.listed import listed
from tests.tui.roster import people
from tests.tui.stage import link
from tests.tui.test_contacts_tab import Stage, stage
from tui.client import event_stream
from tui.state.connection import Link

STEPS: Final = 30


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for reconnecting."""
    monkeypatch.setattr(event_stream, "wait_after", lambda _: 0.05)


class Walk:
    """An action on the tab, and the set of ids that must be selected after it."""

    def __init__(self, tab: Stage, chance: random.Random) -> None:
        self.tab, self.chance = tab, chance
        self.marked: set[int] = set()
        self.last: set[int] = set()
        self.next_id = 10_001

    async def mark(self) -> None:
        """Toggle the row under the cursor."""
        ident = self.tab.cursor_id
        if ident is not None:
            self.marked ^= {ident}
        await self.tab.press("space")

    async def move(self) -> None:
        """Move the cursor, as far as to dropped pages."""
        await self.tab.press(*[self.chance.choice(("j", "k", "pagedown", "G", "g"))] * 2)
        await self.tab.until(lambda: self.tab.cursor_id is not None, "the row comes")

    async def search(self) -> None:
        """Search, or clear the search."""
        word = self.chance.choice(("abadi", "abe", "ana", ""))
        await self.tab.press("slash", *["backspace"] * 6, *word)
        await self.tab.until(lambda: self.tab.page.asked.words == word, "it is answered")
        await self.tab.press("enter")

    async def sort(self) -> None:
        """Sort by phone, or reverse the order."""
        before = self.tab.page.asked.sort
        await self.tab.press("s", self.chance.choice("pn"))
        await self.tab.until(lambda: self.tab.page.asked.sort != before, "it is sorted")

    async def mark_all(self) -> None:
        """Select all matches."""
        asked = self.tab.page.store
        await self.tab.press("asterisk")
        words = self.tab.page.asked.words
        found = set(self.tab.source._found(words, "name"))
        await self.tab.until(lambda: found <= set(self.tab.marks), "all are marked")
        assert asked is self.tab.page.store
        self.marked |= found

    async def mark_none(self) -> None:
        """Clear the selection."""
        if self.marked:
            self.last = set(self.marked)
        self.marked = set()
        await self.tab.press("minus")

    async def give_back(self) -> None:
        """Restore the selection."""
        self.marked |= self.last
        self.last = set()
        await self.tab.press("+")

    async def change(self) -> None:
        """Change a contact's status."""
        ident = self.chance.choice(sorted(self.tab.source.rows))
        status = self.chance.choice(list(Status))
        self.tab.source.change(ident, status=status)
        self.tab.source.say("changed", 1, enrollment_id=ident)

    async def join(self) -> None:
        """Enroll a contact, and reload the list."""
        self.tab.source.add_rows([listed(self.next_id)])
        self.tab.source.say("enrolled", 1, enrollment_id=self.next_id)
        self.next_id += 2
        await self.tab.press("R")

    async def lose(self) -> None:
        """Lose the connection, and reconnect."""
        self.tab.source.go_away()
        await self.tab.until(lambda: link(self.tab.app) is Link.STALE, "it is stale")
        self.tab.source.come_back()
        self.tab.source.forget_lists()
        self.tab.source.say("resync")
        await self.tab.until(lambda: link(self.tab.app) is Link.LIVE, "it is back")


@pytest.mark.parametrize("seed", range(2))
async def test_the_selection_behaves_like_a_plain_set(seed: int) -> None:
    chance = random.Random(seed)
    async with stage(people(1_300)) as tab:
        walk = Walk(tab, chance)
        often = [walk.mark] * 5 + [walk.move] * 4 + [walk.search, walk.sort, walk.change] * 2
        acts = [*often, walk.mark_all, walk.mark_none, walk.give_back, walk.join, walk.lose]
        for _ in range(STEPS):
            act = chance.choice(acts)
            await act()
            await tab.until(
                lambda: set(tab.marks) == walk.marked, f"the marks of the model after {act}"
            )
            assert tab.page.chosen.marks.count == len(walk.marked)
