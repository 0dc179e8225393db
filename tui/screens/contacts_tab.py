"""A sequence's page with its Contacts tab: who is marked, and what is done to them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from textual import on

from common.client import ApiProblem, ClientError
from common.model.listing import ListedEnrollment
from common.model.operations import MESSAGE_RECIPIENTS, NewOperation, Selection
from common.vocabulary import OperationAction, Status
from tui.actions.registry import bindings_of
from tui.batches import (
    message_proposal,
    too_many_to_message,
)
from tui.client.lists import FrozenList, gather_ids
from tui.screens.acting import ActingPage
from tui.screens.asking import AskingPage
from tui.screens.contact_page import ContactPage
from tui.screens.copy_commands import CopyScreen
from tui.screens.marking_messages import Gathered, Gathering, Purpose
from tui.screens.roster import GONE
from tui.state.as_command import of_enrollment, of_list
from tui.state.listed_ids import ListedIds
from tui.state.sequence_marks import SequenceMarks, TooManyToName
from tui.widgets.composer import Written
from tui.widgets.enrollment_table import EnrollmentTable
from tui.widgets.message_editor import MessageEditor

COUNT_AFTER: Final = 0.3
"""Real seconds without another list after which its ids are read, to count the marks beside it."""


class ContactsTab(AskingPage, ActingPage):
    """The Contacts tab: marks by id, and actions on the marks or on the row under the cursor."""

    BINDINGS = bindings_of("contacts")
    scopes = ("table", "contacts", "tabs", "enroll", "life")

    def __init__(self, sequence_id: int, called: str, chosen: SequenceMarks) -> None:
        super().__init__(sequence_id, called, chosen)
        self._listed: ListedIds | None = None
        self._range_from: int | None = None

    # Marks.

    @property
    def aimed_at(self) -> Collection[Status]:
        """The marks, which may be anybody's."""
        return tuple(Status) if self.chosen.marks.count else ()

    def show(self) -> None:
        """Keep the footer true to the marks, too."""
        super().show()
        self.show_footer()

    def _remark(self) -> None:
        self.table.refresh_changed()
        self.show()

    def rows_replaced(self) -> None:
        """Ranks and what is listed are others now; marks are the same."""
        self._range_from, self._listed = None, None
        self._gather_hidden()

    def _gather_hidden(self) -> None:
        """Read the ids of the list, if that alone tells how many marks it does not show."""
        frozen, total = self.frozen, self.store.total
        if self.chosen.marks.count and frozen and total and not self.hidden_marks()[1]:
            self._gather(Purpose.COUNT, frozen, 0, total - 1)

    def hidden_marks(self) -> tuple[int, bool]:
        """Counted by the ids of the list where they are known, else by those at hand."""
        marks = self.chosen.marks
        if not marks.count or self.asked.is_plain:
            return 0, True
        frozen = self.frozen
        whole = frozen and self.chosen.hidden(frozen.q, frozen.snapshot)
        if whole is not None:
            return whole, True
        if self._listed is not None:
            return self._listed.count_shown(marks).hidden, True
        seen = marks.count_shown(self.store.ids).hidden
        return seen, self.store.total <= len(set(self.store.ids))

    def action_mark(self) -> None:
        """Mark the row under the cursor, or not any more, and go on to the next."""
        if (row := self.table.cursor_enrollment) is not None:
            self.chosen.marks.toggle(row.id)
            self.table.go_to(self.table.cursor_row + 1)
            self._gather_hidden()
            self._remark()

    @on(EnrollmentTable.MarkAsked)
    def _mark_clicked(self, asked: EnrollmentTable.MarkAsked) -> None:
        self.chosen.marks.toggle(asked.enrollment_id)
        self._remark()

    def action_mark_range(self) -> None:
        """Begin a range at the row under the cursor, or mark up to there."""
        at, frozen = self.table.cursor_row, self.frozen
        if frozen is None or not self.store.total:
            return
        if self._range_from is None:
            self._range_from = at
            self.say("range: v select up to here, esc cancel")
            return
        first, last = sorted((self._range_from, at))
        self._range_from = None
        rows = [self.store.row(rank) for rank in range(first, last + 1)]
        ids = [row.id for row in rows if row is not None]
        if len(ids) == len(rows):
            self.chosen.marks.mark(ids)
            self.say("")
            self._gather_hidden()
            self._remark()
        else:
            self._gather(Purpose.MARK_RANGE, frozen, first, last)

    def action_mark_all(self) -> None:
        """Mark everyone whom the question leaves, from the order that is shown."""
        if (frozen := self.frozen) is not None and self.store.total:
            self._gather(Purpose.MARK_ALL, frozen, 0, self.store.total - 1)

    def action_mark_none(self) -> None:
        """Take all marks away."""
        self.workers.cancel_group(self, "gathering")
        self.say("")
        self.chosen.marks.mark_none()
        self._remark()

    def action_marks_back(self) -> None:
        """Give the last marks back."""
        if not self.chosen.marks.give_back():
            self.drumbeat.tell("There is no earlier selection to restore.")
        self._gather_hidden()
        self._remark()

    def _gather(self, purpose: Purpose, frozen: FrozenList, first: int, last: int) -> None:
        group = "counting" if purpose is Purpose.COUNT else "gathering"
        work = self._gathers(purpose, frozen, first, last)
        self.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    async def _gathers(self, purpose: Purpose, frozen: FrozenList, first: int, last: int) -> None:
        def tell(done: int) -> None:
            if purpose is not Purpose.COUNT:
                self.post_message(Gathering(done, last - first + 1))

        if purpose is Purpose.COUNT:
            await asyncio.sleep(COUNT_AFTER)
        try:
            ids = await gather_ids(self.drumbeat.client, frozen, first, last, tell)
        except ClientError as error:
            old = isinstance(error, ApiProblem) and error.status == GONE
            why = "the list is too old; press R to reload it" if old else error.message
            self.post_message(Gathered(purpose, frozen, None, f"Could not {purpose}: {why}."))
        else:
            self.post_message(Gathered(purpose, frozen, ids))

    @on(Gathering)
    def _gathering(self, gathering: Gathering) -> None:
        if gathering.done < gathering.total:
            self.say(f"selecting {gathering.done:,} of {gathering.total:,}")

    @on(Gathered)
    def _gathered(self, gathered: Gathered) -> None:
        ids, frozen = gathered.ids, gathered.frozen
        if gathered.purpose is not Purpose.COUNT:
            self.say("")
        if ids is None:
            if gathered.purpose is not Purpose.COUNT:
                self.drumbeat.tell(gathered.problem, wrong=True)
            return
        if gathered.purpose is Purpose.MARK_ALL:
            self.chosen.mark_whole(frozen.q, frozen.snapshot, ids)
        elif gathered.purpose is Purpose.MARK_RANGE:
            self.chosen.marks.mark(ids)
        if frozen == self.frozen and gathered.purpose is Purpose.COUNT:
            self._listed = ListedIds(ids)
        self._gather_hidden()
        self._remark()

    def say(self, under_way: str) -> None:
        """Say among the numbers how far something is."""
        self.under_way = under_way
        self.show()

    # Whom an action is for.

    def targets(self) -> tuple[int, Selection] | None:
        """The marks, or else the row under the cursor; None, and said why, if there is neither."""
        try:
            if self.chosen.marks.count:
                return self.chosen.marks.count, self.chosen.named()
        except TooManyToName as too_many:
            self.drumbeat.tell(str(too_many), wrong=True)
            return None
        row = self.table.cursor_enrollment if self.store.total else None
        if row is None:
            self.drumbeat.tell("Nobody is selected, and there is no row under the cursor.")
            return None
        return 1, Selection(ids=(row.id,))

    # Acting.

    def action_message(self) -> None:
        """Open the editor for up to ten; more are refused before anything is typed."""
        if self.chosen.marks.count > MESSAGE_RECIPIENTS:
            self.drumbeat.tell(too_many_to_message(self.chosen.marks.count), wrong=True)
        elif (targets := self.targets()) is not None:
            self.look(targets[1], lambda rows: self._write(targets[1], rows))

    def _write(self, selection: Selection, rows: Sequence[ListedEnrollment]) -> None:
        contacts = list(dict.fromkeys(row.contact.id for row in rows))
        if not contacts:
            return

        outgoing = self.chosen.outgoing

        def written(text: Written | None) -> None:
            if text is None:
                return
            outgoing.body, outgoing.reason = text.body, text.reason
            if text.go_on:
                new = NewOperation(
                    OperationAction.SEND_MESSAGE,
                    selection,
                    body=text.body,
                    override_reason=text.reason or None,
                )
                self.propose(
                    message_proposal(text.previews, text.reason),
                    new,
                    outgoing,
                    otherwise=lambda: self._write(selection, rows),
                )

        client = self.drumbeat.client
        editor = MessageEditor(client, contacts, outgoing.body, outgoing.reason)
        self.ask_on_top(editor, written, what="Message")

    def close_panel(self) -> bool:
        """End a range before anything else."""
        if self._range_from is None:
            return super().close_panel()
        self._range_from = None
        self.say("")
        return True

    # One contact.

    @on(EnrollmentTable.Opened)
    def _open(self) -> None:
        if (row := self.table.cursor_enrollment) is not None:
            self.app.push_screen(ContactPage(row, self.called, beside=self.beside))

    def action_explain(self) -> None:
        """Open the contact with the explanation."""
        if (row := self.table.cursor_enrollment) is not None:
            page = ContactPage(row, self.called, explained=True, beside=self.beside)
            self.app.push_screen(page)

    def action_copy_command(self) -> None:
        """Show what is seen, and the marks or the row under the cursor, as commands."""
        name = "" if self.sequence is None else self.sequence.name
        copied = of_list(self.sequence_id, name, self.asked, self.chosen)
        row = self.table.cursor_enrollment if self.store.total else None
        if row is not None and not self.chosen.marks.count:
            one = of_enrollment(row.id, row.contact.id)
            copied = copied._replace(commands=copied.commands + one.commands)
        self.app.push_screen(CopyScreen(copied))

    def beside(self, by: int) -> ListedEnrollment | None:
        """Move the cursor, and give the row that it is on then; None if there is none at hand."""
        rank = self.table.cursor_row + by
        if not 0 <= rank < self.store.total:
            return None
        self.table.go_to(rank)
        return self.table.cursor_enrollment
