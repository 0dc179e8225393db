"""Runs operations: a chunk of rows per write transaction, until none is left.

Up to 500 rows end in the request's own transaction. The runner runs larger operations in chunks,
after callbacks and outcomes; if a crash interrupts one, it continues at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa
import structlog

from common.vocabulary import OperationAction
from server.clock import DomainClock
from server.database.engine import Database
from server.enrollments.planning import Planner
from server.events import log
from server.operations import actions, store
from server.operations.actions import Run
from server.operations.retry import retry
from server.operations.store import Ending, Target
from server.operations.undo import UNDO

AT_ONCE: Final = 500
"""Most rows that end before the answer."""

CHUNK: Final = 2_000

_log = structlog.get_logger(__name__)
_ACT: Final[dict[OperationAction, Callable[[Run, Sequence[Target]], list[Ending]]]] = {
    OperationAction.FINISH: actions.finish,
    OperationAction.ADD_TO_GROUP: actions.add_to_group,
    OperationAction.SUPPRESS: actions.suppress,
    OperationAction.SEND_MESSAGE: actions.send_message,
    OperationAction.RETRY: retry,
}


def run_chunk(
    connection: sa.Connection, planner: Planner, operation_id: int, limit: int, now: int
) -> bool:
    """End up to `limit` rows of a running operation; False if none is left or it was cancelled.

    Writes one event.
    """
    operation = store.get(connection, operation_id)
    if operation.state != store.RUNNING:
        return False
    targets = store.undecided(connection, operation_id, limit)
    act = _ACT if operation.undoes_id is None else UNDO
    endings = act[operation.action](Run(connection, planner, operation, now), targets)
    assert [one.position for one in endings] == [target.position for target in targets]
    store.end_rows(connection, operation_id, endings)
    more = len(targets) == limit and bool(store.undecided(connection, operation_id, 1))
    if not more:
        store.end(connection, operation_id, store.DONE, now)
    tell_progress(connection, operation_id, now)
    return more


def tell_progress(connection: sa.Connection, operation_id: int, now: int) -> None:
    """Write one event with the progress of an operation."""
    operation = store.get(connection, operation_id)
    log.record(
        connection,
        now,
        "operation_progress",
        sequence_id=operation.sequence_id,
        operation_id=operation.id,
        operator_id=operation.operator_id,
        action=operation.action,
        state=operation.state,
        total=operation.total,
        done=operation.done,
        skipped=operation.skipped,
        conflict=operation.conflict,
        undoes=operation.undoes_id,
    )


class OperationRunner:
    """Runs operations that are too large for a request: `run` it until cancelled, `wake` it for
    more.

    Several operations take turns, one chunk each. `run` raises errors of a chunk; its supervisor
    restarts it, and it continues where it was.
    """

    def __init__(self, database: Database, clock: DomainClock, planner: Planner) -> None:
        self._database = database
        self._clock = clock
        self._planner = planner
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be an operation to run."""
        self._woken.set()

    async def run(self) -> None:
        """Run operations until cancelled, first those that a crash interrupted."""
        while True:
            self._woken.clear()
            if not await self.run_round():
                await self._woken.wait()

    async def run_round(self) -> bool:
        """One chunk of each running operation; returns whether there is more to do."""
        more = False
        failed: Exception | None = None
        for operation_id in await self._database.read_first(store.running):
            try:
                more |= await self._database.write(
                    run_chunk, self._planner, operation_id, CHUNK, self._clock.now()
                )
            except Exception as error:  # noqa: BLE001 # one operation must not keep the others
                _log.error("a chunk failed", operation=operation_id, exc_info=error)
                failed = error
        if failed is not None:
            raise failed
        return more
