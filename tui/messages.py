"""What the session tells every open page, and which page the application is asked to open."""

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
    """The connection stands otherwise."""

    connection: Connection


@dataclass
class RowsChanged(Message, bubble=False):
    """Enrollments are to be read again, or somebody new was enrolled."""

    batch: Batch


@dataclass
class CountsChanged(Message, bubble=False):
    """The words or counts of these sequences changed."""

    sequence_ids: frozenset[int]


@dataclass
class SequencesChanged(Message, bubble=False):
    """These sequences themselves are others: state, name, settings, steps."""

    sequence_ids: frozenset[int]


class Resynced(Message, bubble=False):
    """The stream begins here; read again all that is shown."""


@dataclass
class PeopleEnrolled(Message, bubble=False):
    """We have enrolled people in this sequence; `whole`: all that we chose."""

    sequence_id: int
    whole: bool


@dataclass
class ReplyChanged(Message, bubble=False):
    """How a reply to a contact stands."""

    contact_id: int


@dataclass
class Outdated(Message, bubble=False):
    """A draft cannot be saved, as somebody else saved the sequence."""

    sequence_id: int


# To the application.


@dataclass
class OpenSequence(Message):
    """Show a sequence, which is `called` so, and of it the named tab."""

    sequence_id: int
    called: str = ""
    tab: str = "Contacts"


@dataclass
class OpenPicker(Message):
    """Let people be chosen who are to be enrolled in a sequence."""

    sequence_id: int
    called: str


@dataclass
class OpenEnroll(Message):
    """Show what enrolling `who` comes to; `whom` says in words who they are."""

    sequence_id: int
    called: str
    who: Enrollees
    whom: str


@dataclass
class OpenImport(Message):
    """Show what importing a file comes to, then enrolling its people."""

    sequence_id: int
    called: str
    file: PeopleFile
