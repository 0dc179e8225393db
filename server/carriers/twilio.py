"""Twilio over its REST API: send, look up, reconcile, list, and read its callbacks.

Wire format: https://www.twilio.com/docs/messaging/api/message-resource and
https://www.twilio.com/docs/lookup/v2-api.
"""

from __future__ import annotations

import asyncio
import base64
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

from common.model.messages import Media
from common.vocabulary import LineKind, MessageStatus
from server.carriers.codes import Place, classify
from server.carriers.interface import (
    Answer,
    BadCallback,
    BadSignature,
    CallbackEvent,
    InboundText,
    ListTooLong,
    ListUnreadable,
    OutboundText,
    RawRequest,
    Reconciled,
    Sent,
    TextFound,
    TextNotFound,
    TryLater,
    Unknown,
    Unsure,
)
from server.carriers.twilio_answers import CONNECT_AGAIN_AFTER, after_answer, document_of
from server.carriers.twilio_callbacks import STATUSES, listed_text, read_form, sent_at
from server.carriers.twilio_signature import form_parameters, verify
from server.carriers.wire import NotSent, RequestFailed, Unanswered, WireClient
from server.messages.media import MOST, kept
from server.threads import by_size

CONNECTION_OVERRIDES: Final = "#rc=5&rp=all"
"""Makes Twilio retry a failed callback up to five times; by default it does not.
https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

LONGEST_VALIDITY: Final = 36_000
"""The longest ValidityPeriod that Twilio accepts, in seconds."""

_PAGES: Final = 10
_PAGE_SIZE: Final = 100
_INBOUND_PAGES: Final = 100
_INBOUND_PAGE_SIZE: Final = 1_000
_SECOND: Final = 1_000_000
_SKEW_US: Final = 120 * _SECOND
_DEAD: Final = frozenset({MessageStatus.UNDELIVERED, MessageStatus.FAILED})
_LINE_KINDS: Final = {
    "mobile": LineKind.MOBILE,
    "landline": LineKind.LANDLINE,
    "fixedVoip": LineKind.VOIP,
    "nonFixedVoip": LineKind.VOIP,
    "tollFree": LineKind.TOLL_FREE,
}


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """One Twilio account.

    The first of `auth_tokens` signs our requests; callbacks may be signed with any of them (two
    while a token is rotated). `public_url` is the address at which Twilio reaches us, without a
    path unless a proxy strips one. Time-outs are real seconds. Raises ValueError for an address
    without a scheme and host, or without tokens.
    """

    account_sid: str
    auth_tokens: tuple[str, ...]
    public_url: str
    api_url: str = "https://api.twilio.com"
    lookup_url: str = "https://lookups.twilio.com"
    read_timeout: float = 30.0
    connect_timeout: float = 5.0

    def __post_init__(self) -> None:
        for name in ("public_url", "api_url", "lookup_url"):
            parts = urlsplit(getattr(self, name))
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError(f"{name} must be a full address such as https://example.org")
        if not self.auth_tokens or not all(self.auth_tokens):
            raise ValueError("auth_tokens must contain at least one token and no empty ones")

    def __repr__(self) -> str:
        return f"TwilioSettings({self.account_sid} at {self.api_url})"


def create_client(settings: TwilioSettings, connections: int = 100) -> WireClient:
    """An HTTP client for `Twilio`, with one pool of at most `connections`; the caller closes it."""
    return WireClient(
        settings.connect_timeout,
        settings.read_timeout,
        connections,
        secure=any(
            urlsplit(url).scheme == "https" for url in (settings.api_url, settings.lookup_url)
        ),
    )


class Twilio:
    """Twilio, or any service with its wire format at `settings.api_url`."""

    name: Final = "twilio"
    lists_inbound: Final = True

    def __init__(self, settings: TwilioSettings, client: WireClient) -> None:
        self._settings = settings
        self._client = client
        login = f"{settings.account_sid}:{settings.auth_tokens[0]}"
        self._headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
        self._messages = (
            f"{settings.api_url.rstrip('/')}/2010-04-01/Accounts/{settings.account_sid}"
            "/Messages.json"
        )

    async def send(self, text: OutboundText) -> Sent:
        """One POST. Only 429 and requests that were not sent are TryLater; doubt is Unknown."""
        form = {
            "To": text.to,
            "MessagingServiceSid" if text.from_.startswith("MG") else "From": text.from_,
            "Body": text.body,
            "StatusCallback": text.status_callback.partition("#")[0] + CONNECTION_OVERRIDES,
        }
        if text.valid_for is not None:
            form["ValidityPeriod"] = str(min(LONGEST_VALIDITY, max(1, text.valid_for)))
        try:
            reply = await self._client.post_form(self._messages, form, self._headers)
        except NotSent:
            return TryLater(CONNECT_AGAIN_AFTER, None)
        except Unanswered as error:
            return Unknown(str(error))
        return await by_size(len(reply.body), after_answer, reply, text.from_)

    async def lookup(self, phone: str) -> LineKind | None:
        """One GET, which Twilio charges for."""
        url = f"{self._settings.lookup_url.rstrip('/')}/v2/PhoneNumbers/{quote(phone, safe='+')}"
        found = await self._get(url, {"Fields": "line_type_intelligence"})
        if found is None:
            return None
        intelligence = found.get("line_type_intelligence")
        kind = intelligence.get("type") if isinstance(intelligence, dict) else None
        return _LINE_KINDS.get(str(kind), LineKind.UNKNOWN)

    async def reconcile(
        self, text: OutboundText, since_us: int, known: frozenset[str]
    ) -> Reconciled:
        """Search the texts between these two numbers, all pages up to a limit.

        The search has no DateSent: a queued text has none, and missing it would cause a duplicate.
        A text is ours if it was created at most two minutes before `since_us` (clocks differ). One
        text with the same body is Found. Two are Unsure, and so is an unknown one with another
        body, because Twilio may replace characters. An older one with the same body that did not
        fail is also Unsure: our clock may have been wrong, and must not cause a duplicate.
        """
        query = {"To": text.to, "From": text.from_}
        if text.from_.startswith("MG"):
            query = {"To": text.to}
        try:
            listed = await self._listed(query, _PAGES, _PAGE_SIZE)
        except ListUnreadable as error:
            return Unsure(str(error))
        return await asyncio.to_thread(_look_for, text, listed, since_us - _SKEW_US, known)

    async def list_inbound(self, to: str, since_us: int, until_us: int | None) -> list[InboundText]:
        """Inbound texts to one of our numbers, the oldest first.

        Twilio lists whole days of GMT, newest first, with times in seconds. The rest of the first
        day is not read: its pages end where texts get too old.
        """
        first = since_us - since_us % _SECOND
        query = {"To": to, "DateSent>": _day(first)}
        if until_us is not None:
            query["DateSent<"] = _day(until_us)
        entries = await self._listed(
            query,
            _INBOUND_PAGES,
            _INBOUND_PAGE_SIZE,
            enough=lambda page: all(sent_at(entry, first) < first for entry in page),
        )
        return await asyncio.to_thread(_from_people, entries, first)

    async def find_media(self, text: InboundText) -> tuple[Media, ...]:
        """One GET of the list of a text's media."""
        name = quote(text.carrier_id, safe="")
        address = self._messages.removesuffix(".json") + f"/{name}/Media.json"
        page = await self._get(address, {"PageSize": str(MOST)})
        listed = page.get("media_list") if page else None
        if not isinstance(listed, list):
            return text.media
        found = [
            kept(urljoin(address, one["uri"].removesuffix(".json")), str(one.get("content_type")))
            for one in listed[:MOST]
            if isinstance(one, dict) and isinstance(one.get("uri"), str)
        ]
        return tuple(found) or text.media

    async def _listed(
        self,
        query: Mapping[str, str],
        pages: int,
        size: int,
        enough: Callable[[list[Any]], bool] | None = None,
    ) -> list[Any]:
        """All texts of the account that match a query, the newest first, up to an `enough` page.

        Raises ListUnreadable, or ListTooLong for more than `pages` pages.
        """
        url: str = self._messages
        asked: Mapping[str, str] | None = {**query, "PageSize": str(size)}
        found: list[Any] = []
        for _ in range(pages):
            page = await self._get(url, asked)
            if page is None or not isinstance(page.get("messages"), list):
                raise ListUnreadable("cannot read the carrier's list")
            found += page["messages"]
            following = page.get("next_page_uri")
            if not following:
                return found
            if enough is not None and await asyncio.to_thread(enough, page["messages"]):
                return found
            url, asked = urljoin(self._messages, str(following)), None
            if urlsplit(url)[:2] != urlsplit(self._messages)[:2]:
                raise ListUnreadable("the carrier's list continues at another address")
        raise ListTooLong(f"more than {pages * size} texts between these numbers")

    def read_callback(self, request: RawRequest) -> list[CallbackEvent]:
        """Verify against the public address and the raw path and query, then read the form."""
        url = self._settings.public_url.rstrip("/") + request.path
        if request.query:
            url += "?" + request.query
        if not verify(self._settings.auth_tokens, url, request.headers, request.body):
            raise BadSignature(f"The signature does not match a call of {url}")
        if request.method.upper() != "POST":
            raise BadCallback(f"Callbacks must be POST requests; this is a {request.method}.")
        try:
            form = dict(form_parameters(request.body))
        except ValueError as error:
            raise BadCallback(f"Cannot read the form: {error}.") from error
        if form.get("AccountSid") != self._settings.account_sid:
            # The signed string has no separators between names and values, so a field moved from
            # the body into the query would match too. A form that names our account was not changed
            # like that.
            raise BadSignature("The form does not name this account.")
        return [read_form(form, request.query)]

    def answer(self) -> Answer:
        """An empty TwiML document: Twilio texts nothing back."""
        return Answer(200, "text/xml", b"<Response/>")

    async def _get(self, url: str, query: Mapping[str, str] | None) -> dict[str, Any] | None:
        try:
            reply = await self._client.get(url, query, self._headers)
        except RequestFailed:
            return None
        if reply.status != HTTPStatus.OK:
            return None
        return await by_size(len(reply.body), document_of, reply)


def _day(instant: int) -> str:
    return datetime.fromtimestamp(instant // _SECOND, UTC).date().isoformat()


def _look_for(
    text: OutboundText, listed: Sequence[Any], after_us: int, known: frozenset[str]
) -> Reconciled:
    """Whether one of these is the text; see `Twilio.reconcile`."""
    matching: list[TextFound] = []
    others: list[str] = []
    older: list[str] = []
    try:
        for message in listed:
            found = _candidate(message, known)
            if found is None:
                continue
            alike = _comparable(message["body"]) == _comparable(text.body)
            if _made_at(message) < after_us:
                if alike and found.status not in _DEAD:
                    older.append(found.carrier_id)
            elif alike:
                matching.append(found)
            else:
                others.append(found.carrier_id)
    except (AttributeError, KeyError, TypeError, ValueError):
        return Unsure("skipped a message in the carrier's list that cannot be read")
    if len(matching) == 1:
        return matching[0]
    if matching:
        return Unsure(f"{len(matching)} texts with this wording match no message in the database")
    if older:
        return Unsure(f"{older[0]} has this wording and is older by our clock")
    if others:
        return Unsure(f"{others[0]} went to this number at that time with another wording")
    return TextNotFound()


def _from_people(entries: Sequence[Any], first: int) -> list[InboundText]:
    """The inbound texts among listed ones, the oldest first."""
    found = [listed_text(entry, first) for entry in reversed(entries)]
    return sorted(
        (text for text in found if text is not None and (text.sent_us or 0) >= first),
        key=lambda text: text.sent_us or 0,
    )


def _made_at(message: Any) -> int:
    """The carrier's time of a listed message."""
    made = parsedate_to_datetime(message["date_created"]).astimezone(UTC)
    return int(made.timestamp()) * _SECOND


def _candidate(message: Any, known: frozenset[str]) -> TextFound | None:
    """Whether a listed message could be this text: outbound, and not another of our messages."""
    if not str(message.get("direction", "")).startswith("outbound") or message["sid"] in known:
        return None
    status = STATUSES.get(str(message.get("status")), MessageStatus.QUEUED)
    code = str(message.get("error_code") or "") or None
    failure = None
    if status in {MessageStatus.UNDELIVERED, MessageStatus.FAILED}:
        failure = classify("twilio", code, Place.CALLBACK, str(message.get("from", "")))
    return TextFound(message["sid"], status, code, failure)


def _comparable(body: str) -> str:
    return unicodedata.normalize("NFC", body.replace("\r\n", "\n")).rstrip()
