"""The bulk actions, a batch of rows at a time: each row ends as done, skipped or conflict.

Inside one write transaction; none commits. `retrying` contains the retry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from common.vocabulary import Outcome, Status, SuppressionSource
from server.clock import DAY, HOUR, MINUTE
from server.contacts import groups
from server.contacts.store import phones_of
from server.database.statements import named, select_in
from server.database.tables import events, operators
from server.database.tables import groups as groups_table
from server.enrollments import lifecycle
from server.enrollments.apply import Application, apply, load
from server.enrollments.lifecycle_events import Finished
from server.enrollments.planning import Planner
from server.errors import NotFound
from server.messages.direct_texts import queue_texts
from server.messages.drafts import draft_texts
from server.messages.suppress import suppress as suppress_numbers
from server.operations.store import Ending, StoredOperation, Target


class Run(NamedTuple):
    """An operation that runs inside a write transaction."""

    connection: sa.Connection
    planner: Planner
    operation: StoredOperation
    now: int


class Act(NamedTuple):
    """What an operator did to an enrollment."""

    operator_id: int
    operator: str
    at: int


def finish(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Mark as finished. Rows that another operator has finished are conflicts."""
    rows = load(run.connection, (target.enrollment_id for target in targets))
    applications = [
        Application(
            target.enrollment_id,
            Finished(rows[target.enrollment_id].standing.hold in lifecycle.ON_THE_WIRE),
            operator_id=run.operation.operator_id,
            operation_id=run.operation.id,
        )
        for target in targets
    ]
    decisions = apply(run.connection, applications, run.now)
    stopped = [
        target.enrollment_id
        for target in targets
        if rows[target.enrollment_id].standing.status is Status.FINISHED_STOPPED
    ]
    finishes = last_acts(run.connection, "finished", stopped)
    endings = []
    for target, decision in zip(targets, decisions, strict=True):
        standing = rows[target.enrollment_id].standing
        act = finishes.get(target.enrollment_id)
        if decision.refused is None:
            with_carrier = standing.hold in lifecycle.ON_THE_WIRE
            why = "a text was already with the carrier" if with_carrier else None
            endings.append(Ending(target.position, Outcome.DONE, why, with_carrier))
        elif act is not None and act.operator_id != run.operation.operator_id:
            why = f"{act.operator} finished it {ago(run.now - act.at)}"
            endings.append(Ending(target.position, Outcome.CONFLICT, why))
        else:
            why = f"already {standing.status.label}"
            endings.append(Ending(target.position, Outcome.SKIPPED, why))
    return endings


def add_to_group(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Add the contacts to the group."""
    group_id = run.operation.parameters.group_id
    assert group_id is not None
    try:
        groups.require_group(run.connection, group_id)
    except NotFound:
        why = "the group was deleted"
        return [Ending(target.position, Outcome.SKIPPED, why) for target in targets]
    contact_ids = [target.contact_id for target in targets]
    added = set(
        groups.put_into_group(
            run.connection, group_id, contact_ids, run.operation.operator_id, run.now
        )
    )
    return _once_each(targets, added, "already in the group")


def suppress(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Suppress the numbers: all unsent texts to them end, in every sequence."""
    phones = phones_of(run.connection, (target.contact_id for target in targets))
    new = suppress_numbers(
        run.connection,
        phones.values(),
        SuppressionSource.OPERATOR,
        run.operation.parameters.note,
        run.operation.operator_id,
        run.now,
        run.operation.id,
    )
    fresh = {contact_id for contact_id, phone in phones.items() if phone in new}
    return _once_each(targets, fresh, "already suppressed by an operator")


def send_message(run: Run, targets: Sequence[Target]) -> list[Ending]:
    """Text the contacts; rows that the gate leaves out get the reason."""
    asked = run.operation.parameters
    assert asked.body is not None
    drafts = draft_texts(
        run.connection,
        run.planner.zone,
        asked.body,
        [target.contact_id for target in targets],
        run.now,
        override=asked.override_reason is not None,
    )
    queued = queue_texts(
        run.connection,
        drafts,
        run.operation.operator_id,
        asked.override_reason,
        run.now,
        run.operation.id,
    )
    left_out = {draft.contact_id: draft.why for draft in drafts if draft.left_out is not None}
    return [
        Ending(target.position, Outcome.SKIPPED, left_out[target.contact_id])
        if target.contact_id in left_out
        else ending
        for target, ending in zip(
            targets, _once_each(targets, set(queued), "already texted"), strict=True
        )
    ]


def _once_each(targets: Sequence[Target], done: Iterable[int], otherwise: str) -> list[Ending]:
    """Mark each contact as done once; further rows of the same contact are not."""
    left = set(done)
    acted = frozenset(left)
    endings = []
    for position, _, contact_id in targets:
        if contact_id in left:
            left.discard(contact_id)
            endings.append(Ending(position, Outcome.DONE))
        else:
            why = "the same contact as in another row" if contact_id in acted else otherwise
            endings.append(Ending(position, Outcome.SKIPPED, why))
    return endings


def last_acts(
    connection: sa.Connection, kind: str, enrollment_ids: Iterable[int]
) -> dict[int, Act]:
    """Who last did this to each enrollment, and when."""
    acts = (
        sa.select(events.c.enrollment_id, events.c.operator_id, operators.c.name, events.c.at)
        .join(operators, operators.c.id == events.c.operator_id)
        .where(events.c.kind == kind)
        .order_by(events.c.id)
    )
    rows = select_in(connection, acts, events.c.enrollment_id, enrollment_ids)
    return {row[0]: Act(*row[1:]) for row in rows}


def find_group(connection: sa.Connection, name: str) -> int | None:
    """The group of a name, in any case."""
    found: int | None = connection.execute(
        named(sa.select(groups_table.c.id), groups_table.c.name_key, name)
    ).scalar()
    return found


def ago(span: int) -> str:
    """How long ago, in the largest unit that fits: "2 minutes ago"."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        count = span // unit
        if count:
            return f"{count} {name}{'' if count == 1 else 's'} ago"
    return "just now"
