"""Claims texts that belong to no step: direct ones, confirmations, help.

A direct text passes suppression, review, landline, window, rate and daily cap, like a step's text.
Confirmations and help are owed: they wait only for the rate, may be sent while another text is on
the wire, and are sent even if the daily cap is used up, but count in it. They are cancelled after
an hour, and a confirmation also after a START.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import sqlalchemy as sa

from common.vocabulary import (
    Hold,
    LineKind,
    MessageKind,
    MessageStatus,
    SequenceState,
    SuppressionSource,
)
from server.clock import HOUR
from server.contacts import suppressions
from server.database.statements import next_ids, update_rows
from server.database.tables import attempts, contacts, messages
from server.dispatch import daily_cap, pace
from server.dispatch.claim import Claimed, ClaimSender, Lease, closes_in, insert_attempts
from server.dispatch.gate import Facts, Go, Stop, Verdict, Wait, may_go, over_cap
from server.dispatch.people import on_their_way
from server.enrollments.planning import Recipient
from server.events import log
from server.messages import store as message_store
from server.messages.reviews import in_review
from server.messages.window import direct_schedule
from server.sequences.openings import NeverOpens, Schedule, next_open

OWED_FOR: Final = HOUR
"""How long a confirmation or a help text is owed: later than that it may be night."""

_CONTACT: Final = tuple(contacts.c[name].label(f"contact_{name}") for name in Recipient._fields)


def claim_outbox(
    connection: sa.Connection,
    workspace_zone: str,
    sender: ClaimSender,
    limit: int,
    lease: Lease,
    now: int,
    wall: int,
) -> list[Claimed]:
    """Claim due texts of a sender's outbox, earliest first, up to `limit` segments.

    Texts that a rule or the daily cap forbids now are held; those beyond the pace stay due.
    """
    rows = connection.execute(
        sa.select(messages, contacts.c.line, *_CONTACT)
        .outerjoin_from(messages, contacts, contacts.c.id == messages.c.contact_id)
        .where(
            messages.c.sender_id == sender.id,
            messages.c.status == sa.literal_column("'waiting'"),
            messages.c.due_at.is_not(None),
            messages.c.due_at <= now,
        )
        .order_by(messages.c.due_at, messages.c.id)
        .limit(limit)
    ).all()
    if not rows:
        return []
    phones = [_number(row) for row in rows]
    suppressed = suppressions.standing(connection, phones)
    reviewed = in_review(connection, phones)
    busy = on_their_way(connection, [row.contact_id for row in rows if row.contact_id])
    allowance = daily_cap.allowance(connection, sender.id, sender.daily_cap, now)
    room = limit
    going: list[tuple[Any, Schedule | None]] = []
    held: list[tuple[Any, ...]] = []
    cancelled: list[int] = []
    for row in rows:
        if going and row.segments > room:
            break
        schedule = ordinary = None
        verdict: Verdict = Go()
        owed = row.kind != MessageKind.DIRECT.value
        if not owed:
            ordinary = _schedule(row, workspace_zone, override=False)
            overridden = _is_overridden(row, ordinary, now)
            schedule = _schedule(row, workspace_zone, override=True) if overridden else ordinary
            verdict = may_go(
                Facts(
                    now=now,
                    schedule=schedule,
                    state=SequenceState.ACTIVE,
                    suppressed_by=suppressed.get(_number(row), frozenset()),
                    in_review=_number(row) in reviewed,
                    on_its_way=row.contact_id in busy,
                    line=LineKind(row.line),
                    line_reason=None,
                    sender_stopped=sender.stopped,
                    spent_until=None,
                    sent_today=0,
                    daily_limit=1,
                    too_late=False,
                )
            )
        elif _is_needless(row, suppressed, now):
            verdict = Stop()
        elif sender.stopped:
            verdict = Wait(Hold.SENDER_STOPPED, None)
        taken = not isinstance(verdict, Go) or allowance.take(row.segments, owed=owed)
        if ordinary is not None and not taken:
            # An override is for today only: a text on another day keeps to the window.
            verdict = over_cap(allowance.resets_at, ordinary)
        match verdict:
            case Go():
                going.append((row, schedule))
                room -= row.segments
                if not owed:
                    busy.add(row.contact_id)
            case Wait():
                held.append((verdict.hold.value, verdict.until, row.id))
            case _:
                cancelled.append(row.id)
    update_rows(connection, messages, ("hold", "due_at"), held)
    message_store.cancel(connection, cancelled, now)
    body = log.body(status=MessageStatus.CANCELLED.value)
    log.append(
        connection,
        [log.Entry(now, "message_status", message_id=one, body=body) for one in cancelled],
    )
    return _write(connection, sender, lease, now, wall, going)


def _write(
    connection: sa.Connection,
    sender: ClaimSender,
    lease: Lease,
    now: int,
    wall: int,
    going: list[tuple[Any, Schedule | None]],
) -> list[Claimed]:
    if not going:
        return []
    segments = [row.segments for row, _ in going]
    slots = pace.reserve(connection, sender.id, sender.segments_per_second, segments, wall)
    daily_cap.count_today(connection, sender.id, now, sum(segments))
    message_store.send_again(connection, [(row.id, _number(row)) for row, _ in going], sender.id)
    counts = _attempt_counts(connection, [row.id for row, _ in going])
    claimed, rows = [], []
    for (row, schedule), slot, attempt_id in zip(
        going, slots, next_ids(connection, attempts, len(going)), strict=True
    ):
        n = counts.get(row.id, 0) + 1
        rows.append((attempt_id, row.id, n, "sending", lease.worker, lease.until, now, 0))
        claimed.append(
            Claimed(
                attempt_id,
                row.id,
                None,
                MessageKind(row.kind),
                _number(row),
                sender.phone,
                sender.carrier,
                row.body,
                slot,
                None if schedule is None else closes_in(schedule, now),
                schedule,
            )
        )
    insert_attempts(connection, rows)
    return claimed


def _schedule(row: Any, workspace_zone: str, *, override: bool) -> Schedule:
    recipient = Recipient(*(getattr(row, f"contact_{name}") for name in Recipient._fields))
    return direct_schedule(recipient, workspace_zone, override=override)


def _number(row: Any) -> str:
    """The number of a text: for a direct one its contact's current number."""
    phone: str = row.contact_phone if row.kind == MessageKind.DIRECT.value else row.phone
    return phone


def _attempt_counts(connection: sa.Connection, message_ids: list[int]) -> dict[int, int]:
    return {
        row[0]: row[1]
        for row in connection.execute(
            sa.select(attempts.c.message_id, sa.func.count())
            .where(attempts.c.message_id.in_(message_ids))
            .group_by(attempts.c.message_id)
        )
    }


def _is_overridden(row: Any, ordinary: Schedule, now: int) -> bool:
    """Whether an operator's reason still opens the window: until the window opens by itself."""
    if row.override_reason is None:
        return False
    try:
        return next_open(row.created_at, ordinary) > now
    except NeverOpens:
        return True


def _is_needless(
    row: Any, suppressed: Mapping[str, Collection[SuppressionSource]], now: int
) -> bool:
    """Whether an answer to a keyword is late, or confirms something that no longer holds."""
    if now - row.created_at > OWED_FOR:
        return True
    return row.kind == MessageKind.CONFIRMATION.value and not suppressed.get(_number(row))
