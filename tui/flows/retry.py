"""Try again: the step that failed is sent once more to the selected contacts."""

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

_UNTIL: Final = "will most likely fail again until"
_LANDLINE: Final = "skipped if it is one for certain; correct the number or its line type first"
_AGAIN: Final = {
    Reason.UNREACHABLE: "may arrive this time",
    Reason.INVALID_NUMBER: f"{_UNTIL} the number is corrected",
    Reason.FILTERED: f"{_UNTIL} the text or the sender's registration is changed",
    Reason.SENDER_CONFIGURATION: f"{_UNTIL} the sender's settings are mended",
    Reason.RECIPIENT_REFUSED: f"{_UNTIL} the carrier allows the region, or another sender is used",
    Reason.LANDLINE_PLAN: _LANDLINE,
    Reason.LANDLINE_LOOKUP: _LANDLINE,
    Reason.LANDLINE_CARRIER: _LANDLINE,
}
"""What trying again can do about each reason that it is done for."""
_IN_GENERAL: Final = (
    f"An unknown handset {_UNTIL} its number is corrected.",
    "A landline for certain is skipped, until the number or its line type is corrected.",
)


async def retry(page: EnrollmentsPage) -> None:
    """Ask, then try again."""
    await act_on_targets(page, OperationAction.RETRY, retry_proposal)


def retry_proposal(count: int, where: str, rows: Sequence[ListedEnrollment] | None) -> Proposal:
    """What trying again would do."""
    effects = [
        "The step that failed is sent once more, and the sequence goes on from there.",
    ]
    if rows is None:
        effects += _IN_GENERAL
        spared = ["Who has not failed is skipped."]
    else:
        again = [row for row in rows if _retryable(row)]
        whys = Counter(row.reason for row in again if row.reason is not None)
        effects += [f"{many:,} {why.words.label}: {_AGAIN[why]}." for why, many in whys.items()]
        spared = spared_rows(
            [row for row in rows if not _retryable(row)],
            "are skipped",
            lambda row: row.status.label,
        )
    effects.append("If you edited the step since, the new text is sent.")
    return Proposal(
        f"Try again: {counted(count, 'contact')} of {where}", tuple(effects), tuple(spared), count
    )


def _retryable(row: ListedEnrollment) -> bool:
    return row.reason is not None and row.reason.words.retryable
