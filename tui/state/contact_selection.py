"""Who is chosen to be enrolled: people by their marks, or all that a search finds."""

from __future__ import annotations

from dataclasses import dataclass, field

from common.model.contacts import Contact
from common.model.enrolling import Enrollees
from common.names import search_key
from common.searching import fits
from tui.state.selection import Selection
from tui.wording import counted


@dataclass
class ContactSelection:
    """Marks by contact id, or instead of them a `search` with how many it `found`.

    They outlive the page in which they are made.
    """

    marks: Selection = field(default_factory=Selection)
    search: str | None = None
    found: int = 0

    @property
    def count(self) -> int:
        """How many are chosen."""
        return self.marks.count if self.search is None else self.found

    @property
    def words(self) -> str:
        """Who is chosen, for people; the search is theirs, as it was typed."""
        if self.search is None:
            return counted(self.marks.count, "contact")
        if not self.search:
            return f"all {counted(self.found, 'contact')}"
        return f"all {self.found:,} that “{self.search}” finds"

    def has(self, contact: Contact) -> bool:
        """Tell whether somebody is chosen."""
        if self.search is None:
            return self.marks.contains(contact.id)
        return finds(self.search, contact)

    def choose_all(self, search: str, found: int) -> None:
        """Choose all that a search finds; marks are put aside until `choose_none`."""
        self.search, self.found = search.strip() or search, found

    def choose_none(self) -> None:
        """Leave the search, if one is chosen, for the marks there were; else take these away."""
        if self.search is None:
            self.marks.mark_none()
        self.search, self.found = None, 0

    def clear(self) -> None:
        """Choose nobody, by marks or by a search."""
        self.search, self.found = None, 0
        self.marks.mark_none()

    def hidden(self, shown: list[int], total: int) -> int | None:
        """How many marked people a list does not show; None if it is not known whole."""
        if self.search is not None or len(shown) < total:
            return None
        return self.marks.count_shown(shown).hidden

    def enrollees(self) -> Enrollees:
        """Them, as the API asks; somebody must be chosen."""
        if self.search is None:
            return Enrollees(contact_ids=tuple(self.marks))
        return Enrollees(q=self.search) if self.search else Enrollees(everybody=True)


def finds(search: str, contact: Contact) -> bool:
    """Tell whether the server's search for contacts finds somebody."""
    return fits(search, search_key(contact.first_name, contact.last_name), contact.phone)
