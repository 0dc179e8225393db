"""What an operator says that a text is: the letters, what follows from each, and the asking."""

from __future__ import annotations

from typing import Final, NamedTuple, cast, get_args

from common.client import Client
from common.model.explanation import Explanation, TimelineItem
from common.model.messages import SaidReading, Verdict
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


class Unread(NamedTuple):
    """A text that came in; `review_id` if it waits for somebody to say what it is."""

    message_id: int
    body: str
    review_id: int | None = None


def to_read(explanation: Explanation | None, items: tuple[TimelineItem, ...]) -> Unread | None:
    """The text in review, else the newest that came in."""
    if explanation is not None and explanation.review is not None:
        review = explanation.review
        return Unread(review.message_id, review.body, review.id)
    for item in reversed(items):
        if item.text is not None and item.text.direction is Direction.IN:
            return Unread(item.text.message_id, item.text.body)
    return None


def review_line(text: Unread) -> str:
    """What a text in review holds."""
    return (
        f"? “{clean(text.body, 60)}” may be an opt-out. Nothing is sent to this number until you"
        " classify it (w)."
    )


def proposal(text: Unread, reading: SaidReading, phone: str) -> Proposal:
    """What saying so would do."""
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


async def say_what_it_is(source: Client, text: Unread, reading: SaidReading) -> SaidReading:
    """Say it to the server; answers what was said."""
    if text.review_id is not None and reading in get_args(Verdict):
        await source.decide_review(text.review_id, cast("Verdict", reading))
    else:
        await source.read_message(text.message_id, reading)
    return reading
