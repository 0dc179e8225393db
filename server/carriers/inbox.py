"""The inbox of callbacks: what arrives together is made durable together, then each is answered.

In order of arrival, so that reports of one text are applied in the order they came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
import structlog

from server.carriers.interface import CallbackEvent, InboundText, StatusReport
from server.clock import DomainClock
from server.database.engine import Database
from server.enrollments.planning import Planner
from server.messages import inbound, matching

GROUP: Final = 256
_log = structlog.get_logger(__name__)


class Received(NamedTuple):
    """One event of a callback with where it came from and its raw body."""

    carrier: str
    event: CallbackEvent
    raw: bytes


class _Waiting(NamedTuple):
    received: list[Received]
    done: asyncio.Future[None]


class CallbackInbox:
    """Takes callbacks in; `take` returns when they are durable and applied."""

    def __init__(self, database: Database, clock: DomainClock, planner: Planner) -> None:
        self._database = database
        self._clock = clock
        self._planner = planner
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue()

    async def take(self, received: list[Received]) -> None:
        """Store and apply the events of one callback. Raises what the database raises."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Waiting(received, done))
        await done

    async def run(self) -> None:
        """Serve until cancelled."""
        while True:
            group = [await self._queue.get()]
            while not self._queue.empty() and len(group) < GROUP:
                group.append(self._queue.get_nowait())
            await self._store(group)

    async def _store(self, group: Sequence[_Waiting]) -> None:
        try:
            await self._write([one for waiting in group for one in waiting.received])
        except Exception as error:  # noqa: BLE001 # one bad callback must not take its group with it
            if len(group) == 1:
                _log.error("a callback could not be stored", exc_info=error)
                _settle(group[0], error)
                return
            for waiting in group:
                await self._store([waiting])
        else:
            for waiting in group:
                _settle(waiting, None)

    async def _write(self, received: list[Received]) -> None:
        await self._database.write_first(receive, self._planner, received, self._clock.now())


def _settle(waiting: _Waiting, error: Exception | None) -> None:
    if waiting.done.done():
        return
    if error is None:
        waiting.done.set_result(None)
    else:
        waiting.done.set_exception(error)


def receive(
    connection: sa.Connection, planner: Planner, received: Sequence[Received], now: int
) -> None:
    """Store and apply callbacks in the order given: runs of status reports as one."""
    statuses: list[matching.StatusCallback] = []
    for carrier, event, raw in received:
        match event:
            case StatusReport():
                statuses.append(
                    matching.StatusCallback(
                        carrier,
                        event.dedupe_key,
                        event.attempt_id,
                        event.carrier_id,
                        event.status,
                        event.code,
                        event.failure,
                        raw,
                    )
                )
            case InboundText():
                matching.receive_statuses(connection, statuses, planner.find_next, now)
                statuses = []
                _receive_text(connection, carrier, event, raw, now)
    matching.receive_statuses(connection, statuses, planner.find_next, now)


def _receive_text(
    connection: sa.Connection, carrier: str, event: InboundText, raw: bytes, now: int
) -> None:
    stored = matching.keep(
        connection,
        carrier,
        event.dedupe_key,
        "inbound",
        raw,
        now,
        carrier_id=event.carrier_id,
    )
    if stored is None:
        return
    message_id = inbound.receive(
        connection,
        inbound.Inbound(
            event.carrier_id,
            event.from_,
            event.to,
            event.body,
            event.opt,
            event.carrier_answered,
        ),
        now,
    )
    connection.exec_driver_sql(
        "UPDATE callbacks SET message_id = ? WHERE id = ?", (message_id, stored)
    )
