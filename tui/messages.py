"""What workers and widgets tell each other. Workers post these and touch no widget.

The application posts to every open page: ConnectionChanged, RowsChanged, CountsChanged,
SequencesChanged, Resynced. A page posts upwards: OpenSequence, Failed; and to every open page:
PeopleEnrolled.
"""

from __future__ import annotations

from textual.message import Message

from common.model.operators import Me
from tui.state.changes import Batch
from tui.state.connection import Connection


class Welcomed(Message):
    """The server answered: who we are there, and what its clock says."""

    def __init__(self, me: Me) -> None:
        self.me = me
        super().__init__()


class Told(Message):
    """The stream told what changed, gathered."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        super().__init__()


class Lost(Message):
    """The connection was lost, or the server refused; `why` is for people, `wait` real seconds."""

    def __init__(self, why: str, wait: float) -> None:
        self.why = why
        self.wait = wait
        super().__init__()


class Retrying(Message):
    """The next attempt to connect begins."""


class ConnectionChanged(Message, bubble=False):
    """To every open page: the connection stands otherwise."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        super().__init__()


class RowsChanged(Message, bubble=False):
    """To every open page: enrollments are to be read again, or somebody new was enrolled."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        super().__init__()


class CountsChanged(Message, bubble=False):
    """To every open page: the words or counts of these sequences changed."""

    def __init__(self, sequence_ids: frozenset[int]) -> None:
        self.sequence_ids = sequence_ids
        super().__init__()


class SequencesChanged(Message, bubble=False):
    """To every open page: these sequences themselves are others: state, name, settings, steps."""

    def __init__(self, sequence_ids: frozenset[int]) -> None:
        self.sequence_ids = sequence_ids
        super().__init__()


class Resynced(Message, bubble=False):
    """To every open page: the stream begins here; read again all that is shown."""


class PeopleEnrolled(Message, bubble=False):
    """To every open page: we have enrolled people in this sequence; `whole`: all that we chose."""

    def __init__(self, sequence_id: int, *, whole: bool) -> None:
        self.sequence_id, self.whole = sequence_id, whole
        super().__init__()


class OpenSequence(Message):
    """To the application: show a sequence, which is `called` so, and of it the named tab."""

    def __init__(self, sequence_id: int, called: str = "", tab: str = "Contacts") -> None:
        self.sequence_id = sequence_id
        self.called = called
        self.tab = tab
        super().__init__()


class Failed(Message):
    """To the application: something that was asked for did not work; `problem` is for people.

    `problem` may hold words from outside; it is cleaned where it is shown.
    """

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()
