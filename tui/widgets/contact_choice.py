"""A dialog to choose one contact, searched on the server while typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import on
from textual.widgets import Input

from common.client import Client
from common.model.contacts import Contact
from common.phones import pretty
from tui.state.choice import Choice
from tui.state.formatting import full_name
from tui.state.preview_person import MADE_UP, PreviewPerson, person_of
from tui.widgets.choice import ENTRY_KEYS, ChoiceScreen
from tui.widgets.fetching import fetch

DEBOUNCE: Final = 0.15
"""Real seconds after the last key before the server is asked."""
AT_ONCE: Final = 50


class ContactChoice(ChoiceScreen):
    """Asks which contact to preview for; the sample is the last entry."""

    def __init__(self, source: Client) -> None:
        super().__init__("Preview as which contact?", (), typed=True)
        self._source = source
        self._samples = {_MADE_UP.value: MADE_UP}
        self._asked = ""
        self._answered: str | None = None
        """The words whose contacts are shown; None before the first answer."""
        self._lost = False

    def on_mount(self) -> None:
        """Show the first contacts."""
        self._search("", wait=0.0)

    @on(Input.Changed)
    def _typed_more(self, changed: Input.Changed) -> None:
        self._search(changed.value, DEBOUNCE)

    def _search(self, words: str, wait: float) -> None:
        self._asked, self._lost = words, False
        fetch(
            self,
            lambda: self._source.list_contacts(words, limit=AT_ONCE),
            lambda page: self._found(words, page.items),
            lambda error: self._found(words, (), error.message),
            group="contacts",
            exclusive=True,
            wait=wait,
        )

    def _found(self, words: str, contacts: Sequence[Contact], problem: str = "") -> None:
        self._samples |= {str(one.id): person_of(one) for one in contacts}
        self.offer((*map(_choice, contacts), _MADE_UP))
        self._answered, self._lost = words, bool(problem)
        if problem:
            self.tell(f"Could not load contacts: {problem}")

    def is_reading_for(self, key: str) -> bool:
        """Whether a key acts on entries that have not arrived yet."""
        return key in ENTRY_KEYS and self._answered != self._asked

    def has_failed_to_read(self) -> bool:
        """Whether the contacts could not be loaded."""
        return self._lost

    def _show(self, words: str) -> None:
        """Show what the server found; it is filtered already."""
        del words
        super()._show("")

    def sample(self, value: str) -> PreviewPerson:
        """The person of an entry."""
        return self._samples[value]


_MADE_UP: Final = Choice("0", MADE_UP.name)


def _choice(one: Contact) -> Choice:
    name = full_name(one.first_name, one.last_name)
    return Choice(str(one.id), f"{name} {pretty(one.phone)}")
