"""Messages of the session to every open page, and requests to open a page."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from common.model.enrolling import Enrollees
from tui.client.people_file import PeopleFile
from tui.state.changes import Batch
from tui.state.connection import Connection

# To every open page.


@dataclass
class ConnectionChanged(Message, bubble=False):
    """The connection changed."""

    connection: Connection


@dataclass
class RowsChanged(Message, bubble=False):
    """Enrollments changed, or new ones were added."""

    batch: Batch


@dataclass
class CountsChanged(Message, bubble=False):
    """The data or counts of these sequences changed."""

    sequence_ids: frozenset[int]


@dataclass
class SequencesChanged(Message, bubble=False):
    """The state, name, settings or steps of these sequences changed."""

    sequence_ids: frozenset[int]


class Resynced(Message, bubble=False):
    """The event stream starts here; reload everything that is shown."""


@dataclass
class PeopleEnrolled(Message, bubble=False):
    """This operator enrolled contacts in this sequence; `whole` if all selected ones."""

    sequence_id: int
    whole: bool


@dataclass
class ReplyChanged(Message, bubble=False):
    """The state of a reply to a contact changed."""

    contact_id: int


@dataclass
class Outdated(Message, bubble=False):
    """A draft cannot be saved, because someone else saved the sequence."""

    sequence_id: int


# To the application.


@dataclass
class OpenSequence(Message):
    """Show a sequence named `called`, on the given tab."""

    sequence_id: int
    called: str = ""
    tab: str = "Contacts"


@dataclass
class OpenPicker(Message):
    """Open the page to select contacts for a sequence."""

    sequence_id: int
    called: str


@dataclass
class OpenEnroll(Message):
    """Show the dry run of enrolling `who`; `described` names them in words."""

    sequence_id: int
    called: str
    who: Enrollees
    described: str


@dataclass
class OpenImport(Message):
    """Show the dry run of importing a file, then of enrolling its contacts."""

    sequence_id: int
    called: str
    file: PeopleFile
