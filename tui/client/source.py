"""The requests of the screen: `common.client.Client` implements them, and so do test fakes."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Collection
from typing import Protocol

from common.client import Unreachable
from common.model.contacts import Contact, ContactPage, ImportOutcome, NewContact
from common.model.enrolling import Enrollees, EnrollResult
from common.model.events import Event
from common.model.explanation import Explanation, Timeline
from common.model.groups import Group, GroupPage
from common.model.listing import EnrollmentIds, EnrollmentPage, ListedEnrollment, Sort
from common.model.messages import Message, MessagePreview, Review, SaidReading, Verdict
from common.model.operations import NewOperation, Operation, OperationPage
from common.model.operators import Me
from common.model.senders import Sender
from common.model.sequences import (
    Finding,
    PreviewRequest,
    Sequence,
    SequenceDocument,
    SequencePage,
    SequenceReplaced,
    StepPreview,
)
from common.people_routes import ImportForm
from common.vocabulary import Outcome, ResumeMode


class Source(Protocol):
    """The client methods that the screen calls, as the client defines them.

    All raise ApiProblem or Unreachable.
    """

    @property
    def url(self) -> str:
        """The server's address."""
        ...

    async def me(self) -> Me:
        """The signed-in operator, and the server's clock."""
        ...

    def events(
        self,
        after: int | None = None,
        *,
        sequence_id: int | None = None,
        on_lost: Callable[[Unreachable], None] | None = None,
    ) -> AsyncIterator[Event]:
        """Events as they happen; `on_lost` may raise to stop."""
        ...

    async def list_sequences(
        self, q: str = "", *, include_archived: bool = False, offset: int = 0, limit: int = ...
    ) -> SequencePage:
        """Sequences by name, with counts."""
        ...

    async def get_sequence(self, sequence_id: int) -> Sequence:
        """One whole sequence."""
        ...

    async def add_sequence(self, document: SequenceDocument, *, key: str | None = None) -> Sequence:
        """Create a draft; repeated with the same key, it is created once."""
        ...

    async def lint_sequence(self, sequence_id: int) -> list[Finding]:
        """Errors and warnings in a saved sequence."""
        ...

    async def duplicate_sequence(
        self, sequence_id: int, name: str, *, key: str | None = None
    ) -> Sequence:
        """Duplicate a sequence as a draft; repeated with the same key, once."""
        ...

    async def activate(self, sequence_id: int) -> Sequence:
        """Activate a draft."""
        ...

    async def pause(self, sequence_id: int) -> Sequence:
        """Pause a sequence."""
        ...

    async def resume(self, sequence_id: int, mode: ResumeMode) -> Sequence:
        """Resume a paused sequence."""
        ...

    async def archive(self, sequence_id: int) -> Sequence:
        """Archive a sequence."""
        ...

    async def replace_sequence(
        self,
        sequence_id: int,
        document: SequenceDocument,
        version: int | None = None,
        *,
        dry_run: bool = False,
    ) -> SequenceReplaced:
        """Save a document as the new version of a sequence, or do a dry run."""
        ...

    async def lint_document(self, document: SequenceDocument) -> list[Finding]:
        """Errors and warnings in a document."""
        ...

    async def preview_sequence(
        self, sequence_id: int, request: PreviewRequest
    ) -> list[StepPreview]:
        """Each step as one contact would get it."""
        ...

    async def enroll(self, sequence_id: int, who: Enrollees) -> EnrollResult:
        """Enroll contacts, or do a dry run."""
        ...

    async def list_contacts(self, q: str = "", *, offset: int = 0, limit: int = ...) -> ContactPage:
        """Contacts by words of the name or digits of the phone number."""
        ...

    async def add_contact(self, new: NewContact) -> Contact:
        """Add a contact."""
        ...

    async def import_contacts(
        self,
        blocks: AsyncIterable[bytes],
        form: ImportForm = ...,
        *,
        overwrite: bool = False,
        dry_run: bool = False,
        group_id: int | None = None,
    ) -> ImportOutcome:
        """Import a file of contacts as it is read. Safe to repeat after a lost connection."""
        ...

    async def add_group(self, name: str) -> Group:
        """Create an empty group."""
        ...

    async def list_senders(self) -> list[Sender]:
        """All senders, the default first."""
        ...

    async def list_operations(self, *, offset: int = 0, limit: int = ...) -> OperationPage:
        """Operations, newest first."""
        ...

    async def undo_operation(self, operation_id: int) -> Operation:
        """Undo an operation."""
        ...

    async def list_enrollments(
        self,
        sequence_id: int,
        q: str | None = None,
        *,
        sort: Sort | None = None,
        offset: int = 0,
        limit: int = ...,
        snapshot: str | None = None,
    ) -> EnrollmentPage:
        """A page of a sequence's enrollments; with a snapshot, of that frozen list."""
        ...

    async def list_enrollment_ids(
        self,
        sequence_id: int,
        q: str | None = None,
        *,
        sort: Sort | None = None,
        offset: int = 0,
        limit: int = ...,
        snapshot: str | None = None,
    ) -> EnrollmentIds:
        """Only the ids of up to 50,000 enrollments, by rank."""
        ...

    async def get_enrollment(self, enrollment_id: int) -> ListedEnrollment:
        """One enrollment as the list shows it."""
        ...

    async def explain(self, enrollment_id: int) -> Explanation:
        """Why an enrollment has its status, and what happens next."""
        ...

    async def timeline(
        self,
        contact_id: int,
        *,
        enrollment_id: int | None = None,
        before: str | None = None,
        limit: int = ...,
    ) -> Timeline:
        """A contact's history: the newest page, or the page before a known item."""
        ...

    async def list_groups(self, q: str = "", *, offset: int = 0, limit: int = ...) -> GroupPage:
        """Groups by name."""
        ...

    async def preview_message(
        self, body: str, contact_ids: Collection[int]
    ) -> list[MessagePreview]:
        """A message as each of up to 10 contacts would get it."""
        ...

    async def send_message(
        self,
        contact_id: int,
        body: str,
        override_reason: str | None = None,
        *,
        key: str | None = None,
    ) -> Message:
        """Text one contact now; repeated with the same key, once."""
        ...

    async def decide_review(self, review_id: int, verdict: Verdict) -> Review:
        """Classify a text in review."""
        ...

    async def read_message(self, message_id: int, reading: SaidReading) -> Message:
        """Classify an inbound text."""
        ...

    async def add_operation(self, new: NewOperation, *, key: str | None = None) -> Operation:
        """Start an operation on a selection; repeated with the same key, once."""
        ...

    async def get_operation(
        self,
        operation_id: int,
        *,
        outcome: Outcome | None = None,
        offset: int = 0,
        limit: int = ...,
    ) -> Operation:
        """One operation with a page of its rows."""
        ...
