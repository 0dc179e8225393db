"""A workspace in memory, with operators, contacts and a carrier that does what it is asked to.

Everything goes through the real services and stores, each call as one transaction of the server
would do it. The clock stands until it is moved. The carrier keeps a list of what reached it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final, NamedTuple

import msgspec
import sqlalchemy as sa

from common.documents import document_of
from common.model.contacts import ContactChange, NewContact
from common.model.messages import NewMessage
from common.model.operations import NewOperation, Operation, Selection
from common.model.senders import CarrierName, NewSender
from common.model.sequences import SequenceDocument
from common.vocabulary import (
    FailureClass,
    MessageStatus,
    OperationAction,
    Reading,
    ResumeMode,
    Role,
)
from server.carriers.interface import Reconciled, SendAccepted, Sent
from server.clock import SECOND
from server.contacts import service as contacts_service
from server.contacts.fields import Dialing
from server.database.tables import metadata, workspace
from server.dispatch import reconcile
from server.dispatch.claim import Claimed, Lease
from server.dispatch.loop import claim_due
from server.dispatch.outcomes import HandOff, Waits, Withdrawn, record
from server.dispatch.senders_due import next_due, prospects
from server.doctor.checks import BrokenInvariant, examine
from server.enrollments import activation, pause, releases
from server.enrollments.apply import STANDING, standing_of
from server.enrollments.enrolling_service import PeopleToEnroll, Tally, enroll_part
from server.enrollments.lifecycle import Standing
from server.enrollments.planning import Planner
from server.enrollments.sequence_edits import sequence_edited
from server.messages import delivery, inbound, reviews
from server.messages.delivery import DeliveryReport
from server.messages.direct_texts import queue_texts, send_direct
from server.messages.drafts import DirectDraft
from server.messages.inbound import Inbound
from server.operations import service as operations
from server.operations.selections import Selected
from server.operators import store as operators
from server.senders import store as senders
from server.sequences import service as sequences
from server.sequences.edited import Followed
from server.sequences.reading import read_sequence

ZONE: Final = "America/New_York"
MONDAY: Final = int(datetime(2026, 11, 2, 15, tzinfo=UTC).timestamp()) * SECOND
"""2026-11-02T15:00Z: a Monday, 10:00 in New York."""

DAILY: Final = [{"days": "daily", "from": "09:00", "to": "20:00"}]
US: Final = Dialing("US", fictional_ok=True)
OPERATOR: Final = 1


class HandedOver(NamedTuple):
    """A text that reached the carrier: when, and what it was."""

    at: int
    message_id: int
    enrollment_id: int | None
    body: str


class World:
    """One workspace whose clock is moved by `advance`."""

    def __init__(self) -> None:
        engine = sa.create_engine(
            "sqlite://", isolation_level="AUTOCOMMIT", connect_args={"cached_statements": 1_000}
        )
        self.connection = engine.connect()
        metadata.create_all(self.connection)
        self.now = MONDAY
        self.planner = Planner(ZONE)
        self.carrier: list[HandedOver] = []
        self._numbers, self._ids = count(1000), count(1)
        self._depth = 0
        self.connection.execute(
            sa.insert(workspace).values(id=1, zone=ZONE, region="US", created_wall=0)
        )
        operators.add_operator(self.connection, "ana", Role.ADMIN, 0)
        self.default_sender = self.sender("+12025550100")

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()
        self.connection.engine.dispose()

    @contextmanager
    def forgotten(self) -> Iterator[None]:
        """What happens inside is undone at the end."""
        now, carrier = self.now, list(self.carrier)
        self._depth += 1
        self.connection.exec_driver_sql(f"SAVEPOINT level_{self._depth}")
        try:
            yield
        finally:
            self.connection.exec_driver_sql(f"ROLLBACK TO level_{self._depth}")
            self.connection.exec_driver_sql(f"RELEASE level_{self._depth}")
            self._depth -= 1
            self.now, self.carrier = now, carrier
            self.planner = Planner(ZONE)

    # What operators do.

    def sender(self, phone: str, *, rate: float = 1_000.0, daily_cap: int | None = None) -> int:
        """A new sender; the first is the default."""
        new = NewSender(
            phone=phone,
            name=phone,
            carrier=CarrierName("simulator"),
            segments_per_second=rate,
            daily_cap=daily_cap,
        )
        return senders.add_sender(self.connection, new, OPERATOR, self.now).id

    def stop(self, sender_id: int) -> None:
        """Stop a sender."""
        senders.stop_sender(self.connection, sender_id, "stopped by a test", self.now)

    def start(self, sender_id: int) -> None:
        """Start a sender again."""
        senders.start_sender(self.connection, sender_id, OPERATOR, self.now)
        releases.senders_changed(self.connection, [sender_id], self.now)

    def sequence(self, *delays: dict[str, int], active: bool = True, **settings: Any) -> int:
        """A new sequence with a step for each delay; "Step 1.", "Step 2." and so on."""
        steps = [{"body": f"Step {n}.", "delay": delay} for n, delay in enumerate(delays, 1)]
        return self.sequence_of(steps, active=active, **settings)

    def sequence_of(
        self, steps: list[dict[str, Any]], *, active: bool = True, **settings: Any
    ) -> int:
        """A new sequence with these steps."""
        document = msgspec.convert(
            {"name": f"Sequence {next(self._ids)}", "window": DAILY, "steps": steps, **settings},
            SequenceDocument,
        )
        made = sequences.create(self.connection, document, OPERATOR, self.now)
        if active:
            self.activate(made.id)
        return made.id

    def activate(self, sequence_id: int) -> None:
        """Let a draft run."""
        activation.activate(self.connection, self.planner, sequence_id, OPERATOR, self.now)

    def pause(self, sequence_id: int) -> None:
        """Pause a sequence."""
        pause.pause(self.connection, sequence_id, OPERATOR, self.now)

    def resume(self, sequence_id: int, mode: ResumeMode) -> None:
        """Resume a paused sequence."""
        pause.resume(self.connection, self.planner, sequence_id, mode, OPERATOR, self.now)

    def document(self, sequence_id: int) -> dict[str, Any]:
        """A sequence as plain data, steps with their ids: change it and give it to `edit`."""
        found = read_sequence(self.connection, sequence_id)
        written = msgspec.json.encode(document_of(found, with_ids=True))
        plain: dict[str, Any] = msgspec.json.decode(written)
        return plain

    def edit(self, sequence_id: int, document: dict[str, Any]) -> Followed:
        """Make a sequence be as the document says."""
        replaced = sequences.replace(
            self.connection,
            sequence_id,
            msgspec.convert(document, SequenceDocument),
            OPERATOR,
            self.now,
        )
        if replaced.before is None:
            return Followed()
        return sequence_edited(self.planner, self.connection, replaced.before, self.now)

    def change(self, sequence_id: int, **settings: Any) -> Followed:
        """Change settings of a sequence."""
        return self.edit(sequence_id, self.document(sequence_id) | settings)

    def contact(self, **given: Any) -> int:
        """A new contact in New York."""
        new = NewContact(phone=f"+1646555{next(self._numbers):04}", **{"zone": ZONE} | given)
        return contacts_service.add_contact(self.connection, new, US, OPERATOR, self.now).id

    def change_contact(self, contact_id: int, **change: Any) -> None:
        """Change a contact."""
        contacts_service.change_contact(
            self.connection, contact_id, ContactChange(**change), US, OPERATOR, self.now
        )
        releases.contacts_changed(self.connection, [contact_id], self.now)

    def phone(self, contact_id: int) -> str:
        """A contact's number."""
        found: str = self.one("SELECT phone FROM contacts WHERE id = ?", contact_id)
        return found

    def tally(self, sequence_id: int, contact_id: int) -> Tally:
        """Enroll a contact; what came of it."""
        people = PeopleToEnroll([contact_id], [], [])
        return enroll_part(
            self.connection, self.planner, sequence_id, people, OPERATOR, self.now, dry_run=False
        )

    def enroll(self, sequence_id: int, contact_id: int) -> int:
        """Enroll a contact; its newest enrollment's id."""
        self.tally(sequence_id, contact_id)
        found: int = self.one(
            "SELECT max(id) FROM enrollments WHERE sequence_id = ? AND contact_id = ?",
            sequence_id,
            contact_id,
        )
        return found

    def act(self, action: str, *enrollment_ids: int, **more: Any) -> Operation:
        """A bulk action on enrollments, run to its end."""
        rows = [
            (one, self.one("SELECT contact_id FROM enrollments WHERE id = ?", one))
            for one in enrollment_ids
        ]
        new = NewOperation(OperationAction(action), Selection(ids=enrollment_ids), **more)
        return operations.begin(
            self.connection, self.planner, new, Selected(rows, None), OPERATOR, self.now
        )

    def undo(self, operation: Operation) -> Operation:
        """Undo a bulk action."""
        return operations.undo(
            self.connection, self.planner, operation.id, OPERATOR, at_once=True, now=self.now
        )

    def direct(self, contact_id: int, body: str) -> int:
        """Queue a direct text; its message."""
        new = NewMessage(body=body)
        return send_direct(self.connection, ZONE, contact_id, new, OPERATOR, self.now).id

    def direct_queued(self, contact_id: int, body: str) -> int:
        """A direct text that was queued before its number came into review; its message."""
        texts = queue_texts(
            self.connection,
            [DirectDraft(contact_id, "", self.phone(contact_id), self.default_sender, body, 1)],
            OPERATOR,
            None,
            self.now,
        )
        return texts[contact_id]

    def read_as(self, message_id: int, reading: Reading) -> None:
        """Say what an inbound text is."""
        reviews.read_as(self.connection, self.planner, message_id, reading, OPERATOR, self.now)

    def decide_review(self, review_id: int, verdict: Reading) -> None:
        """Say what a text in review is."""
        reviews.decide_review(self.connection, self.planner, review_id, verdict, OPERATOR, self.now)

    # What the worker and the carrier do.

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        """Let time pass; nothing is sent meanwhile."""
        self.now += round(((days * 24 + hours) * 60 + minutes) * 60) * SECOND

    def claim(self) -> list[Claimed]:
        """Put everything that may go now on the wire."""
        claimed: list[Claimed] = []
        while (due := next_due(self.connection)) is not None and due <= self.now:
            claimed += self.claim_once()
        return claimed

    def claim_once(self) -> list[Claimed]:
        """Put on the wire what one claim of the default sender takes."""
        lease = Lease("these histories", self.now + 10**15)
        found = prospects(self.connection, self.now)
        return [
            text
            for one in found
            for text in claim_due(
                self.connection, self.planner, one.sender, 50, lease, self.now, self.now
            )
        ]

    def answer(self, text: Claimed, result: Sent | Withdrawn | None = None) -> None:
        """The carrier's answer to a text on the wire: it takes it, if nothing else is said."""
        if result is None:
            result = SendAccepted(f"SM{text.attempt_id:032}", 1)
        if not isinstance(result, Withdrawn):
            at = HandedOver(self.now, text.message_id, text.enrollment_id, text.body)
            self.carrier.append(at)
        waits = Waits(self.now, self.now)
        record(self.connection, self.planner, [HandOff(text, result)], waits, self.now)

    def send(self, result: Sent | Withdrawn | None = None) -> list[Claimed]:
        """Hand over everything that may go now; the carrier answers each alike."""
        texts = self.claim()
        for text in texts:
            self.answer(text, result)
        return texts

    def report(
        self,
        message_id: int,
        status: MessageStatus,
        failure: FailureClass | None = None,
        code: str | None = None,
    ) -> None:
        """A carrier's callback about a text."""
        self.connection.exec_driver_sql(
            "UPDATE attempts SET state = 'accepted', ended_at = ? WHERE message_id = ?"
            " AND state IN ('sending', 'unknown')",
            (self.now, message_id),
        )
        one = DeliveryReport(message_id, status, code=code, failure=failure)
        delivery.report(self.connection, [one], self.planner.find_next, self.now)

    def reconcile(self, answer: Reconciled) -> None:
        """Ask the carrier after every unknown text; it says the same of all."""
        for doubt in reconcile.doubts(self.connection, self.now):
            reconcile.settle(self.connection, self.planner, doubt, answer, self.now, self.now)

    def text(self, contact_id: int, body: str) -> int:
        """The contact texts; the message."""
        text = Inbound(
            f"IN{next(self._ids)}", self.phone(contact_id), self.sender_phone(), body, None, False
        )
        return inbound.receive(self.connection, text, self.now)

    # What there is to see.

    def sender_phone(self) -> str:
        """The default sender's number."""
        return senders.default_sender(self.connection).phone

    def standing(self, enrollment_id: int) -> Standing:
        """Where an enrollment stands."""
        row = self.connection.exec_driver_sql(
            f"SELECT {', '.join(STANDING)} FROM enrollments WHERE id = ?", (enrollment_id,)
        ).one()
        return standing_of(row)

    def step(self, enrollment_id: int) -> str | None:
        """The text of the step that goes next."""
        found: str | None = self.one(
            "SELECT body FROM steps WHERE id = (SELECT next_step_id FROM enrollments WHERE id = ?)",
            enrollment_id,
        )
        return found

    def sent(self, enrollment_id: int) -> list[str]:
        """The texts of an enrollment that reached the carrier, in order."""
        return [one.body for one in self.carrier if one.enrollment_id == enrollment_id]

    def message(self, message_id: int) -> Any:
        """A text as it is stored."""
        return self.connection.exec_driver_sql(
            "SELECT * FROM messages WHERE id = ?", (message_id,)
        ).one()

    def one(self, sql: str, *parameters: Any) -> Any:
        """The one value that a query gives; None if it gives no row."""
        return self.connection.exec_driver_sql(sql, parameters).scalar()

    def doctor(self) -> list[BrokenInvariant]:
        """Every invariant that does not hold."""
        return examine(self.connection)
