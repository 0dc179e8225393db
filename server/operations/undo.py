"""Taking a bulk action back, row by row: what has changed since is a conflict or skipped.

A finish is undone by folding the history without it. Members that were added leave the group.
A suppression is lifted; what it ended stays ended. Texts and tries cannot be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa

from common.vocabulary import OperationAction, Outcome, Status, SuppressionSource
from server.contacts import suppressions
from server.database.statements import in_parts
from server.database.tables import events, group_members
from server.database.tables import suppressions as suppressions_table
from server.enrollments import lifecycle_events
from server.enrollments.apply import Application, load
from server.enrollments.refolding import barred, refold
from server.events import log
from server.operations import store
from server.operations.acting import Run, phones_of
from server.operations.store import Ending, StoredOperation, Target

STAYS_ENDED: Final = "enrollments that it ended stay ended"


def undo_finish(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Let enrollments stand as if they had not been finished; what happened since decides."""
    ids = [target.enrollment_id for target in targets]
    finishes = _finishes(run, ids)
    rows = load(run.connection, ids)
    bars = barred(run.connection, ids)
    endings: dict[int, Ending] = {}
    applications = []
    for position, enrollment_id, _ in targets:
        standing = rows[enrollment_id].standing
        if standing.status is not Status.FINISHED_STOPPED:
            why = f"is {standing.status.label} by now"
            endings[enrollment_id] = Ending(position, Outcome.CONFLICT, why)
        elif enrollment_id in bars:
            endings[enrollment_id] = Ending(position, Outcome.CONFLICT, bars[enrollment_id])
        else:
            applications.append(
                Application(
                    enrollment_id,
                    lifecycle_events.FinishUndone(finishes[enrollment_id]),
                    operator_id=run.operation.operator_id,
                    operation_id=run.operation.id,
                )
            )
    stand = refold(run.connection, run.planner, applications, run.now)
    for target in targets:
        if target.enrollment_id in stand:
            status = stand[target.enrollment_id].status
            told = None if status is Status.PENDING else f"{status.label}: so it went meanwhile"
            endings[target.enrollment_id] = Ending(target.position, Outcome.DONE, told)
    return [endings[target.enrollment_id] for target in targets]


def _finishes(run: Run, ids: Sequence[int]) -> dict[int, int]:
    """The events by which the operation finished them."""
    found: dict[int, int] = {}
    for part in in_parts(ids):
        rows = run.connection.execute(
            sa.select(events.c.enrollment_id, events.c.id).where(
                events.c.enrollment_id.in_(part),
                events.c.kind == "finished",
                events.c.operation_id == run.operation.undoes_id,
            )
        )
        found.update((enrollment_id, event_id) for enrollment_id, event_id in rows)
    return found


def leave_group(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Take those out of the group whom the operation put in."""
    group_id = run.operation.parameters.group_id
    members: set[int] = set()
    for part in in_parts(target.contact_id for target in targets):
        here = sa.and_(group_members.c.group_id == group_id, group_members.c.contact_id.in_(part))
        members.update(
            run.connection.execute(sa.select(group_members.c.contact_id).where(here)).scalars()
        )
        run.connection.execute(sa.delete(group_members).where(here))
    if members:
        told = log.body(group_id=group_id, added=[], removed=sorted(members))
        entry = log.Entry(
            run.now,
            "group_members_changed",
            operation_id=run.operation.id,
            operator_id=run.operation.operator_id,
            body=told,
        )
        log.append(run.connection, [entry])
    return [
        Ending(target.position, Outcome.DONE)
        if target.contact_id in members
        else Ending(target.position, Outcome.SKIPPED, "not in the group any more")
        for target in targets
    ]


def lift(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Lift the suppressions that the operation made, if they stand still."""
    assert run.operation.undoes_id is not None
    undone = store.get(run.connection, run.operation.undoes_id)
    phones = phones_of(run.connection, (target.contact_id for target in targets))
    made = _made_by(run.connection, undone, list(phones.values()))
    standing = suppressions.standing(run.connection, list(phones.values()))
    endings = []
    for position, _, contact_id in targets:
        phone = phones[contact_id]
        if phone not in made:
            ours = SuppressionSource.OPERATOR in standing.get(phone, frozenset())
            why = "suppressed again since" if ours else "lifted already"
            outcome = Outcome.CONFLICT if ours else Outcome.SKIPPED
            endings.append(Ending(position, outcome, why))
            continue
        suppressions.lift(
            run.connection,
            phone,
            frozenset({SuppressionSource.OPERATOR}),
            run.operation.operator_id,
            run.now,
        )
        left = sorted(standing[phone] - {SuppressionSource.OPERATOR})
        why = f"still suppressed ({', '.join(left)})" if left else STAYS_ENDED
        endings.append(Ending(position, Outcome.DONE, why))
    return endings


def _made_by(connection: sa.Connection, undone: StoredOperation, phones: Sequence[str]) -> set[str]:
    """Numbers whose operator's suppression is the one that this operation made."""
    found: set[str] = set()
    for part in in_parts(phones):
        found.update(
            connection.execute(
                sa.select(suppressions_table.c.phone).where(
                    suppressions_table.c.phone.in_(part),
                    suppressions_table.c.source == SuppressionSource.OPERATOR.value,
                    suppressions_table.c.lifted_at.is_(None),
                    suppressions_table.c.created_by == undone.operator_id,
                    suppressions_table.c.created_at >= undone.created_at,
                    suppressions_table.c.created_at <= (undone.ended_at or undone.created_at),
                )
            ).scalars()
        )
    return found


UNDO: Final[dict[OperationAction, Callable[[Run, Sequence[Target]], list[Ending]]]] = {
    OperationAction.FINISH: undo_finish,
    OperationAction.ADD_TO_GROUP: leave_group,
    OperationAction.SUPPRESS: lift,
}
"""How each action is taken back; those that are not here cannot be."""
