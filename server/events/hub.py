"""The hub: reads the log once for everyone who follows it.

A commit wakes the tail. It reads new events once, however many commits and followers there are, and
puts them into a bounded queue per follower. A follower that falls behind gets `resync` and
continues from the newest event: it must read the lists again.

A new follower first gets older events from the log, and then later ones from the tail; none is sent
twice or left out.

Limits: a token may follow a few times at once, all together a few thousand times. The more follow,
the longer the tail rests between two reads, so that writing has most of the time.
"""

from __future__ import annotations

import asyncio
import resource
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable, Collection
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from common.model.events import Event
from server.clock import DomainClock, to_datetime
from server.database.engine import Database
from server.errors import Overloaded, TooMany
from server.events import log
from server.events.frames import EventBatch
from server.supervisor import Supervisor

BATCH: Final = 500
QUEUE: Final = 2_000
BACKLOG: Final = 10_000
HEARTBEAT: Final = 15.0
RESYNC: Final = "resync"
MOST: Final = 2_000
"""Most followers."""
MOST_OF_TOKEN: Final = 20
"""Most followers per token."""
REST: Final = 0.0002
"""Real seconds of rest per follower, more than sending takes."""


def most_streams() -> int:
    """Most open streams: at most half the files that the process may have open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if files == resource.RLIM_INFINITY else min(MOST, files // 2)


class Follower:
    """One follower of the log: its queue, whether it fell behind, and whether it has ended."""

    def __init__(
        self, sequence_id: int | None, after: int, limit: int, token_id: int | None
    ) -> None:
        self.sequence_id = sequence_id
        self.after = after
        self.token_id = token_id
        self.behind = False
        self.out = False
        self.waiting: deque[EventBatch] = deque()
        self.wake = asyncio.Event()
        self._count = 0
        self._limit = limit

    def offer(self, batch: EventBatch) -> None:
        """Queue events for this follower; if the queue is full, drop all and send `resync`."""
        if self.behind or not batch:
            return
        if batch[0].id <= self.after:
            batch = EventBatch(event for event in batch if event.id > self.after)
        if batch:
            self.waiting.append(batch)
            self._count += len(batch)
        if self._count > self._limit:
            self.waiting.clear()
            self._count = 0
            self.behind = True
        if self.waiting or self.behind:
            self.wake.set()

    def take(self) -> EventBatch:
        """The next item of the queue."""
        batch = self.waiting.popleft()
        self._count -= len(batch)
        return batch


class Hub:
    """Follows the log for all streams of this process, while it is entered as a context.

    `queue` is the most events queued per follower, `backlog` how far behind the newest event a
    follower may resume, `heartbeat` the real seconds of silence before a follower gets None, `most`
    the most followers, `most_of_token` the most per token, and `rest` the real seconds per follower
    that the tail rests after sending. `standing` returns the tokens that may follow.
    """

    def __init__(
        self,
        database: Database,
        clock: DomainClock,
        *,
        queue: int = QUEUE,
        backlog: int = BACKLOG,
        heartbeat: float = HEARTBEAT,
        most: int = MOST,
        most_of_token: int = MOST_OF_TOKEN,
        rest: float = REST,
        standing: Callable[[sa.Connection], Collection[int]] = lambda _: (),
        supervisor: Supervisor | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._queue = queue
        self._backlog = backlog
        self._heartbeat = heartbeat
        self._most = most
        self._most_of_token = most_of_token
        self._rest = rest
        self._standing = standing
        self._supervisor = supervisor or Supervisor()
        self._places: Counter[int | None] = Counter()
        self._followers: set[Follower] = set()
        self._newest = 0
        self._wake = asyncio.Event()
        self._ended = False
        self._tailing: asyncio.Task[None] | None = None
        self.reads = 0

    @property
    def followers(self) -> int:
        """The number of followers."""
        return len(self._followers)

    async def __aenter__(self) -> Hub:
        self._database.on_commit(self._wake.set)
        self._tailing = self._supervisor.start("tell events", self._tail)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.end()
        if self._tailing is not None:
            self._tailing.cancel()
            await asyncio.wait([self._tailing])

    def end(self) -> None:
        """End every stream after its queued events."""
        self._ended = True
        for follower in self._followers:
            follower.wake.set()

    def refuse_more(self, token_id: int | None) -> None:
        """Raises TooMany or Overloaded if the limit of followers, or of this token, is reached."""
        if self._places.total() >= self._most:
            raise Overloaded(
                "too_many_streams",
                f"All {self._most:,} event streams of this server are in use. Try again later.",
            )
        if token_id is not None and self._places[token_id] >= self._most_of_token:
            raise TooMany(
                "too_many_streams_of_token",
                f"All {self._most_of_token} event streams of this token are in use. Close "
                "one, or use another token.",
            )

    async def follow(
        self,
        after: int | None = None,
        sequence_id: int | None = None,
        token_id: int | None = None,
    ) -> AsyncGenerator[EventBatch | None, None]:
        """Events after the one with the id `after` (None: from now on), a few at a time.

        None is a heartbeat. An `after` that is too far behind, or in the future, gives one `resync`
        event, as does falling behind later. The stream ends when its token is revoked. Raises
        TooMany or Overloaded.
        """
        self.refuse_more(token_id)
        self._places[token_id] += 1
        follower: Follower | None = None
        try:
            follower, start = await self._join(after, sequence_id, token_id)
            if start is None:
                yield EventBatch([self._resync(follower.after)])
            else:
                async for events in self._read_between(start, follower):
                    yield events
            while not follower.out:
                if follower.behind:
                    follower.behind = False
                    yield EventBatch([self._resync(self._newest)])
                elif follower.waiting:
                    yield follower.take()
                elif self._ended:
                    return
                elif not await self._woken(follower):
                    yield None
        finally:
            self._places[token_id] -= 1
            if not self._places[token_id]:
                del self._places[token_id]
            if follower is not None:
                self._followers.discard(follower)

    async def _join(
        self, after: int | None, sequence_id: int | None, token_id: int | None
    ) -> tuple[Follower, int | None]:
        """A follower of all events after its `after`, and the point up to which it reads the log
        itself.
        """
        newest = await self._database.read_first(log.last_id)
        # Without followers the tail does not read, so it may be far behind.
        joined = max(newest, self._newest)
        if not self._followers:
            self._newest = joined
            self._wake.set()
        start: int | None = newest if after is None else after
        if after is not None and not joined - self._backlog <= after <= joined:
            start = None
        follower = Follower(sequence_id, joined, self._queue, token_id)
        self._followers.add(follower)
        return follower, start

    async def _read_between(
        self, after: int, follower: Follower
    ) -> AsyncGenerator[EventBatch, None]:
        last = follower.after
        while after < last and not follower.out:
            rows, standing = await self._database.read_first(
                self._look, after, min(BATCH, last - after)
            )
            if not rows or not _may_follow(follower, standing):
                return
            after = rows[-1].id
            events = EventBatch(self._event(row) for row in rows if row.id <= last)
            told = _of_sequence(events, follower.sequence_id)
            if told:
                yield told

    def _look(
        self, connection: sa.Connection, after: int, limit: int
    ) -> tuple[list[sa.Row[tuple[Any, ...]]], Collection[int]]:
        """Events, and the tokens that are valid at the same moment."""
        return log.read_after(connection, after, limit), self._standing(connection)

    async def _woken(self, follower: Follower) -> bool:
        try:
            async with asyncio.timeout(self._heartbeat):
                await follower.wake.wait()
        except TimeoutError:
            return False
        follower.wake.clear()
        return True

    async def _tail(self) -> None:
        while True:
            if self._followers:
                await self._read_new()
            await self._wake.wait()
            self._wake.clear()

    async def _read_new(self) -> None:
        full = True
        while full and self._followers:
            rows, standing = await self._database.read_first(self._look, self._newest, BATCH)
            self.reads += 1
            full = len(rows) == BATCH
            self._tell(
                EventBatch(self._event(row) for row in rows if row.id > self._newest), standing
            )
            await asyncio.sleep(self._rest * len(self._followers))

    def _tell(self, events: EventBatch, standing: Collection[int]) -> None:
        """Send events to followers; those with the same filter share one batch."""
        if events:
            self._newest = events[-1].id
        of: dict[int | None, EventBatch] = {}
        for follower in self._followers:
            if not _may_follow(follower, standing):
                follower.out = True
                follower.wake.set()
                continue
            if follower.sequence_id not in of:
                of[follower.sequence_id] = _of_sequence(events, follower.sequence_id)
            follower.offer(of[follower.sequence_id])

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


def _of_sequence(events: EventBatch, sequence_id: int | None) -> EventBatch:
    if sequence_id is None:
        return events
    return EventBatch(event for event in events if event.sequence_id == sequence_id)


def _may_follow(follower: Follower, standing: Collection[int]) -> bool:
    return follower.token_id is None or follower.token_id in standing
