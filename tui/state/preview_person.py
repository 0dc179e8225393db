"""For whom texts are shown before they go: a contact, or somebody made up. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from common.model.contacts import Contact
from common.model.sequences import PreviewRequest

FIELDS: Final = {"first_name": "Lena", "last_name": "Abadi", "phone": "+12065550177"}
"""Whom the made-up person is: every field that each contact has."""


class PreviewPerson(NamedTuple):
    """Whose fields are filled in; without a contact, those of somebody made up.

    `fields` are the names of the custom fields that are known by it.
    """

    name: str
    contact_id: int | None = None
    fields: tuple[str, ...] = ()

    def request(self, bodies: Sequence[str]) -> PreviewRequest:
        """What the server is asked."""
        made_up = FIELDS if self.contact_id is None else {}
        return PreviewRequest(self.contact_id, made_up, tuple(bodies))


MADE_UP: Final = PreviewPerson("a made-up Lena Abadi")


def person_of(contact: Contact) -> PreviewPerson:
    """A contact as a sample."""
    name = f"{contact.first_name} {contact.last_name}".strip() or contact.phone
    return PreviewPerson(name, contact.id, tuple(sorted(contact.fields)))
