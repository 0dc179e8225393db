"""What a change of contacts or senders releases, ends or plans again.

All functions run inside the write transaction that changes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from common.vocabulary import Hold, SequenceKind, Status
from server.contacts import suppressions
from server.database.statements import in_parts, select_in
from server.database.tables import contacts, enrollments, sequences, workspace
from server.enrollments import lifecycle
from server.enrollments.apply import STANDING, Application, apply, standing_of
from server.enrollments.holds import OF_THE_SENDER, end_holds
from server.enrollments.lifecycle_events import NumberSuppressed, Replanned
from server.enrollments.planning import Planner, plan_step
from server.senders.store import default_sender

_OF_THE_CONTACT: Final = frozenset({Hold.QUIET_HOURS, Hold.MISSING_FIELD, Hold.NEEDS_REVIEW})
"""Holds that an edit of the contact's zone, fields or number can end."""


def contacts_changed(connection: sa.Connection, contact_ids: Iterable[int], now: int) -> None:
    """Contacts' fields, zones or numbers changed: check their holds again.

    Enrollments with a suppressed number are opted out at once. Local times of scheduled steps
    follow the contact's current zone.
    """
    ids = list(contact_ids)
    for part in in_parts(ids):
        end_suppressed(connection, contacts.c.id.in_(part), now)
    _follow_clocks(connection, ids, now)
    end_holds(connection, _OF_THE_CONTACT, now, contact_ids=ids)


def _follow_clocks(connection: sa.Connection, contact_ids: Iterable[int], now: int) -> None:
    """Plan the set times of scheduled sequences by the contacts' current zones.

    Delays stay: they have started to count, and the gate checks the window.
    """
    scheduled = (
        sa.select(enrollments.c.id, *(enrollments.c[name] for name in STANDING))
        .join(sequences, sequences.c.id == enrollments.c.sequence_id)
        .where(
            enrollments.c.status == Status.PENDING.value,
            enrollments.c.base_at.is_not(None),
            enrollments.c.retry_at.is_(None),
            sequences.c.kind == SequenceKind.SCHEDULED.value,
        )
    )
    rows = select_in(connection, scheduled, enrollments.c.contact_id, contact_ids)
    found = {row[0]: standing_of(row[1:]) for row in rows}
    if not found:
        return
    planner = Planner(connection.execute(sa.select(workspace.c.zone)).scalar_one())
    applications = []
    for ident, course in planner.courses(connection, found).items():
        plan = found[ident].plan
        step = course.plan.step(plan.step_id)
        if step is None:
            continue
        assert plan.base_at is not None
        fresh = plan_step(course, step, plan.base_step_id, plan.base_at)
        if fresh.planned_at != plan.planned_at:
            applications.append(Application(ident, Replanned(fresh)))
    apply(connection, applications, now)


def end_suppressed(connection: sa.Connection, whose: sa.ColumnElement[bool], now: int) -> None:
    """Opt out the pending enrollments in `whose` whose number is suppressed."""
    rows = connection.execute(
        sa.select(enrollments.c.id, contacts.c.phone)
        .join(contacts, contacts.c.id == enrollments.c.contact_id)
        .where(whose, enrollments.c.status == Status.PENDING.value)
    ).all()
    standing = suppressions.standing(connection, [row.phone for row in rows])
    apply(
        connection,
        [
            Application(
                row.id,
                NumberSuppressed(lifecycle.strongest(standing[row.phone]), already=True),
            )
            for row in rows
            if row.phone in standing
        ],
        now,
    )


def senders_changed(connection: sa.Connection, sender_ids: Iterable[int], now: int) -> None:
    """Senders were started or changed: check what they held again.

    Texts of sequences without a sender use the current default sender.
    """
    ids = list(sender_ids)
    default = default_sender(connection).id
    if default in ids:
        connection.execute(
            sa.update(enrollments)
            .where(
                enrollments.c.status == Status.PENDING.value,
                enrollments.c.sender_id != default,
                enrollments.c.sequence_id.in_(
                    sa.select(sequences.c.id).where(sequences.c.sender_id.is_(None))
                ),
            )
            .values(sender_id=default)
        )
    end_holds(connection, OF_THE_SENDER, now, sender_ids=ids)
