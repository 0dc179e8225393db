"""The text that can be classified: which one, and what each answer does."""

from __future__ import annotations

from typing import Final, NamedTuple

from common.model.explanation import Explanation, TimelineItem
from common.model.messages import SaidReading
from common.phones import pretty
from common.terminal import clean
from common.vocabulary import Direction
from tui.state.proposal import Proposal

LETTERS: Final[dict[str, SaidReading]] = {
    "r": "reply",
    "a": "auto_reply",
    "o": "opt_out",
    "w": "wrong_number",
    "h": "harmless",
}
WORDS: Final[dict[SaidReading, str]] = {
    "reply": "a reply",
    "auto_reply": "an auto-reply",
    "opt_out": "an opt-out",
    "wrong_number": "a wrong number",
    "harmless": "harmless",
}
_QUOTED: Final = 300


class InboundText(NamedTuple):
    """An inbound text; `review_id` if it is in review."""

    message_id: int
    body: str
    review_id: int | None = None


def text_to_classify(
    explanation: Explanation | None, items: tuple[TimelineItem, ...]
) -> InboundText | None:
    """The text in review, else the newest inbound text."""
    if explanation is not None and explanation.review is not None:
        review = explanation.review
        return InboundText(review.message_id, review.body, review.id)
    for item in reversed(items):
        if item.text is not None and item.text.direction is Direction.IN:
            return InboundText(item.text.message_id, item.text.body)
    return None


def review_line(text: InboundText) -> str:
    """The note about a text in review."""
    return (
        f"? “{clean(text.body, 60)}” may be an opt-out. Nothing is sent to this number until you"
        " classify it (w)."
    )


def classify_proposal(text: InboundText, reading: SaidReading, phone: str) -> Proposal:
    """The confirmation of classifying."""
    effects = {
        "reply": "It counts as a reply. Sequences that end on a reply end; others continue.",
        "auto_reply": "It does not count as a reply. Held texts are released.",
        "harmless": "It does not count as a reply. Held texts are released.",
        "opt_out": (
            f"{pretty(phone)} gets no more texts. Only the contact can undo this, by texting START."
        ),
        "wrong_number": (
            f"{pretty(phone)} gets no more texts until an operator lifts the suppression."
        ),
    }
    return Proposal(
        f"Mark this text as {WORDS[reading]}?",
        (f"“{clean(text.body, _QUOTED)}”", "", effects[reading]),
    )
