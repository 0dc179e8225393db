"""Reconciles unknown texts with the carrier until they are found, not found twice, or given up.

Found: the text gets the carrier's id. Not found twice, with a wait between: certainly not sent, so
one more attempt may pass the whole gate. Unsure several times: it stays unknown and counts as sent,
because a duplicate is worse than a lost step. An expired lease is unknown too. Waits are real time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa

from common.phones import normal
from common.vocabulary import Hold, MessageKind
from server.carriers.interface import Reconciled, TextFound, TextNotFound
from server.database.tables import attempts, messages, senders
from server.dispatch import daily_cap
from server.dispatch.claim import Claimed
from server.enrollments.apply import Application, apply
from server.enrollments.lifecycle_events import Accepted, InDoubt, Unsent
from server.enrollments.planning import Planner
from server.messages import delivery
from server.messages import store as message_store
from server.messages.callback_matching import match_early
from server.messages.delivery import DeliveryReport

MOST_CHECKS: Final = 5
"""Most requests for one text."""


class Doubt(NamedTuple):
    """An unknown attempt that is due for reconciliation. `since` is its hand-off."""

    text: Claimed
    since: int
    checks: int
    misses: int
    known: frozenset[str]


def expire_leases(
    connection: sa.Connection, worker: str, wall: int, reconcile_at: int, now: int
) -> int:
    """Make attempts of dead workers or with an expired lease unknown; returns how many.

    `worker` is the caller: on SQLite, all others are dead.
    """
    rows = connection.execute(
        sa.select(attempts.c.id, attempts.c.message_id, messages.c.enrollment_id)
        .join(messages, messages.c.id == attempts.c.message_id)
        .where(
            attempts.c.state == sa.literal_column("'sending'"),
            sa.or_(attempts.c.worker != worker, attempts.c.lease_wall < wall),
        )
    ).all()
    if not rows:
        return 0
    connection.execute(
        sa.update(attempts)
        .where(attempts.c.id == sa.bindparam("the_id"))
        .values(state="unknown", error="the lease ran out", check_wall=reconcile_at),
        [{"the_id": row.id} for row in rows],
    )
    message_store.mark_unknown(connection, [row.message_id for row in rows])
    apply(
        connection,
        [
            Application(
                row.enrollment_id,
                InDoubt("the lease ran out"),
                message_id=row.message_id,
            )
            for row in rows
            if row.enrollment_id is not None
        ],
        now,
    )
    return len(rows)


def start_over(connection: sa.Connection, reconcile_at: int) -> None:
    """Restart the waits of unknown texts: this process cannot know how much of them is over.

    A wall clock that was set must neither shorten nor lengthen them.
    """
    connection.execute(
        sa.update(attempts)
        .where(
            attempts.c.state == sa.literal_column("'unknown'"), attempts.c.check_wall.is_not(None)
        )
        .values(check_wall=reconcile_at)
    )


def doubts(connection: sa.Connection, wall: int, limit: int = 50) -> list[Doubt]:
    """Unknown attempts that are due for reconciliation, the oldest first."""
    rows = connection.execute(
        sa.select(
            attempts.c.id,
            attempts.c.started_at,
            attempts.c.checks,
            attempts.c.misses,
            messages.c.id.label("message_id"),
            messages.c.enrollment_id,
            messages.c.kind,
            messages.c.phone,
            messages.c.body,
            senders.c.phone.label("from_phone"),
            senders.c.carrier,
        )
        .join(messages, messages.c.id == attempts.c.message_id)
        .join(senders, senders.c.id == messages.c.sender_id)
        .where(attempts.c.state == sa.literal_column("'unknown'"), attempts.c.check_wall <= wall)
        .order_by(attempts.c.check_wall)
        .limit(limit)
    ).all()
    return [
        Doubt(
            Claimed(
                row.id,
                row.message_id,
                row.enrollment_id,
                MessageKind(row.kind),
                row.phone,
                row.from_phone,
                row.carrier,
                row.body,
                0,
                None,
                None,
            ),
            row.started_at,
            row.checks,
            row.misses,
            _known(connection, row.phone),
        )
        for row in rows
    ]


def settle(
    connection: sa.Connection,
    planner: Planner,
    doubt: Doubt,
    answer: Reconciled,
    next_check: int,
    now: int,
) -> None:
    """Apply the carrier's answer about an unknown text, unless it is already settled."""
    text = doubt.text
    state = connection.execute(
        sa.select(attempts.c.state).where(attempts.c.id == text.attempt_id)
    ).scalar_one()
    if state != "unknown":
        return
    match answer:
        case TextFound():
            _end(connection, text.attempt_id, "accepted", now)
            delivery.report(
                connection,
                [
                    DeliveryReport(
                        text.message_id,
                        answer.status,
                        answer.code,
                        answer.failure,
                        answer.carrier_id,
                    )
                ],
                planner.find_next,
                now,
            )
            match_early(connection, [answer.carrier_id], planner.find_next, now)
        case TextNotFound() if doubt.misses >= 1:
            _end(connection, text.attempt_id, "unsent", now)
            daily_cap.give_back(connection, [text.attempt_id])
            _wait_again(connection, text, now)
        case TextNotFound():
            _check_again(connection, doubt, next_check, doubt.misses + 1)
        case _ if doubt.checks + 1 >= MOST_CHECKS:
            _treat_as_sent(connection, planner, text, now)
        case _:
            _check_again(connection, doubt, next_check, 0)


def _wait_again(connection: sa.Connection, text: Claimed, now: int) -> None:
    """Certainly not sent: due now, through the whole gate, unless its enrollment has ended."""
    due_at = None if text.kind is MessageKind.STEP else now
    message_store.keep_back(connection, [(text.message_id, Hold.SENDER_RATE, due_at)], now)
    if text.enrollment_id is not None:
        unsent = Unsent(Hold.SENDER_RATE, now, "proven unsent")
        apply(
            connection,
            [Application(text.enrollment_id, unsent, message_id=text.message_id)],
            now,
        )


def _treat_as_sent(connection: sa.Connection, planner: Planner, text: Claimed, now: int) -> None:
    """Given up: the text stays unknown, and the sequence continues as if it was sent."""
    connection.execute(
        sa.update(attempts).where(attempts.c.id == text.attempt_id).values(check_wall=None)
    )
    connection.execute(
        sa.update(messages).where(messages.c.id == text.message_id).values(hold=None)
    )
    if text.enrollment_id is None:
        return
    step_id = connection.execute(
        sa.select(messages.c.step_id).where(messages.c.id == text.message_id)
    ).scalar_one()
    following = planner.find_next(connection, [(text.enrollment_id, step_id, now)])
    apply(
        connection,
        [
            Application(
                text.enrollment_id,
                Accepted(text.message_id, step_id, following[text.enrollment_id], certain=False),
            )
        ],
        now,
    )


def _check_again(connection: sa.Connection, doubt: Doubt, next_check: int, misses: int) -> None:
    connection.execute(
        sa.update(attempts)
        .where(attempts.c.id == doubt.text.attempt_id)
        .values(check_wall=next_check, checks=doubt.checks + 1, misses=misses)
    )


def _end(connection: sa.Connection, attempt_id: int, state: str, now: int) -> None:
    connection.execute(
        sa.update(attempts)
        .where(attempts.c.id == attempt_id)
        .values(state=state, ended_at=now, check_wall=None)
    )


def _known(connection: sa.Connection, phone: str) -> frozenset[str]:
    """Carrier ids of all known hand-offs to this number, which never match another text.

    A text that was handed over before its number was respelled keeps the old spelling until it is
    settled.
    """
    found: Sequence[str] = list(
        connection.execute(
            sa.select(messages.c.carrier_id).where(
                messages.c.phone.in_({phone, normal(phone)}),
                messages.c.carrier_id.is_not(None),
            )
        ).scalars()
    )
    return frozenset(found)
