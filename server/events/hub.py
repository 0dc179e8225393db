"""The hub: one tail of the log, handed to everyone who follows it.

A commit wakes the tail; it reads what is new once, however many commits and followers there are,
and puts it into a bounded queue per follower. One who falls behind is told `resync` and goes on
from the newest event: what was missed is read again from the lists, never guessed.

Following is a relay: events up to the one where the follower joined are read from the log, the
later ones come from the tail, and none is told twice or left out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog

from common.model.events import Event
from server.clock import DomainClock, to_datetime
from server.database.engine import Database
from server.events import log

BATCH: Final = 500
QUEUE: Final = 2_000
BACKLOG: Final = 10_000
HEARTBEAT: Final = 15.0
RESYNC: Final = "resync"

_log = structlog.get_logger(__name__)


class Follower:
    """One who follows the log: what waits for it, and whether it fell behind."""

    def __init__(self, sequence_id: int | None, after: int, limit: int) -> None:
        self.sequence_id = sequence_id
        self.after = after
        self.behind = False
        self.waiting: deque[Event] = deque()
        self.wake = asyncio.Event()
        self._limit = limit

    def offer(self, events: list[Event]) -> None:
        """Queue what concerns this follower; when the queue is full, drop it all and say so."""
        if self.behind:
            return
        for event in events:
            if event.id > self.after and self.sequence_id in {None, event.sequence_id}:
                self.waiting.append(event)
        if len(self.waiting) > self._limit:
            self.waiting.clear()
            self.behind = True
        if self.waiting or self.behind:
            self.wake.set()


class Hub:
    """Follows the log for all streams of this process, while it is entered as a context.

    `queue` is how many events may wait for one follower, `backlog` how far behind the newest one
    may resume, `heartbeat` the real seconds of silence after which a follower is given None.
    """

    def __init__(
        self,
        database: Database,
        clock: DomainClock,
        *,
        queue: int = QUEUE,
        backlog: int = BACKLOG,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._database = database
        self._clock = clock
        self._queue = queue
        self._backlog = backlog
        self._heartbeat = heartbeat
        self._followers: set[Follower] = set()
        self._newest = 0
        self._wake = asyncio.Event()
        self._ended = False
        self._tailing: asyncio.Task[None] | None = None
        self.reads = 0

    @property
    def followers(self) -> int:
        """How many follow."""
        return len(self._followers)

    async def __aenter__(self) -> Hub:
        self._database.on_commit(self._wake.set)
        self._tailing = asyncio.create_task(self._tail())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.end()
        if self._tailing is not None:
            self._tailing.cancel()
            await asyncio.wait([self._tailing])

    def end(self) -> None:
        """End every stream: what each still has waiting is told, then it ends."""
        self._ended = True
        for follower in self._followers:
            follower.wake.set()

    async def follow(
        self, after: int | None = None, sequence_id: int | None = None
    ) -> AsyncGenerator[list[Event] | None, None]:
        """Events after the one with the id `after` (None: from now on), a few at a time.

        None stands for a heartbeat. An `after` that is too far behind, or that the log has not
        reached, gives one `resync` event, as does falling behind later.
        """
        follower, start = await self._join(after, sequence_id)
        try:
            if start is None:
                yield [self._resync(follower.after)]
            else:
                async for events in self._read_between(start, follower.after, sequence_id):
                    yield events
            while True:
                if follower.behind:
                    follower.behind = False
                    yield [self._resync(self._newest)]
                elif follower.waiting:
                    events = list(follower.waiting)
                    follower.waiting.clear()
                    yield events
                elif self._ended:
                    return
                elif not await self._woken(follower):
                    yield None
        finally:
            self._followers.discard(follower)

    async def _join(
        self, after: int | None, sequence_id: int | None
    ) -> tuple[Follower, int | None]:
        """A follower of all after its `after`, and where the log before that starts for it."""
        newest = await self._database.read(log.last_id)
        # Without followers the tail does not read: it may stand far back.
        joined = max(newest, self._newest)
        if not self._followers:
            self._newest = joined
            self._wake.set()
        start: int | None = newest if after is None else after
        if after is not None and not joined - self._backlog <= after <= joined:
            start = None
        follower = Follower(sequence_id, joined, self._queue)
        self._followers.add(follower)
        return follower, start

    async def _read_between(
        self, after: int, last: int, sequence_id: int | None
    ) -> AsyncGenerator[list[Event], None]:
        while after < last:
            rows = await self._database.read(log.read_after, after, min(BATCH, last - after))
            if not rows:
                return
            after = rows[-1].id
            events = [self._event(row) for row in rows if row.id <= last]
            told = [one for one in events if sequence_id in {None, one.sequence_id}]
            if told:
                yield told

    async def _woken(self, follower: Follower) -> bool:
        try:
            await asyncio.wait_for(follower.wake.wait(), self._heartbeat)
        except TimeoutError:
            return False
        follower.wake.clear()
        return True

    async def _tail(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not self._followers:
                continue
            try:
                await self._read_new()
            except sa.exc.SQLAlchemyError as error:  # the next commit tries again
                _log.error("the event log could not be read", exc_info=error)

    async def _read_new(self) -> None:
        full = True
        while full and self._followers:
            rows = await self._database.read(log.read_after, self._newest, BATCH)
            self.reads += 1
            full = len(rows) == BATCH
            events = [self._event(row) for row in rows if row.id > self._newest]
            if events:
                self._newest = events[-1].id
                for follower in self._followers:
                    follower.offer(events)

    def _event(self, row: sa.Row[tuple[Any, ...]]) -> Event:
        return Event(
            id=row.id,
            at=to_datetime(row.at),
            kind=row.kind,
            sequence_id=row.sequence_id,
            enrollment_id=row.enrollment_id,
            contact_id=row.contact_id,
            message_id=row.message_id,
            operation_id=row.operation_id,
            operator_id=row.operator_id,
            body=msgspec.json.decode(row.body),
            now=to_datetime(self._clock.now()),
            rate=self._clock.rate,
        )

    def _resync(self, newest: int) -> Event:
        now = to_datetime(self._clock.now())
        nobody = (None, None, None, None, None, None)
        return Event(newest, now, RESYNC, *nobody, {}, now, self._clock.rate)
