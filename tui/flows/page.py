"""What flows need from pages. The pages are in `tui.screens`."""

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
    """A page that can open dialogs."""

    session: Session

    def may_change(self) -> bool:
        """Whether the operator's role allows changes; if not, it shows a message."""

    async def ask(self, screen: Screen[T], what: str = "") -> T | None:
        """Open a screen over the page and wait for its answer.

        With `what`, its name, it is cancelled with a message if another screen is open; then the
        answer is None.
        """

    async def read_to_ask(self, work: Callable[[], Awaitable[T]]) -> T:
        """Load what is asked about next; keys typed meanwhile go to the screen opened then."""

    def ask_nothing(self) -> None:
        """Nothing is asked: drop the waiting keys."""

    def post_message(self, message: Message) -> bool:
        """Post a message to the application."""


class EnrollmentsPage(FlowPage, Protocol):
    """A page with actions on enrollments."""

    called: str

    def targets(self) -> tuple[int, Selection] | None:
        """How many contacts an action is for, and which; None, with a message, if nobody."""

    def close_outcome(self) -> bool:
        """Close the outcome of the previous action."""


class SequencePage(FlowPage, Protocol):
    """A page with actions on sequences."""

    @property
    def subject(self) -> Subject | None:
        """The sequence of an action."""


class OneSequencePage(FlowPage, Protocol):
    """A page over one sequence."""

    sequence_id: int
    called: str
    last_path: str
    """The last imported file."""


class DraftPage(FlowPage, Protocol):
    """A page over the draft of a sequence."""

    sequence_id: int

    @property
    def on_top(self) -> bool:
        """Whether nothing is open over the page."""

    @property
    def draft(self) -> Draft | None:
        """The text to classify."""

    def written(self) -> Draft | None:
        """The draft, to change it; None, with a message, if that is not possible now."""

    def show(self) -> None:
        """Draw the draft."""

    def take(self, sequence: Sequence) -> None:
        """Take the server's version into the draft."""

    def offer_saved(self) -> None:
        """Load the version that someone else saved and offer it, once the page is on top."""


class ConversationPage(FlowPage, Protocol):
    """A page with a contact's conversation."""

    @property
    def phone(self) -> str:
        """The contact's phone number."""

    @property
    def unread(self) -> InboundText | None:
        """The text that can be classified."""

    def read(self) -> None:
        """Reload the conversation."""
