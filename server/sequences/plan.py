"""A parsed sequence, for timing. Pure; `plan_store` reads it."""

from __future__ import annotations

from typing import NamedTuple

from common.documents import read_at
from common.model.sequences import Delay, Reenroll
from common.vocabulary import OnReply, SequenceKind, SequenceState
from common.windows import Window
from server.clock import SECOND, from_datetime
from server.sequences.timing import ScheduledStep, wall_clock
from server.sequences.zones import instant_of


class StepPlan(NamedTuple):
    """One step: its text and time. `scheduled` is None in a relative sequence."""

    id: int
    position: int
    body: str
    delay: Delay
    scheduled: ScheduledStep | None


class Plan(NamedTuple):
    """One version of a sequence. `response_window` is in microseconds, `position` counts from 1.

    `sender_id` is None for the default sender.
    """

    sequence_id: int
    version: int
    kind: SequenceKind
    state: SequenceState
    on_reply: OnReply
    window: Window
    daily_limit: int
    late_hours: int
    response_window: int
    reenroll: Reenroll
    reenroll_days: int
    sender_id: int | None
    steps: tuple[StepPlan, ...]

    def step(self, step_id: int) -> StepPlan | None:
        """The step with this id, or None if it was deleted."""
        for step in self.steps:
            if step.id == step_id:
                return step
        return None

    def step_after(self, position: int) -> StepPlan | None:
        """The step that follows a position; position 0 gives the first."""
        return self.steps[position] if position < len(self.steps) else None


def scheduled_step(at: str, local: bool, zone: str) -> ScheduledStep:
    """A written time; without `local` and offset, it is local time of the workspace's zone."""
    moment = read_at(at)
    if moment.tzinfo is not None:
        return ScheduledStep(from_datetime(moment), local=False)
    minute = moment.hour * 60 + moment.minute
    wall = wall_clock(moment.date(), minute) + moment.second * SECOND
    return ScheduledStep(wall if local else instant_of(zone, wall), local)
