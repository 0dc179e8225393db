"""One contact: how the enrollment stands and why, the conversation, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from common.client import Client
from common.model.explanation import Explanation, Timeline, TimelineItem
from common.model.listing import ListedEnrollment
from common.model.messages import SaidReading
from common.model.operations import Selection
from common.phones import pretty
from common.terminal import as_text
from common.vocabulary import Status
from tui.actions.registry import Action, actions_of, bindings_of
from tui.batches import message_proposal
from tui.messages import Resynced, RowsChanged
from tui.reading_texts import (
    LETTERS,
    WORDS,
    Unread,
    proposal,
    review_line,
    say_what_it_is,
    to_read,
)
from tui.replying import ReplyChanged
from tui.screens.acting import ActingPage
from tui.screens.copy_commands import CopyScreen
from tui.screens.lines_page import LinesPage
from tui.state import formatting
from tui.state.as_command import correcting, of_enrollment
from tui.state.message_draft import MessageDraft
from tui.state.timeline import visible_items
from tui.widgets.chrome import FooterLine
from tui.widgets.composer import Composer
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.letter_prompt import LetterPrompt
from tui.widgets.lines import stacked
from tui.widgets.reply_box import ReplyBox
from tui.widgets.timeline_view import Seen, TimelineView

ITEMS: Final = 100
"""Things of a timeline that are read at once."""

Beside = Callable[[int], ListedEnrollment | None]


class ContactRead(Message):
    """What there is to tell of an enrollment and its contact."""

    def __init__(self, told: tuple[Explanation, Timeline]) -> None:
        self.explanation, self.timeline = told
        super().__init__()


class ContactNotRead(Message):
    """It could not be read; `problem` is for people."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__()


class TextRead(Message):
    """It was said what a text is."""

    def __init__(self, reading: SaidReading) -> None:
        self.reading = reading
        super().__init__()


class ContactPage(LinesPage, ActingPage):
    """A contact of a sequence that is `called` so; with `explained` the explanation, too.

    `beside` gives the contact before or after it in the list that it was opened from.
    """

    BINDINGS = bindings_of("contact")
    AUTO_FOCUS = None
    crumb = "Contact"
    digit = 1
    scopes = ("contact",)

    def __init__(
        self,
        row: ListedEnrollment,
        called: str,
        *,
        explained: bool = False,
        beside: Beside | None = None,
    ) -> None:
        super().__init__()
        self.row = row
        self.called = called
        self.explained = explained
        self.beside = beside
        self.explanation: Explanation | None = None
        self.timeline: Timeline | None = None
        self.problem = ""
        self._reading = self._read_again = self._read_earlier = False

    def compose_room(self) -> Iterable[Widget]:
        """How it stands, the explanation, the conversation, and what came of an action."""
        yield Static(id="standing")
        yield Static(id="explanation")
        yield Static(id="notes")
        yield TimelineView()
        yield Static(id="below")
        yield Static(id="outcome")

    def on_mount(self) -> None:
        """Read it."""
        self.header.show_crumb(formatting.name(self.row))
        self._show()
        self._read()

    @property
    def moved(self) -> TimelineView:
        """The conversation."""
        return self.query_one(TimelineView)

    @property
    def draft(self) -> MessageDraft:
        """The reply that is being written; it outlives the page."""
        return self.drumbeat.replies.setdefault(
            self.row.contact.id, MessageDraft(recipient=formatting.name(self.row))
        )

    # Reading.

    def _read(self) -> None:
        if self._reading:
            self._read_again = True
            return
        self._reading = True
        oldest = self.timeline.items[0].key if self.timeline and self.timeline.items else None
        more, self._read_earlier = self._read_earlier, False
        work = _told(self.drumbeat.client, self.row, oldest, more=more)
        self.fetch(work, ContactRead, ContactNotRead)

    @on(ContactRead)
    def _take(self, read: ContactRead) -> None:
        self.explanation, self.timeline, self.problem = read.explanation, read.timeline, ""
        self.row = row = read.explanation.enrollment
        zone, earlier = row.contact.zone, read.timeline.earlier is not None
        items = visible_items(read.timeline.items)
        now = self.drumbeat.domain_now()
        self.moved.show(Seen(items, zone, earlier, row.sequence_id, now))
        self._ended()

    @on(ContactNotRead)
    def _keep(self, failed: ContactNotRead) -> None:
        self.problem = failed.problem
        self._ended()

    def _ended(self) -> None:
        self._reading = False
        self._show()
        if self._read_again:
            self._read_again = False
            self._read()

    @on(TimelineView.EarlierAsked)
    def _earlier(self) -> None:
        self._read_earlier = True
        self._read()

    @on(Resynced)
    def _resynced(self) -> None:
        self._read()

    @on(RowsChanged)
    def _changed(self, changed: RowsChanged) -> None:
        if self.row.contact.id in changed.batch.contacts or any(
            self.row.id in ids for ids in changed.batch.rows.values()
        ):
            self._read()

    def awaits(self, action: Action) -> bool:
        """Whether it is for the conversation, and that is read for the first time."""
        of_lines = not {"list", "lines", "table"}.isdisjoint(action.where)
        wanted = of_lines or action.id == "what_it_is"
        return wanted and self.timeline is None and not self.problem

    def has_failed_to_read(self) -> bool:
        """Whether it could not be read."""
        return bool(self.problem)

    # Showing.

    def _show(self) -> None:
        row = self.row
        step = f"step {formatting.step(row)}" if row.step is not None else "no step"
        parts = [pretty(row.contact.phone), formatting.status(row), step]
        standing = [as_text(" · ".join(parts), "bold"), as_text(self._times())]
        self.query_one("#standing", Static).update(stacked(standing))
        explanation = self.query_one("#explanation", Static)
        explanation.set_class(self.explained, "-shown")
        explanation.update(stacked(map(as_text, self._explanation())))
        notes = list(self._notes())
        self.query_one("#notes", Static).update(stacked(map(as_text, notes)))
        self.query_one("#notes").display = bool(notes)
        self.show_footer()

    def _times(self) -> str:
        """The zone of all times here, and when the next text goes."""
        words = f"Times in {self.row.contact.zone}"
        if self.row.due_at is not None and (told := self._in_zones(self.row.due_at)):
            words += f" · next text {told}"
        return words

    def _in_zones(self, at: datetime) -> str:
        """A moment in the contact's zone, and in the workspace's where that is another."""
        now, me = self.drumbeat.domain_now(), self.drumbeat.me
        if now is None:
            return ""
        words = formatting.when(at, now, self.row.contact.zone)
        if me is None or me.zone == self.row.contact.zone:
            return words
        return f"{words} ({formatting.when(at, now, me.zone)} in {me.zone})"

    def _explanation(self) -> list[str]:
        if self.explanation is None:
            return [self.problem or "Loading the explanation…"]
        lines = list(self.explanation.sentences)
        if (decided := self.explanation.decided_by) and (since := self._in_zones(decided.at)):
            lines = [*lines, f"{self.row.status.label} since {since}."]
        remedy = self.explanation.remedy
        if remedy and remedy not in lines:
            lines.append(remedy)
        command = correcting(self.row.contact.id, self.row.reason)
        return [*lines, f"Command: {command}"] if command else lines

    def _notes(self) -> Iterator[str]:
        """What wants to be known before the conversation."""
        if self.timeline is None and not self.problem:
            yield "Loading the conversation…"
        if self.problem:
            yield self.problem
        text = self.unread
        if text is not None and text.review_id is not None:
            yield review_line(text)
        if self.draft.body and self.box is None:
            yield "Unsent draft: press r to continue it."

    @on(TimelineView.BelowChanged)
    def _below(self, changed: TimelineView.BelowChanged) -> None:
        below = self.query_one("#below", Static)
        below.set_class(bool(changed.count), "-shown")
        below.update(as_text(f"{changed.count:,} new below, press G to go there"))

    def action_scroll_bottom(self) -> None:
        """The newest."""
        self.moved.go_to_end()

    def action_explain(self) -> None:
        """Show or hide why it stands so."""
        self.explained = not self.explained
        self._show()

    def close_panel(self) -> bool:
        """Close the reply, which is kept; else what became of an action; else the explanation."""
        if self.box is not None and not self.draft.sending:
            self.call_later(self._close_box)
        elif self.explained and not self.query_one("#outcome").has_class("-shown"):
            self.action_explain()
        else:
            return super().close_panel()
        return True

    def action_refresh(self) -> None:
        """Read it again."""
        super().action_refresh()
        self._read()

    # Whom an action is for.

    @property
    def aimed_at(self) -> Collection[Status]:
        """This contact."""
        return (self.row.status,)

    def targets(self) -> tuple[int, Selection]:
        """This contact."""
        return 1, Selection(ids=(self.row.id,))

    def action_next_contact(self) -> None:
        """Go on to the next contact of the list."""
        self._go_beside(1)

    def action_previous_contact(self) -> None:
        """Go back to the contact before it in the list."""
        self._go_beside(-1)

    def _go_beside(self, by: int) -> None:
        row = None if self.beside is None else self.beside(by)
        if row is None:
            self.drumbeat.tell("There are no more contacts in the list, or they are loading.")
        else:
            page = ContactPage(row, self.called, explained=self.explained, beside=self.beside)
            self.app.switch_screen(page)

    def action_copy_command(self) -> None:
        """Show this contact as commands."""
        copied = of_enrollment(self.row.id, self.row.contact.id, self.draft)
        self.app.push_screen(CopyScreen(copied))

    # Replying.

    def shows_contact(self, contact_id: int) -> bool:
        """Whether it is this one's."""
        return contact_id == self.row.contact.id

    @property
    def box(self) -> ReplyBox | None:
        """Where a reply is written, while it is."""
        return next(iter(self.query(ReplyBox)), None)

    def offered(self) -> tuple[Action, ...]:
        """The keys of the box while it is written in."""
        if self.box is not None and self.box.has_focus_within:
            return actions_of("editor")
        return super().offered()

    async def action_reply(self) -> None:
        """Open the box below the conversation."""
        if not self.may_change():
            return
        if self.box is None:
            box = ReplyBox(self.drumbeat.client, self.row.contact.id, self.draft)
            await self.mount(box, before=self.query_one(FooterLine))
            self._show()
        elif not self.draft.sending:
            self.box.composer.begin()

    @on(Composer.Changed)
    def _written(self) -> None:
        if self.box is not None and not self.draft.sending:
            self.draft.body = self.box.composer.body
            self.draft.reason = self.box.composer.reason

    @on(Composer.Answered)
    async def _answered(self, answered: Composer.Answered) -> None:
        text = answered.written
        if not text.go_on:
            await self._close_box()
            return

        box, draft = self.box, self.draft
        if self.app.screen is not self or box is None or draft.sending:
            return
        if (text.body, text.reason) != (box.composer.body, box.composer.reason):
            return
        times = draft.times

        def confirmed(sure: bool | None) -> None:
            if sure and draft.times == times and not draft.sending:
                draft.body, draft.reason = text.body, text.reason
                self.drumbeat.send_reply(self.row.contact.id)

        self.app.push_screen(ConfirmScreen(message_proposal(text.previews, text.reason)), confirmed)

    async def _close_box(self) -> None:
        if self.box is not None:
            await self.box.remove()
            self.set_focus(None)
            self._show()

    @on(ReplyChanged)
    async def _reply_changed(self, changed: ReplyChanged) -> None:
        if changed.contact_id != self.row.contact.id:
            return
        if self.box is not None and not (self.draft.sending or self.draft.body):
            self.moved.go_to_end()
            await self._close_box()
        elif self.box is not None:
            self.box.show()
            if not self.draft.sending:
                self.box.composer.begin()
        self._read()

    # What a text is.

    @property
    def unread(self) -> Unread | None:
        """The text that can be said what it is."""
        items: tuple[TimelineItem, ...] = () if self.timeline is None else self.timeline.items
        return to_read(self.explanation, items)

    def action_what_it_is(self) -> None:
        """Ask what the text is, then whether to say so."""
        text = self.unread
        if text is None or not self.may_change():
            return

        def chosen(letter: str | None) -> None:
            if letter is not None:
                self._ask_reading(text, LETTERS[letter])

        words = {letter: WORDS[reading] for letter, reading in LETTERS.items()}
        self.app.push_screen(LetterPrompt("Classify as", words), chosen)

    def _ask_reading(self, text: Unread, reading: SaidReading) -> None:
        def answered(sure: bool | None) -> None:
            if sure:
                work = say_what_it_is(self.drumbeat.client, text, reading)
                self.fetch(work, TextRead, group="reading")

        phone = self.row.contact.phone
        self.app.push_screen(ConfirmScreen(proposal(text, reading, phone)), answered)

    @on(TextRead)
    def _text_read(self, read: TextRead) -> None:
        self.drumbeat.tell(f"Marked as {WORDS[read.reading]}.")
        self._read()


async def _told(
    source: Client, row: ListedEnrollment, oldest: str | None, *, more: bool
) -> tuple[Explanation, Timeline]:
    """The explanation, and the timeline back to the oldest item known; with `more` a page more."""
    explanation = await source.explain(row.id)
    contact_id = row.contact.id
    told = await source.timeline(contact_id, limit=ITEMS)
    items, earlier = told.items, told.earlier
    while earlier is not None and (more or _lacks(items, oldest)):
        more = more and _lacks(items, oldest)
        told = await source.timeline(contact_id, before=earlier, limit=ITEMS)
        items, earlier = told.items + items, told.earlier
    return explanation, Timeline(items, earlier)


def _lacks(items: tuple[TimelineItem, ...], oldest: str | None) -> bool:
    return oldest is not None and all(one.key != oldest for one in items)
