"""Bulk operations: begun, and followed to their end through a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from common.client import ClientError, Unreachable
from common.model.operations import Operation, OperationRow
from common.vocabulary import Outcome
from tui.client.source import Source

POLL: Final = 0.3
"""Real seconds between two looks at an operation that runs on."""
LOST: Final = 1.0
"""Real seconds after which a lost server is asked again how far it is."""
ROWS: Final = 200
"""Rows of an outcome that are read to tell why."""
_RUNNING: Final = "running"


class Ended(NamedTuple):
    """An operation that has ended, with the rows that were not done, as many as are told."""

    operation: Operation
    rows: tuple[OperationRow, ...]


async def follow_operation(
    source: Source,
    beginning: Awaitable[Operation],
    begun: Callable[[Operation], object],
    progress: Callable[[Operation], object],
) -> Ended:
    """Begin an operation and follow it to its end. Raises ClientError if it is not begun."""
    operation = await beginning
    begun(operation)
    while operation.state == _RUNNING:
        progress(operation)
        await asyncio.sleep(POLL)
        operation = await _ask(source, operation, None)
    rows: list[OperationRow] = []
    for outcome, count in (
        (Outcome.CONFLICT, operation.conflict),
        (Outcome.SKIPPED, operation.skipped),
    ):
        if count:
            rows += (await _ask(source, operation, outcome)).rows
    return Ended(operation, tuple(rows))


async def _ask(source: Source, operation: Operation, outcome: Outcome | None) -> Operation:
    while True:
        try:
            limit = ROWS if outcome else 1
            return await source.get_operation(operation.id, outcome=outcome, limit=limit)
        except Unreachable:
            await asyncio.sleep(LOST)
        except ClientError:
            return operation
