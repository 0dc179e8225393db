"""The closed sets of the domain: statuses, reasons, holds, kinds, and the labels people see.

Codes are stable: they are stored, sent on the wire and written in filters. Labels are for people.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Status(StrEnum):
    """The status of an enrollment; exactly one."""

    PENDING = "pending"
    FINISHED_RESPONDED = "finished_responded"
    FINISHED_NO_RESPONSE = "finished_no_response"
    FINISHED_STOPPED = "finished_stopped"
    FAILED = "failed"
    OPTED_OUT = "opted_out"
    OMITTED_OPTED_OUT = "omitted_opted_out"
    OMITTED_LANDLINE = "omitted_landline"

    @property
    def label(self) -> str:
        """The label shown to people, the same in every interface."""
        return STATUS_LABELS[self]


STATUS_LABELS: Final = {
    Status.FINISHED_RESPONDED: "Finished, responded",
    Status.FINISHED_NO_RESPONSE: "Finished, no response",
    Status.FINISHED_STOPPED: "Finished, stopped",
    Status.PENDING: "Pending",
    Status.FAILED: "Failed",
    Status.OPTED_OUT: "Opted Out",
    Status.OMITTED_OPTED_OUT: "Omitted Opted Out",
    Status.OMITTED_LANDLINE: "Omitted Landline",
}


class Reason(StrEnum):
    """Why an enrollment ended. Every ended one has a reason."""

    COMPLETED = "completed"
    NO_STEPS_LEFT = "no_steps_left"
    REPLIED = "replied"
    STOPPED_BY_OPERATOR = "stopped_by_operator"
    KEYWORD = "keyword"
    SUPPRESSED_BY_OPERATOR = "suppressed_by_operator"
    SUPPRESSED_BY_IMPORT = "suppressed_by_import"
    SUPPRESSED_BY_CARRIER = "suppressed_by_carrier"
    LANDLINE_PLAN = "landline_plan"
    LANDLINE_LOOKUP = "landline_lookup"
    LANDLINE_CARRIER = "landline_carrier"
    INVALID_NUMBER = "invalid_number"
    UNREACHABLE = "unreachable"
    FILTERED = "filtered"
    SENDER_CONFIGURATION = "sender_configuration"
    RECIPIENT_REFUSED = "recipient_refused"

    @property
    def words(self) -> ReasonWords:
        """Label, remedy and whether a retry can help."""
        return REASON_WORDS[self]


class ReasonWords(NamedTuple):
    """The words for a reason."""

    label: str
    remedy: str
    retryable: bool


REASON_WORDS: Final = {
    Reason.COMPLETED: ReasonWords("completed", "Nothing to do.", retryable=False),
    Reason.NO_STEPS_LEFT: ReasonWords(
        "no steps left", "The remaining steps were skipped or deleted.", retryable=False
    ),
    Reason.REPLIED: ReasonWords("replied", "Read the reply and answer it.", retryable=False),
    Reason.STOPPED_BY_OPERATOR: ReasonWords(
        "stopped by an operator", "Undo within 7 days, or enroll again.", retryable=False
    ),
    Reason.KEYWORD: ReasonWords(
        "asked to opt out", "Only the contact can undo this, by texting START.", retryable=False
    ),
    Reason.SUPPRESSED_BY_OPERATOR: ReasonWords(
        "suppressed by an operator", "Lift the suppression, then enroll again.", retryable=False
    ),
    Reason.SUPPRESSED_BY_IMPORT: ReasonWords(
        "suppressed by an import", "Lift the suppression, then enroll again.", retryable=False
    ),
    Reason.SUPPRESSED_BY_CARRIER: ReasonWords(
        "the carrier says they opted out",
        "Only the contact can undo this, by texting START.",
        retryable=False,
    ),
    Reason.LANDLINE_PLAN: ReasonWords(
        "landline by its number", "Correct the number or its line type.", retryable=True
    ),
    Reason.LANDLINE_LOOKUP: ReasonWords(
        "landline by a lookup", "Correct the number or its line type.", retryable=True
    ),
    Reason.LANDLINE_CARRIER: ReasonWords(
        "landline by the carrier", "Correct the number or its line type.", retryable=True
    ),
    Reason.INVALID_NUMBER: ReasonWords(
        "unknown handset", "Correct the number, then try again.", retryable=True
    ),
    Reason.UNREACHABLE: ReasonWords("unreachable", "Try again in a few days.", retryable=True),
    Reason.FILTERED: ReasonWords(
        "filtered by a carrier",
        "Change the text and check the sender's registration.",
        retryable=True,
    ),
    Reason.SENDER_CONFIGURATION: ReasonWords(
        "sender misconfigured", "Fix the sender's settings, then try again.", retryable=True
    ),
    Reason.RECIPIENT_REFUSED: ReasonWords(
        "refused for this recipient",
        "Look up the carrier's code. You may need to allow the region or use another "
        "sender. Then try again.",
        retryable=True,
    ),
}


class Hold(StrEnum):
    """Why a pending enrollment is not sending a text right now."""

    SENDING = "sending"
    OTHER_TEXT = "other_text"
    UNKNOWN = "unknown"
    QUIET_HOURS = "quiet_hours"
    SEQUENCE_PAUSED = "sequence_paused"
    DRAFT = "draft"
    SENDER_RATE = "sender_rate"
    DAILY_LIMIT = "daily_limit"
    CAMPAIGN_CAP = "campaign_cap"
    SENDER_STOPPED = "sender_stopped"
    MISSING_FIELD = "missing_field"
    NEEDS_REVIEW = "needs_review"

    @property
    def words(self) -> HoldWords:
        """Label, and what ends the hold."""
        return HOLD_WORDS[self]


class HoldWords(NamedTuple):
    """The words for a hold."""

    label: str
    ends: str


HOLD_WORDS: Final = {
    Hold.SENDING: HoldWords("sending", "Waiting for the carrier's answer."),
    Hold.OTHER_TEXT: HoldWords(
        "another text first", "It will be sent after another text to the same person."
    ),
    Hold.UNKNOWN: HoldWords(
        "not known whether sent",
        "Drumbeat is checking with the carrier. It is not sent again until the result is known.",
    ),
    Hold.QUIET_HOURS: HoldWords("quiet hours", "It will be sent when the send window opens."),
    Hold.SEQUENCE_PAUSED: HoldWords(
        "sequence paused", "Sending continues when the sequence is resumed."
    ),
    Hold.DRAFT: HoldWords("sequence is a draft", "Sending starts when the sequence is activated."),
    Hold.SENDER_RATE: HoldWords("sender's rate", "It will be sent in the sender's next free slot."),
    Hold.DAILY_LIMIT: HoldWords(
        "daily limit", "It will be sent when the next day's send window opens."
    ),
    Hold.CAMPAIGN_CAP: HoldWords("daily cap of the sender", "It will be sent when the cap resets."),
    Hold.SENDER_STOPPED: HoldWords(
        "sender stopped", "Fix the sender's settings, then start the sender again."
    ),
    Hold.MISSING_FIELD: HoldWords(
        "a merge field is missing",
        "Fill in the field for the contact, or give it a fallback in the step.",
    ),
    Hold.NEEDS_REVIEW: HoldWords(
        "an inbound text needs review", "Classify the text to release the hold."
    ),
}


class SequenceKind(StrEnum):
    """How the steps of a sequence are timed."""

    RELATIVE = "relative"
    SCHEDULED = "scheduled"


class SequenceState(StrEnum):
    """The state of a sequence."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class OnReply(StrEnum):
    """What a reply does to a pending enrollment."""

    FINISH = "finish"
    CONTINUE = "continue"


class ResumeMode(StrEnum):
    """What resuming does with the steps that became due during the pause."""

    SHIFT = "shift"
    KEEP_GAPS = "keep_gaps"
    SKIP = "skip"


class Role(StrEnum):
    """What an operator may do. Each role includes the roles before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class LineKind(StrEnum):
    """The kind of a phone line."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    VOIP = "voip"
    TOLL_FREE = "toll_free"
    UNKNOWN = "unknown"


class LineSource(StrEnum):
    """Where a line type comes from."""

    OPERATOR = "operator"
    PLAN = "plan"
    LOOKUP = "lookup"
    CARRIER = "carrier"


class SuppressionSource(StrEnum):
    """Where a suppression comes from."""

    KEYWORD = "keyword"
    OPERATOR = "operator"
    CARRIER = "carrier"
    IMPORT = "import"


class Direction(StrEnum):
    """Whether a text is inbound or outbound."""

    OUT = "out"
    IN = "in"


class MessageKind(StrEnum):
    """What a text is for. Inbound texts are `inbound`."""

    STEP = "step"
    DIRECT = "direct"
    CONFIRMATION = "confirmation"
    HELP = "help"
    TEST = "test"
    INBOUND = "inbound"


class MessageStatus(StrEnum):
    """The status of one text.

    Ours: waiting, sending, unknown, cancelled. The carrier's, in order: queued < sent < the final
    ones delivered, undelivered and failed. Inbound texts are `received`.
    """

    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    RECEIVED = "received"


class FailureClass(StrEnum):
    """The meaning of a carrier's refusal or failure, independent of the carrier's code."""

    OPTED_OUT = "opted_out"
    """The number opted out at the carrier."""
    LANDLINE_CERTAIN = "landline_certain"
    LANDLINE_PROBABLE = "landline_probable"
    """Looks like a landline; any delivery or inbound text clears this."""
    INVALID_NUMBER = "invalid_number"
    """No such number or handset."""
    UNREACHABLE = "unreachable"
    """May work after hours: a limited number of new attempts."""
    FILTERED = "filtered"
    """Refused for its content or treated as spam."""
    NOT_PROCESSED = "not_processed"
    """Certainly not processed: a rate limit or no connection."""
    SENDER_QUEUE = "sender_queue"
    """The sender's queue is full or its cap is reached."""
    CONFIGURATION = "configuration"
    """Credentials, registration or billing: the sender is stopped, contacts are not affected."""
    RECIPIENT = "recipient"
    """Refused for this recipient or region: only this enrollment fails."""
    UNKNOWN = "unknown"
    """It is unknown whether the text was sent."""


REASON_OF_SUPPRESSION: Final = {
    SuppressionSource.KEYWORD: Reason.KEYWORD,
    SuppressionSource.CARRIER: Reason.SUPPRESSED_BY_CARRIER,
    SuppressionSource.OPERATOR: Reason.SUPPRESSED_BY_OPERATOR,
    SuppressionSource.IMPORT: Reason.SUPPRESSED_BY_IMPORT,
}
"""Why an enrollment ends when its number is suppressed; the strongest source first."""

REASON_OF_LANDLINE: Final = {
    None: Reason.LANDLINE_PLAN,
    LineSource.OPERATOR: Reason.LANDLINE_PLAN,
    LineSource.PLAN: Reason.LANDLINE_PLAN,
    LineSource.LOOKUP: Reason.LANDLINE_LOOKUP,
    LineSource.CARRIER: Reason.LANDLINE_CARRIER,
}
"""Why an enrollment is omitted as a landline, by who said that the number is one."""

REASON_OF_FAILURE: Final = {
    FailureClass.INVALID_NUMBER: Reason.INVALID_NUMBER,
    FailureClass.FILTERED: Reason.FILTERED,
    FailureClass.CONFIGURATION: Reason.SENDER_CONFIGURATION,
    FailureClass.RECIPIENT: Reason.RECIPIENT_REFUSED,
}
"""Why an enrollment fails when its text does; for every other class the number is unreachable."""


class Reading(StrEnum):
    """How an inbound text is classified; the first five by rule, the rest also by an operator."""

    REPLY = "reply"
    AUTO_REPLY = "auto_reply"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    SOUNDS_LIKE_OPT_OUT = "sounds_like_opt_out"
    WRONG_NUMBER = "wrong_number"
    HARMLESS = "harmless"


class OperationAction(StrEnum):
    """The bulk actions."""

    ADD_TO_GROUP = "add_to_group"
    SEND_MESSAGE = "send_message"
    FINISH = "finish"
    RETRY = "retry"
    SUPPRESS = "suppress"


class Outcome(StrEnum):
    """The outcome of one row of a bulk action."""

    DONE = "done"
    SKIPPED = "skipped"
    CONFLICT = "conflict"
