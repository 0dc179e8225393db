"""Retry: sends the failed step again to the selected contacts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from common.model.listing import ListedEnrollment
from common.vocabulary import OperationAction, Reason
from tui.flows.confirming import act_on_targets
from tui.flows.page import EnrollmentsPage
from tui.state.operation_words import spared_rows
from tui.state.proposal import Proposal
from tui.state.wording import counted

_UNTIL: Final = "will probably fail again until"
_LANDLINE: Final = "skipped if the landline is confirmed; correct the number or its line type first"
_AGAIN: Final = {
    Reason.UNREACHABLE: "may arrive this time",
    Reason.INVALID_NUMBER: f"{_UNTIL} the number is corrected",
    Reason.FILTERED: f"{_UNTIL} the text or the sender's registration is changed",
    Reason.SENDER_CONFIGURATION: f"{_UNTIL} the sender's settings are corrected",
    Reason.RECIPIENT_REFUSED: f"{_UNTIL} the carrier allows the region or you use another sender",
    Reason.LANDLINE_PLAN: _LANDLINE,
    Reason.LANDLINE_LOOKUP: _LANDLINE,
    Reason.LANDLINE_CARRIER: _LANDLINE,
}
"""What a retry can do, by the reason of the failure."""
_IN_GENERAL: Final = (
    f"An unknown handset {_UNTIL} its number is corrected.",
    "A confirmed landline is skipped until its number or line type is corrected.",
)


async def retry(page: EnrollmentsPage) -> None:
    """Confirm, then retry."""
    await act_on_targets(page, OperationAction.RETRY, retry_proposal)


def retry_proposal(count: int, where: str, rows: Sequence[ListedEnrollment] | None) -> Proposal:
    """The confirmation of a retry."""
    effects = [
        "The failed step is sent again, and the sequence continues from there.",
    ]
    if rows is None:
        effects += _IN_GENERAL
        spared = ["Contacts who have not failed will be skipped."]
    else:
        again = [row for row in rows if _retryable(row)]
        whys = Counter(row.reason for row in again if row.reason is not None)
        effects += [f"{many:,} {why.words.label}: {_AGAIN[why]}." for why, many in whys.items()]
        spared = spared_rows(
            [row for row in rows if not _retryable(row)],
            "will be skipped",
            lambda row: row.status.label,
        )
    effects.append("If the step was edited since then, its new text is sent.")
    return Proposal(
        f"Retry: {counted(count, 'contact')} in {where}", tuple(effects), tuple(spared), count
    )


def _retryable(row: ListedEnrollment) -> bool:
    return row.reason is not None and row.reason.words.retryable
