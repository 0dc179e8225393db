"""The loaded rows of a list, by rank, in pages around the visible part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

from common.model.listing import EnrollmentPage, ListedEnrollment

PAGE_ROWS: Final = 100
"""Rows of one request."""
MOST_PAGES: Final = 6
"""Pages kept, so that a list of millions takes the memory of a few hundred rows."""


class Absence(StrEnum):
    """Why a row is not loaded."""

    LOADING = "loading"
    """Requested, or about to be."""
    FAILED = "failed"
    """The request failed; `retry` allows another one."""
    GONE = "gone"
    """It was in the frozen list and no longer exists."""


class RowSource(Protocol):
    """The rows of a table, by rank from 0."""

    @property
    def total(self) -> int:
        """How many rows there are."""

    def row(self, rank: int) -> ListedEnrollment | None:
        """The row of that rank, if it is loaded."""

    def absence(self, rank: int) -> Absence:
        """Why a row is not loaded."""

    def rank_of(self, enrollment_id: int) -> int | None:
        """The rank of an enrollment, if it is loaded."""


class Identified(Protocol):
    """A row that has an id."""

    @property
    def id(self) -> int:
        """The row's id."""


R = TypeVar("R", bound=Identified)


class Pages(Generic[R]):
    """The pages of one query's answer; another query gets another store.

    The store requests nothing itself: `ask` names each page to request once, the answer goes to
    `load`, a failure to `fail`. Pages far from the last window are dropped. Ranks count from 0.
    """

    def __init__(
        self,
        total: int = 0,
        *,
        page_rows: int = PAGE_ROWS,
        most_pages: int = MOST_PAGES,
    ) -> None:
        self.total = total
        self.page_rows = page_rows
        self._most_pages = most_pages
        self._pages: dict[int, list[R]] = {}
        self._asked: set[int] = set()
        self._failed: set[int] = set()
        self._ranks: dict[int, int] = {}
        self._window = (0, 0)
        self._ahead = 1

    @property
    def loaded(self) -> frozenset[int]:
        """Pages that are loaded."""
        return frozenset(self._pages)

    @property
    def asked(self) -> frozenset[int]:
        """Pages that were requested and have not arrived."""
        return frozenset(self._asked)

    @property
    def failed(self) -> frozenset[int]:
        """Pages that could not be loaded."""
        return frozenset(self._failed)

    @property
    def ids(self) -> Iterable[int]:
        """The ids of the loaded rows."""
        return self._ranks.keys()

    def page_of(self, rank: int) -> int:
        """The page that a rank is on."""
        return rank // self.page_rows

    def offset_of(self, page: int) -> int:
        """The rank that a page begins with."""
        return page * self.page_rows

    def row(self, rank: int) -> R | None:
        """The row of that rank, if it is loaded."""
        page, at = divmod(rank, self.page_rows)
        rows = self._pages.get(page)
        return rows[at] if rows is not None and 0 <= at < len(rows) else None

    def absence(self, rank: int) -> Absence:
        """Why `row` has nothing for a rank."""
        page = self.page_of(rank)
        if page in self._failed:
            return Absence.FAILED
        return Absence.GONE if page in self._pages else Absence.LOADING

    def rank_of(self, row_id: int) -> int | None:
        """The rank of the row with that id, if it is loaded."""
        return self._ranks.get(row_id)

    def missing(self, first: int, last: int) -> tuple[int, ...]:
        """Pages to request for these ranks: the visible ones, then one ahead.

        Ahead is the direction in which the window last moved.
        """
        if self.total <= 0 or last < 0 or first >= self.total:
            return ()
        low, high = self._span(first, last)
        ahead = high + 1 if self._ahead > 0 else low - 1
        known = self._pages.keys() | self._asked | self._failed
        return tuple(
            page
            for page in (*range(low, high + 1), ahead)
            if 0 <= page <= self.page_of(self.total - 1) and page not in known
        )

    def ask(self, first: int, last: int) -> tuple[int, ...]:
        """Move the window to these ranks; returns the pages to request now, each only once."""
        if first != self._window[0]:
            self._ahead = 1 if first > self._window[0] else -1
        self._window = (first, last)
        asked = self.missing(first, last)
        self._asked.update(asked)
        self._drop_far()
        return asked

    def is_wanted(self, page: int) -> bool:
        """Whether a page is still near the window: ask before a request that had to wait."""
        return page not in self._pages and self._distance(page) <= 1

    def load(self, page: int, rows: Sequence[R]) -> bool:
        """Store the rows of a page; returns whether it is near enough to be kept."""
        self._asked.discard(page)
        self._failed.discard(page)
        self._drop(page)
        self._pages[page] = list(rows)
        offset = self.offset_of(page)
        self._ranks.update((row.id, offset + at) for at, row in enumerate(rows))
        self._drop_far()
        return page in self._pages

    def fail(self, page: int) -> None:
        """A page could not be loaded."""
        self._asked.discard(page)
        if page not in self._pages:
            self._failed.add(page)

    def withdraw(self, page: int) -> None:
        """A page is not requested after all; the next window that needs it asks for it."""
        self._asked.discard(page)

    def retry(self) -> tuple[int, ...]:
        """Forget failures; returns the pages to request for the current window."""
        self._failed.clear()
        return self.ask(*self._window)

    def patch(self, row: R) -> int | None:
        """Replace the row with the same id; returns its rank if it is loaded."""
        rank = self._ranks.get(row.id)
        if rank is not None:
            page, at = divmod(rank, self.page_rows)
            self._pages[page][at] = row
        return rank

    def _span(self, first: int, last: int) -> tuple[int, int]:
        """The first and last page of some ranks."""
        last = max(0, min(last, self.total - 1))
        return self.page_of(max(0, min(first, last))), self.page_of(last)

    def _distance(self, page: int) -> int:
        """How many pages away from the window a page is."""
        low, high = self._span(*self._window)
        return max(low - page, page - high, 0)

    def _drop_far(self) -> None:
        low, high = self._span(*self._window)
        most = max(self._most_pages, high - low + 3)
        for page in sorted(self._pages, key=self._distance)[most:]:
            self._drop(page)

    def _drop(self, page: int) -> None:
        for row in self._pages.pop(page, ()):
            if self.page_of(self._ranks.get(row.id, -1)) == page:
                del self._ranks[row.id]


class PageStore(Pages[ListedEnrollment]):
    """The pages of one frozen list of enrollments, which the server keeps under `snapshot`."""

    def __init__(
        self,
        total: int = 0,
        *,
        enrolled: int = 0,
        version: int = 0,
        snapshot: str | None = None,
        page_rows: int = PAGE_ROWS,
        most_pages: int = MOST_PAGES,
    ) -> None:
        super().__init__(total, page_rows=page_rows, most_pages=most_pages)
        self.enrolled = enrolled
        self.version = version
        self.snapshot = snapshot
        self.newcomers = 0
        """How many were enrolled since and are not in this list."""

    @classmethod
    def of(
        cls, answer: EnrollmentPage, *, offset: int = 0, page_rows: int = PAGE_ROWS
    ) -> PageStore:
        """A store with its first page: `page_rows` rows from `offset`, the start of a page."""
        store = cls(
            answer.total,
            enrolled=answer.enrolled,
            version=answer.version,
            snapshot=answer.snapshot,
            page_rows=page_rows,
        )
        page = store.page_of(offset)
        store._window = (offset, offset)
        store.load(page, answer.items)
        return store
