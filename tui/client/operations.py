"""Bulk operations: started, and followed to their end, even through a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from common.client import Client, ClientError, Unreachable
from common.model.operations import Operation, OperationRow
from common.vocabulary import Outcome

POLL: Final = 0.3
"""Real seconds between checks of a running operation."""
LOST: Final = 1.0
"""Real seconds before a lost server is asked again for the progress."""
ROWS: Final = 200
"""How many rows of an outcome are read for their reasons."""
_RUNNING: Final = "running"


class Ended(NamedTuple):
    """An operation that has ended, with the first rows that were not done."""

    operation: Operation
    rows: tuple[OperationRow, ...]


async def follow_operation(
    source: Client,
    beginning: Awaitable[Operation],
    begun: Callable[[Operation], object],
    progress: Callable[[Operation], object],
) -> Ended:
    """Start an operation and follow it to its end. Raises ClientError if it does not start."""
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


async def _ask(source: Client, operation: Operation, outcome: Outcome | None) -> Operation:
    while True:
        try:
            limit = ROWS if outcome else 1
            return await source.get_operation(operation.id, outcome=outcome, limit=limit)
        except Unreachable:
            await asyncio.sleep(LOST)
        except ClientError:
            return operation
