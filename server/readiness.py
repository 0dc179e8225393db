"""Whether the server works: it can read and write, and its background tasks run."""

from __future__ import annotations

import asyncio
from typing import Final

import sqlalchemy as sa

from server.clock import monotonic
from server.database.engine import Database, may_pass
from server.database.tables import workspace
from server.errors import Problem, TooSlow
from server.supervisor import Supervisor

ANSWER_WITHIN: Final = 2.0
"""Real seconds after which a database that does not answer counts as failed."""
KEPT: Final = 1.0
"""Real seconds for which one check answers all callers, so that many requests do not cause many
writes.
"""


class NotReady(Problem):
    """The server cannot work right now."""

    status = 503
    title = "Not ready"

    def __init__(self, message: str) -> None:
        super().__init__("not_ready", message)


class Readiness:
    """Checks one workspace, once for all callers at the same time."""

    def __init__(
        self, database: Database, supervisor: Supervisor, *, answer_within: float = ANSWER_WITHIN
    ) -> None:
        self._database = database
        self._supervisor = supervisor
        self._answer_within = answer_within
        self._looking: asyncio.Task[None] | None = None
        self._looked = 0.0

    async def check(self) -> None:
        """Raises NotReady with the reason, quickly, whatever is wrong."""
        if self._looking is None or (self._looking.done() and monotonic() - self._looked >= KEPT):
            self._looking = asyncio.create_task(self._look())
        await asyncio.wait({self._looking}, timeout=self._answer_within)
        if not self._looking.done():
            raise NotReady("The database does not answer. Another program may have locked it.")
        self._looking.result()
        if self._supervisor.failing:
            failing = "; ".join(f"{name} ({why})" for name, why in self._supervisor.failing.items())
            raise NotReady(f"These background tasks are failing: {failing}. See the server's log.")

    async def _look(self) -> None:
        """Read and write existing rows: only a write shows a lock or a full disk."""
        try:
            await self._database.read_first(
                lambda connection: connection.execute(sa.select(workspace.c.id)).all()
            )
            await self._database.write_first(_touch)
        except TooSlow as error:
            raise NotReady("The database does not answer in time.") from error
        except sa.exc.DBAPIError as error:
            what = "cannot be written right now" if may_pass(error) else "does not work"
            raise NotReady(f"The database {what}: {error.orig}.") from error
        finally:
            self._looked = monotonic()
        trouble = self._database.trouble
        if trouble is not None:
            raise NotReady(f"A moment ago the database could not be written: {trouble}.")


def _touch(connection: sa.Connection) -> None:
    connection.execute(sa.update(workspace).values(zone=workspace.c.zone))
