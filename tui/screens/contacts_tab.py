"""The Contacts tab of a sequence: search, filters, sorting, selection and actions."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Final

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Static

from common.client import ClientError
from common.model.listing import ListedEnrollment
from common.model.operations import Selection
from common.model.sequences import Sequence
from common.terminal import as_text
from common.vocabulary import SequenceState, Status
from tui.actions.registry import Action, action_named, bindings_of, spell_key
from tui.client.lists import FrozenList, gather_ids
from tui.messages import (
    ConnectionChanged,
    CountsChanged,
    PeopleEnrolled,
    RowsChanged,
    SequencesChanged,
)
from tui.screens.contact_page import ContactPage
from tui.screens.copy_commands import CopyScreen
from tui.screens.enrollment_reader import EnrollmentReader
from tui.screens.marked_list import AGAIN, Marker, is_gone, is_waited_for
from tui.screens.page import Page
from tui.session import Session
from tui.state import formatting
from tui.state.as_command import of_enrollment, of_list
from tui.state.columns import Column
from tui.state.connection import Link
from tui.state.contacts_summary import Standing, Tally, fault_lines, notice_lines
from tui.state.listed_ids import ListedIds
from tui.state.message_draft import MessageDraft
from tui.state.pages import PageStore
from tui.state.question import Question
from tui.state.sequence_marks import TooManyToName
from tui.widgets.choice import ChoiceScreen
from tui.widgets.enrollment_table import EnrollmentTable
from tui.widgets.fetching import Reader
from tui.widgets.filter_bar import ANY, LETTERS, NAMES, FilterBar, choices_of
from tui.widgets.letter_prompt import LetterPrompt
from tui.widgets.lines import stacked

DEBOUNCE: Final = 0.12
"""Real seconds after the last key before the server is asked."""
COUNT_AFTER: Final = 0.3
"""Real seconds after a new list before its ids are read, to count selected rows outside it."""
COLUMNS: Final = {
    "n": Column.NAME,
    "p": Column.PHONE,
    "s": Column.STEP,
    "t": Column.STATUS,
    "x": Column.NEXT,
    "b": Column.BY,
}
"""The letters after `s`."""
_INDENT: Final = 1
_WAKES: Final = {SequenceState.DRAFT: "activate", SequenceState.PAUSED: "pause_or_resume"}
"""The action that makes a sequence send, by its state."""
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ContactsTab(Page):
    """Enrollments of a sequence, and actions on the selected ones or the row under the cursor."""

    BINDINGS = bindings_of("contacts", "tabs", "enroll", "life")
    AUTO_FOCUS = "EnrollmentTable"
    crumb = tab = "Contacts"
    digit = 1
    scopes = ("table", "contacts", "tabs", "enroll", "life")
    searchable = True

    def __init__(self, session: Session, sequence_id: int, called: str) -> None:
        super().__init__(session, sequence_id, called)
        self.chosen = session.marks_of(sequence_id)
        self.reader = EnrollmentReader(self, sequence_id)
        self.under_way = ""
        self.marker = Marker(self, self.chosen.marks, lambda: self.table, lambda: self.store)
        self._itself = Reader(
            self, lambda: session.client.get_sequence(sequence_id), self._take, self._keep
        )
        self._said: tuple[str, ...] = ()
        """The lines of the summary that are shown."""
        self._listed: ListedIds | None = None

    def compose_room(self) -> Iterable[Widget]:
        """Search and dropdowns, the summary, and the table or a notice instead."""
        yield self.compose_search("name or phone", FilterBar())
        yield Static(id="summary")
        yield Static(id="notice")
        yield EnrollmentTable(self.store, now=self.now, marked=self.chosen.marks.contains)
        yield Static(id="outcome")

    def on_mount(self) -> None:
        """Load once the event stream is connected."""
        self.set_interval(1.0, self._tick)
        self.show()
        if self.session.resynced:
            self.read()

    def _tick(self) -> None:
        """Update times in the rows and in the summary."""
        self.table.refresh_changed()
        self._show_summary()

    @property
    def table(self) -> EnrollmentTable:
        """The rows."""
        return self.query_one(EnrollmentTable)

    @property
    def rows(self) -> EnrollmentTable:
        """What the search searches."""
        return self.table

    @property
    def store(self) -> PageStore:
        """The loaded rows."""
        return self.reader.store

    @property
    def asked(self) -> Question:
        """The query that the rows answer."""
        return self.reader.asked

    @property
    def standing(self) -> Standing:
        """What the page shows."""
        return self.reader.standing

    def now(self) -> datetime:
        """The domain time; a time long ago while it is unknown."""
        return self.session.domain_now() or _NEVER

    # Reading.

    def read(self) -> None:
        """Load the sequence and the visible enrollments."""
        self._itself.read()
        self.reader.read_again()

    def _take(self, sequence: Sequence) -> None:
        self.know(sequence)
        self.show()

    def _keep(self, _: ClientError) -> None:
        """A lost connection reconnects on its own; retry after other errors."""
        if self.session.connection.link is Link.LIVE:
            self.set_timer(AGAIN, self._itself.read)

    @on(SequencesChanged)
    def _sequences_changed(self, changed: SequencesChanged) -> None:
        if self.sequence_id in changed.sequence_ids:
            self._itself.read()

    @on(RowsChanged)
    def _rows_changed(self, changed: RowsChanged) -> None:
        self.reader.rows_changed(changed.batch.rows_of(self.sequence_id))

    @on(CountsChanged)
    def _counts_changed(self, changed: CountsChanged) -> None:
        if self.sequence_id in changed.sequence_ids and self.reader.loaded:
            self.reader.counts.read()

    @on(PeopleEnrolled)
    def _we_enrolled(self, enrolled: PeopleEnrolled) -> None:
        """Show contacts that this operator enrolled without a refresh."""
        if enrolled.sequence_id == self.sequence_id:
            self.reader.ask(keep=True)

    @on(ConnectionChanged)
    def _connection(self, changed: ConnectionChanged) -> None:
        live = changed.connection.link is Link.LIVE
        if live and self.reader.unanswered and self.reader.loaded:
            self.reader.ask(keep=True)

    @on(EnrollmentTable.Window)
    def _want(self, window: EnrollmentTable.Window) -> None:
        self.reader.pages.want(window.first, window.last)

    def awaits(self, action: Action) -> bool:
        """Whether an action needs rows, the row under the cursor or the sequence, and that is
        loading.

        Rows of an earlier query are not what a key acts on.
        """
        places, reader = set(action.where), self.reader
        if "life" in places:
            return self.sequence is None and self._itself.busy
        if places.isdisjoint({"table", "contacts"}) or reader.fault is not None:
            return False
        if not reader.loaded or reader.question != reader.asked:
            live = self.session.connection.link is Link.LIVE or not reader.loaded
            return live and not self.problem
        return is_waited_for(action, self.store, self.table.cursor_row)

    def has_failed_to_read(self) -> bool:
        """Whether the last query failed."""
        return bool(self.problem) and (not self.reader.loaded or self.reader.unanswered)

    # What the reader tells.

    @property
    def cursor_enrollment(self) -> ListedEnrollment | None:
        """The row under the cursor, if it is loaded."""
        return self.table.cursor_enrollment

    def rows_replaced(self, *, keep: bool) -> None:
        """Ranks and rows have changed; the selection is the same."""
        self.marker.range_from, self._listed = None, None
        self._count_hidden()
        self.table.show(self.store, sort=self.asked.sort, keep=keep)

    def rows_loaded(self) -> None:
        """Rows were loaded or failed to load."""
        self.table.rows_loaded()

    def row_changed(self, rank: int) -> None:
        """A row has changed."""
        self.table.row_changed(rank)

    def rows_gone(self, ids: list[int]) -> None:
        """Unselect rows that no longer exist."""
        self.chosen.marks.forget(ids)
        self.show()

    # Showing.

    def show(self) -> None:
        """Draw everything except the rows, which the table draws."""
        standing = self.standing
        filled = standing is Standing.FILLED
        self.table.set_class(not filled, "-hidden")
        notice = self.query_one("#notice", Static)
        notice.set_class(not filled, "-shown")
        notice.update(stacked(map(as_text, notice_lines(standing, self.problem))))
        self.query_one(FilterBar).show(self.reader.question)
        self._show_summary()
        if filled and self.focused is None:
            self.table.focus()
        self.show_footer()

    def _show_summary(self) -> None:
        """Show the numbers or the filter's error, if they changed."""
        summary, fault = self.query_one("#summary", Static), self.reader.fault
        summary.set_class(fault is not None, "-fault")
        if fault is not None:
            lines: tuple[str, ...] = fault_lines(fault, _INDENT)
        else:
            room = max(1, summary.content_size.width)
            lines = (self.tally.words(room) if self.reader.loaded else "",)
        if lines != self._said:
            self._said = lines
            summary.update(stacked(map(as_text, lines)))

    @property
    def tally(self) -> Tally:
        """The numbers of the summary."""
        hidden, sure = self.hidden_marks()
        row = self.reader.next_row
        return Tally(
            self.reader.enrolled,
            self.store.total,
            self.chosen.marks.count,
            hidden,
            sure,
            "" if row is None else formatting.next_text(row, self.now()),
            self.store.newcomers,
            self.under_way,
            self.session.connection.link is Link.STALE,
            self._asleep(),
        )

    def _asleep(self) -> str:
        state = None if self.sequence is None else self.sequence.state
        wakes = _WAKES.get(state) if state is not None else None
        if state in {None, SequenceState.ACTIVE}:
            return ""
        keys = action_named(wakes).keys_under(self.session.keymap) if wakes else ()
        return f"{state}: nothing is sent" + (f" (press {spell_key(keys[0])})" if keys else "")

    def say(self, under_way: str) -> None:
        """Show progress in the summary."""
        self.under_way = under_way
        self.show()

    def on_resize(self) -> None:
        """Fit the summary."""
        self.call_after_refresh(self.show)

    # Asking: the search, the dropdowns, the order.

    def ask_question(self, question: Question) -> None:
        """Change the query, also in the search line."""
        self.reader.question = question
        self.query_one("#search", Input).value = question.words
        self.reader.ask(keep=False)

    @on(Input.Changed, "#search")
    def _search(self, changed: Input.Changed) -> None:
        reader = self.reader
        if changed.value != reader.question.words:
            reader.question = reader.question.typed(changed.value)
            reader.ask(keep=False, wait=DEBOUNCE)

    def action_filter(self) -> None:
        """Ask for a dropdown's letter, then for its value."""
        self.start(self._filter, "filter")

    async def _filter(self) -> None:
        words = {letter: NAMES[field] for letter, field in LETTERS.items()}
        letter, reader = await self.ask(LetterPrompt("Filter by", words)), self.reader
        if letter is None or reader.facets is None or reader.fault is not None:
            return
        field = LETTERS[letter]
        values = reader.question.values(field)
        pick = await self.ask(
            ChoiceScreen(
                f"{NAMES[field].capitalize()}:",
                choices_of(field, reader.facets),
                chosen=values[0] if values else ANY,
            )
        )
        if pick is not None:
            self.ask_question(reader.question.choosing(field, (pick.value,) if pick.value else ()))

    def action_sort(self) -> None:
        """Ask for a column's letter."""
        self.start(self._ask_sort, "sort")

    async def _ask_sort(self) -> None:
        words = {letter: column.value for letter, column in COLUMNS.items()}
        words |= {"x": "next text", "b": "enrolled by"}
        letter = await self.ask(LetterPrompt("Sort by", words))
        if letter is not None:
            self._sort(COLUMNS[letter])

    @on(EnrollmentTable.SortAsked)
    def _sort_clicked(self, asked: EnrollmentTable.SortAsked) -> None:
        self._sort(asked.column)

    def _sort(self, column: Column) -> None:
        self.reader.question = self.reader.question.sorted_by(column.value)
        self.reader.ask(keep=False)

    def action_refresh(self) -> None:
        """Reload everything, including new contacts."""
        super().action_refresh()
        self.reader.ask(keep=True)

    def clear_query(self) -> bool:
        """Show everyone again."""
        question = self.reader.question
        if question.is_plain:
            return False
        self.ask_question(question.cleared())
        return True

    # Marks.

    @property
    def aimed_at(self) -> Collection[Status]:
        """Any status, if rows are selected."""
        return tuple(Status) if self.chosen.marks.count else ()

    def may_mark(self, rows: int = 1) -> bool:
        """Any number of rows can be selected."""
        del rows
        return True

    def marked(self) -> None:
        """Draw the selection, and count the selected rows outside the list."""
        self._count_hidden()
        self.table.refresh_changed()
        self.show()

    def action_mark(self) -> None:
        """Toggle the row under the cursor, and go to the next."""
        self.marker.toggle()

    @on(EnrollmentTable.MarkAsked)
    def _mark_clicked(self, asked: EnrollmentTable.MarkAsked) -> None:
        self.marker.toggle_rank(asked.rank)

    def action_mark_range(self) -> None:
        """Start a range at the row under the cursor, or select up to there."""
        self.marker.mark_range()

    def read_range(self, first: int, last: int, take: Callable[[Collection[int]], None]) -> None:
        """Read the ids of a range that is not loaded completely."""
        self._gather("select a range", first, last, take)

    def action_mark_all(self) -> None:
        """Select everyone who matches, from the list that is shown."""
        frozen = self.reader.frozen
        if frozen is None or not self.store.total:
            return

        def mark(ids: array[int]) -> None:
            self.chosen.mark_whole(frozen.q, frozen.snapshot, ids)
            self.marked()

        self._gather("select all", 0, self.store.total - 1, mark)

    def action_mark_none(self) -> None:
        """Clear the selection."""
        self.workers.cancel_group(self, "gathering")
        self.say("")
        self.chosen.marks.mark_none()
        self.marked()

    def action_marks_back(self) -> None:
        """Restore the selection."""
        self.marker.give_back()

    def close_panel(self) -> bool:
        """Cancel a range before anything else."""
        return self.marker.end_range() or super().close_panel()

    def _gather(
        self, purpose: str, first: int, last: int, take: Callable[[array[int]], None]
    ) -> None:
        """Read the ids from one rank to another, and show progress."""
        frozen, total = self.reader.frozen, last - first + 1
        if frozen is None:
            return

        def tell(done: int) -> None:
            if done < total:
                self.call_later(self.say, f"selecting {done:,} of {total:,}")

        def gathered(ids: array[int]) -> None:
            self.say("")
            take(ids)

        def failed(error: ClientError) -> None:
            self.say("")
            old = "the list is too old; press R to reload it"
            why = old if is_gone(error) else error.message
            self.session.tell(f"Could not {purpose}: {why}.", wrong=True)

        work = partial(gather_ids, self.session.client, frozen, first, last, tell)
        self.fetch(work, gathered, failed, group="gathering", exclusive=True)

    # Marks that the list does not show.

    def hidden_marks(self) -> tuple[int, bool]:
        """How many selected rows the list does not show, and whether that is exact.

        Counted with the ids of the list if they are known, else with the loaded rows.
        """
        marks = self.chosen.marks
        if not marks.count or self.asked.is_plain:
            return 0, True
        frozen = self.reader.frozen
        whole = frozen and self.chosen.hidden(frozen.q, frozen.snapshot)
        if whole is not None:
            return whole, True
        if self._listed is not None:
            return self._listed.count_shown(marks).hidden, True
        seen = marks.count_shown(self.store.ids).hidden
        return seen, self.store.total <= len(set(self.store.ids))

    def _count_hidden(self) -> None:
        """Read the ids of the list, if only they tell how many selected rows it does not show."""
        frozen, total = self.reader.frozen, self.store.total
        if not self.chosen.marks.count or not frozen or not total or self.hidden_marks()[1]:
            return
        work = partial(gather_ids, self.session.client, frozen, 0, total - 1, lambda _: None)
        self.fetch(
            work,
            partial(self._take_listed, frozen),
            lambda _: None,
            group="counting",
            exclusive=True,
            wait=COUNT_AFTER,
        )

    def _take_listed(self, frozen: FrozenList, ids: array[int]) -> None:
        if frozen == self.reader.frozen:
            self._listed = ListedIds(ids)
        self.marked()

    # The contacts that an action is for.

    def targets(self) -> tuple[int, Selection] | None:
        """The selection, or else the row under the cursor; None, with a message, without either."""
        try:
            if self.chosen.marks.count:
                return self.chosen.marks.count, self.chosen.named()
        except TooManyToName as too_many:
            self.session.tell(str(too_many), wrong=True)
            return None
        row = self.cursor_enrollment if self.store.total else None
        if row is None:
            self.session.tell("Nobody is selected, and there is no row under the cursor.")
            return None
        return 1, Selection(ids=(row.id,))

    @property
    def outgoing(self) -> MessageDraft:
        """The message to the selected contacts."""
        return self.chosen.outgoing

    # One contact.

    @on(EnrollmentTable.Opened)
    def _open(self) -> None:
        self._open_contact(explained=False)

    def action_explain(self) -> None:
        """Open the contact with the explanation."""
        self._open_contact(explained=True)

    def _open_contact(self, *, explained: bool) -> None:
        if (row := self.cursor_enrollment) is not None:
            page = ContactPage(
                self.session, row, self.called, explained=explained, beside=self.beside
            )
            self.app.push_screen(page)

    def action_copy_command(self) -> None:
        """Show commands for the list and the selection or the row under the cursor."""
        name = "" if self.sequence is None else self.sequence.name
        copied = of_list(self.sequence_id, name, self.asked, self.chosen)
        row = self.cursor_enrollment if self.store.total else None
        if row is not None and not self.chosen.marks.count:
            one = of_enrollment(row.id, row.contact.id)
            copied = copied._replace(commands=copied.commands + one.commands)
        self.app.push_screen(CopyScreen(copied))

    def beside(self, by: int) -> ListedEnrollment | None:
        """Move the cursor and return its new row; None if that is not loaded."""
        rank = self.table.cursor_row + by
        if not 0 <= rank < self.store.total:
            return None
        self.table.go_to(rank)
        return self.cursor_enrollment
