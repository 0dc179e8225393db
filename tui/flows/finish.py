"""Finish: ends the sequence for the selected contacts."""

from __future__ import annotations

from collections.abc import Sequence

from common.model.listing import ListedEnrollment
from common.vocabulary import OperationAction, Status
from tui.flows.confirming import act_on_targets
from tui.flows.page import EnrollmentsPage
from tui.state.operation_words import spared_rows
from tui.state.proposal import Proposal
from tui.state.wording import counted


async def finish(page: EnrollmentsPage) -> None:
    """Confirm, then mark as finished."""
    await act_on_targets(page, OperationAction.FINISH, finish_proposal)


def finish_proposal(count: int, where: str, rows: Sequence[ListedEnrollment] | None) -> Proposal:
    """The confirmation of finishing. `rows` are all of them, if there are few."""
    spared: list[str] = []
    if rows is None:
        effect = "Pending contacts are finished and get no more texts from this sequence."
        spared.append("Contacts who are not pending will not change.")
    else:
        ended = [row for row in rows if row.status is not Status.PENDING]
        pending = len(rows) - len(ended)
        effect = f"{pending:,} will be finished and get no more texts from this sequence."
        spared += spared_rows(ended, "will not change", lambda row: row.status.label)
    spared.append("A text already with the carrier will still arrive.")
    return Proposal(
        f"Mark as finished: {counted(count, 'contact')} in {where}",
        (effect,),
        tuple(spared),
        count,
    )
