"""Undoes a bulk action, row by row: what has changed since is a conflict or skipped.

A finish is undone by folding the history without it. Added members leave the group. A suppression
is lifted; what it ended stays ended. Texts and retries cannot be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa

from common.vocabulary import OperationAction, Outcome, Status, SuppressionSource
from server.contacts import groups, suppressions
from server.contacts.store import phones_of
from server.database.statements import select_in
from server.database.tables import events
from server.database.tables import suppressions as suppressions_table
from server.enrollments.apply import Application, load
from server.enrollments.lifecycle_events import FinishUndone
from server.enrollments.refold import barred, refold
from server.events import log
from server.operations import store
from server.operations.actions import Run
from server.operations.store import Ending, StoredOperation, Target

STAYS_ENDED: Final = "its ended enrollments stay ended"


def undo_finish(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Change enrollments as if they had not been finished; what happened since decides."""
    ids = [target.enrollment_id for target in targets]
    finishes = _finishes(run, ids)
    rows = load(run.connection, ids)
    bars = barred(run.connection, ids)
    endings: dict[int, Ending] = {}
    applications = []
    for position, enrollment_id, _ in targets:
        standing = rows[enrollment_id].standing
        if standing.status is not Status.FINISHED_STOPPED:
            why = f"is now {standing.status.label}"
            endings[enrollment_id] = Ending(position, Outcome.CONFLICT, why)
        elif enrollment_id in bars:
            endings[enrollment_id] = Ending(position, Outcome.CONFLICT, bars[enrollment_id])
        else:
            applications.append(
                Application(
                    enrollment_id,
                    FinishUndone(finishes[enrollment_id]),
                    operator_id=run.operation.operator_id,
                    operation_id=run.operation.id,
                )
            )
    stand = refold(run.connection, run.planner, applications, run.now)
    for target in targets:
        if target.enrollment_id in stand:
            status = stand[target.enrollment_id].status
            told = (
                None
                if status is Status.PENDING
                else f"{status.label}: changed by what happened since"
            )
            endings[target.enrollment_id] = Ending(target.position, Outcome.DONE, told)
    return [endings[target.enrollment_id] for target in targets]


def _finishes(run: Run, ids: Sequence[int]) -> dict[int, int]:
    """The events with which the operation finished them."""
    finished = sa.select(events.c.enrollment_id, events.c.id).where(
        events.c.kind == "finished", events.c.operation_id == run.operation.undoes_id
    )
    rows = select_in(run.connection, finished, events.c.enrollment_id, ids)
    return {row.enrollment_id: row.id for row in rows}


def leave_group(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Remove the contacts that the operation added to the group."""
    group_id = run.operation.parameters.group_id
    assert group_id is not None
    contact_ids = [target.contact_id for target in targets]
    members = groups.take_out_of_group(run.connection, group_id, contact_ids)
    if members:
        log.record(
            run.connection,
            run.now,
            "group_members_changed",
            operation_id=run.operation.id,
            operator_id=run.operation.operator_id,
            group_id=group_id,
            added=[],
            removed=sorted(members),
        )
    return [
        Ending(target.position, Outcome.DONE)
        if target.contact_id in members
        else Ending(target.position, Outcome.SKIPPED, "no longer in the group")
        for target in targets
    ]


def lift(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Lift the suppressions that the operation made, if they are still active."""
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
            why = "suppressed again since" if ours else "already lifted"
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
    """Numbers whose operator's suppression was made by this operation."""
    made = sa.select(suppressions_table.c.phone).where(
        suppressions_table.c.source == SuppressionSource.OPERATOR.value,
        suppressions_table.c.lifted_at.is_(None),
        suppressions_table.c.created_by == undone.operator_id,
        suppressions_table.c.created_at >= undone.created_at,
        suppressions_table.c.created_at <= (undone.ended_at or undone.created_at),
    )
    rows = select_in(connection, made, suppressions_table.c.phone, phones)
    return {row.phone for row in rows}


UNDO: Final[dict[OperationAction, Callable[[Run, Sequence[Target]], list[Ending]]]] = {
    OperationAction.FINISH: undo_finish,
    OperationAction.ADD_TO_GROUP: leave_group,
    OperationAction.SUPPRESS: lift,
}
"""How each action is undone; actions that are not listed cannot be undone."""
