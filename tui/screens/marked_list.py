"""Shared by the Contacts tab and the picker: loading rows by page, and selecting rows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Final, Generic, Protocol, TypeVar

from common.client import ApiProblem, ClientError
from tui.actions.registry import OF_ONE_ROW, Action
from tui.session import Session
from tui.state.pages import Absence, Identified, Pages
from tui.state.selection import Selection
from tui.widgets.fetching import Asker, fetch

AGAIN: Final = 2.0
"""Real seconds before pages that failed to load are requested again."""
AT_ONCE: Final = 3
"""Pages requested at the same time."""
GONE: Final = 410
"""The server no longer keeps the list."""
RANGE_WORDS: Final = "range: v to end, esc to cancel"

R = TypeVar("R", bound=Identified)


class PageLoader(Generic[R]):
    """Loads the pages of a list as they are needed, and retries failed ones.

    `read` requests one page; `loaded` is called when rows were loaded or failed, `expired` when the
    list is too old.
    """

    def __init__(
        self,
        node: Asker,
        store: Pages[R],
        read: Callable[[Pages[R], int], Awaitable[Sequence[R]]],
        loaded: Callable[[], object],
        expired: Callable[[], object],
    ) -> None:
        self.store = store
        self._node, self._read, self._loaded, self._expired = node, read, loaded, expired
        self._turn = asyncio.Semaphore(AT_ONCE)

    def want(self, first: int, last: int) -> None:
        """Request the pages for some ranks."""
        self._fetch(self.store.ask(first, last))

    def retry(self) -> None:
        """Request failed pages again."""
        if self.store.failed:
            self._fetch(self.store.retry())

    def _fetch(self, pages: Collection[int]) -> None:
        for page in pages:
            store = self.store
            fetch(
                self._node,
                partial(self._read_in_turn, store, page),
                partial(self._take, store, page),
                partial(self._keep, store, page),
                group="pages",
            )

    async def _read_in_turn(self, store: Pages[R], page: int) -> Sequence[R] | None:
        """None if the window moved away or the list was replaced meanwhile."""
        async with self._turn:
            if store is not self.store or not store.is_wanted(page):
                return None
            return await self._read(store, page)

    def _take(self, store: Pages[R], page: int, rows: Sequence[R] | None) -> None:
        if rows is None:
            store.withdraw(page)
        elif store is self.store:
            store.load(page, rows)
            self._loaded()

    def _keep(self, store: Pages[R], page: int, error: ClientError) -> None:
        if store is not self.store:
            return
        if is_gone(error):
            store.withdraw(page)
            self._expired()
        else:
            store.fail(page)
            self._node.set_timer(AGAIN, self.retry)
        self._loaded()


def is_gone(error: ClientError) -> bool:
    """Whether an error says that the server no longer keeps the list."""
    return isinstance(error, ApiProblem) and error.status == GONE


def is_waited_for(action: Action, store: Pages[R], cursor: int) -> bool:
    """Whether an action needs the row under the cursor, and that is loading."""
    unread = store.total > cursor and store.row(cursor) is None
    return action.id in OF_ONE_ROW and unread and store.absence(cursor) is Absence.LOADING


class RowTable(Protocol):
    """Rows by rank, with a cursor."""

    @property
    def cursor_row(self) -> int:
        """The rank under the cursor."""

    def go_to(self, rank: int) -> None:
        """Move the cursor to a rank, or the nearest there is."""


class MarkingPage(Protocol):
    """The page whose rows are selected."""

    session: Session

    def may_mark(self, rows: int = 1) -> bool:
        """Whether this many rows can be selected one by one; if not, it shows a message."""

    def marked(self) -> None:
        """The selection changed: draw it."""

    def say(self, under_way: str) -> None:
        """Show progress in the summary."""

    def read_range(self, first: int, last: int, take: Callable[[Collection[int]], None]) -> None:
        """Read the ids of a range that is not loaded completely."""


class Marker(Generic[R]):
    """Selects rows: the one under the cursor, or a range."""

    def __init__(
        self,
        page: MarkingPage,
        marks: Selection,
        table: Callable[[], RowTable],
        store: Callable[[], Pages[R]],
    ) -> None:
        self._page, self._marks, self._table, self._store = page, marks, table, store
        self.range_from: int | None = None
        """The rank at which a range starts."""
        self._begun = 0

    def toggle(self) -> None:
        """Toggle the row under the cursor, and go to the next."""
        table = self._table()
        row = self._store().row(table.cursor_row)
        if row is not None and self._page.may_mark():
            self._marks.toggle(row.id)
            table.go_to(table.cursor_row + 1)
            self._page.marked()

    def toggle_rank(self, rank: int) -> None:
        """Toggle a row that was clicked."""
        row = self._store().row(rank)
        if row is not None and self._page.may_mark():
            self._marks.toggle(row.id)
            self._page.marked()

    def mark_range(self) -> None:
        """Start a range at the row under the cursor, or select up to there."""
        store, at = self._store(), self._table().cursor_row
        row = store.row(at)
        if row is None or not self._page.may_mark():
            return
        if self.range_from is None:
            self.range_from, self._begun = at, row.id
            self._page.say(RANGE_WORDS)
            return
        (first, first_id), (last, last_id) = sorted(((self.range_from, self._begun), (at, row.id)))
        self.range_from = None
        self._page.say("")
        if not self._page.may_mark(last - first + 1):
            return
        take = partial(self._take_range, first_id, last_id)
        rows = [store.row(rank) for rank in range(first, last + 1)]
        shown = [one.id for one in rows if one is not None]
        if len(shown) == len(rows):
            take(shown)
        else:
            self._page.read_range(first, last, take)

    def _take_range(self, first: int, last: int, ids: Collection[int]) -> None:
        """Select the rows if the range still has the same ends."""
        ends = list(ids)
        if ends and (ends[0], ends[-1]) == (first, last):
            self._marks.mark(ids)
        else:
            self._page.session.tell(
                "The range was not selected, because the list changed. Press R to reload it.",
                wrong=True,
            )
        self._page.marked()

    def end_range(self) -> bool:
        """Cancel a started range; returns whether there was one."""
        if self.range_from is None:
            return False
        self.range_from = None
        self._page.say("")
        return True

    def give_back(self) -> None:
        """Restore the selection."""
        if self._page.may_mark() and not self._marks.give_back():
            self._page.session.tell("There is no earlier selection to restore.")
        self._page.marked()
