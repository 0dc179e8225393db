"""Enrollments as rows of the list, read by id with their current content."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from common.model.listing import Enroller, ListedContact, ListedEnrollment
from common.vocabulary import Hold, MessageStatus, Reason, Status
from server.clock import to_datetime
from server.database.tables import contacts, enrollments, messages, operators, steps, workspace
from server.errors import NotFound
from server.sequences.zones import recipient_zones

_DEAD = {MessageStatus.FAILED.value, MessageStatus.UNDELIVERED.value}


def read_rows(connection: sa.Connection, ids: Iterable[int]) -> tuple[ListedEnrollment, ...]:
    """The enrollments of a page, in the order of `ids`; at most some hundreds."""
    wanted = list(ids)
    if not wanted:
        return ()
    on_step = sa.case(
        (enrollments.c.status == Status.PENDING.value, enrollments.c.next_step_id),
        else_=enrollments.c.last_step_id,
    )
    rows = connection.execute(
        sa.select(
            enrollments,
            on_step.label("step_id"),
            steps.c.position,
            steps.c.deleted_at,
            contacts.c.first_name,
            contacts.c.last_name,
            contacts.c.phone,
            contacts.c.zone,
            contacts.c.number_zones,
            operators.c.name.label("enroller"),
            messages.c.status.label("last_text"),
        )
        .select_from(enrollments)
        .join(contacts, contacts.c.id == enrollments.c.contact_id)
        .join(operators, operators.c.id == enrollments.c.enrolled_by)
        .outerjoin(steps, steps.c.id == on_step)
        .outerjoin(messages, messages.c.id == enrollments.c.last_message_id)
        .where(enrollments.c.id.in_(wanted))
    ).all()
    counts = count_steps(connection, {row.sequence_id for row in rows})
    zone = connection.execute(sa.select(workspace.c.zone)).scalar_one()
    found = {row.id: _listed(row, counts.get(row.sequence_id, 0), zone) for row in rows}
    return tuple(found[ident] for ident in wanted if ident in found)


def read_row(connection: sa.Connection, enrollment_id: int) -> ListedEnrollment:
    """One enrollment. Raises NotFound."""
    rows = read_rows(connection, [enrollment_id])
    if not rows:
        raise NotFound("enrollment", enrollment_id)
    return rows[0]


def count_steps(connection: sa.Connection, sequence_ids: set[int]) -> dict[int, int]:
    """How many live steps each sequence has; sequences without any are left out."""
    rows = connection.execute(
        sa.select(steps.c.sequence_id, sa.func.count())
        .where(steps.c.sequence_id.in_(sequence_ids), steps.c.deleted_at.is_(None))
        .group_by(steps.c.sequence_id)
    )
    return {row[0]: row[1] for row in rows}


def hold_words(hold: Hold | None, detail: str | None) -> str | None:
    """The words for a hold: its label and its detail."""
    if hold is None:
        return None
    return f"{hold.words.label}: {detail}" if detail else hold.words.label


def _listed(row: sa.Row[Any], count: int, workspace_zone: str) -> ListedEnrollment:
    status = Status(row.status)
    reason = Reason(row.reason) if row.reason else None
    hold = Hold(row.hold) if row.hold else None
    return ListedEnrollment(
        id=row.id,
        sequence_id=row.sequence_id,
        status=status,
        status_label=status.label,
        reason=reason,
        reason_label=reason.words.label if reason else None,
        hold=hold,
        hold_label=hold_words(hold, row.hold_detail),
        hold_detail=row.hold_detail,
        step=row.position if row.deleted_at is None else None,
        steps=count,
        step_id=row.step_id,
        due_at=None if row.due_at is None else to_datetime(row.due_at),
        planned_at=None if row.planned_at is None else to_datetime(row.planned_at),
        enrolled_by=Enroller(row.enrolled_by, row.enroller),
        enrolled_at=to_datetime(row.enrolled_at),
        replied=row.replied_at is not None,
        run=row.run,
        last_failed=status is Status.FINISHED_NO_RESPONSE and row.last_text in _DEAD,
        contact=ListedContact(
            row.contact_id, row.first_name, row.last_name, row.phone, _zone(row, workspace_zone)
        ),
    )


def _zone(row: sa.Row[Any], workspace_zone: str) -> str:
    zones = recipient_zones(
        explicit=row.zone,
        number_zones=row.number_zones.split(),
        workspace=workspace_zone,
        calling_code=None,
    ).zones
    return zones[0]
