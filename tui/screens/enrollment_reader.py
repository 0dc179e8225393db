"""The enrollments of a sequence as the Contacts tab shows them: asked, read, and kept true."""

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
"""Real seconds between two readings of the counts while things happen."""
ONE_BY_ONE: Final = 8
"""Changed rows up to which each is read by itself; more are read by their pages."""
ABSENT: Final = 404


class EnrollmentView(Asker, Protocol):
    """The tab that shows them."""

    session: Session
    problem: str

    @property
    def cursor_enrollment(self) -> ListedEnrollment | None:
        """The row under the cursor, if it is loaded."""

    def show(self) -> None:
        """Draw what is known; rows are drawn by the table."""

    def rows_replaced(self, *, keep: bool) -> None:
        """The rows are another answer; with `keep` the cursor stays with its enrollment."""

    def rows_loaded(self) -> None:
        """Rows have come, or failed to."""

    def row_changed(self, rank: int) -> None:
        """A row at hand is another now."""

    def rows_gone(self, ids: list[int]) -> None:
        """These enrollments are no more."""


class _Changed(NamedTuple):
    """Rows as they are now, and enrollments that are gone; `expired`: the order is."""

    rows: list[ListedEnrollment]
    gone: list[int]
    expired: bool = False


class EnrollmentReader:
    """Reads what a question asks for, page by page, and again what changes.

    Rows, numbers and words may answer an earlier question, which is `asked`.
    """

    def __init__(self, view: EnrollmentView, sequence_id: int) -> None:
        self.question = Question()
        self.asked = Question()
        """The question that the rows answer."""
        self.facets: Facets | None = None
        self.fault: FilterError | None = None
        """What is wrong with the words of the question."""
        self.enrolled = 0
        self.next_row: ListedEnrollment | None = None
        """The one whose text goes next."""
        self.loaded = False
        self.unanswered = False
        """Whether a question is asked and not answered."""
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
        """The rows at hand."""
        store = self.pages.store
        assert isinstance(store, PageStore)
        return store

    @property
    def frozen(self) -> FrozenList | None:
        """The order that is shown, by which the server keeps it."""
        if self.store.snapshot is None:
            return None
        return FrozenList(self._sequence_id, self.asked.q, self.asked.sort, self.store.snapshot)

    @property
    def standing(self) -> Standing:
        """What there is to show."""
        if not self.loaded:
            return Standing.ERROR if self._view.problem else Standing.LOADING
        if self.store.total:
            return Standing.FILLED
        return Standing.NO_MATCH if self.enrolled else Standing.EMPTY

    # Asking.

    def ask(self, *, keep: bool, wait: float = 0.0) -> None:
        """Ask the question anew; with `keep` the cursor stays with its enrollment.

        In another order it goes to the first row, whoever that is.
        While the words are no filter, the rows of the last question stay.
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
        """Whatever was missed: read what is shown again, in its order; nothing jumps."""
        if not self.loaded or self.unanswered:
            self.ask(keep=self.loaded)
            return
        self.pages.retry()
        self.rows_changed(self.store.ids)
        self.counts.read()

    def rows_changed(self, ids: Iterable[int]) -> None:
        """Read those again that are at hand."""
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
        """The earliest text comes first by `next`: its row is all that is asked for."""
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
