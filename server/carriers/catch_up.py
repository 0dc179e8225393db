"""Catching up: reads inbound texts whose callback was lost from the carrier's list.

Runs at start, before anything is sent, and then regularly, on real time. The list is read from some
time before the newest text that it has shown. Its texts are applied as if their callback had come,
in the order in which they were texted; known ones have the same key and are skipped. The carrier's
times only decide which texts are requested.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple, NoReturn

import msgspec
import sqlalchemy as sa
import structlog

from server.carriers.inbox import CallbackInbox, Received
from server.carriers.interface import Carrier, InboundText, ListTooLong, ListUnreadable
from server.clock import DAY, MINUTE, SECOND, DomainClock, monotonic, steady, wall
from server.database.engine import Database
from server.database.statements import fetch_in
from server.database.tables import callbacks, inbound_seen, senders

OVERLAP: Final = 15 * MINUTE
"""How far before the newest known text the list is read again: clocks differ, and lists are late.
"""
SHORTEST: Final = DAY
"""The shortest interval that is requested when there are too many texts."""
LEFT_TO_CALLBACKS: Final = 5.0
"""Real seconds for which a text that was texted while we listened is left to its callback."""
AGAIN_AFTER: Final = 2.0
"""Real seconds before the list is requested again while texts are held for it."""
MEDIA_WITHIN: Final = 10.0
"""Real seconds per run for finding the addresses of media; after that they are only counted."""

_log = structlog.get_logger(__name__)


class OwnNumber(NamedTuple):
    """A number of ours, and when it was added."""

    phone: str
    since: int


class Good(NamedTuple):
    """Until when the last reading of a list is recent enough: in real time, and on the wall clock.

    A suspended machine shows in the first, a machine that was copied and started later in the
    second.
    """

    until: int
    until_wall: int


class CatchUp:
    """Reads carriers' lists of inbound texts: `run` it until it is cancelled.

    Nothing may be sent through a carrier while `holds` is true: until its list was read for the
    first time, and after a long gap, as on a suspended machine. A list that cannot be read holds
    texts for at most `hold_most` real seconds.
    """

    def __init__(
        self,
        database: Database,
        clock: DomainClock,
        carriers: Mapping[str, Carrier],
        inbox: CallbackInbox,
        *,
        every: float,
        hold_most: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._carriers = {name: one for name, one in carriers.items() if one.lists_inbound}
        self._inbox = inbox
        self._every = every
        self._hold_most = hold_most
        self._good_until = dict.fromkeys(self._carriers, Good(0, 0))
        self._held_since: dict[str, float] = {}
        self._met: dict[str, float] = {}
        self._on_look: list[Callable[[], None]] = []

    def on_look(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each look at a list."""
        self._on_look.append(callback)

    def holds(self, carrier: str) -> bool:
        """Whether texts of this carrier must wait for its list."""
        good = self._good_until.get(carrier)
        return good is not None and (steady() > good.until or wall() > good.until_wall)

    def listening(self) -> dict[str, int]:
        """The carriers whose texts wait for a list, each with the latest end of the wait in real
        time.
        """
        now = monotonic()
        return {
            name: steady()
            + int(max(self._hold_most - now + self._held_since.get(name, now), 0.0) * SECOND)
            + int(AGAIN_AFTER * SECOND)
            for name in self._carriers
            if self.holds(name)
        }

    @property
    def behind(self) -> bool:
        """Whether an inbound text has come in, or may have, that is not applied."""
        return self._inbox.behind or any(map(self.holds, self._good_until))

    async def applied(self) -> None:
        """Return when all texts that have come in are applied. Raises NotApplied."""
        await self._inbox.applied()

    async def run(self) -> None:
        """Read every list again and again, until cancelled."""
        await asyncio.gather(*(self._follow(name) for name in self._carriers))

    async def _follow(self, name: str) -> NoReturn:
        while True:
            held = self.holds(name)
            if held:
                self._held_since.setdefault(name, monotonic())
            try:
                await self._look(name, at_once=held)
            except Exception as error:  # noqa: BLE001 # the next look must happen, whatever failed in this one
                self._failed(name, error, held=held)
            else:
                self._go_on(name)
            for callback in self._on_look:
                callback()
            waiting = self.holds(name) or bool(self._met)
            await asyncio.sleep(min(self._every, AGAIN_AFTER) if waiting else self._every)

    def _go_on(self, name: str) -> None:
        self._held_since.pop(name, None)
        enough = int((2 * self._every + 120) * SECOND)
        self._good_until[name] = Good(steady() + enough, wall() + enough)

    def _failed(self, name: str, error: Exception, *, held: bool) -> None:
        expected = isinstance(error, ListUnreadable)
        _log.warning(
            "cannot read the carrier's list of inbound texts",
            carrier=name,
            why=str(error),
            texts_wait=held,
            exc_info=None if expected else error,
        )
        if not held:
            self._go_on(name)
        elif monotonic() - self._held_since[name] >= self._hold_most:
            _log.error(
                "sending starts without the carrier's list of inbound texts: a STOP whose "
                "callback was lost is still unknown",
                carrier=name,
            )
            self._go_on(name)

    async def _look(self, name: str, *, at_once: bool) -> None:
        """Apply new texts, interval by interval if there are many; each part is stored as it is
        read.
        """
        now = self._clock.now()
        numbers, seen = await self._database.read_first(_where, name)
        if not numbers:
            return
        # A number with a time in the future was added before the clock was set back.
        numbers = [one if one.since <= now else one._replace(since=0) for one in numbers]
        if seen is None:
            seen = await self._database.write(_begin, name, now)
        if seen > now:  # before the clock was set back: it would hide all texts until then
            seen = now
            await self._database.write(_note_seen, name, seen)
        start = min(seen, now) - OVERLAP
        end: int | None = None
        span = max(now - start, SHORTEST)
        while True:
            try:
                listed = await self._list(self._carriers[name], numbers, start, end)
            except ListTooLong:
                if span <= SHORTEST:
                    raise
                span = max(span // 2, SHORTEST)
            else:
                await self._take(name, listed, at_once=at_once)
                newest = min(max((text.sent_us or 0 for text in listed), default=0), now)
                if newest > seen:
                    seen = newest
                    await self._database.write(_note_seen, name, seen)
                if end is None:
                    return
                start = end
            end = start + span if start + span < now else None

    async def _list(
        self, carrier: Carrier, numbers: Sequence[OwnNumber], start: int, end: int | None
    ) -> list[InboundText]:
        """Inbound texts to these numbers, in order."""
        found: list[InboundText] = []
        for number in numbers:
            since = max(start, number.since - OVERLAP)
            if end is None or since <= end:
                found += await carrier.list_inbound(number.phone, since, end)
        return sorted(found, key=lambda text: text.sent_us or 0)

    async def _take(self, name: str, listed: Sequence[InboundText], *, at_once: bool) -> None:
        known = await self._database.read_first(_known, name, [text.dedupe_key for text in listed])
        later: dict[str, list[str]] = {}
        new: list[Received] = []
        for text in reversed(listed):
            if text.dedupe_key in known:
                later.setdefault(text.from_, []).append(text.carrier_id)
            else:
                raw = msgspec.json.encode(text)
                new.append(Received(name, text, raw, tuple(later.get(text.from_, ()))))
        new.reverse()
        if not at_once:
            new = self._left_over(new)
        if not new:
            return
        taken = await self._with_media(name, new)
        results = await asyncio.gather(
            *(self._inbox.take([one]) for one in taken), return_exceptions=True
        )
        failed = sum(isinstance(result, Exception) for result in results)
        _log.info(
            "read texts with a lost callback from the carrier's list",
            carrier=name,
            texts=len(new) - failed,
            failed=failed,
        )

    def _left_over(self, new: list[Received]) -> list[Received]:
        """Texts whose callback has had enough time to arrive."""
        now = monotonic()
        keys = [one.event.dedupe_key for one in new]
        self._met = {key: self._met.get(key, now) for key in keys}
        ready = [one for one in new if now - self._met[one.event.dedupe_key] >= LEFT_TO_CALLBACKS]
        for one in ready:
            del self._met[one.event.dedupe_key]
        return ready

    async def _with_media(self, name: str, new: list[Received]) -> list[Received]:
        deadline = monotonic() + MEDIA_WITHIN
        found = []
        for one in new:
            event = one.event
            if isinstance(event, InboundText) and event.media and monotonic() < deadline:
                media = await self._carriers[name].find_media(event)
                event = replace(event, media=media)
            found.append(one._replace(event=event))
        return found


def _where(connection: sa.Connection, carrier: str) -> tuple[list[OwnNumber], int | None]:
    """The numbers of a carrier, and the time up to which its list has been read."""
    numbers = connection.execute(
        sa.select(senders.c.phone, senders.c.created_at)
        .where(senders.c.carrier == carrier)
        .order_by(senders.c.id)
    )
    seen = connection.execute(
        sa.select(inbound_seen.c.seen_at).where(inbound_seen.c.carrier == carrier)
    ).scalar()
    return [OwnNumber(*row) for row in numbers], seen


def _begin(connection: sa.Connection, carrier: str, now: int) -> int:
    """Start at the last text that came by callback, or else when the first number was added."""
    last = connection.execute(
        sa.select(sa.func.max(callbacks.c.received_at)).where(
            callbacks.c.carrier == carrier, callbacks.c.kind == "inbound"
        )
    ).scalar()
    first = connection.execute(
        sa.select(sa.func.min(senders.c.created_at)).where(senders.c.carrier == carrier)
    ).scalar()
    begin: int = next((at for at in (last, first) if at is not None), now)
    connection.execute(sa.insert(inbound_seen).values(carrier=carrier, seen_at=begin))
    return begin


def _note_seen(connection: sa.Connection, carrier: str, seen: int) -> None:
    connection.execute(
        sa.update(inbound_seen).where(inbound_seen.c.carrier == carrier).values(seen_at=seen)
    )


def _known(connection: sa.Connection, carrier: str, keys: Sequence[str]) -> set[str]:
    """Which of these texts are known, from a callback or from the list."""
    sql = "SELECT carrier, dedupe_key FROM callbacks WHERE dedupe_key IN"
    return {key for owner, key in fetch_in(connection, sql, keys) if owner == carrier}
