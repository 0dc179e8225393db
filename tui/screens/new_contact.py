"""Asks for a phone number, and creates a contact."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from common.client import ApiProblem, Client, ClientError
from common.model.contacts import NewContact
from common.terminal import clean
from tui.widgets.fetching import fetch
from tui.widgets.line_screen import LineScreen

MOST: Final = 64
_ABOUT: Final = "Enter a phone number. The contact is created and selected. Nothing is sent."


class AddedContact(NamedTuple):
    """A contact by id and number, and whether it is new."""

    id: int
    phone: str
    new: bool


class NewContactScreen(LineScreen[AddedContact]):
    """Answers with the contact; an existing one is used."""

    def __init__(self, source: Client, phone: str = "") -> None:
        super().__init__("New contact", _ABOUT, clean(phone), most=MOST)
        self._source = source

    def take(self, value: str) -> None:
        """Create the contact, once."""
        if phone := value.strip():
            work = partial(_add, self._source, phone)
            fetch(self, work, self._added, self._not_added, group="making", exclusive=True)

    def _added(self, contact: AddedContact) -> None:
        self.dismiss(contact)

    def _not_added(self, error: ClientError) -> None:
        self.tell(*error.message.splitlines())


async def _add(source: Client, phone: str) -> AddedContact:
    try:
        made = await source.add_contact(NewContact(phone))
    except ApiProblem as problem:
        known = problem.more.get("contact_id")
        if problem.code == "contact_exists" and isinstance(known, int):
            return AddedContact(known, phone, new=False)
        raise
    return AddedContact(made.id, made.phone, new=True)
