"""Select contacts to enroll: searched while typing, one by one, or all matches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Final

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Static

from common.client import ClientError
from common.model.contacts import Contact, ContactPage
from common.model.enrolling import Enrollees
from common.phones import pretty
from common.terminal import as_text, clean
from tui.actions.registry import Action, bindings_of
from tui.client.enrollees import AT_ONCE
from tui.client.lists import contact_ids
from tui.messages import ConnectionChanged, PeopleEnrolled
from tui.screens.enroll_page import EnrollPage
from tui.screens.marked_list import Marker, PageLoader, is_waited_for
from tui.screens.new_contact import NewContactScreen
from tui.screens.page import Page
from tui.session import Session
from tui.state.connection import Link
from tui.state.formatting import full_name
from tui.state.pages import PAGE_ROWS, Pages
from tui.widgets.contact_list import ContactList
from tui.widgets.lines import stacked

DEBOUNCE: Final = 0.12
"""Real seconds after the last key before the server is asked."""
_NAME_CELLS: Final = 40


class PickerPage(Page):
    """Selects contacts to enroll. `picks` outlives the page; `home` is where it started."""

    BINDINGS = bindings_of("picker")
    AUTO_FOCUS = "ContactList"
    crumb = "Select contacts"
    digit = 1
    scopes = ("people", "picker")
    searchable = True

    def __init__(self, session: Session, sequence_id: int, called: str, home: Page) -> None:
        super().__init__(session, sequence_id, called)
        self.picks, self.home = session.picks_of(sequence_id), home
        self.search = ""
        self.found: str | None = None
        """The search that the rows answer; None before the first answer."""
        self.pages: PageLoader[Contact] = PageLoader(
            self, Pages(), self._page_of, self._loaded, self.read
        )
        self.marker = Marker(self, self.picks.marks, lambda: self.list, lambda: self.pages.store)
        self._under_way = ""
        self._all_when_found = False

    def compose_room(self) -> Iterable[Widget]:
        """The search, the summary, and the contacts or a notice instead."""
        yield self.compose_search("name or phone")
        yield Static(id="summary")
        yield Static(id="notice")
        yield ContactList(self.picks.has)

    def on_mount(self) -> None:
        """Load the first contacts."""
        self.header.show_crumb(f"Enroll in {self.called}")
        self.read()

    @property
    def list(self) -> ContactList:
        """The rows."""
        return self.query_one(ContactList)

    @property
    def rows(self) -> ContactList:
        """What the search searches."""
        return self.list

    # Reading.

    def read(self) -> None:
        """Load the first matches."""
        self._ask()

    def _ask(self, wait: float = 0.0) -> None:
        search, client = self.search, self.session.client
        self.fetch(
            lambda: client.list_contacts(search, limit=PAGE_ROWS),
            partial(self._take, search),
            partial(self._keep, search),
            group="search",
            exclusive=True,
            wait=wait,
        )
        self.show()

    def _take(self, search: str, page: ContactPage) -> None:
        if search != self.search:
            return
        again = self.found == search
        self.found, self.problem = search, ""
        self.marker.end_range()
        store: Pages[Contact] = Pages(page.total)
        store.load(0, page.items)
        self.pages.store = store
        self.list.show(store, self.list.cursor_row if again else 0)
        if self._all_when_found:
            self.action_mark_all()
        self.show()

    def _keep(self, search: str, error: ClientError) -> None:
        if search == self.search:
            self.problem = error.message
            self.show()

    @on(ContactList.Window)
    def _want(self, window: ContactList.Window) -> None:
        self.pages.want(window.first, window.last)

    async def _page_of(self, store: Pages[Contact], page: int) -> tuple[Contact, ...]:
        answer = await self.session.client.list_contacts(
            self.found or "", offset=store.offset_of(page), limit=store.page_rows
        )
        store.total = answer.total
        return answer.items

    def _loaded(self) -> None:
        self.list.rows_loaded()
        self.show()

    @on(ConnectionChanged)
    def _connection(self, changed: ConnectionChanged) -> None:
        if changed.connection.link is Link.LIVE and self.problem:
            self.read()

    @on(PeopleEnrolled)
    def _enrolled(self, enrolled: PeopleEnrolled) -> None:
        """The selected contacts are enrolled: clear the selection."""
        if enrolled.whole:
            self.picks.clear()
            self.marked()

    def awaits(self, action: Action) -> bool:
        """Whether an action needs contacts that are still loading."""
        if {"people", "picker"}.isdisjoint(action.where) or self.problem:
            return False
        if self.found != self.search:
            return True
        return is_waited_for(action, self.pages.store, self.list.cursor_row)

    # Showing.

    def show(self) -> None:
        """Draw everything except the rows, which the list draws."""
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
        """How many are found and selected, and errors."""
        store = self.list.store
        parts = [] if self.found is None else [f"{store.total:,} found"]
        hidden = self.picks.hidden(list(store.ids), store.total)
        parts += [f"{self.picks.words} selected" + (f" ({hidden:,} not shown)" if hidden else "")]
        if self._under_way:
            parts += [self._under_way]
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

    def clear_query(self) -> bool:
        """Show everyone again."""
        if not self.search:
            return False
        self.query_one("#search", Input).value = ""
        return True

    def close_panel(self) -> bool:
        """Cancel a range before anything else."""
        return self.marker.end_range() or super().close_panel()

    def action_refresh(self) -> None:
        """Reload them."""
        super().action_refresh()
        self.read()

    # Choosing.

    def may_mark(self, rows: int = 1) -> bool:
        """Whether this many can be selected one by one; if not, it shows a message."""
        if self.picks.search is not None:
            self.session.tell(f"{self.picks.words} are selected. Press - to clear that first.")
        elif rows > AT_ONCE:
            self.session.tell(
                f"A range can have up to {AT_ONCE:,} contacts. For more, search and press *.",
                wrong=True,
            )
        else:
            return True
        return False

    def marked(self) -> None:
        """Draw the selection."""
        self.list.rows_loaded()
        self.show()

    def say(self, under_way: str) -> None:
        """Show progress in the summary."""
        self._under_way = under_way
        self.show()

    def action_mark(self) -> None:
        """Toggle the contact under the cursor, and go to the next."""
        self.marker.toggle()

    @on(ContactList.MarkAsked)
    def _clicked(self, asked: ContactList.MarkAsked) -> None:
        self.marker.toggle_rank(asked.rank)

    def action_mark_range(self) -> None:
        """Start a range at the cursor, or select up to there."""
        self.marker.mark_range()

    def read_range(self, first: int, last: int, take: Callable[[Collection[int]], None]) -> None:
        """Read the ids of a range that is not loaded completely."""

        def read(ids: Collection[int]) -> None:
            self.say("")
            take(ids)

        def failed(error: ClientError) -> None:
            self.say("")
            self.session.tell(f"The range was not selected. {error.message}", wrong=True)

        self.say("selecting the range…")
        work = partial(contact_ids, self.session.client, self.found or "", first, last)
        self.fetch(work, read, failed, group="range", exclusive=True)

    def action_mark_all(self) -> None:
        """Select all matches, however many, instead of single contacts."""
        self._all_when_found = self.found != self.search
        if self.found is not None and not self._all_when_found and self.list.store.total:
            self.picks.choose_all(self.found, self.list.store.total)
            self.marked()

    def action_mark_none(self) -> None:
        """Clear the selection; a selection from before "all matches" comes back first."""
        self.workers.cancel_group(self, "range")
        self._under_way = ""
        self.picks.choose_none()
        self.marked()

    def action_marks_back(self) -> None:
        """Restore the selection."""
        self.marker.give_back()

    def action_add_somebody(self) -> None:
        """Create a contact from a phone number, and select it."""
        if self.may_change() and self.may_mark():
            self.start(self._add_contact, "add")

    async def _add_contact(self) -> None:
        typed = self.search if any(char.isdigit() for char in self.search) else ""
        added = await self.ask(NewContactScreen(self.session.client, typed))
        if added is None:
            return
        self.picks.marks.mark((added.id,))
        is_new = "was added" if added.new else "was already a contact"
        self.session.tell(f"{pretty(added.phone)} {is_new} and is selected.")
        self.marked()
        self.read()

    # Going on.

    @on(ContactList.GoOn)
    def _go_on(self) -> None:
        """Continue to the dry run with the selection, or with the contact under the cursor."""
        contact = self.list.cursor_contact
        if self.picks.count:
            who, described = self.picks.enrollees(), clean(self.picks.words, _NAME_CELLS)
        elif contact is not None:
            who = Enrollees(contact_ids=(contact.id,))
            name = full_name(contact.first_name, contact.last_name)
            described = f"{clean(name, _NAME_CELLS)} {pretty(contact.phone)}"
        else:
            return
        self.app.push_screen(
            EnrollPage(self.session, self.sequence_id, self.called, who, described, self.home)
        )

    def action_select_cursor(self) -> None:
        """Continue, wherever the focus is."""
        self._go_on()
