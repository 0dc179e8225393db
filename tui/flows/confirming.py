"""The last step of every bulk action: confirm it, then do it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from common.client import Client
from common.model.listing import ListedEnrollment
from common.model.operations import NewOperation, Selection
from common.vocabulary import OperationAction
from tui.flows.page import EnrollmentsPage
from tui.state.message_draft import MessageDraft
from tui.state.proposal import Proposal
from tui.widgets.confirm import ConfirmScreen

LOOKED_AT: Final = 50
"""Up to this many rows are read before the confirmation."""

Propose = Callable[[int, str, Sequence[ListedEnrollment] | None], Proposal]


async def act_on_targets(page: EnrollmentsPage, action: OperationAction, propose: Propose) -> None:
    """Confirm an action on the targets of a page, with their rows if they are few; then do it."""
    if not page.may_change() or (targets := page.targets()) is None:
        return
    count, selection = targets
    rows = await read_rows(page.session.client, selection) if count <= LOOKED_AT else None
    await confirm_operation(
        page, propose(count, page.called, rows), NewOperation(action, selection)
    )


async def confirm_operation(
    page: EnrollmentsPage,
    proposal: Proposal,
    new: NewOperation,
    outgoing: MessageDraft | None = None,
) -> bool:
    """Confirm an operation and do it; whether it was confirmed. `outgoing` is the text it sends."""
    sure = await page.ask(ConfirmScreen(proposal), proposal.title)
    if sure:
        page.close_outcome()
        page.session.act(new, outgoing)
    return bool(sure)


async def read_rows(client: Client, selection: Selection) -> tuple[ListedEnrollment, ...]:
    """A few rows as they are now."""
    ids: Iterable[int] = selection.ids or ()
    return tuple(await asyncio.gather(*map(client.get_enrollment, ids)))
