"""A choice of one contact, searched at the server by what is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import on
from textual.widgets import Input

from common.model.contacts import Contact
from common.phones import pretty
from tui.client.source import Source
from tui.state.choice import Choice
from tui.state.sample import MADE_UP, Sample, sample_of
from tui.widgets.choice import ENTRY_KEYS, ChoiceScreen
from tui.widgets.fetching import fetch

DEBOUNCE: Final = 0.15
"""Real seconds without a key after which the server is asked."""
AT_ONCE: Final = 50


class ContactChoice(ChoiceScreen):
    """Asks for whom texts are to be shown; the made-up person is the last entry."""

    def __init__(self, source: Source) -> None:
        super().__init__("Show it for whom?", (), typed=True)
        self._source = source
        self._samples = {_MADE_UP.value: MADE_UP}
        self._asked = ""
        self._answered: str | None = None
        """The words whose contacts are listed; None before the first answer."""
        self._lost = False

    def on_mount(self) -> None:
        """Begin with the first contacts."""
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
        self._samples |= {str(one.id): sample_of(one) for one in contacts}
        self.offer((*map(_choice, contacts), _MADE_UP))
        self._answered, self._lost = words, bool(problem)
        if problem:
            self.tell(f"The contacts are not here: {problem}")

    def is_reading_for(self, key: str) -> bool:
        """Whether a key is for the entries, and those of what is typed are not here yet."""
        return key in ENTRY_KEYS and self._answered != self._asked

    def has_failed_to_read(self) -> bool:
        """Whether they could not be read."""
        return self._lost

    def _show(self, words: str) -> None:
        """What is listed is what the server found for the words; more need not be narrowed."""
        del words
        super()._show("")

    def sample(self, value: str) -> Sample:
        """The sample that an entry stands for."""
        return self._samples[value]


_MADE_UP: Final = Choice("0", MADE_UP.name)


def _choice(one: Contact) -> Choice:
    name = f"{one.last_name}, {one.first_name}".strip(", ")
    return Choice(str(one.id), f"{name} {pretty(one.phone)}".strip())
