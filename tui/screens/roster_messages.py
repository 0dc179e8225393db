"""What the workers of a sequence's rows tell its page."""

from __future__ import annotations

from collections.abc import Iterable

from textual.message import Message

from common.model.listing import EnrollmentPage, ListedEnrollment
from common.model.sequences import Sequence
from tui.state.pages import PageStore
from tui.state.question import Question


class SequenceRead(Message):
    """The sequence itself as it is now."""

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        super().__init__()


class SequenceNotRead(Message):
    """It could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class Answered(Message):
    """The first page of a question's answer."""

    def __init__(self, serial: int, question: Question, page: EnrollmentPage, keep: bool) -> None:
        self.serial, self.question, self.page, self.keep = serial, question, page, keep
        super().__init__()


class NotAnswered(Message):
    """A question could not be answered; `problem` is for people."""

    def __init__(self, serial: int, problem: str) -> None:
        self.serial, self.problem = serial, problem
        super().__init__()


class PageCame(Message):
    """A page of a store's order, or None if it could not be read; `expired`: the order is gone."""

    def __init__(
        self,
        store: PageStore,
        page: int,
        rows: tuple[ListedEnrollment, ...] | None,
        expired: bool = False,
    ) -> None:
        self.store, self.page, self.rows, self.expired = store, page, rows, expired
        super().__init__()


class RowsRead(Message):
    """Rows as they are now, and enrollments that are gone; `expired`: the order is."""

    def __init__(
        self, rows: Iterable[ListedEnrollment], gone: Iterable[int] = (), expired: bool = False
    ) -> None:
        self.rows, self.gone, self.expired = tuple(rows), tuple(gone), expired
        super().__init__()


class Counted(Message):
    """The numbers of a question as they are now, or None if they could not be read."""

    def __init__(self, question: Question, page: EnrollmentPage | None) -> None:
        self.question, self.page = question, page
        super().__init__()
