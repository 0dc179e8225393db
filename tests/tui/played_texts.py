"""A fake server's texts: timelines in pages, direct texts, and texts in review."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from common.client import ApiProblem, Unreachable
from common.model.explanation import (
    OpenReview,
    Timeline,
    TimelineEvent,
    TimelineItem,
    TimelineText,
)
from common.model.messages import Message, Review, SaidReading, Verdict
from common.vocabulary import Direction, MessageKind, MessageStatus, Reading
from tests.tui.listed import NOW

URL: Final = "http://hq.example:8420"


def happened(n: int, sentence: str, at: datetime | None = None) -> TimelineItem:
    """A timeline event that is not a text."""
    told = TimelineEvent(n, "noted", sentence, "ana", None, None, None, None, None, {})
    return TimelineItem(f"e{n}", at or NOW - timedelta(days=3) + timedelta(minutes=n), event=told)


def texted(
    n: int, body: str, direction: Direction = Direction.OUT, at: datetime | None = None, **more: Any
) -> TimelineItem:
    """A text in a contact's timeline."""
    out = direction is Direction.OUT
    fields: dict[str, Any] = {
        "message_id": n,
        "direction": direction,
        "kind": MessageKind.DIRECT if out else MessageKind.INBOUND,
        "status": MessageStatus.WAITING if out else MessageStatus.RECEIVED,
        "fate": "waiting" if out else "received",
        "body": body,
        "segments": 1,
        "code": None,
        "failure": None,
        "hold": None,
        "due_at": None,
        "handed_off_at": None,
        "final_at": None,
        "step": None,
        "enrollment_id": None,
        "operation_id": None,
        "operator": "ana" if out else None,
        "sender": None,
        "reading": None,
        "reading_by_operator": False,
        "attempts": (),
        "sequence_id": None,
        "sequence": None,
    }
    text = TimelineText(**{**fields, **more})
    return TimelineItem(f"m{n}", at or NOW - timedelta(days=3) + timedelta(minutes=n), text=text)


class PlayedTexts:
    """A fake server's answers about texts. All contacts share one timeline."""

    _answer: Callable[[], Awaitable[None]]
    say: Callable[..., None]

    def __init__(self) -> None:
        self.items: list[TimelineItem] = [happened(1, "Enrolled by ana.")]
        self.asked_before: list[str | None] = []
        self.sent: list[tuple[int, str, str | None]] = []
        self.texts_lost = 0
        """How many answers to texts get lost."""
        self.refuses: ApiProblem | None = None
        self.review: OpenReview | None = None
        self.read_as: list[tuple[int, str]] = []
        self._text_of_key: dict[str, Message] = {}

    async def timeline(
        self,
        contact_id: int,
        *,
        enrollment_id: int | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Timeline:
        """A page of the timeline."""
        del contact_id, enrollment_id
        await self._answer()
        self.asked_before.append(before)
        keys = [one.key for one in self.items]
        end = len(keys) if before is None else keys.index(before)
        first = max(0, end - limit)
        page = tuple(self.items[first:end])
        return Timeline(page, page[0].key if first else None)

    def tell(self, item: TimelineItem, contact_id: int) -> None:
        """Add an item to the timeline, and post its event."""
        known = [one.key for one in self.items]
        if item.key in known:
            self.items[known.index(item.key)] = item
        else:
            self.items.append(item)
        self.say("message_status", contact_id=contact_id)

    async def send_message(
        self,
        contact_id: int,
        body: str,
        override_reason: str | None = None,
        *,
        key: str | None = None,
    ) -> Message:
        """Send it, once per key; the answer may get lost."""
        await self._answer()
        if self.refuses is not None:
            raise self.refuses
        known = self._text_of_key.get(key or "")
        if known is not None:
            return known
        n = 1_000 + len(self.sent)
        self.sent.append((contact_id, body, override_reason))
        self.tell(texted(n, body, at=NOW), contact_id)
        message = _message(n, contact_id, body)
        self._text_of_key[key or str(n)] = message
        if self.texts_lost:
            self.texts_lost -= 1
            raise Unreachable(URL, "it took the request and did not answer in time")
        return message

    def review_of(self, contact_id: int) -> OpenReview | None:
        """The text in review."""
        del contact_id
        return self.review

    async def decide_review(self, review_id: int, verdict: Verdict) -> Review:
        """Record the call."""
        await self._answer()
        review = self.review
        if review is None or review.id != review_id:
            raise ApiProblem(409, "review_decided", "li said that it is reply already.")
        self.review = None
        self.read_as.append((review.message_id, verdict))
        self.say("text_read", contact_id=10)
        return Review(
            review_id,
            review.message_id,
            10,
            "Lena",
            "+14155550142",
            review.body,
            None,
            0,
            NOW,
            Reading(verdict),
            "ana",
            NOW,
        )

    async def read_message(self, message_id: int, reading: SaidReading) -> Message:
        """Record the call."""
        await self._answer()
        self.read_as.append((message_id, reading))
        return _message(message_id, 10, "")


def _message(n: int, contact_id: int, body: str) -> Message:
    nothing = {one.name: None for one in msgspec.structs.fields(Message)}
    told: dict[str, Any] = {
        "id": n,
        "direction": Direction.OUT,
        "kind": MessageKind.DIRECT,
        "status": MessageStatus.WAITING,
        "contact_id": contact_id,
        "name": "",
        "phone": "+14155550142",
        "body": body,
        "segments": 1,
        "reading_by_operator": False,
        "created_at": NOW,
    }
    return Message(**{**nothing, **told})
