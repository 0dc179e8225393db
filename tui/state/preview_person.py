"""The person a preview is for: a contact, or a made-up sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from common.model.contacts import Contact
from common.model.sequences import PreviewRequest
from common.phones import pretty
from tui.state.formatting import NOTHING, full_name

FIELDS: Final = {"first_name": "Lena", "last_name": "Abadi", "phone": "+12065550177"}
"""The sample's fields: those that every contact has."""


class PreviewPerson(NamedTuple):
    """Whose fields are filled in; without a contact id, the sample's.

    `fields` are the names of the contact's custom fields.
    """

    name: str
    contact_id: int | None = None
    fields: tuple[str, ...] = ()

    def request(self, bodies: Sequence[str]) -> PreviewRequest:
        """The request for the server."""
        made_up = FIELDS if self.contact_id is None else {}
        return PreviewRequest(self.contact_id, made_up, tuple(bodies))


MADE_UP: Final = PreviewPerson("Abadi, Lena (sample)")


def person_of(contact: Contact) -> PreviewPerson:
    """A contact to preview for."""
    name = full_name(contact.first_name, contact.last_name)
    return PreviewPerson(
        pretty(contact.phone) if name == NOTHING else name,
        contact.id,
        tuple(sorted(contact.fields)),
    )
