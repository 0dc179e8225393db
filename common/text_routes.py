"""The methods of the client for messages, reviews, suppressions and timelines."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from common.model.contacts import SuppressionPage
from common.model.explanation import Timeline
from common.model.messages import (
    CallbackPage,
    LiftedUntexted,
    LiftUntexted,
    Message,
    MessagePage,
    MessagePreview,
    MessagePreviewRequest,
    NewMessage,
    NewReading,
    NewSuppression,
    NewVerdict,
    Review,
    ReviewPage,
    SaidReading,
    Suppressed,
    Verdict,
)
from common.people_routes import PAGE
from common.requesting import Requester, segment
from common.vocabulary import MessageKind, MessageStatus


class TextRoutes:
    """Methods of `common.client.Client`."""

    requester: Requester

    async def list_messages(
        self,
        *,
        contact_id: int | None = None,
        status: MessageStatus | None = None,
        kind: MessageKind | None = None,
        offset: int = 0,
        limit: int = PAGE,
    ) -> MessagePage:
        """Texts in and out, newest first."""
        return await self.requester.read(
            MessagePage,
            "/messages",
            contact_id=contact_id,
            status=status,
            kind=kind,
            offset=offset,
            limit=limit,
        )

    async def get_message(self, message_id: int) -> Message:
        """One text."""
        return await self.requester.read(Message, f"/messages/{message_id}")

    async def send_message(
        self,
        contact_id: int,
        body: str,
        override_reason: str | None = None,
        *,
        key: str | None = None,
    ) -> Message:
        """Text one contact now; outside sending hours only with a reason.

        Repeated with the same key, it is sent once.
        """
        new = NewMessage(body, override_reason)
        path = f"/contacts/{contact_id}/messages"
        return await self.requester.change("POST", Message, path, new, key=key)

    async def preview_message(
        self, body: str, contact_ids: Collection[int]
    ) -> list[MessagePreview]:
        """A direct text as each of up to 10 contacts would get it, and who is left out."""
        asked = MessagePreviewRequest(body, tuple(contact_ids))
        return await self.requester.ask(list[MessagePreview], "/messages/preview", asked)

    async def list_callbacks(
        self, *, unmatched: bool = False, offset: int = 0, limit: int = PAGE
    ) -> CallbackPage:
        """Carriers' status reports, newest first."""
        return await self.requester.read(
            CallbackPage, "/callbacks", unmatched=unmatched, offset=offset, limit=limit
        )

    async def timeline(
        self,
        contact_id: int,
        *,
        enrollment_id: int | None = None,
        before: str | None = None,
        limit: int = PAGE,
    ) -> Timeline:
        """The timeline of a contact: the newest page, or the one before a known item."""
        return await self.requester.read(
            Timeline,
            f"/contacts/{contact_id}/timeline",
            enrollment_id=enrollment_id,
            before=before,
            limit=limit,
        )

    async def list_reviews(self, *, offset: int = 0, limit: int = PAGE) -> ReviewPage:
        """Texts that sound like an opt-out and wait for a review, the oldest first."""
        return await self.requester.read(ReviewPage, "/reviews", offset=offset, limit=limit)

    async def decide_review(self, review_id: int, verdict: Verdict) -> Review:
        """Decide a review."""
        return await self.requester.change(
            "POST", Review, f"/reviews/{review_id}", NewVerdict(verdict)
        )

    async def read_message(self, message_id: int, reading: SaidReading) -> Message:
        """Classify an inbound text."""
        path = f"/messages/{message_id}/reading"
        return await self.requester.change("POST", Message, path, NewReading(reading))

    async def list_suppressions(
        self,
        digits: str = "",
        *,
        lifted: bool = False,
        texted: bool | None = None,
        offset: int = 0,
        limit: int = PAGE,
    ) -> SuppressionPage:
        """Numbers that must not be texted, newest first."""
        return await self.requester.read(
            SuppressionPage,
            "/suppressions",
            q=digits,
            lifted=lifted,
            texted=texted,
            offset=offset,
            limit=limit,
        )

    async def lift_untexted(
        self, since: datetime, until: datetime, *, dry_run: bool = False
    ) -> LiftedUntexted:
        """Lift suppressions by keyword of numbers that were never texted."""
        asked = LiftUntexted(since, until, dry_run)
        return await self.requester.change(
            "POST", LiftedUntexted, "/suppressions/lift-untexted", asked
        )

    async def suppress(self, phone: str, note: str = "") -> Suppressed:
        """Suppress a number. It need not belong to a contact."""
        new = NewSuppression(phone, note)
        return await self.requester.change("POST", Suppressed, "/suppressions", new)

    async def lift_suppression(self, phone: str) -> None:
        """Lift an operator's or an import's suppression of a number."""
        await self.requester.change("DELETE", type(None), f"/suppressions/{segment(phone)}")
