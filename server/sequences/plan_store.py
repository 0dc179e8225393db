"""Plans read from the database, once per version of a sequence. Nothing here commits."""

from __future__ import annotations

import sqlalchemy as sa

from common.model.sequences import Delay
from common.vocabulary import SequenceKind
from server.clock import DAY
from server.database.tables import workspace
from server.sequences import store
from server.sequences.plan import Plan, StepPlan, scheduled_step
from server.sequences.store import SequenceRow, StepRow


class PlanCache:
    """Plans by sequence and version; each service that needs plans has one."""

    def __init__(self, limit: int = 256) -> None:
        self._limit = limit
        self._plans: dict[int, Plan] = {}

    def plan_of(self, connection: sa.Connection, sequence_id: int) -> Plan:
        """The plan of the current version, in its current state. Raises NotFound."""
        version, state = store.version_and_state(connection, sequence_id)
        plan = self._plans.get(sequence_id)
        if plan is None or plan.version != version:
            plan = plan_of(connection, sequence_id)
        elif plan.state is not state:
            plan = plan._replace(state=state)
        else:
            return plan
        if len(self._plans) >= self._limit:
            self._plans.pop(next(iter(self._plans)), None)
        self._plans[sequence_id] = plan
        return plan


def plan_of(connection: sa.Connection, sequence_id: int) -> Plan:
    """The plan of a sequence as it is now. Raises NotFound."""
    row = store.get_sequence(connection, sequence_id)
    zone: str = connection.execute(sa.select(workspace.c.zone)).scalar_one()
    steps = store.steps_of(connection, sequence_id)
    return Plan(
        sequence_id=row.id,
        version=row.version,
        kind=row.kind,
        state=row.state,
        on_reply=row.on_reply,
        window=row.parsed_window(),
        daily_limit=row.daily_limit,
        late_hours=row.late_hours,
        response_window=row.response_days * DAY,
        reenroll=row.reenroll,
        reenroll_days=row.reenroll_days,
        sender_id=row.sender_id,
        steps=tuple(_step(step, row, zone) for step in steps),
    )


def _step(step: StepRow, row: SequenceRow, zone: str) -> StepPlan:
    scheduled = None
    if row.kind is SequenceKind.SCHEDULED:
        assert step.at is not None
        scheduled = scheduled_step(step.at, step.at_local, zone)
    delay = Delay(step.delay_days, step.delay_hours, step.delay_minutes)
    return StepPlan(step.id, step.position, step.body, delay, scheduled)
