"""One contact: status and why, the conversation, and the actions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

from textual import on
from textual.widget import Widget
from textual.widgets import Static

from common.client import Client, ClientError
from common.model.explanation import Explanation, Timeline, TimelineItem
from common.model.listing import ListedEnrollment
from common.model.operations import Selection
from common.phones import pretty
from common.terminal import as_text
from common.vocabulary import Status
from tui.actions.registry import Action, actions_of, bindings_of
from tui.messages import ReplyChanged, RowsChanged
from tui.screens.copy_commands import CopyScreen
from tui.screens.page import Page
from tui.session import Session
from tui.state import formatting
from tui.state.as_command import correcting, of_enrollment
from tui.state.inbound_text import InboundText, review_line, text_to_classify
from tui.state.message_draft import MessageDraft
from tui.state.message_words import message_proposal
from tui.state.timeline import visible_items
from tui.widgets.chrome import FooterLine
from tui.widgets.composer import Composer
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.fetching import Reader
from tui.widgets.lines import stacked
from tui.widgets.reply_box import ReplyBox
from tui.widgets.timeline_view import Seen, TimelineView

ITEMS: Final = 100
"""Timeline items per request."""

Beside = Callable[[int], ListedEnrollment | None]


class ContactPage(Page):
    """A contact enrolled in the sequence named `called`; with `explained` also the explanation.

    `beside` gives the previous or next contact in the list that it was opened from.
    """

    BINDINGS = bindings_of("contact")
    AUTO_FOCUS = None
    crumb = "Contact"
    digit = 1
    scopes = ("contact",)

    def __init__(
        self,
        session: Session,
        row: ListedEnrollment,
        called: str,
        *,
        explained: bool = False,
        beside: Beside | None = None,
    ) -> None:
        super().__init__(session, called=called)
        self.row = row
        self.explained = explained
        self.beside = beside
        self.explanation: Explanation | None = None
        self.timeline: Timeline | None = None
        self._read_earlier = False
        self._reader = Reader(self, self._ask_server, self._take, self._keep)

    def compose_room(self) -> Iterable[Widget]:
        """Status, explanation, conversation, and the outcome of an action."""
        yield Static(id="standing")
        yield Static(id="explanation")
        yield Static(id="notes")
        yield TimelineView()
        yield Static(id="below")
        yield Static(id="outcome")

    def on_mount(self) -> None:
        """Load it."""
        self.header.show_crumb(formatting.name(self.row))
        self.show()
        self.read()

    @property
    def scrolled(self) -> TimelineView:
        """The conversation."""
        return self.query_one(TimelineView)

    @property
    def draft(self) -> MessageDraft:
        """The reply being written; it outlives the page."""
        return self.session.reply_to(self.row.contact.id, formatting.name(self.row))

    # Reading.

    def read(self) -> None:
        """Reload it."""
        self._reader.read()

    async def _ask_server(self) -> tuple[Explanation, Timeline]:
        oldest = self.timeline.items[0].key if self.timeline and self.timeline.items else None
        more, self._read_earlier = self._read_earlier, False
        return await _told(self.session.client, self.row, oldest, more=more)

    def _take(self, told: tuple[Explanation, Timeline]) -> None:
        self.explanation, self.timeline = told
        self.problem = ""
        self.row = row = self.explanation.enrollment
        zone, earlier = row.contact.zone, self.timeline.earlier is not None
        now = self.session.domain_now()
        items = visible_items(self.timeline.items)
        self.scrolled.show(Seen(items, zone, earlier, row.sequence_id, now))
        self.show()

    def _keep(self, error: ClientError) -> None:
        self.problem = error.message
        self.show()

    @on(TimelineView.EarlierAsked)
    def _earlier(self) -> None:
        self._read_earlier = True
        self.read()

    @on(RowsChanged)
    def _changed(self, changed: RowsChanged) -> None:
        if self.row.contact.id in changed.batch.contacts or any(
            self.row.id in ids for ids in changed.batch.rows.values()
        ):
            self.read()

    def awaits(self, action: Action) -> bool:
        """Whether an action needs the conversation, and that is loading for the first time."""
        of_lines = not {"list", "lines", "table"}.isdisjoint(action.where)
        wanted = of_lines or action.id == "what_it_is"
        return wanted and self.timeline is None and not self.problem

    # Showing.

    def show(self) -> None:
        """Draw the current data."""
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
        """The time zone of this page, and when the next text is due."""
        words = f"Times in {self.row.contact.zone}"
        if self.row.due_at is not None and (told := self._in_zones(self.row.due_at)):
            words += f" · next text {told}"
        return words

    def _in_zones(self, at: datetime) -> str:
        """A time in the contact's zone, and in the workspace's if that is another one."""
        now, me = self.session.domain_now(), self.session.me
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
        """Notes above the conversation."""
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
        """Scroll to the newest."""
        self.scrolled.go_to_end()

    def action_explain(self) -> None:
        """Show or hide the explanation."""
        self.explained = not self.explained
        self.show()

    def close_panel(self) -> bool:
        """Close the reply, which is kept; else the outcome; else the explanation."""
        if self.box is not None and not self.draft.sending:
            self.call_later(self._close_box)
        elif self.explained and not self.query_one("#outcome").has_class("-shown"):
            self.action_explain()
        else:
            return super().close_panel()
        return True

    def action_refresh(self) -> None:
        """Reload it."""
        super().action_refresh()
        self.read()

    # The contacts that an action is for.

    @property
    def aimed_at(self) -> Collection[Status]:
        """This contact."""
        return (self.row.status,)

    def targets(self) -> tuple[int, Selection]:
        """This contact."""
        return 1, Selection(ids=(self.row.id,))

    def action_next_contact(self) -> None:
        """Go to the next contact in the list."""
        self._go_beside(1)

    def action_previous_contact(self) -> None:
        """Go to the previous contact in the list."""
        self._go_beside(-1)

    def _go_beside(self, by: int) -> None:
        row = None if self.beside is None else self.beside(by)
        if row is None:
            self.session.tell("There are no more contacts in the list, or they are loading.")
        else:
            page = ContactPage(
                self.session, row, self.called, explained=self.explained, beside=self.beside
            )
            self.app.switch_screen(page)

    def action_copy_command(self) -> None:
        """Show commands for this contact."""
        copied = of_enrollment(self.row.id, self.row.contact.id, self.draft)
        self.app.push_screen(CopyScreen(copied))

    # Replying.

    def shows_contact(self, contact_id: int) -> bool:
        """Whether it is this contact."""
        return contact_id == self.row.contact.id

    @property
    def box(self) -> ReplyBox | None:
        """The reply box, while it is open."""
        return next(iter(self.query(ReplyBox)), None)

    def offered(self) -> tuple[Action, ...]:
        """The actions of the reply box while it has the focus."""
        if self.box is not None and self.box.has_focus_within:
            return actions_of("editor")
        return super().offered()

    async def action_reply(self) -> None:
        """Open the box below the conversation."""
        if not self.may_change():
            return
        if self.box is None:
            box = ReplyBox(self.session.client, self.row.contact.id, self.draft)
            await self.mount(box, before=self.query_one(FooterLine))
            self.show()
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
        if not self.on_top or box is None or draft.sending:
            return
        if (text.body, text.reason) != (box.composer.body, box.composer.reason):
            return
        times = draft.times

        def confirmed(sure: bool | None) -> None:
            if sure and draft.times == times and not draft.sending:
                draft.body, draft.reason = text.body, text.reason
                self.session.send_reply(self.row.contact.id)

        self.app.push_screen(ConfirmScreen(message_proposal(text.previews, text.reason)), confirmed)

    async def _close_box(self) -> None:
        if self.box is not None:
            await self.box.remove()
            self.set_focus(None)
            self.show()

    @on(ReplyChanged)
    async def _reply_changed(self, changed: ReplyChanged) -> None:
        if changed.contact_id != self.row.contact.id:
            return
        if self.box is not None and not (self.draft.sending or self.draft.body):
            self.scrolled.go_to_end()
            await self._close_box()
        elif self.box is not None:
            self.box.show()
            if not self.draft.sending:
                self.box.composer.begin()
        self.read()

    # What a text is.

    @property
    def phone(self) -> str:
        """The contact's phone number."""
        return self.row.contact.phone

    @property
    def unread(self) -> InboundText | None:
        """The text that can be classified."""
        items: tuple[TimelineItem, ...] = () if self.timeline is None else self.timeline.items
        return text_to_classify(self.explanation, items)


async def _told(
    source: Client, row: ListedEnrollment, oldest: str | None, *, more: bool
) -> tuple[Explanation, Timeline]:
    """The explanation, and the timeline back to the oldest known item; `more` adds a page."""
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
