"""What a flow needs of the page that it asks on. The pages themselves are in `tui.screens`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from textual.message import Message
from textual.screen import Screen

from common.model.operations import Selection
from common.model.sequences import Sequence
from tui.session import Session
from tui.state.draft import Draft
from tui.state.inbound_text import InboundText
from tui.state.sequence_actions import Subject

T = TypeVar("T")


class FlowPage(Protocol):
    """A page that can ask."""

    session: Session

    def may_change(self) -> bool:
        """Whether our role lets us change anything; if not, it is said why."""

    async def ask(self, screen: Screen[T], what: str = "") -> T | None:
        """Open a screen over the page and wait for its answer.

        With `what`, which names it, it is not opened over what is open by now: that is said, and
        the answer is None.
        """

    async def read_to_ask(self, work: Callable[[], Awaitable[T]]) -> T:
        """Read what is asked about next; keys typed meanwhile go to what is opened then."""

    def ask_nothing(self) -> None:
        """Nothing is asked after all: drop the keys that wait for it."""

    def post_message(self, message: Message) -> bool:
        """Tell the application."""


class EnrollmentsPage(FlowPage, Protocol):
    """A page from which enrollments are acted upon."""

    called: str

    def targets(self) -> tuple[int, Selection] | None:
        """How many an action is for, and who; None if nobody, which is then said."""

    def close_outcome(self) -> bool:
        """Close what became of the action before."""


class SequencePage(FlowPage, Protocol):
    """A page over sequences."""

    @property
    def subject(self) -> Subject | None:
        """The sequence that an action is for."""


class OneSequencePage(FlowPage, Protocol):
    """A page over one sequence."""

    sequence_id: int
    called: str
    last_path: str
    """The file whose people were enrolled last."""


class DraftPage(FlowPage, Protocol):
    """A page over what is written of a sequence."""

    sequence_id: int

    @property
    def on_top(self) -> bool:
        """Whether nothing is open over the page."""

    @property
    def draft(self) -> Draft | None:
        """The text."""

    def written(self) -> Draft | None:
        """The draft, to be changed; None, and said why, if it cannot be just now."""

    def show(self) -> None:
        """Draw the draft."""

    def take(self, sequence: Sequence) -> None:
        """Take what the server has into the draft."""

    def offer_saved(self) -> None:
        """Read what somebody else saved and offer it, as soon as the page is on top."""


class ConversationPage(FlowPage, Protocol):
    """A page over the conversation with a contact."""

    @property
    def phone(self) -> str:
        """The contact's number."""

    @property
    def unread(self) -> InboundText | None:
        """The text that can be classified."""

    def read(self) -> None:
        """Read the conversation again."""
