"""Applies outcomes of outbound texts: a status that only moves forward, and its enrollment.

queued < sent < final. The first final status wins, except that delivered after undelivered
upgrades, and failed after delivered is only recorded. Every source (the hand-off's answer, a
callback, a reconciliation) uses this module, inside one write transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from common.vocabulary import (
    REASON_OF_FAILURE,
    FailureClass,
    Hold,
    LineKind,
    LineSource,
    MessageKind,
    MessageStatus,
    Reason,
    Status,
    SuppressionSource,
)
from server.clock import HOUR, MINUTE
from server.contacts import suppressions
from server.database.statements import fetch_in
from server.database.tables import contacts
from server.enrollments import lifecycle
from server.enrollments.apply import Application, apply
from server.enrollments.apply import load as apply_load
from server.enrollments.holds import end_stops
from server.enrollments.lifecycle_events import (
    Accepted,
    CarrierLandline,
    CarrierOptedOut,
    Delivered,
    Event,
    Failed,
    Next,
    RetryPlanned,
    SentBack,
    Unsent,
)
from server.enrollments.refold import barred
from server.events import log
from server.messages import store
from server.messages.quarantine import Streaks
from server.messages.suppress import suppress
from server.senders.store import stop_sender

RANK: Final = {
    MessageStatus.WAITING: 0,
    MessageStatus.SENDING: 0,
    MessageStatus.UNKNOWN: 0,
    MessageStatus.QUEUED: 1,
    MessageStatus.SENT: 2,
    MessageStatus.UNDELIVERED: 3,
    MessageStatus.FAILED: 3,
    MessageStatus.DELIVERED: 3,
    MessageStatus.CANCELLED: 4,
}
FINAL: Final = 3
DEAD: Final = frozenset({MessageStatus.FAILED, MessageStatus.UNDELIVERED})
AGAIN_AFTER: Final = (2 * HOUR, 6 * HOUR)
"""Waits before an unreachable handset is tried again; after that many attempts it has failed."""

QUEUE_DRAINS_IN: Final = 15 * MINUTE

_COLUMNS: Final = (
    "id",
    "kind",
    "status",
    "contact_id",
    "phone",
    "sender_id",
    "enrollment_id",
    "step_id",
    "carrier_id",
    "handed_off_at",
    "hold",
)


class OutboundState(NamedTuple):
    """The facts of an outbound text for its outcome; the fields are the columns of `_COLUMNS`."""

    id: int
    kind: MessageKind
    status: MessageStatus
    contact_id: int | None
    phone: str
    sender_id: int
    enrollment_id: int | None
    step_id: int | None
    carrier_id: str | None
    handed_off_at: int | None
    hold: str | None

    @property
    def arrives(self) -> bool:
        """Whether a report of this text says for the first time that the carrier has it."""
        match self.status:
            case MessageStatus.WAITING:
                return self.handed_off_at is None
            case MessageStatus.UNKNOWN:
                return self.hold is not None  # without a hold it was given up and treated as sent
            case _:
                return self.status is MessageStatus.SENDING

    @property
    def waits_again(self) -> bool:
        """Whether it ended unreachable and is to be sent once more."""
        return self.status is MessageStatus.WAITING and self.handed_off_at is not None


class DeliveryReport(NamedTuple):
    """A report about a text: a carrier's status, or that it is treated as sent.

    `refused` means that the carrier refused it at once, so it was never accepted.
    """

    message_id: int
    status: MessageStatus
    code: str | None = None
    failure: FailureClass | None = None
    carrier_id: str | None = None
    refused: bool = False
    certain: bool = True


class Back(NamedTuple):
    """How a text that the carrier dropped waits to be sent again; a step's text waits with its
    enrollment.
    """

    hold: Hold | None
    until: int | None


FindNext = Callable[[sa.Connection, Sequence[tuple[int, int, int]]], dict[int, Next | None]]
"""Takes (enrollment, step, time of hand-off); returns what follows for each enrollment."""


def load(connection: sa.Connection, message_ids: Iterable[int]) -> dict[int, OutboundState]:
    """Outbound texts by id."""
    rows = fetch_in(
        connection,
        f"SELECT {', '.join(_COLUMNS)} FROM messages WHERE id IN",  # noqa: S608 # our own column names
        dict.fromkeys(message_ids),
    )
    return {
        row[0]: OutboundState(row[0], MessageKind(row[1]), MessageStatus(row[2]), *row[3:])
        for row in rows
    }


def report(
    connection: sa.Connection, reports: Sequence[DeliveryReport], find_next: FindNext, now: int
) -> None:
    """Record reports about texts, and apply them to their enrollments, in the given order."""
    texts = load(connection, (one.message_id for one in reports))
    following = find_next(
        connection,
        [
            (text.enrollment_id, text.step_id, (text.waits_again and text.handed_off_at) or now)
            for text in texts.values()
            if text.enrollment_id is not None
            and text.step_id is not None
            and (text.arrives or text.waits_again)
        ],
    )
    settle = _Settling(connection, following, now)
    for one in reports:
        texts[one.message_id] = settle.settle(texts[one.message_id], one)
    settle.write()


class _Settling:
    """Settles reports in one transaction: collects events and row changes, and writes them in
    groups.
    """

    def __init__(
        self, connection: sa.Connection, following: dict[int, Next | None], now: int
    ) -> None:
        self.connection = connection
        self.following = following
        self.now = now
        self.applications: list[Application] = []
        self.taken: list[tuple[Any, ...]] = []
        self.changes: list[tuple[Any, ...]] = []
        self.entries: list[log.Entry] = []
        self.stopped: list[int] = []
        self.streaks = Streaks(connection, now)

    def settle(self, text: OutboundState, one: DeliveryReport) -> OutboundState:
        """Settle one report; returns the text after it."""
        if text.waits_again and one.status is not MessageStatus.DELIVERED:
            return text  # a late report of the former attempt
        again = text.waits_again
        status = one.status if RANK[one.status] > RANK[text.status] else text.status
        late = text.status is MessageStatus.CANCELLED and text.handed_off_at is not None
        late = late or text.status is MessageStatus.UNDELIVERED
        if late and one.status is MessageStatus.DELIVERED:
            status = MessageStatus.DELIVERED
        if status is text.status and not (one.carrier_id and not text.carrier_id):
            return text
        before = text
        back: Back | None = None
        if text.arrives and not one.refused:
            self._arrived(text, one)
            text = text._replace(handed_off_at=self.now)
        text = text._replace(status=status, carrier_id=one.carrier_id or text.carrier_id)
        if status is not before.status:
            if status is MessageStatus.DELIVERED:
                self._delivered(text, before.status in DEAD, again)
            elif status in DEAD and (back := self._dead(text, one)):
                text = text._replace(status=MessageStatus.WAITING)
            if RANK[text.status] == FINAL:
                filtered = one.failure is FailureClass.FILTERED
                self.streaks.ended(text.sender_id, filtered=filtered)
            if text.kind is not MessageKind.STEP:
                self.entries.append(
                    log.Entry(
                        self.now,
                        "message_status",
                        contact_id=text.contact_id,
                        message_id=text.id,
                        body=log.body(status=text.status.value, code=one.code),
                    )
                )
        taken = before.status is MessageStatus.SENDING and text.status is MessageStatus.QUEUED
        if taken and one.code is None and one.failure is None:
            self.taken.append((text.status.value, text.carrier_id, text.handed_off_at, text.id))
            return text
        final_at = self.now if RANK[text.status] == FINAL else None
        failure = one.failure.value if one.failure else None
        self.changes.append(
            (
                text.status.value,
                text.carrier_id,
                one.code,
                failure,
                text.handed_off_at,
                back.hold.value if back and back.hold else None,
                back.until if back else None,
                final_at,
                text.id,
            )
        )
        return text

    def write(self) -> None:
        """Write what was collected: texts first, then their enrollments, in order."""
        store.record_taken(self.connection, self.taken)
        store.record_reports(self.connection, self.changes)
        apply(self.connection, self.applications, self.now)
        end_stops(self.connection, self.stopped, self.now)
        log.append(self.connection, self.entries)
        self.streaks.write()
        self.taken, self.changes, self.applications, self.entries = [], [], [], []
        self.stopped = []

    def _arrived(self, text: OutboundState, one: DeliveryReport) -> None:
        if text.enrollment_id is not None and text.step_id is not None:
            self._apply(
                text,
                Accepted(
                    text.id, text.step_id, self.following.get(text.enrollment_id), one.certain
                ),
            )

    def _delivered(self, text: OutboundState, was_dead: bool, again: bool) -> None:
        if text.enrollment_id is not None:
            following = self.following.get(text.enrollment_id) if again else None
            self._apply(text, Delivered(text.id, was_dead, again, following))

    def _dead(self, text: OutboundState, one: DeliveryReport) -> Back | None:
        """Settle a failure; returns how the text waits if it is to be sent again."""
        match one.failure:
            case FailureClass.OPTED_OUT:
                if text.step_id is not None:
                    self._apply(
                        text,
                        CarrierOptedOut(text.id, text.step_id, not one.refused),
                    )
                self.write()  # this enrollment first, by its own event; then all others
                note = f"carrier code {one.code}"
                suppress(
                    self.connection, [text.phone], SuppressionSource.CARRIER, note, None, self.now
                )
                return None
            case FailureClass.LANDLINE_CERTAIN | FailureClass.LANDLINE_PROBABLE:
                certain = one.failure is FailureClass.LANDLINE_CERTAIN
                _mark_landline(self.connection, text, certain, self.now)
                if text.step_id is not None:
                    self._apply(
                        text,
                        CarrierLandline(text.id, text.step_id, not one.refused),
                    )
                return None
            case FailureClass.CONFIGURATION:
                stop_sender(self.connection, text.sender_id, f"carrier code {one.code}", self.now)
                return self._send_back(text, one, Hold.SENDER_STOPPED, None)
            case FailureClass.SENDER_QUEUE | FailureClass.NOT_PROCESSED:
                until = self.now + self._drains_in(text)
                return self._send_back(text, one, Hold.SENDER_RATE, until)
            case FailureClass.UNREACHABLE if not one.refused:
                return self._retry(text, one)
            case _:
                pass
        self._fail(text, one)
        return None

    def _fail(self, text: OutboundState, one: DeliveryReport, *, superseded: bool = False) -> None:
        if text.step_id is not None:
            reason = REASON_OF_FAILURE.get(one.failure or FailureClass.UNKNOWN, Reason.UNREACHABLE)
            failed = Failed(text.id, text.step_id, reason, not one.refused, superseded=superseded)
            self._apply(text, failed)

    def _send_back(
        self, text: OutboundState, one: DeliveryReport, hold: Hold, until: int | None
    ) -> Back | None:
        """The sender caused it, so the text waits for the sender; contacts are not affected.

        A step's text is sent again unless its enrollment has continued without it.
        """
        if text.step_id is None:
            direct = text.kind is MessageKind.DIRECT
            if direct and suppressions.standing(self.connection, [text.phone]):
                return None
            return Back(hold, until)
        if not self._goes_again(text, one, self._standing(text), reopens=True):
            self._fail(text, one, superseded=True)
            return None
        if hold is Hold.SENDER_STOPPED and text.enrollment_id is not None:
            self.stopped.append(text.enrollment_id)
        self._apply(
            text,
            Unsent(hold, until, one.code)
            if one.refused
            else SentBack(text.id, text.step_id, hold, until, one.code),
        )
        return Back(None, None)

    def _drains_in(self, text: OutboundState) -> int:
        """How long to wait for a full queue or a used-up cap: longer each time, an hour at most."""
        tries: int = self.connection.exec_driver_sql(
            "SELECT count(*) FROM attempts WHERE message_id = ?", (text.id,)
        ).scalar_one()
        return min(QUEUE_DRAINS_IN << min(max(tries - 1, 0), 8), HOUR)

    def _retry(self, text: OutboundState, one: DeliveryReport) -> Back | None:
        """An unreachable handset: try again after hours, a few times."""
        if text.step_id is None:
            return None
        standing = self._standing(text)
        if standing.status is Status.PENDING and standing.tries < len(AGAIN_AFTER):
            if self._goes_again(text, one, standing, reopens=False):
                retry_at = self.now + AGAIN_AFTER[standing.tries]
                self._apply(text, RetryPlanned(text.id, text.step_id, retry_at))
                return Back(None, None)
            self._fail(text, one, superseded=True)
            return None
        self._fail(text, one)
        return None

    def _standing(self, text: OutboundState) -> lifecycle.Standing:
        assert text.enrollment_id is not None
        self.write()
        return apply_load(self.connection, [text.enrollment_id])[text.enrollment_id].standing

    def _goes_again(
        self,
        text: OutboundState,
        one: DeliveryReport,
        standing: lifecycle.Standing,
        *,
        reopens: bool,
    ) -> bool:
        """Whether its enrollment can still wait for this text."""
        if not one.refused and self._is_deleted(text.step_id):
            return False
        if standing.status is Status.PENDING:
            on_the_wire = standing.hold in lifecycle.ON_THE_WIRE and not one.refused
            return one.refused or (standing.last_message_id == text.id and not on_the_wire)
        if standing.status is not Status.FINISHED_NO_RESPONSE or not reopens:
            return False
        assert text.enrollment_id is not None
        return (
            standing.last_message_id == text.id
            and not barred(self.connection, [text.enrollment_id])
            and not suppressions.standing(self.connection, [text.phone])
        )

    def _is_deleted(self, step_id: int | None) -> bool:
        return (
            self.connection.exec_driver_sql(
                "SELECT 1 FROM steps WHERE id = ? AND deleted_at IS NOT NULL", (step_id,)
            ).first()
            is not None
        )

    def _apply(self, text: OutboundState, event: Event) -> None:
        if text.enrollment_id is not None:
            self.applications.append(Application(text.enrollment_id, event, message_id=text.id))


def _mark_landline(connection: sa.Connection, text: OutboundState, certain: bool, now: int) -> None:
    """Store the carrier's report of a landline, unless an operator set the line type.

    Nothing is stored if the contact has another number now.
    """
    connection.execute(
        sa.update(contacts)
        .where(
            contacts.c.id == text.contact_id,
            contacts.c.phone == text.phone,
            sa.func.coalesce(contacts.c.line_source, "") != LineSource.OPERATOR.value,
        )
        .values(
            line=LineKind.LANDLINE.value,
            line_source=LineSource.CARRIER.value,
            line_certain=certain,
            line_at=now,
        )
    )
