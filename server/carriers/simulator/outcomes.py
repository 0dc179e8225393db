"""The outcome of a text, determined by the last digits of its number."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

import msgspec


class Answering(StrEnum):
    """How the request to send is answered."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    DROP = "drop"
    """The connection is cut; nothing was accepted."""
    ERROR = "error"
    """HTTP 503; nothing was accepted."""
    ACCEPT_THEN_HOLD = "accept_then_hold"
    """Accepted; the answer never comes."""
    ACCEPT_THEN_DROP = "accept_then_drop"
    """Accepted; the connection is cut."""
    ACCEPT_THEN_ERROR = "accept_then_error"
    """Accepted, but answered with HTTP 503."""


class NumberOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of texts to one number.

    `code` is the code of the refusal, or of the failure that `final` reports. `times`: only the
    first so many hand-offs to the number have this outcome, later ones are delivered; None means
    all. `replies` are texts that the person may send back, of which the seed picks one; they answer
    only the `reply_to`-th accepted text. `reply_after` is in domain seconds; None lets the seed
    decide.
    """

    name: str
    answering: Answering = Answering.ACCEPT
    code: str | None = None
    final: Literal["delivered", "undelivered", "failed"] | None = "delivered"
    times: int | None = None
    callbacks_lost: bool = False
    callbacks_doubled: bool = False
    callbacks_reversed: bool = False
    callbacks_early: bool = False
    """All callbacks come before the answer to the request."""
    replies: tuple[str, ...] = ()
    reply_to: int = 1
    reply_after: float | None = None
    line: Literal["mobile", "landline", "nonFixedVoip"] = "mobile"

    @property
    def counts(self) -> bool:
        """Whether the outcome depends on how many texts the number got before."""
        return self.times is not None or bool(self.replies)


_YES: Final = (
    "Yes, I am interested",
    "Sounds good, tell me more",
    "Who is this?",
    "Call me tomorrow",
    "👍 yes",
    "Not just now, maybe next month",
)
_NEARLY_STOP: Final = ("please stop texting me", "wrong number", "take me off your list")
_AUTO: Final = ("I'm driving with Do Not Disturb turned on. I'll see your message later.",)

DELIVERED: Final = NumberOutcome(name="delivered")

OUTCOMES: Final[dict[str, NumberOutcome]] = {
    "70": NumberOutcome(name="replies", replies=_YES),
    "71": NumberOutcome(name="replies", replies=_YES),
    "72": NumberOutcome(name="replies", replies=_YES),
    "73": NumberOutcome(name="replies_to_second", replies=_YES, reply_to=2),
    "74": NumberOutcome(name="replies_to_second", replies=_YES, reply_to=2),
    "75": NumberOutcome(name="replies_to_third", replies=_YES, reply_to=3),
    "76": NumberOutcome(name="stops", replies=("STOP",)),
    "77": NumberOutcome(name="stops_at_second", replies=("Stop",), reply_to=2),
    "78": NumberOutcome(name="sounds_like_stop", replies=_NEARLY_STOP),
    "79": NumberOutcome(name="auto_replies", replies=_AUTO),
    "80": NumberOutcome(name="undelivered_30003", final="undelivered", code="30003"),
    "81": NumberOutcome(name="landline_30006", final="undelivered", code="30006", line="landline"),
    "82": NumberOutcome(
        name="refused_21614", answering=Answering.REFUSE, code="21614", line="landline"
    ),
    "83": NumberOutcome(name="refused_21610", answering=Answering.REFUSE, code="21610"),
    "84": NumberOutcome(name="filtered_30007", final="undelivered", code="30007"),
    "85": NumberOutcome(name="busy_429", answering=Answering.REFUSE, code="20429", times=2),
    "86": NumberOutcome(name="no_receipt", final=None),
    "87": NumberOutcome(name="callbacks_lost", callbacks_lost=True),
    "88": NumberOutcome(name="callbacks_doubled", callbacks_doubled=True),
    "89": NumberOutcome(name="callbacks_reversed", callbacks_reversed=True),
    "90": NumberOutcome(name="callbacks_early", callbacks_early=True),
    "91": NumberOutcome(name="unknown_handset_30005", final="undelivered", code="30005"),
    "92": NumberOutcome(name="refused_21211", answering=Answering.REFUSE, code="21211"),
    "93": NumberOutcome(name="failed_30008", final="failed", code="30008"),
    "950": NumberOutcome(name="held_after_accept", answering=Answering.ACCEPT_THEN_HOLD),
    "951": NumberOutcome(name="dropped_after_accept", answering=Answering.ACCEPT_THEN_DROP),
    "952": NumberOutcome(name="error_after_accept", answering=Answering.ACCEPT_THEN_ERROR),
    "953": NumberOutcome(name="dropped_before_accept", answering=Answering.DROP, times=1),
    "954": NumberOutcome(name="error_before_accept", answering=Answering.ERROR, times=1),
    "955": NumberOutcome(
        name="queue_full_21611", answering=Answering.REFUSE, code="21611", times=2
    ),
    "956": NumberOutcome(name="unreachable_twice", final="undelivered", code="30003", times=2),
    "957": NumberOutcome(
        name="refused_21635", answering=Answering.REFUSE, code="21635", line="landline"
    ),
    "958": NumberOutcome(name="asks_for_help", replies=("HELP",)),
    "959": NumberOutcome(
        name="held_after_accept_no_callbacks",
        answering=Answering.ACCEPT_THEN_HOLD,
        callbacks_lost=True,
    ),
}
"""The last three digits decide, or else the last two; texts to all other numbers are delivered.

Three quarters of all numbers are ordinary, a tenth answers or opts out, the rest has problems.
Outcomes that cost real time (held and cut connections) have one number in a thousand each.
"""

SCRIPTED: Final = (
    NumberOutcome(name="refused_21408", answering=Answering.REFUSE, code="21408"),
    NumberOutcome(name="refused_21612", answering=Answering.REFUSE, code="21612"),
    NumberOutcome(name="refused_unlisted", answering=Answering.REFUSE, code="98765"),
    NumberOutcome(name="queue_overflow_30001", final="undelivered", code="30001"),
    NumberOutcome(name="daily_cap_30023", final="undelivered", code="30023"),
)
"""Outcomes that only a script can set."""

BY_NAME: Final = {outcome.name: outcome for outcome in (DELIVERED, *OUTCOMES.values(), *SCRIPTED)}


def outcome_of(phone: str) -> NumberOutcome:
    """The outcome of the number in the table; a script may override it at run time."""
    return OUTCOMES.get(phone[-3:]) or OUTCOMES.get(phone[-2:]) or DELIVERED
