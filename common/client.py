"""The typed client of the API: one method per route, wire structs in and out.

Used by the commands, the screen and scripts. Errors are `ApiProblem` and `Unreachable`, both with a
`message` for people; see `common.requesting`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Final

import httpx
import msgspec

from common.model.enrolling import Enrollees, EnrollResult, Resume
from common.model.events import Event
from common.model.explanation import Explanation
from common.model.listing import EnrollmentIds, EnrollmentPage, ListedEnrollment, Sort
from common.model.operations import NewOperation, Operation, OperationPage
from common.model.senders import NewSender, Sender, SenderChange
from common.model.sequences import (
    Applied,
    Apply,
    Finding,
    NewName,
    PreviewRequest,
    Sequence,
    SequenceDocument,
    SequencePage,
    SequenceReplaced,
    StepPreview,
)
from common.people_routes import PAGE, PeopleRoutes
from common.requesting import SLOW, UNREADABLE, ApiProblem, ClientError, Requester, Unreachable
from common.text_routes import TextRoutes
from common.vocabulary import Outcome, ResumeMode

__all__ = ["RESYNC", "ApiProblem", "Client", "ClientError", "Unreachable"]

MOST_IDS: Final = 50_000
"""Most enrollment ids that the server returns at once."""
RESYNC: Final = "resync"
"""Event kind that means: events were left out, read the lists again."""
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 10.0
"""Real seconds between attempts to reconnect to the event stream."""


class Client(PeopleRoutes, TextRoutes):
    """The API of one server under one token: `async with Client(url, token) as client`."""

    def __init__(
        self, url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.requester = Requester(url, token, transport=transport)

    @property
    def url(self) -> str:
        """The server's address."""
        return self.requester.url

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.requester.close()

    async def list_senders(self) -> list[Sender]:
        """All senders, the default first."""
        return await self.requester.read(list[Sender], "/senders")

    async def add_sender(self, new: NewSender) -> Sender:
        """Create a sender."""
        return await self.requester.change("POST", Sender, "/senders", new)

    async def change_sender(self, sender_id: int, change: SenderChange) -> Sender:
        """Change a sender's name, rate or daily cap, or make it the default."""
        return await self.requester.change("PATCH", Sender, f"/senders/{sender_id}", change)

    async def start_sender(self, sender_id: int) -> Sender:
        """Let a stopped sender send again."""
        return await self.requester.change("POST", Sender, f"/senders/{sender_id}/start")

    async def list_sequences(
        self, q: str = "", *, include_archived: bool = False, offset: int = 0, limit: int = PAGE
    ) -> SequencePage:
        """Sequences by name, with counts."""
        return await self.requester.read(
            SequencePage,
            "/sequences",
            q=q,
            include_archived=include_archived,
            offset=offset,
            limit=limit,
        )

    async def get_sequence(self, sequence_id: int) -> Sequence:
        """One whole sequence."""
        return await self.requester.read(Sequence, f"/sequences/{sequence_id}")

    async def add_sequence(self, document: SequenceDocument, *, key: str | None = None) -> Sequence:
        """Create a draft. Repeated with the same key, it is created once."""
        return await self.requester.change("POST", Sequence, "/sequences", document, key=key)

    async def replace_sequence(
        self,
        sequence_id: int,
        document: SequenceDocument,
        version: int | None = None,
        *,
        dry_run: bool = False,
    ) -> SequenceReplaced:
        """Replace a sequence with the document. Refused if the sequence has another version.

        A dry run returns what would change.
        """
        return await self.requester.change(
            "PUT",
            SequenceReplaced,
            f"/sequences/{sequence_id}",
            document,
            timeout=SLOW,
            version=version,
            dry_run=dry_run or None,
        )

    async def apply_sequence(self, document: SequenceDocument, *, dry_run: bool = False) -> Applied:
        """Create or replace the sequence with the document's name."""
        return await self.requester.change(
            "POST", Applied, "/sequences/apply", Apply(document, dry_run), timeout=SLOW
        )

    async def duplicate_sequence(
        self, sequence_id: int, name: str, *, key: str | None = None
    ) -> Sequence:
        """Create a draft copy of a sequence. Repeated with the same key, it is created once."""
        path = f"/sequences/{sequence_id}/duplicate"
        return await self.requester.change("POST", Sequence, path, NewName(name), key=key)

    async def lint_document(self, document: SequenceDocument) -> list[Finding]:
        """Errors and warnings for a document."""
        return await self.requester.ask(list[Finding], "/sequences/lint", document)

    async def lint_sequence(self, sequence_id: int) -> list[Finding]:
        """Errors and warnings for a sequence as it is now."""
        return await self.requester.read(list[Finding], f"/sequences/{sequence_id}/lint")

    async def preview_sequence(
        self, sequence_id: int, request: PreviewRequest
    ) -> list[StepPreview]:
        """Each step as one contact would get it."""
        path = f"/sequences/{sequence_id}/preview"
        return await self.requester.ask(list[StepPreview], path, request)

    async def activate(self, sequence_id: int) -> Sequence:
        """Activate a draft."""
        return await self._change_state(sequence_id, "activate")

    async def pause(self, sequence_id: int) -> Sequence:
        """Send nothing until the sequence is resumed."""
        return await self._change_state(sequence_id, "pause")

    async def resume(self, sequence_id: int, mode: ResumeMode) -> Sequence:
        """Resume a paused sequence."""
        return await self._change_state(sequence_id, "resume", Resume(mode))

    async def archive(self, sequence_id: int) -> Sequence:
        """Archive a sequence."""
        return await self._change_state(sequence_id, "archive")

    async def _change_state(
        self, sequence_id: int, verb: str, body: Resume | None = None
    ) -> Sequence:
        path = f"/sequences/{sequence_id}/{verb}"
        return await self.requester.change("POST", Sequence, path, body, timeout=SLOW)

    async def enroll(self, sequence_id: int, who: Enrollees) -> EnrollResult:
        """Enroll contacts, or with a dry run return what would happen."""
        path = f"/sequences/{sequence_id}/enrollments"
        return await self.requester.change("POST", EnrollResult, path, who, timeout=SLOW)

    async def list_enrollments(
        self,
        sequence_id: int,
        q: str | None = None,
        *,
        sort: Sort | None = None,
        offset: int = 0,
        limit: int = PAGE,
        snapshot: str | None = None,
    ) -> EnrollmentPage:
        """A page of a sequence's enrollments. With a snapshot, in that frozen order."""
        return await self.requester.read(
            EnrollmentPage,
            f"/sequences/{sequence_id}/enrollments",
            q=q,
            sort=sort,
            offset=offset,
            limit=limit,
            snapshot=snapshot,
        )

    async def list_enrollment_ids(
        self,
        sequence_id: int,
        q: str | None = None,
        *,
        sort: Sort | None = None,
        offset: int = 0,
        limit: int = MOST_IDS,
        snapshot: str | None = None,
    ) -> EnrollmentIds:
        """Ids of up to 50,000 of a sequence's enrollments, by rank."""
        return await self.requester.read(
            EnrollmentIds,
            f"/sequences/{sequence_id}/enrollments/ids",
            q=q,
            sort=sort,
            offset=offset,
            limit=limit,
            snapshot=snapshot,
        )

    async def get_enrollment(self, enrollment_id: int) -> ListedEnrollment:
        """One enrollment, as in the list."""
        return await self.requester.read(ListedEnrollment, f"/enrollments/{enrollment_id}")

    async def explain(self, enrollment_id: int) -> Explanation:
        """Why an enrollment has its status, what happens next, and what holds it."""
        return await self.requester.read(Explanation, f"/enrollments/{enrollment_id}/explanation")

    async def add_operation(self, new: NewOperation, *, key: str | None = None) -> Operation:
        """Start a bulk action. Repeated with the same key, it happens once."""
        return await self.requester.change(
            "POST", Operation, "/operations", new, timeout=SLOW, key=key
        )

    async def list_operations(self, *, offset: int = 0, limit: int = PAGE) -> OperationPage:
        """A page of operations, newest first, and the total."""
        return await self.requester.read(OperationPage, "/operations", offset=offset, limit=limit)

    async def get_operation(
        self,
        operation_id: int,
        *,
        outcome: Outcome | None = None,
        offset: int = 0,
        limit: int = PAGE,
    ) -> Operation:
        """One operation with a page of its rows, of one outcome or of all."""
        return await self.requester.read(
            Operation,
            f"/operations/{operation_id}",
            outcome=outcome,
            offset=offset,
            limit=limit,
        )

    async def undo_operation(self, operation_id: int) -> Operation:
        """Undo an operation. Returns the operation that undoes it."""
        path = f"/operations/{operation_id}/undo"
        return await self.requester.change("POST", Operation, path, timeout=SLOW)

    async def cancel_operation(self, operation_id: int) -> Operation:
        """Cancel the rest of a running operation."""
        return await self.requester.change("POST", Operation, f"/operations/{operation_id}/cancel")

    async def advance_clock(self, seconds: float) -> datetime:
        """Advance a manual clock. Returns its time once everything due is done."""
        moved = await self.requester.change(
            "POST",
            dict[str, datetime],
            f"{self.url}/test/clock",
            {"advance": seconds},
            timeout=SLOW,
            tries=1,  # this route stores no keys: a repeated request advances the clock twice
        )
        return moved["now"]

    async def events(
        self,
        after: int | None = None,
        *,
        sequence_id: int | None = None,
        on_lost: Callable[[Unreachable], None] | None = None,
    ) -> AsyncIterator[Event]:
        """Follow events until the caller stops. A lost connection resumes where it broke.

        `on_lost` is called for every lost connection and may raise to give up. If the position is
        unknown, because no event came before, the iterator yields a `resync` with id 0. Raises
        ApiProblem.
        """
        wait = FIRST_WAIT
        joined = False
        while True:
            try:
                if joined and after is None:
                    yield await self._resync()
                async with self.requester.stream(
                    "/events", after, sequence_id=sequence_id
                ) as source:
                    joined = True
                    async with aclosing(source.aiter_sse()) as received:
                        async for one in received:
                            wait = FIRST_WAIT
                            event = msgspec.json.decode(one.data, type=Event)
                            after = event.id
                            yield event
                lost = Unreachable(self.url, "the event stream ended")
            except Unreachable as error:
                lost = error
            except UNREADABLE:
                lost = Unreachable(self.url, "the event stream sent an event that cannot be read")
            if on_lost is not None:
                on_lost(lost)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _resync(self) -> Event:
        me = await self.me()
        return Event(0, me.now, RESYNC, None, None, None, None, None, None, {}, me.now, me.rate)
