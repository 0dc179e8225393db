"""What opens exactly when a text is due: its sequence's window, or the end of quiet hours."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from common.windows import DAY_NAMES, Span, Window
from server.database.tables import workspace
from server.enrollments.planning import RECIPIENT, Planner, Recipient
from server.sequences.openings import Schedule, is_open

_ANY_TIME: Final[Window] = (Span(frozenset(range(len(DAY_NAMES))), 0, 0),)
WINDOW_OPENS: Final = "The sequence's send window opens at that time."
QUIET_HOURS_END: Final = "Quiet hours end at that time."


def read_opening(
    connection: sa.Connection, sequence_id: int, contact_id: int, due: int
) -> str | None:
    """What opens for this contact at `due`, as a sentence; None if it was open before."""
    planner = Planner(connection.execute(sa.select(workspace.c.zone)).scalar_one())
    plan = planner.plans.plan_of(connection, sequence_id)
    found = connection.exec_driver_sql(
        f"SELECT {RECIPIENT} FROM contacts WHERE id = ?",  # noqa: S608 # our own column names
        (contact_id,),
    ).one()
    recipient = Recipient._make(found)
    lawful = planner.schedule(plan._replace(window=_ANY_TIME), recipient)
    return tell_opening(due, planner.schedule(plan, recipient), lawful)


def tell_opening(due: int, schedule: Schedule, lawful: Schedule) -> str | None:
    """What opens at `due`; `lawful` is the schedule without the sequence's window. Pure."""
    if is_open(due - 1, schedule) or not is_open(due, schedule):
        return None
    return WINDOW_OPENS if is_open(due - 1, lawful) else QUIET_HOURS_END
