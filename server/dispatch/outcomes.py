"""Records the outcomes of hand-offs in groups: attempt, text and enrollment in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
import structlog

from common.vocabulary import FailureClass, Hold, MessageKind, MessageStatus
from server.carriers.codes import in_words, is_listed
from server.carriers.interface import SendAccepted, SendRefused, Sent, TryLater, Unknown
from server.clock import MINUTE, SECOND
from server.database.statements import fetch_in, update_rows
from server.database.tables import attempts, messages
from server.dispatch import daily_cap, pace
from server.dispatch.back_off import back_off
from server.dispatch.claim import Claimed
from server.dispatch.gate import AFTER_ANOTHER
from server.enrollments.apply import Application, apply
from server.enrollments.holds import end_stops
from server.enrollments.lifecycle_events import Event, InDoubt, Unsent
from server.enrollments.planning import Planner
from server.messages import delivery
from server.messages import store as message_store
from server.messages.callback_matching import match_early
from server.messages.delivery import DeliveryReport
from server.messages.quarantine import Streaks
from server.senders.store import stop_sender

QUEUE_FULL_WAIT: Final = MINUTE
"""First wait of a text when the sender's queue at the carrier is full."""

_SENT_NOTHING: Final = frozenset({"refused", "unsent"})
"""States of an attempt that certainly sent nothing."""

AWAY: Final = "the carrier cannot be reached"
"""Detail of a hold for lack of a connection."""

WITHDRAWN: Final = "withdrawn"
"""Detail of a hold by the last check."""

_log = structlog.get_logger(__name__)


class Withdrawn(NamedTuple):
    """Not handed over: refused by the last check, or the process is stopping.

    It is due again `after` this many microseconds.
    """

    after: int = AFTER_ANOTHER


class HandOff(NamedTuple):
    """One claimed text with the outcome of its hand-off."""

    text: Claimed
    result: Sent | Withdrawn


class Waits(NamedTuple):
    """The wall clock, and when on it an unknown text is first reconciled.

    `clock_rate` is the rate of the domain clock: 1 for real time, 0 for a manual clock.
    """

    wall: int
    reconcile_at: int
    clock_rate: float = 1.0


def record(
    connection: sa.Connection,
    planner: Planner,
    outcomes: Sequence[HandOff],
    waits: Waits,
    now: int,
) -> None:
    """Record outcomes, in order; if a callback has settled one already, only its id is added."""
    open_ = _open_attempts(connection, [one.text.attempt_id for one in outcomes])
    reports: list[DeliveryReport] = []
    ended: list[tuple[Any, ...]] = []
    recording = _Recording(connection, now, waits)
    for text, result in outcomes:
        if text.attempt_id not in open_:
            if isinstance(result, SendAccepted) and result.carrier_id:
                reports.append(
                    DeliveryReport(
                        text.message_id, MessageStatus.QUEUED, carrier_id=result.carrier_id
                    )
                )
            continue
        if isinstance(result, SendAccepted | SendRefused):
            recording.answered(text, result)
        match result:
            case SendAccepted():
                ended.append(("accepted", now, None, text.attempt_id))
                reports.append(
                    DeliveryReport(text.message_id, result.status, carrier_id=result.carrier_id)
                )
            case SendRefused(failure=FailureClass.CONFIGURATION):
                recording.stop_sender(text, result)
            case SendRefused(failure=FailureClass.RECIPIENT) if recording.is_the_senders(
                text, result
            ):
                recording.stop_sender(text, result)
            case SendRefused():
                ended.append(("refused", now, f"{result.code} {result.reason}", text.attempt_id))
                reports.append(
                    DeliveryReport(
                        text.message_id,
                        MessageStatus.FAILED,
                        code=result.code,
                        failure=result.failure,
                        refused=True,
                    )
                )
            case TryLater():
                recording.later(text, result)
            case Unknown():
                recording.unknown(text, result.error)
            case Withdrawn():
                recording.withdrawn(text, result.after)
    update_rows(connection, attempts, ("state", "ended_at", "error"), ended)
    unsent = [row[-1] for row in (*ended, *recording.attempts) if row[0] in _SENT_NOTHING]
    daily_cap.give_back(connection, unsent)
    recording.speed_up()
    recording.write()
    delivery.report(connection, reports, planner.find_next, now)
    match_early(
        connection, [one.carrier_id for one in reports if one.carrier_id], planner.find_next, now
    )


class _Recording:
    """Outcomes other than accepted and refused, collected and written in groups."""

    def __init__(self, connection: sa.Connection, now: int, waits: Waits) -> None:
        self.connection = connection
        self.now = now
        self.waits = waits
        self.attempts: list[tuple[Any, ...]] = []
        self.unknown_texts: list[int] = []
        self.kept_back: list[tuple[int, Hold, int | None]] = []
        self.applications: list[Application] = []
        self.taken: dict[str, int] = {}
        self.stopped: list[int] = []
        self.streaks = Streaks(connection, now)
        self.sender_ids: dict[str, int] = {}

    def answered(self, text: Claimed, result: SendAccepted | SendRefused) -> None:
        """The carrier answered: the rate was not too high, and a series of refusals may be over."""
        self.taken[text.from_phone] = max(text.slot, self.taken.get(text.from_phone, 0))
        if not _refuses_by_unlisted_code(text, result):
            self.streaks.answered(self._sender_by_phone(text))

    def is_the_senders(self, text: Claimed, result: SendRefused) -> bool:
        """Whether a refusal for the recipient has hit so many in a row that the sender is the
        cause.
        """
        if not _refuses_by_unlisted_code(text, result):
            return False
        sender_id = self._sender_by_phone(text)
        return not self.streaks.refused(sender_id, result.code, text.phone, result.reason)

    def stop_sender(self, text: Claimed, result: SendRefused) -> None:
        """The settings are wrong: the sender stops, the text waits, contacts are not affected."""
        sender_id = self._sender_of(text)
        stop_sender(self.connection, sender_id, f"{result.code} {result.reason}", self.now)
        self._wait(text, Hold.SENDER_STOPPED, None, result.code)
        if text.enrollment_id is not None:
            self.stopped.append(text.enrollment_id)

    def later(self, text: Claimed, result: TryLater) -> None:
        """Certainly not processed: try again later; a rate limit slows the whole sender."""
        key = f"{text.from_phone} {text.attempt_id}"
        refusals, remaining, first = self._refusals(text), 0, QUEUE_FULL_WAIT
        if result.failure is not FailureClass.SENDER_QUEUE:
            self.speed_up()
            slowed = pace.slow_down(
                self.connection,
                self._sender_of(text),
                text.slot,
                result.after,
                key,
                self.waits.wall,
                self.waits.clock_rate,
            )
            refusals, first = max(refusals, slowed.refusals), SECOND
            remaining = int((slowed.slow_until_wall - self.waits.wall) * self.waits.clock_rate)
        after = max(back_off(refusals, result.after, key, first), remaining)
        if result.code is None:
            _log.warning(
                "the carrier cannot be reached", carrier=text.carrier, sender=text.from_phone
            )
        why = AWAY if result.code is None else in_words(text.carrier, result.code)
        self._wait(text, Hold.SENDER_RATE, self.now + after, why)

    def speed_up(self) -> None:
        """Restore the full rate of senders whose texts the carrier has accepted so far."""
        if self.taken:
            pace.speed_up(self.connection, self.taken, self.waits.wall)
            self.taken.clear()

    def _refusals(self, text: Claimed) -> int:
        """How often this text was refused for the rate or a full queue, including now."""
        found: int = self.connection.exec_driver_sql(
            "SELECT count(*) FROM attempts WHERE message_id = ? AND state = 'unsent'"
            " AND error != ?",
            (text.message_id, WITHDRAWN),
        ).scalar_one()
        return found + 1

    def unknown(self, text: Claimed, error: str) -> None:
        """Unknown whether it was sent: held until it is found, or not found twice. Never resent on
        this.
        """
        self.attempts.append(
            ("unknown", None, error[:500], self.waits.reconcile_at, text.attempt_id)
        )
        self.unknown_texts.append(text.message_id)
        if text.enrollment_id is not None:
            self._apply(text, InDoubt(error[:200]))

    def withdrawn(self, text: Claimed, after: int) -> None:
        """Due again shortly, unless its enrollment has ended; the gate then decides."""
        self._wait(text, Hold.SENDER_RATE, self.now + after, WITHDRAWN)

    def _wait(self, text: Claimed, hold: Hold, due_at: int | None, code: str | None) -> None:
        self.attempts.append(("unsent", self.now, code, None, text.attempt_id))
        own_due_at = None if text.kind is MessageKind.STEP else due_at
        self.kept_back.append((text.message_id, hold, own_due_at))
        if text.enrollment_id is not None:
            self._apply(text, Unsent(hold, due_at, code))

    def _apply(self, text: Claimed, event: Event) -> None:
        assert text.enrollment_id is not None
        self.applications.append(Application(text.enrollment_id, event, message_id=text.message_id))

    def _sender_by_phone(self, text: Claimed) -> int:
        if text.from_phone not in self.sender_ids:
            self.sender_ids[text.from_phone] = self._sender_of(text)
        return self.sender_ids[text.from_phone]

    def _sender_of(self, text: Claimed) -> int:
        sender_id: int = self.connection.execute(
            sa.select(messages.c.sender_id).where(messages.c.id == text.message_id)
        ).scalar_one()
        return sender_id

    def write(self) -> None:
        """Write what was collected."""
        update_rows(
            self.connection,
            attempts,
            ("state", "ended_at", "error", "check_wall"),
            self.attempts,
        )
        message_store.mark_unknown(self.connection, self.unknown_texts)
        message_store.keep_back(self.connection, self.kept_back, self.now)
        self.streaks.write()
        apply(self.connection, self.applications, self.now)
        end_stops(self.connection, self.stopped, self.now)


def _refuses_by_unlisted_code(text: Claimed, result: SendAccepted | SendRefused) -> bool:
    return (
        isinstance(result, SendRefused)
        and result.failure is FailureClass.RECIPIENT
        and not is_listed(text.carrier, result.code)
    )


def _open_attempts(connection: sa.Connection, ids: Sequence[int]) -> set[int]:
    open_ = "SELECT id FROM attempts WHERE state IN ('sending', 'unknown') AND id IN"
    return {row[0] for row in fetch_in(connection, open_, ids)}
