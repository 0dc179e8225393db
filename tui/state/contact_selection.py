"""The contacts selected to enroll: one by one, or everyone matching a search."""

from __future__ import annotations

from dataclasses import dataclass, field

from common.model.contacts import Contact
from common.model.enrolling import Enrollees
from common.names import search_key
from common.searching import fits
from tui.state.selection import Selection
from tui.state.wording import counted


@dataclass
class ContactSelection:
    """Selected contact ids, or instead of them a `search` and how many it `found`.

    It outlives the page.
    """

    marks: Selection = field(default_factory=Selection)
    search: str | None = None
    found: int = 0

    @property
    def count(self) -> int:
        """How many are selected."""
        return self.marks.count if self.search is None else self.found

    @property
    def words(self) -> str:
        """Who is selected, for people. Clean it before it is shown: the search is as typed."""
        if self.search is None:
            return counted(self.marks.count, "contact")
        if not self.search:
            return f"all {counted(self.found, 'contact')}"
        return f"all {self.found:,} matching “{self.search}”"

    def has(self, contact: Contact) -> bool:
        """Whether a contact is selected."""
        if self.search is None:
            return self.marks.contains(contact.id)
        return finds(self.search, contact)

    def choose_all(self, search: str, found: int) -> None:
        """Select everyone matching a search; ids selected before come back with `choose_none`."""
        self.search, self.found = search.strip() or search, found

    def choose_none(self) -> None:
        """Drop the selected search and return to the ids; without a search, clear the ids."""
        if self.search is None:
            self.marks.mark_none()
        self.search, self.found = None, 0

    def clear(self) -> None:
        """Select nobody."""
        self.search, self.found = None, 0
        self.marks.mark_none()

    def hidden(self, shown: list[int], total: int) -> int | None:
        """How many selected contacts a list does not show; None if the list is incomplete."""
        if self.search is not None or len(shown) < total:
            return None
        return self.marks.count_shown(shown).hidden

    def enrollees(self) -> Enrollees:
        """The selection as the API takes it. At least one contact must be selected."""
        if self.search is None:
            return Enrollees(contact_ids=tuple(self.marks))
        return Enrollees(q=self.search) if self.search else Enrollees(everybody=True)


def finds(search: str, contact: Contact) -> bool:
    """Whether the server's contact search would find a contact."""
    return fits(search, search_key(contact.first_name, contact.last_name), contact.phone)
