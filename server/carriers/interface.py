"""The interface of carriers: the values that go in and out, and the protocol.

Times are integers: UTC microseconds since the epoch. Waits and time-outs are real seconds.

The errors of reading a callback:

    CallbackRefused
      BadSignature   the signature does not match: the sender may not be the carrier
      BadCallback    the signature matches, but the content cannot be read

and of reading the carrier's list of texts:

    ListUnreadable   no answer, or an invalid one
      ListTooLong    more texts than are read at once: request a shorter interval
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from common.model.messages import Media
from common.vocabulary import FailureClass, LineKind, MessageStatus


@dataclass(frozen=True, slots=True)
class OutboundText:
    """One attempt to hand over one text.

    `to` and `from_` are E.164 (`from_` may be any sender that the carrier knows). `status_callback`
    is the full URL, with our attempt's id in its query as `a`. `valid_for` is in seconds: the text
    must not leave the carrier's queue later; None leaves this to the carrier.
    """

    attempt_id: int
    to: str
    from_: str
    body: str
    status_callback: str
    valid_for: int | None = None


@dataclass(frozen=True, slots=True)
class SendAccepted:
    """The carrier has the text. Some carriers give no id and no number of segments."""

    carrier_id: str | None
    segments: int | None
    status: MessageStatus = MessageStatus.QUEUED


@dataclass(frozen=True, slots=True)
class SendRefused:
    """The carrier refused for good and did not send the text. `reason` is for people."""

    code: str
    reason: str
    failure: FailureClass


@dataclass(frozen=True, slots=True)
class TryLater:
    """Certainly not processed: try again after `after` real seconds."""

    after: float
    code: str | None
    failure: FailureClass = FailureClass.NOT_PROCESSED


@dataclass(frozen=True, slots=True)
class Unknown:
    """It is unknown whether the carrier has the text. Never resend on this: reconcile first."""

    error: str


Sent = SendAccepted | SendRefused | TryLater | Unknown


@dataclass(frozen=True, slots=True)
class TextFound:
    """The carrier does have the text."""

    carrier_id: str
    status: MessageStatus
    code: str | None = None
    failure: FailureClass | None = None


@dataclass(frozen=True, slots=True)
class TextNotFound:
    """The carrier has no text that could be this one."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """The carrier did not answer, or has a text that may or may not be this one."""

    why: str


Reconciled = TextFound | TextNotFound | Unsure


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A callback as received.

    `path` and `query` are raw (percent-encoded; `query` without its question mark), header names
    are lower case, `body` is what was signed.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A carrier's report about a text. `status`: queued, sent, delivered, undelivered, failed.

    Matched by our attempt's id first, then by the carrier's id. `dedupe_key` is the same if a
    report comes twice.
    """

    attempt_id: int | None
    carrier_id: str
    status: MessageStatus
    code: str | None
    failure: FailureClass | None
    dedupe_key: str


@dataclass(frozen=True, slots=True)
class InboundText:
    """A text from a contact.

    `opt` is the carrier's own reading, which takes precedence over the words; None without one.
    `carrier_answered` is true if the carrier itself has answered an opt-out, opt-in or help word.
    `body` is blank for a picture without words. `sent_us` is the carrier's time, known only for
    texts from its list. `dedupe_key` is the same from the list and from the callback.
    """

    carrier_id: str
    from_: str
    to: str
    body: str
    opt: Literal["stop", "start", "help"] | None
    carrier_answered: bool
    dedupe_key: str
    media: tuple[Media, ...] = ()
    sent_us: int | None = None


CallbackEvent = StatusReport | InboundText


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a callback once it is stored."""

    status: int
    content_type: str
    body: bytes


class CallbackRefused(Exception):
    """A callback that must not be applied."""


class BadSignature(CallbackRefused):
    """The signature is missing or does not match. The message contains the expected URL."""


class BadCallback(CallbackRefused):
    """The callback is from the carrier, but its content is invalid."""


class ListUnreadable(Exception):
    """The carrier's list of texts could not be read. The message contains the reason."""


class ListTooLong(ListUnreadable):
    """The list has more texts in this interval than are read at once."""


class Carrier(Protocol):
    """One carrier. No method retries: it sends one request, or one per page."""

    @property
    def name(self) -> str:
        """The name in settings and in callback paths."""

    @property
    def lists_inbound(self) -> bool:
        """Whether it keeps a list of inbound texts, to find those whose callback was lost."""

    async def send(self, text: OutboundText) -> Sent:
        """Hand the text over once. Never raises for failures of the network or the carrier."""

    async def lookup(self, phone: str) -> LineKind | None:
        """The line type of the E.164 number; None without an answer."""

    async def reconcile(
        self, text: OutboundText, since_us: int, known: frozenset[str]
    ) -> Reconciled:
        """Find out whether the carrier has a text whose answer was lost.

        `since_us` is the time of the hand-off. `known` are the carrier's ids of our other messages,
        which never match.
        """

    async def list_inbound(self, to: str, since_us: int, until_us: int | None) -> list[InboundText]:
        """Inbound texts to one of our numbers, the oldest first.

        The bounds are times of the carrier; without `until_us`, up to the newest. Media are only
        counted. Raises ListUnreadable or ListTooLong.
        """

    async def find_media(self, text: InboundText) -> tuple[Media, ...]:
        """The addresses of a listed text's media; unchanged if they cannot be read."""

    def read_callback(self, request: RawRequest) -> list[CallbackEvent]:
        """Verify, then read. Raises BadSignature or BadCallback."""

    def answer(self) -> Answer:
        """The answer to a callback that was read and stored."""
