"""What every carrier is to the rest of the server: the values that go in and out, and the protocol.

Instants are integers: UTC microseconds since the epoch. Waits and time-outs are real seconds.

The errors that reading a callback can raise:

    CallbackRefused
      BadSignature   the signature does not fit: nobody proved to be the carrier
      BadCallback    the signature fits, but the content cannot be read

and those of reading the carrier's list of texts:

    ListUnreadable   no answer, or one that makes no sense
      ListTooLong    more texts than are read at once: ask for a shorter time
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from common.model.messages import Media
from common.vocabulary import FailureClass, LineKind, MessageStatus


@dataclass(frozen=True, slots=True)
class OutboundText:
    """One attempt to hand one text over.

    `to` and `from_` are E.164 (`from_` may be whatever the carrier knows as a sender).
    `status_callback` is the full URL with our attempt's id in its query as `a`. `valid_for` is in
    seconds: the text must not leave the carrier's queue later than that; None leaves it to the
    carrier.
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
    """The carrier said no for good; the text did not go out. `reason` is for people."""

    code: str
    reason: str
    failure: FailureClass


@dataclass(frozen=True, slots=True)
class TryLater:
    """Certainly not processed: it may be handed over again after `after` real seconds."""

    after: float
    code: str | None
    failure: FailureClass = FailureClass.NOT_PROCESSED


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the carrier has the text. Never resend on this: reconcile first."""

    error: str


Sent = SendAccepted | SendRefused | TryLater | Unknown


@dataclass(frozen=True, slots=True)
class TextFound:
    """The carrier has the text after all."""

    carrier_id: str
    status: MessageStatus
    code: str | None = None
    failure: FailureClass | None = None


@dataclass(frozen=True, slots=True)
class TextNotFound:
    """The carrier was asked and has nothing that could be the text."""


@dataclass(frozen=True, slots=True)
class Unsure:
    """The carrier could not be asked, or has something that may or may not be the text."""

    why: str


Reconciled = TextFound | TextNotFound | Unsure


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A callback as it came over the wire.

    `path` and `query` are raw (still percent-encoded; `query` without its question mark), header
    names are lower case, `body` is what was signed.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What a carrier says became of a text. `status`: queued, sent, delivered, undelivered, failed.

    Matched by our attempt's id first, then by the carrier's. `dedupe_key` is the same whenever the
    same report comes twice.
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

    `opt` is the carrier's own reading of it, to be trusted over the words; None if the carrier gave
    none. `carrier_answered` is true when the carrier has confirmed an opt-out, opt-in or help word
    itself. `body` is blank for a picture without words. `sent_us` is the carrier's time of it,
    known for texts from its list only; `dedupe_key` is the same from the list as from the callback.
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
    """What to answer a callback with, once it is durable."""

    status: int
    content_type: str
    body: bytes


class CallbackRefused(Exception):
    """A callback that must not be applied."""


class BadSignature(CallbackRefused):
    """The signature is missing or does not fit. The message names the URL that was expected."""


class BadCallback(CallbackRefused):
    """The callback is the carrier's, but it makes no sense to us."""


class ListUnreadable(Exception):
    """The carrier's list of texts could not be read. The message says why."""


class ListTooLong(ListUnreadable):
    """The carrier has more texts of that time than are read at once."""


class Carrier(Protocol):
    """One carrier. No method retries: one wire request, or one for each page."""

    @property
    def name(self) -> str:
        """The word used in settings and in callback paths."""

    @property
    def lists_inbound(self) -> bool:
        """Whether it keeps a list of inbound texts, to find those whose callback was lost."""

    async def send(self, text: OutboundText) -> Sent:
        """Hand the text over once. Never raises for what the network or the carrier does."""

    async def lookup(self, phone: str) -> LineKind | None:
        """Say what kind of line the E.164 number is; None if no answer could be had."""

    async def reconcile(
        self, text: OutboundText, since_us: int, known: frozenset[str]
    ) -> Reconciled:
        """Say whether the carrier has a text whose answer was lost.

        `since_us` is the instant of the hand-off; `known` are the carrier's ids of other messages
        of ours, which are never adopted.
        """

    async def list_inbound(self, to: str, since_us: int, until_us: int | None) -> list[InboundText]:
        """Texts from people to one of our numbers, the oldest first.

        The bounds are the carrier's times of them; without `until_us` up to the newest. Media are
        counted only. Raises ListUnreadable or ListTooLong.
        """

    async def find_media(self, text: InboundText) -> tuple[Media, ...]:
        """The addresses of a listed text's media; what is known of them if none can be had."""

    def read_callback(self, request: RawRequest) -> list[CallbackEvent]:
        """Verify, then read. Raises BadSignature or BadCallback."""

    def answer(self) -> Answer:
        """The answer to a callback that was understood and is durable."""
