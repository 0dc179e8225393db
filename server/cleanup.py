"""Deletes expired rows.

Each kind has a function that deletes a limited number of rows and returns how many it deleted. They
are called until nothing is left, in small transactions that delay no request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
import structlog

from server.clock import DomainClock, steady
from server.database.engine import Database, may_pass
from server.messages.callback_matching import expire_unmatched
from server.mutation import expire_keys

EVERY: Final = 600.0
"""Real seconds between sweeps."""
AT_ONCE: Final = 1_000
"""Most rows that one transaction deletes."""
_log = structlog.get_logger(__name__)

Sweep = Callable[[sa.Connection, int], int]


class Sweeper:
    """Sweeps at start and then regularly."""

    def __init__(self, database: Database, clock: DomainClock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(EVERY)

    async def sweep(self) -> None:
        """Delete all expired rows. If that fails now, the next sweep does it."""
        try:
            for kind, delete in self._kinds().items():
                deleted = 0
                while (done := await self._database.write(delete, AT_ONCE)) > 0:
                    deleted += done
                if deleted:
                    _log.info("deleted expired rows", kind=kind, rows=deleted)
        except sa.exc.DBAPIError as error:
            if not may_pass(error):
                raise
            _log.warning("expired rows will be deleted later", why=str(error))

    def _kinds(self) -> dict[str, Sweep]:
        return {
            "idempotency keys": lambda connection, most: expire_keys(connection, steady(), most),
            "callbacks that match no text": lambda connection, most: expire_unmatched(
                connection, self._clock.now(), most
            ),
        }
