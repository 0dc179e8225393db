"""The people of the server to choose from: searched as one types, marked by id, or all found."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from common.client import ClientError
from common.model.contacts import Contact, ContactPage
from common.model.enrolling import Enrollees
from common.phones import pretty
from common.terminal import as_text, clean
from tui.actions.registry import OF_ONE_ROW, Action, bindings_of
from tui.client.enrollees import AT_ONCE
from tui.client.lists import contact_ids
from tui.messages import ConnectionChanged, PeopleEnrolled, Resynced
from tui.screens.enroll_page import EnrollPage
from tui.screens.enrolling_messages import Found, MoreCame, NotFound, RangeCame, RangeLost
from tui.screens.new_contact import AddedContact, NewContactScreen
from tui.screens.page import Page
from tui.state.connection import Link
from tui.state.contact_selection import ContactSelection
from tui.state.formatting import full_name
from tui.state.pages import PAGE_ROWS, Absence, Pages
from tui.widgets.contact_list import ContactList
from tui.widgets.lines import stacked

DEBOUNCE: Final = 0.12
"""Real seconds after the last key before the server is asked."""
AGAIN: Final = 2.0
"""Real seconds after which pages that could not be read are asked for again."""
_NAME_CELLS: Final = 40


class PickerPage(Page):
    """Who is to be enrolled in a sequence. `picks` outlive the page; `home` is where it began."""

    BINDINGS = bindings_of("picker")
    AUTO_FOCUS = "ContactList"
    crumb = "Select contacts"
    digit = 1
    scopes = ("people", "picker")
    searchable = True

    def __init__(self, sequence_id: int, called: str, picks: ContactSelection, home: Page) -> None:
        super().__init__()
        self.sequence_id, self.called = sequence_id, called
        self.picks, self.home = picks, home
        self.search = ""
        self.found: str | None = None
        """The search that the rows answer; None before the first answer."""
        self.problem = ""
        self._range_from: int | None = None
        self._range_begun = 0
        self._reading_range = self._all_when_found = False

    def compose_room(self) -> Iterable[Widget]:
        """The search, what is chosen, and the people or what stands in their place."""
        search = Input(placeholder="/ Search name or phone", id="search", select_on_focus=False)
        search.cursor_blink = False
        yield Horizontal(search, id="search-line")
        yield Static(id="summary")
        yield Static(id="notice")
        yield ContactList(self.picks.has)

    def on_mount(self) -> None:
        """Read the first of them."""
        self.header.show_crumb(f"Enroll in {self.called}")
        self._ask()

    @property
    def list(self) -> ContactList:
        """The rows."""
        return self.query_one(ContactList)

    # Reading.

    def _ask(self, wait: float = 0.0) -> None:
        search = self.search
        work = self._first(search, wait)
        self.fetch(
            work,
            lambda page: Found(search, page),
            lambda problem: NotFound(search, problem),
            group="search",
            exclusive=True,
        )
        self.show()

    async def _first(self, search: str, wait: float) -> ContactPage:
        await asyncio.sleep(wait)
        return await self.drumbeat.client.list_contacts(search, limit=PAGE_ROWS)

    @on(Found)
    def _take(self, found: Found) -> None:
        if found.search != self.search:
            return
        again = self.found == found.search
        self.found, self.problem, self._range_from = found.search, "", None
        store: Pages[Contact] = Pages(found.page.total)
        store.load(0, found.page.items)
        self.list.show(store, self.list.cursor if again else 0)
        if self._all_when_found:
            self.action_mark_all()
        self.show()

    @on(NotFound)
    def _keep(self, failed: NotFound) -> None:
        if failed.search == self.search:
            self.problem = failed.problem
            self.show()

    @on(ContactList.Window)
    def _want(self, window: ContactList.Window) -> None:
        self._fetch(self.list.store.ask(window.first, window.last))

    def _fetch(self, pages: Iterable[int]) -> None:
        for page in pages:
            work = self._page(self.list.store, page)
            self.run_worker(work, group="pages", exit_on_error=False)

    async def _page(self, store: Pages[Contact], page: int) -> None:
        client, search = self.drumbeat.client, self.found or ""
        answer: ContactPage | None = None
        try:
            answer = await client.list_contacts(
                search, offset=store.offset_of(page), limit=store.page_rows
            )
        except ClientError:
            pass
        finally:
            self.post_message(MoreCame(store, page, answer))

    @on(MoreCame)
    def _more(self, came: MoreCame) -> None:
        if came.store is not self.list.store:
            return
        if came.answer is None:
            came.store.fail(came.page)
            self.set_timer(AGAIN, self._retry)
        else:
            came.store.total = came.answer.total
            came.store.load(came.page, came.answer.items)
        self.list.rows_loaded()
        self.show()

    def _retry(self) -> None:
        if self.list.store.failed:
            self._fetch(self.list.store.retry())

    @on(Resynced)
    def _resynced(self) -> None:
        self._ask()

    @on(ConnectionChanged)
    def _connection(self, changed: ConnectionChanged) -> None:
        if changed.connection.link is Link.LIVE and self.problem:
            self._ask()

    @on(PeopleEnrolled)
    def _enrolled(self, enrolled: PeopleEnrolled) -> None:
        """Who was chosen is enrolled: choose nobody."""
        if enrolled.whole:
            self.picks.clear()
            self._rechosen()

    def awaits(self, action: Action) -> bool:
        """Whether it is for the people, or the one under the cursor, and they are being read."""
        if {"people", "picker"}.isdisjoint(action.where) or self.problem:
            return False
        if self.found != self.search:
            return True
        at, store = self.list.cursor, self.list.store
        unread = store.total > at and store.row(at) is None
        return action.id in OF_ONE_ROW and unread and store.absence(at) is Absence.LOADING

    def has_failed_to_read(self) -> bool:
        """Whether the last search was not answered."""
        return bool(self.problem)

    # Showing.

    def show(self) -> None:
        """Say what there is and who is chosen; rows are drawn by the list."""
        rows = self.list
        filled = self.found is not None and rows.store.total > 0
        rows.display = filled
        notice = self.query_one("#notice", Static)
        notice.display = not filled
        notice.update(stacked(map(as_text, self._notice())))
        self.query_one("#summary", Static).update(as_text(self.summary))
        if filled and self.focused is None:
            rows.focus()

    @property
    def summary(self) -> str:
        """How many are found and chosen, and what is wrong."""
        store = self.list.store
        parts = [] if self.found is None else [f"{store.total:,} found"]
        hidden = self.picks.hidden(list(store.ids), store.total)
        parts += [f"{self.picks.words} selected" + (f" ({hidden:,} not shown)" if hidden else "")]
        if self._range_from is not None:
            parts += ["range: v select up to here, esc cancel"]
        if self._reading_range:
            parts += ["selecting the range…"]
        if self.problem:
            parts += [f"could not reload: {self.problem}"]
        return " · ".join(parts)

    def _notice(self) -> tuple[str, ...]:
        if self.found is None and not self.problem:
            return ("Loading contacts…",)
        if self.found is None:
            return (
                "The contacts could not be loaded.",
                *self.problem.splitlines(),
                "Press R to try again.",
            )
        if self.found:
            return (
                "No contacts match.",
                "Press esc to clear the search, n to create a contact.",
            )
        return (
            "There are no contacts yet.",
            "Press n to create one, or go back and press E, then f to import a file.",
        )

    # Searching.

    @on(Input.Changed, "#search")
    def _search(self, changed: Input.Changed) -> None:
        if changed.value != self.search:
            self.search = changed.value
            self._all_when_found = False
            self._ask(DEBOUNCE)

    @on(Input.Submitted, "#search")
    def _submitted(self) -> None:
        self.leave_search()

    def action_search(self) -> None:
        """Type in the search."""
        self.query_one("#search", Input).focus()

    def leave_search(self) -> bool:
        """Go from the search to the rows."""
        if not self.typing:
            return False
        if self.list.display:
            self.list.focus()
        else:
            self.set_focus(None)
        return True

    def clear_query(self) -> bool:
        """Show everybody again."""
        if not self.search:
            return False
        self.query_one("#search", Input).value = ""
        return True

    def close_panel(self) -> bool:
        """End a range before anything else."""
        if self._range_from is None:
            return super().close_panel()
        self._range_from = None
        self.show()
        return True

    def action_refresh(self) -> None:
        """Read them again."""
        super().action_refresh()
        self._ask()

    # Choosing.

    def _one_by_one(self) -> bool:
        """Whether people are chosen one by one; if not, it is said how to come there."""
        if self.picks.search is None:
            return True
        self.drumbeat.tell(f"{self.picks.words} are selected. Press - to clear that first.")
        return False

    def _rechosen(self) -> None:
        self.list.rows_loaded()
        self.show()

    def action_mark(self) -> None:
        """Choose who is under the cursor, or not any more, and go on to the next."""
        contact = self.list.cursor_contact
        if contact is not None and self._one_by_one():
            self.picks.marks.toggle(contact.id)
            self.list.go_to(self.list.cursor + 1)
            self.show()

    @on(ContactList.MarkAsked)
    def _clicked(self, asked: ContactList.MarkAsked) -> None:
        contact = self.list.store.row(asked.rank)
        if contact is not None and self._one_by_one():
            self.picks.marks.toggle(contact.id)
            self.list.row_changed(asked.rank)
            self.show()

    def action_mark_range(self) -> None:
        """Begin a range at the cursor, or choose up to there."""
        if not self.list.store.total or self.found is None or not self._one_by_one():
            return
        if self._range_from is None:
            begun = self.list.cursor_contact
            if begun is not None:
                self._range_from, self._range_begun = self.list.cursor, begun.id
        elif (ended := self.list.cursor_contact) is not None:
            ends = sorted(((self._range_from, self._range_begun), (self.list.cursor, ended.id)))
            self._range_from = None
            self._mark_range(self.found, *ends)
        self.show()

    def _mark_range(self, search: str, begun: tuple[int, int], ended: tuple[int, int]) -> None:
        """Choose those from one end to the other, each given by its rank and id, as they stand."""
        (first, first_id), (last, last_id) = begun, ended
        if last - first >= AT_ONCE:
            self.drumbeat.tell(
                f"A range can have up to {AT_ONCE:,} contacts. For more, search and press *.",
                wrong=True,
            )
            return
        rows = [self.list.store.row(rank) for rank in range(first, last + 1)]
        shown = [row.id for row in rows if row is not None]
        if len(shown) == len(rows):
            self._take_range(shown, first_id, last_id)
            return
        self._reading_range = True
        work = contact_ids(self.drumbeat.client, search, first, last)
        self.fetch(
            work,
            lambda ids: RangeCame(ids, first_id, last_id),
            RangeLost,
            group="range",
            exclusive=True,
        )

    @on(RangeCame)
    def _range(self, came: RangeCame) -> None:
        self._reading_range = False
        self._take_range(came.ids, came.first_id, came.last_id)

    def _take_range(self, ids: Sequence[int], first_id: int, last_id: int) -> None:
        """Choose them if they still reach from one end to the other."""
        if ids and (ids[0], ids[-1]) == (first_id, last_id):
            self.picks.marks.mark(ids)
        else:
            self.drumbeat.tell(
                "The range was not selected, because the list changed. Press R to reload it.",
                wrong=True,
            )
        self._rechosen()

    @on(RangeLost)
    def _no_range(self, lost: RangeLost) -> None:
        self._reading_range = False
        self.drumbeat.tell(f"The range was not selected. {lost.problem}", wrong=True)
        self.show()

    def action_mark_all(self) -> None:
        """Choose all that the search finds, however many, instead of those marked."""
        self._all_when_found = self.found != self.search
        if self.found is not None and not self._all_when_found and self.list.store.total:
            self.picks.choose_all(self.found, self.list.store.total)
            self._rechosen()

    def action_mark_none(self) -> None:
        """Choose nobody; marks that were put aside come back first."""
        self.workers.cancel_group(self, "range")
        self._reading_range = False
        self.picks.choose_none()
        self._rechosen()

    def action_marks_back(self) -> None:
        """Give the last marks back."""
        if self._one_by_one() and not self.picks.marks.give_back():
            self.drumbeat.tell("There is no earlier selection to restore.")
        self._rechosen()

    def action_add_somebody(self) -> None:
        """Make a contact of a number, and choose it."""
        if not self.may_change() or not self._one_by_one():
            return
        typed = self.search if any(char.isdigit() for char in self.search) else ""
        self.app.push_screen(NewContactScreen(self.drumbeat.client, typed), self._somebody)

    def _somebody(self, somebody: AddedContact | None) -> None:
        if somebody is None:
            return
        self.picks.marks.mark((somebody.id,))
        is_new = "was added" if somebody.new else "was already a contact"
        self.drumbeat.tell(f"{pretty(somebody.phone)} {is_new} and is selected.")
        self._rechosen()
        self._ask()

    # Going on.

    @on(ContactList.GoOn)
    def _go_on(self) -> None:
        """See what enrolling them comes to; with nobody chosen, who is under the cursor."""
        contact = self.list.cursor_contact
        if self.picks.count:
            who, whom = self.picks.enrollees(), clean(self.picks.words, _NAME_CELLS)
        elif contact is not None:
            who = Enrollees(contact_ids=(contact.id,))
            name = full_name(contact.first_name, contact.last_name)
            whom = f"{clean(name, _NAME_CELLS)} {pretty(contact.phone)}"
        else:
            return
        self.app.push_screen(EnrollPage(self.sequence_id, self.called, who, whom, self.home))

    def action_select_cursor(self) -> None:
        """Go on, wherever the focus is."""
        self._go_on()
