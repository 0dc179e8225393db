"""The meaning of Twilio's answers to a hand-off."""

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
"""HTTP statuses of refusals that may concern the text; all others concern our account."""

_CODE_DIGITS: Final = 8
_SAID: Final = 300
"""Most characters of the carrier's own words that are stored."""

CONNECT_AGAIN_AFTER: Final = 5.0
"""Seconds to wait after a failed connection."""


def after_answer(reply: WireAnswer, sender: str) -> Sent:
    """The result of a hand-off from `sender`, from Twilio's answer.

    2xx without an id, 408 and 5xx prove nothing: Unknown. 429 was not processed. Any other refusal
    is certain and classified by its code (`codes.toml`). A refusal without a code, or for
    credentials or money, concerns our account and not the recipient.
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
    reason = label("twilio", code) if code else f"HTTP {status} without a Twilio code"
    return SendRefused(code or str(status), f"{reason} ({said})" if said else reason, failure)


def _retry_after(reply: WireAnswer, otherwise: float) -> float:
    asked = read_retry_after(reply.retry_after, wall() / SECOND)
    return otherwise if asked is None else asked


def _code(given: object) -> str | None:
    """Twilio's code, a short number; None for anything else."""
    if isinstance(given, bool) or not isinstance(given, int | str):
        return None
    if isinstance(given, int):
        return str(given) if 0 <= given < 10**_CODE_DIGITS else None
    return given if re.fullmatch(rf"[0-9]{{1,{_CODE_DIGITS}}}", given) else None


def _segments(given: object) -> int | None:
    """The number of segments, which Twilio writes as a string; None without one."""
    digits = str(given) if isinstance(given, str) else ""
    return int(digits) if re.fullmatch(r"[1-9][0-9]{0,3}", digits) else None


def document_of(reply: WireAnswer) -> dict[str, Any] | None:
    """The JSON object of an answer; None without one."""
    try:
        read = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None
