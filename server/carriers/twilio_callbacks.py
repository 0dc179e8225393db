"""Reads Twilio's callbacks after their signature was verified.

Fields: https://www.twilio.com/docs/messaging/guides/webhook-request (inbound) and
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status (reports).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal
from urllib.parse import parse_qs

from common.model.messages import Media
from common.phones import is_number, normal
from common.vocabulary import FailureClass, MessageStatus
from server.carriers.codes import Place, classify
from server.carriers.interface import (
    BadCallback,
    CallbackEvent,
    InboundText,
    StatusReport,
)
from server.messages import media

STATUSES: Final = {
    "accepted": MessageStatus.QUEUED,
    "scheduled": MessageStatus.QUEUED,
    "queued": MessageStatus.QUEUED,
    "sending": MessageStatus.QUEUED,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.DELIVERED,
    "undelivered": MessageStatus.UNDELIVERED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
}
"""Twilio's words for the status of an outbound text, and ours."""

_FAILURES: Final = frozenset({MessageStatus.UNDELIVERED, MessageStatus.FAILED})

# The words that Twilio answers by default on long codes and toll-free numbers, whole message only:
# https://help.twilio.com/articles/223134027 (REVOKE and OPTOUT since April 2025).
_ANSWERED_WORDS: Final = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
    | {"START", "YES", "UNSTOP", "HELP", "INFO"}
)
_NAME_LIMIT: Final = 100
"""Most characters of a sender that is not a phone number; carriers allow eleven."""
_NAMES: Final = ("MessageSid", "SmsSid", "MessageStatus", "SmsStatus", "ErrorCode", "From", "To")
_LONGEST_NAME: Final = 200
"""Most characters of an id, a code or a number; Twilio's own have at most 34."""
_PHONE: Final = re.compile(r"\+[1-9][0-9]{7,14}")
_OPTS: Final[dict[str, Literal["stop", "start", "help"]]] = {
    "STOP": "stop",
    "START": "start",
    "HELP": "help",
}


def read_form(form: Mapping[str, str], query: str) -> CallbackEvent:
    """A status report or an inbound text, distinguished by the fields. Raises BadCallback."""
    for name in _NAMES:
        if len(form.get(name, "")) > _LONGEST_NAME:
            raise BadCallback(f"{name} has more than {_LONGEST_NAME} characters.")
    carrier_id = form.get("MessageSid") or form.get("SmsSid")
    if not carrier_id:
        raise BadCallback("The callback has no message id: MessageSid is missing.")
    status = form.get("MessageStatus") or form.get("SmsStatus")
    if status and status not in {"received", "receiving"}:
        return _status_report(carrier_id, status, form, query)
    if (
        form.get("From", "").strip()
        and form.get("To")
        and (status or "Body" in form or _media(form))
    ):
        return _inbound_text(carrier_id, form)
    raise BadCallback(
        f"The callback about {carrier_id} is neither a status report nor an inbound text."
    )


def status_of(word: str) -> MessageStatus:
    """Our status for Twilio's word. Raises BadCallback for an unknown word."""
    try:
        return STATUSES[word]
    except KeyError:
        raise BadCallback(f"The message status {word!r} is not one of Twilio's.") from None


def _status_report(carrier_id: str, word: str, form: Mapping[str, str], query: str) -> StatusReport:
    status = status_of(word)
    code = form.get("ErrorCode") or None
    if code == "0":
        code = None
    failure: FailureClass | None = None
    if status in _FAILURES:
        failure = classify("twilio", code, Place.CALLBACK, form.get("From", ""))
    return StatusReport(
        attempt_id=_attempt_id(query),
        carrier_id=carrier_id,
        status=status,
        code=code,
        failure=failure,
        dedupe_key=f"{carrier_id}:{word}:{code or ''}",
    )


def _inbound_text(carrier_id: str, form: Mapping[str, str]) -> InboundText:
    opt = _OPTS.get(form.get("OptOutType", "").upper())
    body = form.get("Body", "")
    return InboundText(
        carrier_id=carrier_id,
        from_=_sender(form["From"]),
        to=form["To"],
        body=body,
        opt=opt,
        carrier_answered=opt is not None or _answers(body, form["To"]),
        dedupe_key=carrier_id,
        media=_media(form),
    )


def listed_text(entry: Any, otherwise_us: int) -> InboundText | None:
    """A text of the carrier's list; None if it is not inbound or has no sender.

    Its time is `otherwise_us` if the list has none that can be read.
    """
    if not isinstance(entry, dict):
        return None
    sid, from_, to = (entry.get(name) for name in ("sid", "from", "to"))
    if entry.get("direction") != "inbound":
        return None
    if not (isinstance(sid, str) and isinstance(from_, str) and isinstance(to, str)):
        return None
    if not (sid and to):
        return None
    try:
        from_ = _sender(from_)
    except BadCallback:
        return None
    body = entry.get("body")
    body = body if isinstance(body, str) else ""
    return InboundText(
        carrier_id=sid,
        from_=from_,
        to=to,
        body=body,
        opt=None,
        carrier_answered=_answers(body, to),
        dedupe_key=sid,
        media=(Media(),) * _count(str(entry.get("num_media") or "")),
        sent_us=sent_at(entry, otherwise_us),
    )


def sent_at(entry: Any, otherwise_us: int) -> int:
    """The time of a listed text; `otherwise_us` if it cannot be read."""
    if not isinstance(entry, dict):
        return otherwise_us
    try:
        moment = parsedate_to_datetime(str(entry.get("date_sent") or entry.get("date_created")))
    except (TypeError, ValueError, IndexError):
        return otherwise_us
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000


def _sender(written: str) -> str:
    """The sender of a text: a number in its normal form, a short code or a sender's name.

    Raises BadCallback for anything else.
    """
    sender = normal(written)
    if is_number(sender) or (0 < len(sender) <= _NAME_LIMIT and sender.isprintable()):
        return sender
    raise BadCallback(
        f"The text is from {sender[:_NAME_LIMIT]!a}, which is not a phone number, short "
        "code or sender name."
    )


def _answers(body: str, to: str) -> bool:
    """Whether Twilio answers this text itself."""
    return body.strip().upper() in _ANSWERED_WORDS and _PHONE.fullmatch(to) is not None


def _media(form: Mapping[str, str]) -> tuple[Media, ...]:
    return tuple(
        media.kept(form.get(f"MediaUrl{n}"), form.get(f"MediaContentType{n}"))
        for n in range(_count(form.get("NumMedia", "")))
    )


def _count(written: str) -> int:
    """The number of media that are stored."""
    written = written.strip()
    if not (written.isascii() and written.isdecimal()):
        return 0
    return media.MOST if len(written) > 3 else min(int(written), media.MOST)


def _attempt_id(query: str) -> int | None:
    given = parse_qs(query).get("a", [""])[0]
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else None
