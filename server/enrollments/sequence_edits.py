"""Applies an edit of a sequence to the plans of its enrollments.

All functions run inside the write transaction that changes the sequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa

from common.vocabulary import Hold, SequenceState, Status
from server.database.statements import update_rows
from server.database.tables import enrollments
from server.enrollments.apply import Application, apply, load_pending
from server.enrollments.holds import OF_THE_SENDER, end_holds
from server.enrollments.lifecycle import ON_THE_WIRE
from server.enrollments.lifecycle_events import NoStepLeft, Replanned
from server.enrollments.planning import Planner, replan
from server.senders.store import default_sender
from server.sequences.edited import Followed
from server.sequences.plan import Plan

_EDITS_END: Final = frozenset({Hold.QUIET_HOURS, Hold.MISSING_FIELD, Hold.DAILY_LIMIT})
"""Holds that an edit of the window, a text or the daily limit can end: the gate checks again."""


def sequence_edited(
    planner: Planner, connection: sa.Connection, before: Plan, now: int, *, dry_run: bool = False
) -> Followed:
    """Change the plans whose next step, delay or window changed, and no others.

    `before` is the sequence before the edit. An active and a paused sequence are handled alike. A
    text on the wire is not touched; if it comes back, its time is the new one, and its claim looks
    for another next step. In a dry run, whose changes are rolled back, the plan of the new version
    is not cached.
    """
    if dry_run:
        planner = Planner(planner.zone)
    sequence_id = before.sequence_id
    plan = planner.plans.plan_of(connection, sequence_id)
    moved_to = _set_sender(connection, plan, sequence_id)
    standings = load_pending(connection, sequence_id)
    on_the_wire = {one for one, standing in standings.items() if standing.hold in ON_THE_WIRE}
    _set_version(connection, standings.keys() - on_the_wire, plan.version)
    if plan.state is SequenceState.DRAFT:
        first = plan.steps[0].id if plan.steps else None
        update_rows(connection, enrollments, ("next_step_id",), [(first, one) for one in standings])
        return Followed()
    courses = planner.courses(connection, standings)
    applications = []
    moved = ended = 0
    for enrollment_id, standing in standings.items():
        course = courses[enrollment_id]
        following = replan(connection, course, standing, planner.under(course, before))
        if enrollment_id in on_the_wire and (
            following is None or following.step_id != standing.next_step_id
        ):
            continue
        if following is None:
            ended += 1
            applications.append(Application(enrollment_id, NoStepLeft()))
        elif following != standing.plan:
            moved += enrollment_id not in on_the_wire and (
                (following.step_id, following.planned_at)
                != (standing.next_step_id, standing.planned_at)
            )
            applications.append(Application(enrollment_id, Replanned(following)))
    apply(connection, applications, now)
    end_holds(connection, _EDITS_END, now, sequence_ids=[sequence_id])
    if moved_to:
        end_holds(connection, OF_THE_SENDER, now, sequence_ids=[sequence_id])
    return Followed(moved, ended)


def _set_sender(connection: sa.Connection, plan: Plan, sequence_id: int) -> bool:
    """Let the sequence's texts use its current sender; True if that is another one."""
    sender_id = plan.sender_id or default_sender(connection).id
    changed = connection.execute(
        sa.update(enrollments)
        .where(
            enrollments.c.sequence_id == sequence_id,
            enrollments.c.status == Status.PENDING.value,
            enrollments.c.sender_id != sender_id,
        )
        .values(sender_id=sender_id)
    )
    return changed.rowcount > 0


def _set_version(connection: sa.Connection, ids: Iterable[int], version: int) -> None:
    update_rows(connection, enrollments, ("sequence_version",), [(version, one) for one in ids])
