"""What Twilio's answers mean for a text that was handed over."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final

import msgspec

from common.vocabulary import FailureClass, MessageStatus
from server.carriers.codes import Place, classify, is_listed, label
from server.carriers.interface import SendAccepted, SendRefused, Sent, TryLater, Unknown
from server.carriers.retry_after import read_retry_after
from server.carriers.twilio_callbacks import STATUSES
from server.carriers.wire import WireAnswer
from server.clock import SECOND, wall

_ABOUT_A_TEXT: Final = frozenset(range(400, 500)) - {401, 402, 407}
"""HTTP statuses of refusals that may be about the text; others are about us and our account."""

_CODE_DIGITS: Final = 8
_SAID: Final = 300
"""Characters of the carrier's own words that are kept."""

CONNECT_AGAIN_AFTER: Final = 5.0
"""Seconds to wait when no connection came about."""


def after_answer(reply: WireAnswer, sender: str) -> Sent:
    """What an answer to a hand-off from `sender` comes to.

    2xx without an id, 408 and 5xx prove nothing either way: Unknown. 429 was not processed. Any
    other refusal is certain, and is classed by its code (`codes.toml`); one without a code, or for
    want of credentials or money, is about us and not about the recipient.
    """
    status = reply.status
    document = document_of(reply)
    if 200 <= status < 300:
        if document is None or not isinstance(document.get("sid"), str):
            return Unknown(f"HTTP {status} without a message id")
        return SendAccepted(
            carrier_id=document["sid"],
            segments=_segments(document.get("num_segments")),
            status=STATUSES.get(str(document.get("status")), MessageStatus.QUEUED),
        )
    code = _code(document.get("code")) if document else None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TryLater(_retry_after(reply, 1.0), code or "429")
    if status >= 500 or status < 200 or status == HTTPStatus.REQUEST_TIMEOUT:
        return Unknown(f"HTTP {status}" + (f", code {code}" if code else ""))
    failure = classify("twilio", code, Place.API, sender)
    if status not in _ABOUT_A_TEXT and not (code and is_listed("twilio", code)):
        failure = FailureClass.CONFIGURATION
    if failure in {FailureClass.NOT_PROCESSED, FailureClass.SENDER_QUEUE}:
        return TryLater(_retry_after(reply, 60.0), code, failure)
    said = str(document.get("message", ""))[:_SAID] if document else ""
    reason = label("twilio", code) if code else f"HTTP {status} without a code of Twilio's"
    return SendRefused(code or str(status), f"{reason} ({said})" if said else reason, failure)


def _retry_after(reply: WireAnswer, otherwise: float) -> float:
    asked = read_retry_after(reply.retry_after, wall() / SECOND)
    return otherwise if asked is None else asked


def _code(given: object) -> str | None:
    """Twilio's code, a short number; None for whatever else stands in its place."""
    if isinstance(given, bool) or not isinstance(given, int | str):
        return None
    if isinstance(given, int):
        return str(given) if 0 <= given < 10**_CODE_DIGITS else None
    return given if re.fullmatch(rf"[0-9]{{1,{_CODE_DIGITS}}}", given) else None


def _segments(given: object) -> int | None:
    """The number of segments, which Twilio writes as a string; None where there is none."""
    told = str(given) if isinstance(given, str) else ""
    return int(told) if re.fullmatch(r"[1-9][0-9]{0,3}", told) else None


def document_of(reply: WireAnswer) -> dict[str, Any] | None:
    """The JSON object in an answer; None when there is none."""
    try:
        read = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None
