"""The rows of a sequence: read page by page, shown, and kept true."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from common.client import ApiProblem, ClientError
from common.filter_values import FilterError
from common.model.listing import EnrollmentPage, Facets, ListedEnrollment
from common.terminal import as_text
from common.vocabulary import SequenceState
from tui.actions.registry import OF_ONE_ROW, Action, action_named, spell_key
from tui.client.lists import FrozenList
from tui.messages import (
    ConnectionChanged,
    CountsChanged,
    PeopleEnrolled,
    Resynced,
    RowsChanged,
    SequencesChanged,
)
from tui.screens.roster_messages import (
    Answered,
    Counted,
    NotAnswered,
    PageCame,
    RowsRead,
    SequenceNotRead,
    SequenceRead,
)
from tui.screens.tabs import SequenceTab
from tui.state import formatting
from tui.state.connection import Link
from tui.state.contacts_summary import Standing, Tally, fault_lines, notice_lines
from tui.state.pages import PAGE_ROWS, Absence, PageStore
from tui.state.question import Question
from tui.state.sequence_marks import SequenceMarks
from tui.widgets.enrollment_table import EnrollmentTable
from tui.widgets.filter_bar import FilterBar
from tui.widgets.lines import stacked

COUNT_EVERY: Final = 1.0
"""Real seconds between two readings of the counts while things happen."""
AGAIN: Final = 2.0
"""Real seconds after which pages that could not be read are asked for again."""
AT_ONCE: Final = 3
"""Pages asked for at the same time."""
ONE_BY_ONE: Final = 8
"""Changed rows up to which each is read by itself; more are read by their pages."""
GONE: Final = 410
ABSENT: Final = 404
_INDENT: Final = 1
_WAKES: Final = {SequenceState.DRAFT: "activate", SequenceState.PAUSED: "pause_or_resume"}
"""What lets a sequence send, by its state."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class RosterPage(SequenceTab):
    """Reads a sequence's enrollments and shows them. What can be done to them is not in here."""

    AUTO_FOCUS = "EnrollmentTable"
    crumb = tab = "Contacts"
    searchable = True

    def __init__(self, sequence_id: int, called: str, chosen: SequenceMarks) -> None:
        super().__init__(sequence_id, called)
        self.chosen = chosen
        self.question = Question()
        self.asked = Question()
        """The question that the rows answer."""
        self.store = PageStore()
        self.facets: Facets | None = None
        self.problem: str | None = None
        self.fault: FilterError | None = None
        self.under_way = ""
        self._enrolled = 0
        self._next_row: ListedEnrollment | None = None
        self._said: tuple[str, ...] = ()
        """The lines of the summary as they are shown."""
        self._loaded = self._unanswered = False
        self._serial = 0
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._changed: set[int] = set()
        self._rereading = self._counting = self._count_again = False
        self._reading_it = self._read_it_again = False

    def compose_room(self) -> Iterable[Widget]:
        """Search and dropdowns, the summary, and the table or what stands in its place."""
        search = Input(placeholder="/ Search name or phone", id="search", select_on_focus=False)
        search.cursor_blink = False
        yield Horizontal(search, FilterBar(), id="search-line")
        yield Static(id="summary")
        yield Static(id="notice")
        yield EnrollmentTable(self.store, now=self.now, marked=self.chosen.marks.contains)
        yield Static(id="outcome")

    def on_mount(self) -> None:
        """Ask as soon as the stream of events is joined."""
        self.set_interval(1.0, self._tick)
        self.show()
        if self.drumbeat.resynced:
            self._read_sequence()
            self.ask(keep=False)

    def _tick(self) -> None:
        """Time has passed: tell it in the rows, and above them."""
        self.table.refresh_changed()
        self._show_summary()

    @property
    def table(self) -> EnrollmentTable:
        """The rows."""
        return self.query_one(EnrollmentTable)

    @property
    def frozen(self) -> FrozenList | None:
        """The order that is shown, by which the server keeps it."""
        if self.store.snapshot is None:
            return None
        return FrozenList(self.sequence_id, self.asked.q, self.asked.sort, self.store.snapshot)

    @property
    def standing(self) -> Standing:
        """What there is to show."""
        if not self._loaded:
            return Standing.LOADING if self.problem is None else Standing.ERROR
        if self.store.total:
            return Standing.FILLED
        return Standing.NO_MATCH if self._enrolled else Standing.EMPTY

    def awaits(self, action: Action) -> bool:
        """Whether it is for the rows, or the one under the cursor, or the sequence, and that is
        being read.

        Rows that answer an earlier question are not those that a key is for.
        """
        places = set(action.where)
        if "life" in places:
            return self.sequence is None and self._reading_it
        if places.isdisjoint({"table", "contacts"}) or self.fault is not None:
            return False
        if not self._loaded or self.question != self.asked:
            live = self.drumbeat.connection.link is Link.LIVE or not self._loaded
            return live and self.problem is None
        at = self.table.cursor_row
        unread = self.store.total > at and self.store.row(at) is None
        return action.id in OF_ONE_ROW and unread and self.store.absence(at) is Absence.LOADING

    def has_failed_to_read(self) -> bool:
        """Whether the last question was not answered."""
        return self.problem is not None and (not self._loaded or self._unanswered)

    def now(self) -> datetime:
        """The domain's present; long ago while nobody has told it."""
        return self.drumbeat.domain_now() or _NEVER

    # The sequence itself.

    def _read_sequence(self) -> None:
        """Read it again: one reading at a time, and one more if something changed meanwhile."""
        if self._reading_it:
            self._read_it_again = True
            return
        self._reading_it, self._read_it_again = True, False
        asked = self.drumbeat.client.get_sequence(self.sequence_id)
        self.fetch(asked, SequenceRead, SequenceNotRead, group="itself")

    @on(SequenceRead)
    def _sequence_read(self, read: SequenceRead) -> None:
        self._reading_it = False
        self.know(read.sequence)
        self.show()
        if self._read_it_again:
            self._read_sequence()

    @on(SequenceNotRead)
    def _sequence_not_read(self) -> None:
        """A lost connection is told, and comes back; what else there may be is tried again."""
        self._reading_it = False
        if self.drumbeat.connection.link is Link.LIVE:
            self.set_timer(AGAIN, self._read_sequence)

    @on(SequencesChanged)
    def _sequences_changed(self, changed: SequencesChanged) -> None:
        if self.sequence_id in changed.sequence_ids:
            self._read_sequence()

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
            self.workers.cancel_group(self, "asking")
            self.show()
            return
        self.fault = None
        self._unanswered = True
        self._serial += 1
        self.run_worker(
            self._asking(self._serial, self.question, q, keep, wait),
            group="asking",
            exclusive=True,
            exit_on_error=False,
        )
        self.show()

    async def _asking(
        self, serial: int, question: Question, q: str, keep: bool, wait: float
    ) -> None:
        await asyncio.sleep(wait)
        client = self.drumbeat.client
        try:
            page = await client.list_enrollments(
                self.sequence_id, q, sort=question.sort, limit=PAGE_ROWS
            )
        except ClientError as error:
            self.post_message(NotAnswered(serial, error.message))
        else:
            self.post_message(Answered(serial, question, page, keep))

    @on(Answered)
    def _take(self, answered: Answered) -> None:
        if answered.serial != self._serial:
            return
        row, page = self.table.cursor_enrollment, answered.page
        there = row is not None and any(row.id == one.id for one in page.items)
        turned = answered.question.sort != self.asked.sort
        self._loaded, self._unanswered, self.problem = True, False, None
        self.asked = answered.question
        self.store = PageStore.of(page)
        self.facets, self._enrolled = page.facets, page.enrolled
        self.rows_replaced()
        keep = not turned and (answered.keep or there)
        self.table.show(self.store, sort=self.asked.sort, keep=keep)
        self._count()
        self.show()

    def rows_replaced(self) -> None:
        """The table is about to show another answer."""

    @on(NotAnswered)
    def _keep(self, failed: NotAnswered) -> None:
        if failed.serial == self._serial:
            self.problem = failed.problem
            self.show()

    # Pages.

    @on(EnrollmentTable.Window)
    def _want(self, window: EnrollmentTable.Window) -> None:
        self._fetch_pages(self.store.ask(window.first, window.last))

    def _fetch_pages(self, pages: Iterable[int]) -> None:
        for page in pages:
            self.run_worker(self._fetch(self.store, page), group="pages", exit_on_error=False)

    async def _fetch(self, store: PageStore, page: int) -> None:
        """One request per page, some at a time; given up if the window moved far while waiting."""
        frozen = self.frozen
        async with self._turn:
            if frozen is None or store is not self.store or not store.is_wanted(page):
                store.withdraw(page)
                return
            try:
                answer = await self._page_of(frozen, store, page)
            except ClientError as error:
                self.post_message(PageCame(store, page, None, _is(error, GONE)))
            else:
                self.post_message(PageCame(store, page, answer.items))

    async def _page_of(self, frozen: FrozenList, store: PageStore, page: int) -> EnrollmentPage:
        return await self.drumbeat.client.list_enrollments(
            frozen.sequence_id,
            frozen.q,
            sort=frozen.sort,
            offset=store.offset_of(page),
            limit=store.page_rows,
            snapshot=frozen.snapshot,
        )

    @on(PageCame)
    def _page(self, came: PageCame) -> None:
        if came.store is not self.store:
            return
        if came.rows is not None:
            came.store.load(came.page, came.rows)
        elif came.expired:
            came.store.withdraw(came.page)
            self.ask(keep=True)
        else:
            came.store.fail(came.page)
            self.set_timer(AGAIN, self._retry_pages)
        self.table.rows_loaded()

    def _retry_pages(self) -> None:
        if self.store.failed:
            self._fetch_pages(self.store.retry())

    # Kept true.

    @on(Resynced)
    def _resynced(self) -> None:
        """Whatever was missed: read what is shown again, in its order; nothing jumps."""
        self._read_sequence()
        if not self._loaded or self._unanswered:
            self.ask(keep=self._loaded)
            return
        self._retry_pages()
        self._changed.update(self.store.ids)
        self._reread()
        self._count()

    @on(RowsChanged)
    def _rows_changed(self, changed: RowsChanged) -> None:
        self._changed |= changed.batch.rows_of(self.sequence_id)
        self._reread()

    @on(CountsChanged)
    def _counts_changed(self, changed: CountsChanged) -> None:
        if self.sequence_id in changed.sequence_ids:
            self._count()

    @on(PeopleEnrolled)
    def _we_enrolled(self, enrolled: PeopleEnrolled) -> None:
        """Whom we have enrolled ourselves need not be asked for."""
        if enrolled.sequence_id == self.sequence_id:
            self.ask(keep=True)

    def _reread(self) -> None:
        """Read changed rows that are at hand: one reading at a time, the next after it."""
        self._changed.intersection_update(self.store.ids)
        if self._rereading or not self._changed or self.frozen is None:
            return
        ids, self._changed = frozenset(self._changed), set()
        self._rereading = True
        self.run_worker(self._rereads(self.store, ids), group="reread", exit_on_error=False)

    async def _rereads(self, store: PageStore, ids: frozenset[int]) -> None:
        frozen, client = self.frozen, self.drumbeat.client
        rows: list[ListedEnrollment] = []
        gone: list[int] = []
        expired = False
        try:
            if len(ids) <= ONE_BY_ONE:
                for one in sorted(ids):
                    try:
                        rows.append(await client.get_enrollment(one))
                    except ApiProblem as problem:
                        gone += [one] if problem.status == ABSENT else []
            elif frozen is not None:
                ranks = [rank for one in ids if (rank := store.rank_of(one)) is not None]
                for page in sorted({store.page_of(rank) for rank in ranks}):
                    rows += (await self._page_of(frozen, store, page)).items
        except ClientError as error:
            expired = _is(error, GONE)
        finally:
            self.post_message(RowsRead(rows, gone, expired))

    @on(RowsRead)
    def _patch(self, read: RowsRead) -> None:
        self._rereading = False
        for row in read.rows:
            if (rank := self.store.patch(row)) is not None:
                self.table.row_changed(rank)
        if read.gone:
            self.chosen.marks.forget(read.gone)
            self.show()
        if read.expired:
            self.ask(keep=True)
        self._reread()

    def _count(self) -> None:
        """Read the numbers again: one reading at a time, and one more if something changes."""
        if self._counting:
            self._count_again = True
        elif self._loaded:
            self._counting = True
            self.run_worker(self._counts(self.asked), group="count", exit_on_error=False)

    async def _counts(self, question: Question) -> None:
        """The earliest text comes first by `next`: its row is all that is asked for."""
        page: EnrollmentPage | None = None
        try:
            page = await self.drumbeat.client.list_enrollments(
                self.sequence_id, question.q, sort="next", limit=1
            )
        except ClientError:
            pass
        finally:
            self.post_message(Counted(question, page))

    @on(Counted)
    def _counted(self, counted: Counted) -> None:
        page = counted.page
        if page is not None and counted.question == self.asked:
            self.facets, self._enrolled = page.facets, page.enrolled
            self.store.newcomers = max(0, page.enrolled - self.store.enrolled)
            self._next_row = page.items[0] if page.items else None
            self.show()
        self.set_timer(COUNT_EVERY, self._next_count)

    def _next_count(self) -> None:
        self._counting = False
        if self._count_again:
            self._count_again = False
            self._count()

    @on(ConnectionChanged)
    def _connection(self, changed: ConnectionChanged) -> None:
        if changed.connection.link is Link.AWAY:
            self.problem = changed.connection.why
        elif changed.connection.link is Link.LIVE and self._unanswered and self._loaded:
            self.ask(keep=True)
        self.show()

    # Showing.

    def show(self) -> None:
        """Draw what is known; rows are drawn by the table."""
        standing = self.standing
        filled = standing is Standing.FILLED
        self.table.set_class(not filled, "-hidden")
        notice = self.query_one("#notice", Static)
        notice.set_class(not filled, "-shown")
        notice.update(stacked(map(as_text, notice_lines(standing, self.problem))))
        self.query_one(FilterBar).show(self.question)
        self._show_summary()
        if filled and self.focused is None:
            self.table.focus()

    def _show_summary(self) -> None:
        """Say the numbers, or what is wrong with the words, if that is not what was said last."""
        summary = self.query_one("#summary", Static)
        summary.set_class(self.fault is not None, "-fault")
        if self.fault is not None:
            lines: tuple[str, ...] = fault_lines(self.fault, _INDENT)
        else:
            room = max(1, summary.content_size.width)
            lines = (self.tally.words(room) if self._loaded else "",)
        if lines != self._said:
            self._said = lines
            summary.update(stacked(map(as_text, lines)))

    @property
    def tally(self) -> Tally:
        """The numbers of the summary."""
        hidden, sure = self.hidden_marks()
        row = self._next_row
        return Tally(
            self._enrolled,
            self.store.total,
            self.chosen.marks.count,
            hidden,
            sure,
            "" if row is None else formatting.next_text(row, self.now()),
            self.store.newcomers,
            self.under_way,
            self.drumbeat.connection.link is Link.STALE,
            self._asleep(),
        )

    def _asleep(self) -> str:
        state = None if self.sequence is None else self.sequence.state
        wakes = _WAKES.get(state) if state is not None else None
        if state in {None, SequenceState.ACTIVE}:
            return ""
        keys = action_named(wakes).keys_under(self.drumbeat.keymap) if wakes else ()
        return f"{state}: nothing is sent" + (f" (press {spell_key(keys[0])})" if keys else "")

    def hidden_marks(self) -> tuple[int, bool]:
        """How many marked enrollments the list does not show, and whether that is sure."""
        return 0, True

    def on_resize(self) -> None:
        """Fit the summary."""
        self.call_after_refresh(self.show)


def _is(error: ClientError, status: int) -> bool:
    return isinstance(error, ApiProblem) and error.status == status
