"""Asks for the phone number of somebody new, who becomes a contact."""

from __future__ import annotations

from typing import Final, NamedTuple

from textual import on
from textual.message import Message

from common.client import ApiProblem, ClientError
from common.model.contacts import NewContact
from common.terminal import clean
from tui.client.source import Source
from tui.widgets.line_screen import LineScreen

MOST: Final = 64
_ABOUT: Final = "Enter a phone number. The contact is created and selected. Nothing is sent."


class AddedContact(NamedTuple):
    """A contact by id and number, and whether it is new."""

    id: int
    phone: str
    new: bool


class ContactAdded(Message):
    """A contact with the number that was typed; or why there is none."""

    def __init__(self, somebody: AddedContact | None, problem: str = "") -> None:
        self.somebody, self.problem = somebody, problem
        super().__init__()


class NewContactScreen(LineScreen[AddedContact]):
    """Answers with a contact; who is one already is taken as such."""

    def __init__(self, source: Source, phone: str = "") -> None:
        super().__init__("New contact", _ABOUT, clean(phone), most=MOST)
        self._source = source

    def take(self, value: str) -> None:
        """Make the contact, once."""
        if value.strip():
            work = self._make(value.strip())
            self.run_worker(work, group="making", exclusive=True, exit_on_error=False)

    async def _make(self, phone: str) -> None:
        try:
            made = await self._source.add_contact(NewContact(phone))
        except ApiProblem as problem:
            known = problem.more.get("contact_id")
            if problem.code == "contact_exists" and isinstance(known, int):
                self.post_message(ContactAdded(AddedContact(known, phone, new=False)))
            else:
                self.post_message(ContactAdded(None, problem.message))
        except ClientError as error:
            self.post_message(ContactAdded(None, error.message))
        else:
            self.post_message(ContactAdded(AddedContact(made.id, made.phone, new=True)))

    @on(ContactAdded)
    def _came(self, came: ContactAdded) -> None:
        if came.somebody is not None:
            self.dismiss(came.somebody)
        else:
            self.tell(*came.problem.splitlines())
