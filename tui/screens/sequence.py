"""A sequence's page with its Contacts tab: who is marked, and what is done to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from textual import on
from textual.widgets import Static

from common.client import ApiProblem, ClientError
from common.model.listing import ListedEnrollment
from common.model.operations import MESSAGE_RECIPIENTS, NewOperation, Selection
from common.terminal import as_text
from common.vocabulary import OperationAction
from tui.actions import bindings_of
from tui.batches import (
    DOING,
    LOOKED_AT,
    OperationEnded,
    OperationGoesOn,
    OperationRefused,
    finish_proposal,
    group_proposal,
    message_proposal,
    outcome_lines,
    retry_proposal,
    run,
    too_many_to_message,
)
from tui.gathering import FrozenList, all_groups, gather_ids
from tui.screens.asking import AskingPage
from tui.screens.contact import ContactPage
from tui.screens.editor import EditorScreen, Written
from tui.screens.enrolling import EnrollingPage
from tui.screens.marking_messages import Gathered, Gathering, GroupsRead, Looked, Purpose
from tui.screens.roster import GONE
from tui.source import Source
from tui.state.chosen import Chosen, TooManyToName
from tui.state.listed import ListedIds
from tui.widgets.choice import Choice, ChoiceScreen, Pick
from tui.widgets.confirm import ConfirmScreen, Proposal
from tui.widgets.enrollment_table import EnrollmentTable
from tui.widgets.lines import stacked

COUNT_AFTER: Final = 0.3
"""Real seconds without another list after which its ids are read, to count the marks beside it."""


class SequencePage(AskingPage, EnrollingPage):
    """The Contacts tab: marks by id, and actions on the marks or on the row under the cursor."""

    BINDINGS = bindings_of("contacts")
    scopes = ("table", "contacts", "enroll", "tabs", "life")

    def __init__(self, sequence_id: int, called: str, chosen: Chosen) -> None:
        super().__init__(sequence_id, called, chosen)
        self.draft = ""
        self._listed: ListedIds | None = None
        self._range_from: int | None = None
        self._groups_for: tuple[int, Selection] | None = None

    def keeps(self) -> str | None:
        """A draft; marks are kept by the application."""
        return "a draft of a message" if self.draft else None

    # Marks.

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
            self._say("range: v marks to here, esc ends")
            return
        first, last = sorted((self._range_from, at))
        self._range_from = None
        rows = [self.store.row(rank) for rank in range(first, last + 1)]
        ids = [row.id for row in rows if row is not None]
        if len(ids) == len(rows):
            self.chosen.marks.mark(ids)
            self._say("")
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
        self._say("")
        self.chosen.marks.mark_none()
        self._remark()

    def action_marks_back(self) -> None:
        """Give the last marks back."""
        if not self.chosen.marks.give_back():
            self.drumbeat.tell("There are no last marks to give back.")
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
            why = "the list is too old by now; R reads it anew" if old else error.message
            self.post_message(Gathered(purpose, frozen, None, f"Could not {purpose}: {why}."))
        else:
            self.post_message(Gathered(purpose, frozen, ids))

    @on(Gathering)
    def _gathering(self, gathering: Gathering) -> None:
        if gathering.done < gathering.total:
            self._say(f"marking {gathering.done:,} of {gathering.total:,}")

    @on(Gathered)
    def _gathered(self, gathered: Gathered) -> None:
        ids, frozen = gathered.ids, gathered.frozen
        if gathered.purpose is not Purpose.COUNT:
            self._say("")
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

    def _say(self, under_way: str) -> None:
        self.under_way = under_way
        self.show()

    # Whom an action is for.

    def _targets(self) -> tuple[int, Selection] | None:
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

    def _look(
        self, selection: Selection, then: Callable[[Sequence[ListedEnrollment]], None]
    ) -> None:
        """Read few rows anew before asking about them."""
        ids = selection.ids or ()
        client = self.drumbeat.client
        self.fetch(_rows(client, ids), lambda rows: Looked(rows, then), group="look")

    @on(Looked)
    def _go_on(self, looked: Looked) -> None:
        if self.app.screen is self:
            looked.then(looked.rows)

    # Acting.

    def _propose(self, proposal: Proposal, new: NewOperation) -> None:
        def answered(sure: bool | None) -> None:
            if sure:
                self._run(new)

        self.app.push_screen(ConfirmScreen(proposal), answered)

    def _run(self, new: NewOperation) -> None:
        self._close_outcome()
        self._say(f"{DOING[new.action]} …")
        work = run(self.drumbeat.client, new, self.post_message)
        self.run_worker(work, group="operations", exit_on_error=False)

    def action_finish(self) -> None:
        """Ask, then mark as finished."""
        self._act(OperationAction.FINISH, finish_proposal)

    def action_try_again(self) -> None:
        """Ask, then try again."""
        self._act(OperationAction.RETRY, retry_proposal)

    def _act(
        self,
        action: OperationAction,
        propose: Callable[[int, str, Sequence[ListedEnrollment] | None], Proposal],
    ) -> None:
        if (targets := self._targets()) is None:
            return
        count, selection = targets
        new = NewOperation(action, selection)
        if count <= LOOKED_AT:
            self._look(
                selection, lambda rows: self._propose(propose(count, self.called, rows), new)
            )
        else:
            self._propose(propose(count, self.called, None), new)

    def action_add_to_group(self) -> None:
        """Ask for a group, then whether to add."""
        self._groups_for = self._targets()
        if self._groups_for is not None:
            self.fetch(all_groups(self.drumbeat.client), GroupsRead, group="groups")

    @on(GroupsRead)
    def _choose_group(self, read: GroupsRead) -> None:
        targets = self._groups_for
        if targets is None or self.app.screen is not self:
            return
        count, selection = targets
        names = {str(one.id): one.name for one in read.groups}

        def choose(pick: Pick | None) -> None:
            if pick is None:
                return
            known = pick.value is not None
            name = names[pick.value] if pick.value is not None else pick.typed
            new = NewOperation(
                OperationAction.ADD_TO_GROUP,
                selection,
                group_id=int(pick.value) if pick.value is not None else None,
                group_name=None if known else name[:100],
            )
            self._propose(group_proposal(count, name, new=not known), new)

        choices = [Choice(str(one.id), one.name, one.members) for one in read.groups]
        screen = ChoiceScreen(
            f"Add {count:,} to which group?", choices, typed=True, new="new group"
        )
        self.app.push_screen(screen, choose)

    def action_message(self) -> None:
        """Open the editor for up to ten; more are refused before anything is typed."""
        if self.chosen.marks.count > MESSAGE_RECIPIENTS:
            self.drumbeat.tell(too_many_to_message(self.chosen.marks.count), wrong=True)
        elif (targets := self._targets()) is not None:
            self._look(targets[1], lambda rows: self._write(targets[1], rows))

    def _write(self, selection: Selection, rows: Sequence[ListedEnrollment]) -> None:
        contacts = list(dict.fromkeys(row.contact.id for row in rows))
        if not contacts:
            return

        def written(text: Written | None) -> None:
            self.draft = text.body if text is not None else ""
            if text is not None and text.go_on:
                self._send(selection, text)

        self.app.push_screen(EditorScreen(self.drumbeat.client, contacts, self.draft), written)

    def _send(self, selection: Selection, text: Written) -> None:
        new = NewOperation(
            OperationAction.SEND_MESSAGE,
            selection,
            body=text.body,
            override_reason=text.reason or None,
        )

        def answered(sure: bool | None) -> None:
            if sure:
                self.draft = ""
                self._run(new)

        self.app.push_screen(ConfirmScreen(message_proposal(text.previews, text.reason)), answered)

    # What became of it.

    @on(OperationGoesOn)
    def _operation_goes_on(self, told: OperationGoesOn) -> None:
        one = told.operation
        ended = one.done + one.skipped + one.conflict
        self._say(f"{DOING[one.action]} {ended:,} of {one.total:,}")

    @on(OperationRefused)
    def _operation_refused(self, refused: OperationRefused) -> None:
        self._say("")
        self.drumbeat.tell(f"Nothing was done. {refused.problem}", wrong=True)

    @on(OperationEnded)
    def _operation_ended(self, ended: OperationEnded) -> None:
        self._say("")
        outcome = self.query_one("#outcome", Static)
        outcome.add_class("-shown")
        outcome.update(stacked(map(as_text, outcome_lines(ended))))

    def _close_outcome(self) -> bool:
        outcome = self.query_one("#outcome", Static)
        shown = outcome.has_class("-shown")
        outcome.remove_class("-shown")
        return shown

    def action_back(self) -> None:
        """Close what became of an action, or end a range, before anything else."""
        if self._range_from is not None:
            self._range_from = None
            self._say("")
        elif not self._close_outcome():
            super().action_back()

    # One contact.

    @on(EnrollmentTable.Opened)
    def _open(self) -> None:
        if (row := self.table.cursor_enrollment) is not None:
            self.app.push_screen(ContactPage(row))

    def action_explain(self) -> None:
        """Open the contact with the explanation."""
        if (row := self.table.cursor_enrollment) is not None:
            self.app.push_screen(ContactPage(row, explained=True))


async def _rows(source: Source, ids: Sequence[int]) -> tuple[ListedEnrollment, ...]:
    return tuple(await asyncio.gather(*map(source.get_enrollment, ids)))
