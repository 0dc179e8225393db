"""Loads the enrollments for the Contacts tab, and keeps them up to date."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final, NamedTuple, Protocol

from common.client import ApiProblem, ClientError
from common.filter_values import FilterError
from common.model.listing import EnrollmentPage, Facets, ListedEnrollment
from tui.client.lists import FrozenList
from tui.screens.marked_list import PageLoader, is_gone
from tui.session import Session
from tui.state.contacts_summary import Standing
from tui.state.pages import PAGE_ROWS, Pages, PageStore
from tui.state.question import Question
from tui.widgets.fetching import Asker, Reader, fetch

COUNT_EVERY: Final = 1.0
"""Real seconds between two readings of the counts while events arrive."""
ONE_BY_ONE: Final = 8
"""Up to this many changed rows are read one by one; more are read by page."""
ABSENT: Final = 404


class EnrollmentView(Asker, Protocol):
    """The tab that shows the enrollments."""

    session: Session
    problem: str

    @property
    def cursor_enrollment(self) -> ListedEnrollment | None:
        """The row under the cursor, if it is loaded."""

    def show(self) -> None:
        """Draw everything except the rows, which the table draws."""

    def rows_replaced(self, *, keep: bool) -> None:
        """The rows were replaced; with `keep` the cursor stays with its enrollment."""

    def rows_loaded(self) -> None:
        """Rows were loaded or failed to load."""

    def row_changed(self, rank: int) -> None:
        """A loaded row has changed."""

    def rows_gone(self, ids: list[int]) -> None:
        """These enrollments no longer exist."""


class _Changed(NamedTuple):
    """Current rows, and enrollments that are gone; `expired` if the frozen list is."""

    rows: list[ListedEnrollment]
    gone: list[int]
    expired: bool = False


class EnrollmentReader:
    """Loads the answer to a query, page by page, and reloads what changes.

    Until the answer arrives, rows and numbers belong to the earlier query `asked`.
    """

    def __init__(self, view: EnrollmentView, sequence_id: int) -> None:
        self.question = Question()
        self.asked = Question()
        """The query that the rows answer."""
        self.facets: Facets | None = None
        self.fault: FilterError | None = None
        """What is wrong with the words of the query."""
        self.enrolled = 0
        self.next_row: ListedEnrollment | None = None
        """The enrollment whose text is due next."""
        self.loaded = False
        self.unanswered = False
        """Whether a query is unanswered."""
        self.pages: PageLoader[ListedEnrollment] = PageLoader(
            view, PageStore(), self._page_of, view.rows_loaded, partial(self.ask, keep=True)
        )
        self._view, self._sequence_id = view, sequence_id
        self._client = view.session.client
        self._serial = 0
        self._changed: set[int] = set()
        self.counts = Reader(view, self._count, self._counted, pause=COUNT_EVERY)
        self.changes = Reader(view, self._read_changed, self._patch)

    @property
    def store(self) -> PageStore:
        """The loaded rows."""
        store = self.pages.store
        assert isinstance(store, PageStore)
        return store

    @property
    def frozen(self) -> FrozenList | None:
        """The frozen list that is shown."""
        if self.store.snapshot is None:
            return None
        return FrozenList(self._sequence_id, self.asked.q, self.asked.sort, self.store.snapshot)

    @property
    def standing(self) -> Standing:
        """What the page shows."""
        if not self.loaded:
            return Standing.ERROR if self._view.problem else Standing.LOADING
        if self.store.total:
            return Standing.FILLED
        return Standing.NO_MATCH if self.enrolled else Standing.EMPTY

    # Asking.

    def ask(self, *, keep: bool, wait: float = 0.0) -> None:
        """Run the query again; with `keep` the cursor stays with its enrollment.

        In a different order it goes to the first row. While the filter is invalid, the rows of the
        last query stay.
        """
        try:
            q = self.question.q
        except FilterError as fault:
            self.fault = fault
            self._serial += 1
            self._view.show()
            return
        self.fault, self.unanswered = None, True
        self._serial += 1
        serial, question = self._serial, self.question
        fetch(
            self._view,
            lambda: self._client.list_enrollments(
                self._sequence_id, q, sort=question.sort, limit=PAGE_ROWS
            ),
            partial(self._take, serial, question, keep),
            partial(self._keep, serial),
            group="asking",
            exclusive=True,
            wait=wait,
        )
        self._view.show()

    def _take(self, serial: int, question: Question, keep: bool, page: EnrollmentPage) -> None:
        if serial != self._serial:
            return
        row = self._view.cursor_enrollment
        there = row is not None and any(row.id == one.id for one in page.items)
        turned = question.sort != self.asked.sort
        self.loaded, self.unanswered, self._view.problem = True, False, ""
        self.asked = question
        self.pages.store = PageStore.of(page)
        self.facets, self.enrolled = page.facets, page.enrolled
        self._view.rows_replaced(keep=not turned and (keep or there))
        self.counts.read()
        self._view.show()

    def _keep(self, serial: int, error: ClientError) -> None:
        if serial == self._serial:
            self._view.problem = error.message
            self._view.show()

    async def _page_of(
        self, store: Pages[ListedEnrollment], page: int
    ) -> tuple[ListedEnrollment, ...]:
        frozen = self.frozen
        assert frozen is not None
        answer = await self._client.list_enrollments(
            frozen.sequence_id,
            frozen.q,
            sort=frozen.sort,
            offset=store.offset_of(page),
            limit=store.page_rows,
            snapshot=frozen.snapshot,
        )
        return answer.items

    # Kept true.

    def read_again(self) -> None:
        """Reload the visible rows in their order after missed events; nothing jumps."""
        if not self.loaded or self.unanswered:
            self.ask(keep=self.loaded)
            return
        self.pages.retry()
        self.rows_changed(self.store.ids)
        self.counts.read()

    def rows_changed(self, ids: Iterable[int]) -> None:
        """Reload the loaded ones among them."""
        self._changed.update(ids)
        self._changed.intersection_update(self.store.ids)
        if self._changed and self.frozen is not None:
            self.changes.read()

    async def _read_changed(self) -> _Changed:
        store, frozen = self.store, self.frozen
        ids, self._changed = self._changed.intersection(store.ids), set()
        rows: list[ListedEnrollment] = []
        gone: list[int] = []
        try:
            if len(ids) <= ONE_BY_ONE:
                for one in sorted(ids):
                    try:
                        rows.append(await self._client.get_enrollment(one))
                    except ApiProblem as problem:
                        gone += [one] if problem.status == ABSENT else []
            elif frozen is not None:
                ranks = [rank for one in ids if (rank := store.rank_of(one)) is not None]
                for page in sorted({store.page_of(rank) for rank in ranks}):
                    rows += await self._page_of(store, page)
        except ClientError as error:
            return _Changed(rows, gone, is_gone(error))
        return _Changed(rows, gone)

    def _patch(self, read: _Changed) -> None:
        for row in read.rows:
            if (rank := self.store.patch(row)) is not None:
                self._view.row_changed(rank)
        if read.gone:
            self._view.rows_gone(read.gone)
        if read.expired:
            self.ask(keep=True)

    async def _count(self) -> tuple[Question, EnrollmentPage]:
        """Sorted by `next` the earliest text comes first: request only that row."""
        question = self.asked
        return question, await self._client.list_enrollments(
            self._sequence_id, question.q, sort="next", limit=1
        )

    def _counted(self, counted: tuple[Question, EnrollmentPage]) -> None:
        question, page = counted
        if question == self.asked:
            self.facets, self.enrolled = page.facets, page.enrolled
            self.store.newcomers = max(0, page.enrolled - self.store.enrolled)
            self.next_row = page.items[0] if page.items else None
            self._view.show()
