"""Events and texts as sentences in plain English. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from common.vocabulary import FailureClass, Hold, MessageStatus, Reading, Reason, Status
from server.sequences.timing import SkipReason

Body = Mapping[str, Any]

FATES: Final = {
    MessageStatus.WAITING: "waits to be sent",
    MessageStatus.SENDING: "is being handed to the carrier",
    MessageStatus.UNKNOWN: "not known whether it was sent",
    MessageStatus.CANCELLED: "cancelled before it was sent",
    MessageStatus.QUEUED: "accepted by the carrier",
    MessageStatus.SENT: "sent",
    MessageStatus.DELIVERED: "delivered",
    MessageStatus.UNDELIVERED: "not delivered",
    MessageStatus.FAILED: "failed",
    MessageStatus.RECEIVED: "received",
}

FAILURES: Final = {
    FailureClass.OPTED_OUT: "the number opted out at the carrier",
    FailureClass.LANDLINE_CERTAIN: "a landline",
    FailureClass.LANDLINE_PROBABLE: "probably a landline",
    FailureClass.INVALID_NUMBER: "unknown handset",
    FailureClass.UNREACHABLE: "handset unreachable",
    FailureClass.FILTERED: "filtered by the carrier",
    FailureClass.NOT_PROCESSED: "the carrier did not take it",
    FailureClass.SENDER_QUEUE: "the sender's queue or cap is full",
    FailureClass.CONFIGURATION: "the sender is not set up correctly",
    FailureClass.RECIPIENT: "refused for this recipient",
    FailureClass.UNKNOWN: "no answer from the carrier",
}

READINGS: Final = {
    Reading.REPLY: "replied",
    Reading.AUTO_REPLY: "sent an automatic reply",
    Reading.OPT_OUT: "asked to opt out",
    Reading.OPT_IN: "asked to opt in again",
    Reading.HELP: "asked for help",
    Reading.SOUNDS_LIKE_OPT_OUT: "sent a text that sounds like an opt-out",
    Reading.WRONG_NUMBER: "said it is the wrong number",
    Reading.HARMLESS: "sent a text that needs no action",
}


def tell_event(kind: str, body: Body, operator: str | None, step: int | None) -> str:
    """An event as a sentence. For an unknown event, the words of its kind."""
    teller = _TELLERS.get(kind)
    if teller is not None:
        try:
            return teller(body, operator or "An operator", f"step {step}" if step else "a step")
        except (KeyError, ValueError):  # written by another version: its kind still says something
            pass
    words = kind.replace("_", " ").capitalize()
    return f"{words} by {operator}." if operator else f"{words}."


def tell_fate(
    status: MessageStatus,
    failure: FailureClass | None,
    code: str | None,
    label: str | None,
    attempts: int,
) -> str:
    """The outcome of a text; `label` is the carrier's code with its words."""
    why = label or ", ".join(filter(None, [failure and FAILURES[failure], code]))
    fate = f"{FATES[status]} ({why})" if why else FATES[status]
    return f"{fate} after {attempts} attempts" if attempts > 1 else fate


def with_code(sentence: str, label: str | None) -> str:
    """A sentence with the carrier's code, and its words if they say more."""
    if label is None:
        return sentence
    code, _, words = label.partition(": ")
    more = f"code {code}" if words in sentence else f"code {code}, {words}"
    return f"{sentence.removesuffix('.')} ({more})."


def dated(sentence: str, at: datetime) -> str:
    """A sentence with its time, in the zone of `at`."""
    return f"{sentence.removesuffix('.')}, {at:%Y-%m-%d %H:%M %Z}."


def _enrolled(body: Body, who: str, _: str) -> str:
    status = Status(body["status"])
    if status is Status.PENDING:
        return f"Enrolled by {who}."
    return f"Enrolled by {who}, but omitted: {_reason(body)}."


def _held(body: Body, _: str, __: str) -> str:
    hold = Hold(body["hold"])
    detail = body.get("detail")
    label = f"{hold.words.label} ({detail})" if detail else hold.words.label
    return f"Held: {label}. {hold.words.ends}"


def _in_doubt(body: Body, who: str, step: str) -> str:
    return _held({"hold": Hold.UNKNOWN.value, "detail": body.get("detail")}, who, step)


def _sent_back(body: Body, who: str, step: str) -> str:
    return (
        f"The carrier dropped the text of {step}; it will be sent again. {_held(body, who, step)}"
    )


def _text_received(body: Body, _: str, __: str) -> str:
    return f"The contact {READINGS[Reading(body['reading'])]}."


def _reread(body: Body, who: str, _: str) -> str:
    return f"{who} marked a text as: the contact {READINGS[Reading(body['reading'])]}."


def _suppressed(body: Body, who: str, _: str) -> str:
    source = body.get("source")
    if source == "operator":
        return f"{who} suppressed the number."
    by = {
        "keyword": "The contact asked to opt out",
        "import": "An import suppressed the number",
        "carrier": "The carrier says that the number opted out",
    }
    return f"{by.get(str(source), 'The number was suppressed')}."


def _failed(body: Body, _: str, step: str) -> str:
    return f"The text of {step} failed: {_reason(body)}."


def _step_skipped(body: Body, _: str, step: str) -> str:
    why = str(body.get("why", "no reason given"))
    known = {reason.value: reason.label for reason in SkipReason}
    return f"{step.capitalize()} was skipped: {known.get(why, why.replace('_', ' '))}."


def _reason(body: Body) -> str:
    reason = body.get("reason")
    return Reason(reason).words.label if reason else "no reason given"


_TELLERS: Final[dict[str, Callable[[Body, str, str], str]]] = {
    "enrolled": _enrolled,
    "accepted": lambda body, _, step: (
        f"The carrier accepted the text of {step}."
        if body.get("certain", True)
        else f"The text of {step} is treated as sent, because it is unknown whether it went out."
    ),
    "treated_as_sent": lambda _, __, step: (
        f"The text of {step} is treated as sent, because it is unknown whether it went out."
    ),
    "step_skipped": _step_skipped,
    "no_step_left": lambda *_: "There are no steps left to send.",
    "text_received": _text_received,
    "delivered": lambda *_: "A text was delivered.",
    "failed": _failed,
    "carrier_opted_out": lambda *_: "The carrier says that the number opted out.",
    "carrier_landline": lambda body, *_: f"The number cannot receive texts: {_reason(body)}.",
    "held": _held,
    "released": lambda *_: "The hold ended and the next text is scheduled again.",
    "unsent": _held,
    "in_doubt": _in_doubt,
    "retry_planned": lambda _, __, step: f"The text of {step} will be sent again.",
    "sent_back": _sent_back,
    "activated": lambda *_: "The sequence was activated; delays count from this time.",
    "replanned": lambda _, __, step: f"The sequence was edited; {step} is next.",
    "resumed": lambda *_: "The sequence was resumed.",
    "clock_set_back": lambda *_: (
        "The server's clock was set back, and times that were still in the future were "
        "moved earlier."
    ),
    "suppressed": _suppressed,
    "suppression_added": _suppressed,
    "suppression_lifted": lambda _, who, __: f"{who} lifted the suppression of the number.",
    "finished": lambda body, who, _: (
        f"{who} marked the enrollment as finished"
        + ("; one text was already with the carrier." if body.get("with_carrier") else ".")
    ),
    "finish_undone": lambda _, who, __: f"{who} undid the finish.",
    "retried": lambda _, who, step: f"{who} retried from {step}.",
    "reread": _reread,
    "inbound_text": _text_received,
    "review_opened": lambda *_: "A text sounds like an opt-out and needs a review.",
    "contact_added": lambda _, who, __: f"{who} added the contact.",
    "contact_changed": lambda _, who, __: f"{who} changed the contact.",
}
