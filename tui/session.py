"""The state shared by all pages: connection, drafts, selections, and running actions.

Pages and flows get the session. Its actions continue when a page is left, and every open page is
notified about them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from textual.message import Message

from common.client import Client, ClientError
from common.model.operations import NewOperation, Operation
from common.model.operators import Me
from common.model.sequences import Sequence, SequenceDocument, SequenceReplaced
from common.terminal import clean
from common.vocabulary import ResumeMode
from tui.client.event_stream import Changed, Heard, Lost, Welcomed, follow
from tui.client.operations import Ended, follow_operation
from tui.messages import (
    ConnectionChanged,
    CountsChanged,
    Outdated,
    ReplyChanged,
    Resynced,
    RowsChanged,
    SequencesChanged,
)
from tui.state.connection import Connection, DomainClock
from tui.state.contact_selection import ContactSelection
from tui.state.draft import Draft
from tui.state.message_draft import MessageDraft
from tui.state.operation_words import (
    DOING,
    is_unknown,
    outcome_lines,
    progress_words,
    refusal_words,
)
from tui.state.saving import is_outdated, not_saved_words, saved_words
from tui.state.sequence_actions import LONG, SequenceAction, outcome, refusal, under_way
from tui.state.sequence_marks import SequenceMarks
from tui.widgets.fetching import Asker, fetch


class NewSequenceForm(NamedTuple):
    """The form of a new sequence, and the idempotency key for creating this document."""

    document: SequenceDocument
    key: str


class Host(Asker, Protocol):
    """What the session needs from the application."""

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Show a message for a moment."""

    def broadcast(self, message: Message) -> None:
        """Post a copy of a message to every open page."""

    def show_progress(self, words: str) -> None:
        """Show progress on every open page."""

    def show_outcome(self, lines: list[str]) -> None:
        """Show the outcome of an action on the top page."""

    def shows_contact(self, contact_id: int) -> bool:
        """Whether the top page shows a contact's conversation."""

    def show_chrome(self) -> None:
        """Redraw the frame of every open page."""


class Session:
    """One operator at one server. `keymap` changes the keys of actions."""

    def __init__(self, client: Client, host: Host, keymap: Mapping[str, str] | None = None) -> None:
        self.client = client
        self.server = urlsplit(client.url).hostname or ""
        self.keymap: Mapping[str, str] = keymap or {}
        self.me: Me | None = None
        self.connection = Connection()
        self.clock: DomainClock | None = None
        self.resynced = False
        """Whether the event stream is connected, so that loaded data is kept up to date."""
        self.page_counts: dict[int, int] = {}
        """The counts of the sidebar's pages, by digit."""
        self.new_sequence: NewSequenceForm | None = None
        """Kept until it is created, discarded, or the program quits."""
        self.drafts: dict[int, Draft] = {}
        """The draft of each sequence that was opened; kept until the program quits."""
        self.changing: set[int] = set()
        """The sequences whose state is changing."""
        self.done_here: set[int] = set()
        """The operations that were started on this screen."""
        self.marks: dict[int, SequenceMarks] = {}
        """The selected contacts of each sequence; kept until the program quits."""
        self.picks: dict[int, ContactSelection] = {}
        """The contacts selected to enroll in each sequence."""
        self.replies: dict[int, MessageDraft] = {}
        """The reply to each contact; kept until it is sent or the program quits."""
        self._host = host
        self._retry = asyncio.Event()

    # What outlives its page.

    def marks_of(self, sequence_id: int) -> SequenceMarks:
        """The selected contacts of a sequence."""
        return self.marks.setdefault(sequence_id, SequenceMarks(sequence_id))

    def picks_of(self, sequence_id: int) -> ContactSelection:
        """The contacts selected to enroll in a sequence."""
        return self.picks.setdefault(sequence_id, ContactSelection())

    def reply_to(self, contact_id: int, recipient: str) -> MessageDraft:
        """The reply to a contact."""
        return self.replies.setdefault(contact_id, MessageDraft(recipient=recipient))

    def has_unsaved_draft(self, sequence_id: int) -> bool:
        """Whether a sequence has unsaved changes."""
        draft = self.drafts.get(sequence_id)
        return draft is not None and draft.changed

    def unsaved_work(self) -> list[str]:
        """What would be lost by quitting, for people."""
        marks = self.marks.values()
        kept = []
        if marked := sum(one.marks.count for one in marks):
            kept += [f"{marked:,} selected"]
        kept += [f"a reply to {one.recipient}" for one in self.replies.values() if one.body]
        kept += ["an unsent message" for one in marks if one.outgoing.body]
        kept += [
            f"unsaved changes to {one.base.name}" for one in self.drafts.values() if one.changed
        ]
        if self.new_sequence is not None:
            kept.append("a new sequence that is not created yet")
        if self.changing:
            kept.append("the result of a change in progress")
        if picked := sum(one.count for one in self.picks.values()):
            kept += [f"{picked:,} selected to enroll"]
        return kept

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Show a message for a moment; text from outside is cleaned."""
        self._host.tell(text, wrong=wrong)

    def broadcast(self, message: Message) -> None:
        """Post a message to every open page."""
        self._host.broadcast(message)

    # What the server says.

    async def follow(self) -> None:
        """Follow the server's events."""
        await follow(self.client, partial(self._host.call_later, self._hear), self._retry)

    def retry_now(self) -> None:
        """Reconnect now if the connection is lost."""
        self._retry.set()

    def domain_now(self) -> datetime | None:
        """The server's time; None while it is unknown."""
        return None if self.clock is None else self.clock.now(time.monotonic())

    def _hear(self, heard: Heard) -> None:
        now = time.monotonic()
        match heard:
            case Welcomed(me):
                self.me = me
                self.clock = DomainClock(me.now, me.rate, now)
                self._stand(self.connection.joined(now))
                self._host.show_chrome()
            case Changed(batch):
                if batch.clock is not None:
                    self.clock = DomainClock(*batch.clock, now)
                self._stand(self.connection.joined(now))
                if batch.resync:
                    self.resynced = True
                    self.broadcast(Resynced())
                    return
                if batch.rows or batch.newcomers or batch.contacts:
                    self.broadcast(RowsChanged(batch))
                if batch.sequences:
                    self.broadcast(CountsChanged(batch.sequences))
                if batch.themselves:
                    self.broadcast(SequencesChanged(batch.themselves))
            case Lost(why, wait):
                self._stand(self.connection.lost(now, why, wait))
            case _:
                self._stand(self.connection.retrying())

    def _stand(self, connection: Connection) -> None:
        if connection != self.connection:
            self.connection = connection
            self.broadcast(ConnectionChanged(connection))

    def count_page(self, digit: int, count: int) -> None:
        """Set the count of a page in the sidebar."""
        if self.page_counts.get(digit) != count:
            self.page_counts[digit] = count
            self._host.show_chrome()

    def reread(self, sequence_id: int) -> None:
        """Make every page reload a sequence."""
        self.broadcast(SequencesChanged(frozenset({sequence_id})))

    # A sequence as a whole.

    def change_sequence(
        self, action: SequenceAction, sequence: Sequence, mode: ResumeMode | None
    ) -> None:
        """Run a confirmed action."""
        if sequence.id in self.changing:
            return
        self.changing.add(sequence.id)
        fetch(
            self._host,
            partial(_change, self.client, action, sequence.id, mode),
            partial(self.sequence_changed, action),
            partial(self._sequence_not_changed, action, sequence),
            group="sequences",
        )

        def still() -> None:
            if sequence.id in self.changing:
                self.tell(under_way(action, sequence))

        self._host.set_timer(LONG, still)

    def sequence_changed(self, action: SequenceAction, sequence: Sequence) -> None:
        """Show the outcome, and make pages reload the sequence."""
        self.changing.discard(sequence.id)
        self.tell(outcome(action, sequence))
        self.reread(sequence.id)

    def _sequence_not_changed(
        self, action: SequenceAction, sequence: Sequence, error: ClientError
    ) -> None:
        self.changing.discard(sequence.id)
        self.tell(refusal(action, sequence.name, error), wrong=True)
        self.reread(sequence.id)

    # Drafts.

    def save(self, draft: Draft) -> None:
        """Save a draft over its base version."""
        draft.saving = True
        base, document = draft.base, draft.document
        fetch(
            self._host,
            lambda: self.client.replace_sequence(base.id, document, base.version),
            self._saved,
            partial(self._not_saved, base),
            group="saving",
        )

    def _saved(self, replaced: SequenceReplaced) -> None:
        sequence = replaced.sequence
        self.drafts[sequence.id].saved(sequence)
        self.tell(saved_words(replaced))
        self.reread(sequence.id)

    def _not_saved(self, base: Sequence, error: ClientError) -> None:
        self.drafts[base.id].saving = False
        self.tell(not_saved_words(base, error), wrong=True)
        if is_outdated(error):
            self.broadcast(Outdated(base.id))
        else:
            self.reread(base.id)

    # Operations.

    def act(self, new: NewOperation, outgoing: MessageDraft | None = None) -> None:
        """Run a confirmed operation; `outgoing` is the message that it sends."""
        text = outgoing or MessageDraft()
        key = text.key_for(new.action, new.selection, new.body, new.override_reason)
        self._host.show_progress(f"{DOING[new.action]}…")

        def begun() -> None:
            text.taken(key, new.body or "", new.override_reason or "")

        self._follow(lambda: self.client.add_operation(new, key=key), begun)

    def undo(self, operation_id: int) -> None:
        """Undo an operation; this was confirmed."""
        self._follow(lambda: self.client.undo_operation(operation_id))

    def _follow(
        self, begin: Callable[[], Awaitable[Operation]], begun: Callable[[], object] = lambda: None
    ) -> None:
        later = self._host.call_later

        def taken(operation: Operation) -> None:
            self.done_here.add(operation.id)
            begun()

        fetch(
            self._host,
            lambda: follow_operation(
                self.client,
                begin(),
                partial(later, taken),
                lambda operation: later(self._host.show_progress, progress_words(operation)),
            ),
            self._operation_ended,
            self._operation_refused,
            group="operations",
        )

    def _operation_ended(self, ended: Ended) -> None:
        self._host.show_progress("")
        self._host.show_outcome(outcome_lines(ended.operation, ended.rows))

    def _operation_refused(self, error: ClientError) -> None:
        self._host.show_progress("")
        self.tell(refusal_words(error.message, unknown=is_unknown(error)), wrong=True)

    # Replies.

    def send_reply(self, contact_id: int) -> None:
        """Send the reply to a contact; this was confirmed.

        The same text has the same idempotency key, so it is sent once.
        """
        text = self.replies[contact_id]
        if text.sending:
            return
        text.sending, text.problem = True, ""
        body, reason = text.body, text.reason or None
        key = text.key_for(body, reason)
        self.broadcast(ReplyChanged(contact_id))
        fetch(
            self._host,
            lambda: self.client.send_message(contact_id, body, reason, key=key),
            lambda _: self._reply_sent(contact_id, key),
            partial(self._reply_not_sent, contact_id),
            group="replies",
        )

    def _reply_sent(self, contact_id: int, key: str) -> None:
        text = self.replies[contact_id]
        text.gone(key)
        if not self._host.shows_contact(contact_id):
            self.tell(f"Sent to {clean(text.recipient, 40)}.")
        self.broadcast(ReplyChanged(contact_id))

    def _reply_not_sent(self, contact_id: int, error: ClientError) -> None:
        problem = error.message
        if is_unknown(error):
            problem = f"It may have been sent. {problem} Sending it again won't send it twice."
        text = self.replies[contact_id]
        text.sending, text.problem = False, problem
        if not self._host.shows_contact(contact_id):
            self.tell(f"Your reply to {clean(text.recipient, 40)}: {problem}", wrong=True)
        self.broadcast(ReplyChanged(contact_id))


async def _change(
    client: Client, action: SequenceAction, sequence_id: int, mode: ResumeMode | None
) -> Sequence:
    match action:
        case SequenceAction.ACTIVATE:
            return await client.activate(sequence_id)
        case SequenceAction.PAUSE:
            return await client.pause(sequence_id)
        case SequenceAction.RESUME:
            assert mode is not None
            return await client.resume(sequence_id, mode)
        case _:
            assert action is SequenceAction.ARCHIVE
            return await client.archive(sequence_id)
