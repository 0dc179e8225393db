"""Classifies inbound texts: a keyword, an opt-out in other words, an automatic reply, a reply.

The exact keywords are those of the CTIA's Messaging Principles and Best Practices (2023, 5.1.3) and
of the FCC's rule on revoking consent (47 CFR 64.1200(a)(10), in force since April 2025), which
counts stop, quit, end, revoke, opt out, cancel and unsubscribe. That rule also counts any other
words that a person would understand as a request to stop; such texts are recognized here and left
to an operator.

Only whole messages count, not a keyword inside a sentence: "we have to STOP this bill" is a reply.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from common.vocabulary import Reading, SuppressionSource
from server.messages.auto_replies import is_auto_reply
from server.messages.opt_out_phrases import sounds_like_opt_out
from server.messages.words import shortened

OPT_OUT: Final = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
)
"""Opt out, as a whole message, reduced to its letters."""

OPT_IN: Final = frozenset({"start", "unstop", "yes"})
"""Opt in again, for a suppressed number; from others a plain reply."""

HELP: Final = frozenset({"help", "info"})
"""Ask who is texting."""


def read(
    body: str, suppressed_by: frozenset[SuppressionSource], opt_out_type: str | None = None
) -> Reading:
    """The reading of an inbound text, by rule.

    `suppressed_by` are the sources of the number's active suppressions; START, UNSTOP and YES opt
    in only if there are any, and the caller decides what that means for an operator's.
    `opt_out_type` is the carrier's reading (STOP, START or HELP, as in Twilio's OptOutType). It
    overrides the words: the carrier may use other keywords, and it has already acted on them.

    Returns REPLY, AUTO_REPLY, OPT_OUT, OPT_IN, HELP or SOUNDS_LIKE_OPT_OUT, the last one for an
    operator to classify.
    """
    body = shortened(body)
    keyword = squeeze(body)
    opts_in = keyword in OPT_IN
    match (opt_out_type or "").strip().upper():
        case "STOP":
            return Reading.OPT_OUT
        case "HELP":
            return Reading.HELP
        case "START":
            opts_in = True
    if opts_in:
        return Reading.OPT_IN if suppressed_by else Reading.REPLY
    if keyword in OPT_OUT:
        return Reading.OPT_OUT
    if keyword in HELP:
        return Reading.HELP
    if is_auto_reply(body):
        return Reading.AUTO_REPLY
    if sounds_like_opt_out(body):
        return Reading.SOUNDS_LIKE_OPT_OUT
    return Reading.REPLY


def squeeze(body: str) -> str:
    """A text's letters and digits in lower case, without all else: `“Opt-Out!” 🛑` is optout."""
    composed = unicodedata.normalize("NFC", body)
    letters = "".join(char for char in composed if unicodedata.category(char)[0] in "LN")
    return unicodedata.normalize("NFKC", letters).casefold()
