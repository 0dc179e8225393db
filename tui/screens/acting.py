"""Pages from which enrollments are acted upon: whom it is for, what is asked, what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from textual import on
from textual.message import Message
from textual.widgets import Static

from common.model.listing import ListedEnrollment
from common.model.operations import NewOperation, Selection
from common.terminal import as_text
from common.vocabulary import OperationAction
from tui.batches import LOOKED_AT, finish_proposal, group_proposal, retry_proposal
from tui.client.source import Source
from tui.screens.page import Page
from tui.state.choice import Pick
from tui.state.message_draft import MessageDraft
from tui.state.proposal import Proposal
from tui.widgets.confirm import ConfirmScreen
from tui.widgets.group_choice import GroupChoice, GroupsRead, read_groups
from tui.widgets.lines import stacked


class Looked(Message):
    """The rows that an action is about, as they are now; `then` goes on with them."""

    def __init__(
        self,
        rows: Sequence[ListedEnrollment],
        then: Callable[[Sequence[ListedEnrollment]], None],
    ) -> None:
        self.rows, self.then = tuple(rows), then
        super().__init__()


class ActingPage(Page):
    """Asks, lets the application act, and shows what came of it in `#outcome`.

    A page says whose sequence it is about by `called`, and whom an action is for by `targets`.
    """

    called: str

    def targets(self) -> tuple[int, Selection] | None:
        """How many an action is for, and who; None if nobody, which is then said."""
        return None

    def look(
        self, selection: Selection, then: Callable[[Sequence[ListedEnrollment]], None]
    ) -> None:
        """Read few rows anew before asking about them."""
        ids = selection.ids or ()
        self.fetch(_rows(self.drumbeat.client, ids), lambda rows: Looked(rows, then), group="look")

    @on(Looked)
    def _go_on(self, looked: Looked) -> None:
        looked.then(looked.rows)

    def propose(
        self,
        proposal: Proposal,
        new: NewOperation,
        outgoing: MessageDraft | None = None,
        otherwise: Callable[[], None] | None = None,
    ) -> None:
        """Ask, and act if the answer is yes, else do `otherwise`.

        `outgoing` is the text that goes by it. Nothing is asked over what is open already.
        """

        def answered(sure: bool | None) -> None:
            if sure:
                self.close_outcome()
                self.drumbeat.act(new, outgoing)
            elif otherwise is not None:
                otherwise()

        self.ask_on_top(ConfirmScreen(proposal), answered, what=proposal.title)

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
        if not self.may_change() or (targets := self.targets()) is None:
            return
        count, selection = targets
        new = NewOperation(action, selection)
        if count <= LOOKED_AT:
            self.look(selection, lambda rows: self.propose(propose(count, self.called, rows), new))
        else:
            self.propose(propose(count, self.called, None), new)

    def action_add_to_group(self) -> None:
        """Ask for a group, then whether to add."""
        if self.may_change() and (targets := self.targets()) is not None:
            self.read_to_open(
                read_groups(self.drumbeat.client),
                lambda page: GroupsRead(targets[0], page, partial(self._into_group, *targets)),
                group="groups",
            )

    @on(GroupsRead)
    def _choose_group(self, read: GroupsRead) -> None:
        choice = GroupChoice(self.drumbeat.client, read.count, read.page)
        self.open_read(choice, read.then, what="Add to a group")

    def _into_group(self, count: int, selection: Selection, pick: Pick | None) -> None:
        if pick is None:
            return
        name = pick.typed[:100]
        new = NewOperation(
            OperationAction.ADD_TO_GROUP,
            selection,
            group_id=None if pick.value is None else int(pick.value),
            group_name=name if pick.value is None else None,
        )
        self.propose(group_proposal(count, name, new=pick.value is None), new)

    # What became of it.

    def show_outcome(self, lines: Sequence[str]) -> None:
        """Show what became of an action until it is closed."""
        outcome = self.query_one("#outcome", Static)
        outcome.add_class("-shown")
        outcome.update(stacked(map(as_text, lines)))

    def close_panel(self) -> bool:
        """Close what became of an action; whether it was shown."""
        return self.close_outcome() or super().close_panel()

    def close_outcome(self) -> bool:
        """Close what became of an action; whether it was shown."""
        outcome = self.query_one("#outcome", Static)
        shown = outcome.has_class("-shown")
        outcome.remove_class("-shown")
        return shown


async def _rows(source: Source, ids: Sequence[int]) -> tuple[ListedEnrollment, ...]:
    return tuple(await asyncio.gather(*map(source.get_enrollment, ids)))
