"""What the workers of enrolling tell their pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.message import Message

from common.model.contacts import Contact, ContactPage, ImportOutcome
from common.model.enrolling import EnrollResult
from common.model.groups import Group
from common.vocabulary import SequenceState
from tui.client.people_file import PeopleFile
from tui.state.enrolling import Into
from tui.state.pages import Pages


class GroupsOffered(Message):
    """The groups of which one is to be enrolled."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = tuple(groups)
        super().__init__()


class Found(Message):
    """The first of the people that a search finds."""

    def __init__(self, search: str, page: ContactPage) -> None:
        self.search, self.page = search, page
        super().__init__()


class NotFound(Message):
    """A search was not answered; `problem` is for people."""

    def __init__(self, search: str, problem: str) -> None:
        self.search, self.problem = search, problem
        super().__init__()


class MoreCame(Message):
    """A page of people, or None if it could not be read."""

    def __init__(self, store: Pages[Contact], page: int, answer: ContactPage | None) -> None:
        self.store, self.page, self.answer = store, page, answer
        super().__init__()


class RangeCame(Message):
    """The ids of a range of people, read for one that reached from the first id to the last."""

    def __init__(self, ids: Sequence[int], first_id: int, last_id: int) -> None:
        self.ids, self.first_id, self.last_id = tuple(ids), first_id, last_id
        super().__init__()


class RangeLost(Message):
    """A range could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class Sent(Message):
    """So many bytes of a file have gone by."""

    def __init__(self, done: int) -> None:
        self.done = done
        super().__init__()


class Report(NamedTuple):
    """What importing a file into a group would come to. `groups` are all that there are."""

    file: PeopleFile
    groups: tuple[Group, ...]
    into: Into
    overwrite: bool
    outcome: ImportOutcome


class Reported(Message):
    """What importing a file would do."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__()


class NotReported(Message):
    """A file could not be read, or was refused; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class Imported(Message):
    """What importing came to, and the group they are in."""

    def __init__(self, told: tuple[Into, ImportOutcome]) -> None:
        self.into, self.outcome = told
        super().__init__()


class NotImported(Message):
    """A file was not imported, or nobody knows; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class DryRunCame(Message):
    """What enrolling would come to, in a sequence that stands so."""

    def __init__(self, told: tuple[SequenceState, EnrollResult]) -> None:
        self.state, self.result = told
        super().__init__()


class DryRunFailed(Message):
    """That could not be told; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class EnrollingGoesOn(Message):
    """What enrolling has come to so far."""

    def __init__(self, result: EnrollResult) -> None:
        self.result = result
        super().__init__()


class EnrollingEnded(Message):
    """What enrolling came to."""

    def __init__(self, result: EnrollResult) -> None:
        self.result = result
        super().__init__()


class EnrollingBroke(Message):
    """Enrolling ended before its end; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()
