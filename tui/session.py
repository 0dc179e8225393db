"""What is known and under way between this screen and its server, whatever page is shown.

Pages and flows are given the session. What it does goes on when a page is left; how that stands is
told to every open page.
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

from common.client import ClientError
from common.model.operations import NewOperation, Operation
from common.model.operators import Me
from common.model.sequences import Sequence, SequenceDocument, SequenceReplaced
from common.terminal import clean
from common.vocabulary import ResumeMode
from tui.client.event_stream import Changed, Heard, Lost, Welcomed, follow
from tui.client.operations import Ended, follow_operation
from tui.client.source import Source
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
    """What is written of a new sequence, and the key under which this very document is made."""

    document: SequenceDocument
    key: str


class Host(Asker, Protocol):
    """The application, as far as the session needs it."""

    def tell(self, text: str, *, wrong: bool = False) -> None:
        """Say something in passing."""

    def broadcast(self, message: Message) -> None:
        """Post a copy of a message to every open page."""

    def show_progress(self, words: str) -> None:
        """Say on every open page how far something is."""

    def show_outcome(self, lines: list[str]) -> None:
        """Show on the page on top what became of an action."""

    def shows_contact(self, contact_id: int) -> bool:
        """Whether the page on top shows a contact's conversation."""

    def show_chrome(self) -> None:
        """Draw again what frames every open page."""


class Session:
    """One operator at one server. `keymap` gives actions other keys."""

    def __init__(self, client: Source, host: Host, keymap: Mapping[str, str] | None = None) -> None:
        self.client = client
        self.server = urlsplit(client.url).hostname or ""
        self.keymap: Mapping[str, str] = keymap or {}
        self.me: Me | None = None
        self.connection = Connection()
        self.clock: DomainClock | None = None
        self.resynced = False
        """Whether the stream of events was joined, so that what is read now is kept true."""
        self.page_counts: dict[int, int] = {}
        """How many things the pages of the sidebar hold, by digit."""
        self.new_sequence: NewSequenceForm | None = None
        """Ended by making it, by throwing it away, or by quitting."""
        self.drafts: dict[int, Draft] = {}
        """What is written of each sequence that was opened for it; only quitting drops it."""
        self.changing: set[int] = set()
        """The sequences whose state is being changed."""
        self.done_here: set[int] = set()
        """The operations that were begun on this screen."""
        self.marks: dict[int, SequenceMarks] = {}
        """The marks of each sequence's contacts; only quitting drops them."""
        self.picks: dict[int, ContactSelection] = {}
        """Who is chosen to be enrolled in each sequence, and is not yet."""
        self.replies: dict[int, MessageDraft] = {}
        """What is written to each contact; only sending and quitting drop it."""
        self._host = host
        self._retry = asyncio.Event()

    # What outlives its page.

    def marks_of(self, sequence_id: int) -> SequenceMarks:
        """The marks of a sequence's contacts."""
        return self.marks.setdefault(sequence_id, SequenceMarks(sequence_id))

    def picks_of(self, sequence_id: int) -> ContactSelection:
        """Who is chosen to be enrolled in a sequence."""
        return self.picks.setdefault(sequence_id, ContactSelection())

    def reply_to(self, contact_id: int, recipient: str) -> MessageDraft:
        """What is written to a contact."""
        return self.replies.setdefault(contact_id, MessageDraft(recipient=recipient))

    def has_unsaved_draft(self, sequence_id: int) -> bool:
        """Whether there are changes of a sequence here that the server does not know."""
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
        """Say something in passing; outside words in it are only shown."""
        self._host.tell(text, wrong=wrong)

    def broadcast(self, message: Message) -> None:
        """Tell every open page."""
        self._host.broadcast(message)

    # What the server says.

    async def follow(self) -> None:
        """Follow the server's events for ever."""
        await follow(self.client, partial(self._host.call_later, self._hear), self._retry)

    def retry_now(self) -> None:
        """Try a lost connection at once."""
        self._retry.set()

    def domain_now(self) -> datetime | None:
        """The server's present; None before it told it."""
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
        """Say how many things a page of the sidebar holds."""
        if self.page_counts.get(digit) != count:
            self.page_counts[digit] = count
            self._host.show_chrome()

    def reread(self, sequence_id: int) -> None:
        """Let every page read a sequence again."""
        self.broadcast(SequencesChanged(frozenset({sequence_id})))

    # A sequence as a whole.

    def change_sequence(
        self, action: SequenceAction, sequence: Sequence, mode: ResumeMode | None
    ) -> None:
        """Do what was asked and confirmed."""
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
        """Tell what came of it, and let pages read it."""
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
        """Save a draft over the version that it was written for."""
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
        """Do what was asked and confirmed; `outgoing` is the text that goes by it."""
        text = outgoing or MessageDraft()
        key = text.key_for(new.action, new.selection, new.body, new.override_reason)
        self._host.show_progress(f"{DOING[new.action]}…")

        def begun() -> None:
            text.taken(key, new.body or "", new.override_reason or "")

        self._follow(lambda: self.client.add_operation(new, key=key), begun)

    def undo(self, operation_id: int) -> None:
        """Undo an operation; it was asked and confirmed."""
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
        """Send the reply to a contact as it is written now; it was confirmed.

        The same text again has the same key, so that it goes once.
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
    client: Source, action: SequenceAction, sequence_id: int, mode: ResumeMode | None
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
