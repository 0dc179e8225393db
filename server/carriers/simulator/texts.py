"""The texts of the simulated carrier, and their form in Twilio's API.

Wire format: https://www.twilio.com/docs/messaging/api/message-resource
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, Final

SECOND_US: Final = 1_000_000
_RANK: Final = {"queued": 0, "sent": 1}


@dataclass(slots=True)
class SimulatedText:
    """One text, out or in. Times are UTC microseconds."""

    sid: str
    to: str
    from_: str
    body: str
    status: str
    segments: int
    created_us: int
    updated_us: int
    sent_us: int | None = None
    code: str | None = None
    callback: str = ""
    """The StatusCallback with its fragment; empty for none."""
    inbound: bool = False
    media: list[tuple[str, str]] = field(default_factory=list)
    """Addresses and types of an inbound text's media."""
    callbacks_lost: bool = False
    callbacks_doubled: bool = False

    @property
    def phone(self) -> str:
        """The person's number."""
        return self.from_ if self.inbound else self.to

    def advance(self, status: str, code: str | None, now: int) -> None:
        """Change to a status; an earlier one is ignored."""
        if _RANK.get(status, 2) > _RANK.get(self.status, 2):
            self.status, self.code, self.updated_us = status, code, now
            self.sent_us = self.sent_us or now


class Texts:
    """The last `limit` texts, found by id or by number, newest first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._by_sid: dict[str, SimulatedText] = {}
        self._by_to: dict[str, dict[str, SimulatedText]] = {}

    def add(self, text: SimulatedText) -> None:
        """Add one text, and remove the oldest above the limit."""
        self._by_sid[text.sid] = text
        self._by_to.setdefault(text.to, {})[text.sid] = text
        if len(self._by_sid) > self._limit:
            oldest = self._by_sid.pop(next(iter(self._by_sid)))
            of_number = self._by_to[oldest.to]
            del of_number[oldest.sid]
            if not of_number:
                del self._by_to[oldest.to]

    def get(self, sid: str) -> SimulatedText | None:
        """The text with that id."""
        return self._by_sid.get(sid)

    def all(self) -> list[SimulatedText]:
        """All texts, the oldest first."""
        return list(self._by_sid.values())

    def search(
        self, to: str | None, from_: str | None, days: tuple[str | None, str | None]
    ) -> Iterator[SimulatedText]:
        """Texts between these numbers, from the first to the last of the days (ISO, GMT)."""
        found = self._by_to.get(to, {}) if to else self._by_sid
        first, last = days
        for text in reversed(found.values()):
            if from_ and text.from_ != from_:
                continue
            if first or last:
                if text.sent_us is None:
                    continue
                day = datetime.fromtimestamp(text.sent_us // SECOND_US, tz=UTC).date().isoformat()
                if (first and day < first) or (last and day > last):
                    continue
            yield text


def resource(text: SimulatedText, account_sid: str) -> dict[str, Any]:
    """A text as the API's message resource."""
    uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{text.sid}"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": text.body,
        "date_created": _rfc2822(text.created_us // SECOND_US),
        "date_sent": None if text.sent_us is None else _rfc2822(text.sent_us // SECOND_US),
        "date_updated": _rfc2822(text.updated_us // SECOND_US),
        "direction": "inbound" if text.inbound else "outbound-api",
        "error_code": None if text.code is None else int(text.code),
        "error_message": None,
        "from": text.from_,
        "messaging_service_sid": None,
        "num_media": str(len(text.media)),
        "num_segments": str(text.segments),
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": text.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }


def media_list(text: SimulatedText, account_sid: str) -> dict[str, Any]:
    """The media of a text, in the API's form."""
    path = f"/2010-04-01/Accounts/{account_sid}/Messages/{text.sid}/Media"
    listed = [
        {
            "account_sid": account_sid,
            "content_type": content_type,
            "date_created": _rfc2822(text.created_us // SECOND_US),
            "date_updated": _rfc2822(text.updated_us // SECOND_US),
            "parent_sid": text.sid,
            "sid": f"ME{n}",
            "uri": f"{path}/{url.rpartition('/')[2]}.json",
        }
        for n, (url, content_type) in enumerate(text.media)
    ]
    return {"media_list": listed, "uri": f"{path}.json", "next_page_uri": None}


@lru_cache(maxsize=256)
def _rfc2822(second: int) -> str:
    return format_datetime(datetime.fromtimestamp(second, tz=UTC))
