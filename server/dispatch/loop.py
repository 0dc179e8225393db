"""The loop: claims what is due, checks it at its slot, hands it over once, records, reconciles.

Everything can continue after a crash: texts that were `sending` when the process died have an
expired lease and become unknown. Only texts on the wire are kept in memory alone.
"""

from __future__ import annotations

import asyncio
import heapq
import uuid
from collections.abc import Coroutine, Mapping
from typing import Any, Final, Protocol

import sqlalchemy as sa
import structlog

from server.carriers.interface import Carrier, OutboundText, Sent, Unknown
from server.clock import SECOND, DomainClock, monotonic, steady
from server.database.engine import Database, may_pass
from server.dispatch import pace, reconcile
from server.dispatch.claim import Claimed, ClaimSender, Lease, claim_steps
from server.dispatch.clock_watch import ClockWatch
from server.dispatch.last_check import still_to_go
from server.dispatch.outbox import claim_outbox
from server.dispatch.outcomes import HandOff, Waits, Withdrawn, record
from server.dispatch.senders_due import Prospect, next_due, prospects
from server.enrollments import clock_set_back
from server.enrollments.planning import Planner
from server.settings import Settings
from server.supervisor import Supervisor

OUTSTANDING: Final = 512
"""Most claimed texts without a recorded outcome."""

CHECKED_TOGETHER: Final = 64
RECONCILE_EVERY: Final = 5.0
AGAIN_AFTER: Final = 0.2
"""Real seconds before a failed write of outcomes is tried again."""
LOOKS_AFTER: Final = (0.0, 1.0, 5.0, 20.0, 60.0)
"""Real seconds after a set-back of the clock before waiting texts are checked once more."""

_log = structlog.get_logger(__name__)


class PendingInbound(Protocol):
    """Inbound texts that must be applied before anything is sent."""

    def holds(self, carrier: str) -> bool:
        """Whether nothing may be claimed for this carrier."""

    async def applied(self) -> None:
        """Return when all inbound texts are applied; raise if that takes too long."""

    @property
    def behind(self) -> bool:
        """Whether something is not applied yet."""


class Dispatcher:
    """Dispatching of one workspace by one worker: `run` it until it is cancelled.

    Holding `claiming` prevents claims. With one request at a time, a text is handed over after the
    outcome of the one before is recorded, so that the order is fixed.
    """

    def __init__(
        self,
        database: Database,
        clock: DomainClock,
        carriers: Mapping[str, Carrier],
        planner: Planner,
        settings: Settings,
        incoming: PendingInbound | None = None,
        supervisor: Supervisor | None = None,
    ) -> None:
        self.wake = asyncio.Event()
        self.claiming = asyncio.Lock()
        self._database = database
        self._clock = clock
        self._carriers = carriers
        self._planner = planner
        self._settings = settings
        self._incoming = incoming
        self._watch = ClockWatch(clock)
        self._looks: list[int] = []
        self._supervisor = supervisor or Supervisor()
        self._worker = uuid.uuid4().hex
        self._slots: list[tuple[float, int, Claimed]] = []
        self._slotted = asyncio.Event()
        self._gate = asyncio.Semaphore(settings.carrier_requests)
        self._in_order = settings.carrier_requests == 1
        self._together = min(CHECKED_TOGETHER, settings.carrier_requests)
        self._outcomes: asyncio.Queue[HandOff] = asyncio.Queue()
        self._outstanding = 0
        self._ending = False
        self._sending: set[asyncio.Task[None]] = set()
        self._begun: set[asyncio.Task[None]] = set()
        self._lease = settings.carrier_connect_timeout * 2 + settings.carrier_read_timeout + 30
        database.on_commit(self.wake.set)

    async def run(self) -> None:
        """Dispatch until cancelled; then wait for texts on the wire, and record them."""
        self._ending = False
        loops = {
            "claim": self._claim_once,
            "hand over": self._hand_over_once,
            "record": self._record_once,
            "reconcile": self._reconcile_once,
        }
        tasks: list[asyncio.Task[None]] = []
        try:
            await self._start_over()
            tasks += [self._supervisor.repeat(name, once) for name, once in loops.items()]
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._drain()

    async def quiet(self) -> bool:
        """Whether nothing is due, on the wire, unrecorded, unknown, or being acted upon."""
        if self._outstanding or (self._incoming is not None and self._incoming.behind):
            return False
        return await self._database.read_first(_nothing_left, self._clock.now())

    async def next_due(self) -> int | None:
        """The next due time."""
        return await self._database.read_first(next_due)

    async def _start_over(self) -> None:
        """Adjust what an earlier process left: its clocks may have been wrong."""
        reconcile_at = steady() + int(self._settings.reconcile_after * SECOND)
        await self._database.write(reconcile.start_over, reconcile_at)
        await self._expire_leases()
        back = 0
        if self._clock.follows_wall:
            shown = await self._database.read_first(clock_set_back.shown_last)
            back = max(0, (shown or 0) - self._clock.now())
        await self._set_back(back)

    async def _follow_clock(self) -> None:
        """If the clock was set back, adjust what waits, and again some time later.

        A write during the change may still store a time of the former clock.
        """
        back = self._watch.back()
        if back:
            await self._set_back(back)
            self._watch.note(back)
            real = steady()
            self._looks = [real + int(after * SECOND) for after in LOOKS_AFTER]
        elif self._looks and self._looks[0] <= steady():
            await self._set_back(0)
            self._looks.pop(0)

    async def _set_back(self, back: int) -> None:
        """Adjust to a clock that was set back by this much; 0 if it is only known that it may have
        been.
        """
        now = self._clock.now()
        if back:
            _log.warning("the clock was set back", seconds=back / SECOND)
        await self._database.write(clock_set_back.set_texts_right, back, now)
        last: int | None = 0
        while last is not None:
            last = await self._database.write(
                clock_set_back.set_plans_right, self._planner, back, now, last
            )

    async def _claim_once(self) -> None:
        async with self.claiming:
            self.wake.clear()
            await self._follow_clock()
            now, real = self._clock.now(), steady()
            found = await self._database.read_first(prospects, real)
            if any(one.clock_was_set for one in found):
                await self._database.write(pace.set_clocks_right, real)
                found = await self._database.read_first(prospects, real)
            if self._incoming is not None:
                found = [one for one in found if not self._incoming.holds(one.sender.carrier)]
            ready = [one for one in found if one.earliest <= now and one.room > 0]
            if ready and self._outstanding < OUTSTANDING:
                for prospect in ready:
                    await self._to_its_end(self._claim(prospect, now))
                return
        paced = [one.free_at for one in found if one.earliest <= now and one.room == 0]
        if paced:
            delay = max(0.0, (min(paced) - real) / SECOND - 1.0)
            asyncio.get_running_loop().call_later(max(delay, 0.01), self.wake.set)
        later = [one.earliest for one in found if one.earliest > now]
        await self._clock.sleep_until(min(later, default=None), self.wake)

    async def _claim(self, prospect: Prospect, now: int) -> None:
        limit = min(prospect.room, OUTSTANDING - self._outstanding)
        if limit <= 0:
            return
        real, turn = steady(), monotonic()
        lease = Lease(self._worker, real + int(self._lease * SECOND))
        texts = await self._database.write(
            claim_due, self._planner, prospect.sender, limit, lease, now, real
        )
        self._outstanding += len(texts)
        for text in texts:
            due = turn + (text.slot - real) / SECOND
            heapq.heappush(self._slots, (due, text.attempt_id, text))
        if texts:
            self._slotted.set()

    async def _hand_over_once(self) -> None:
        """Check all texts whose slot has come, and hand them over."""
        if not self._slots:
            self._slotted.clear()
            await self._slotted.wait()
        wait = self._slots[0][0] - monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        await self._gate.acquire()
        texts = [heapq.heappop(self._slots)[2]]
        now = monotonic()
        while self._slots and self._slots[0][0] <= now and len(texts) < self._together:
            if self._gate.locked():
                break
            await self._gate.acquire()
            texts.append(heapq.heappop(self._slots)[2])
        await self._to_its_end(self._check(texts))

    async def _check(self, texts: list[Claimed]) -> None:
        """Hand over those that may still be sent; if the check fails, all keep their slot."""
        try:
            if self._incoming is not None:
                await self._incoming.applied()
            still = await self._database.read_first(still_to_go, texts, self._clock.now())
        except Exception:
            now = monotonic()
            for text in texts:
                self._gate.release()
                heapq.heappush(self._slots, (now, text.attempt_id, text))
            raise
        for text in texts:
            if text.attempt_id not in still:
                if not self._in_order:
                    self._gate.release()
                self._outcomes.put_nowait(HandOff(text, Withdrawn()))
                continue
            task = asyncio.create_task(self._send(text))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _to_its_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it completely, even if this loop is cancelled; `_drain` then waits for it."""
        task = asyncio.create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        await asyncio.shield(task)

    async def _send(self, text: Claimed) -> None:
        """One attempt. Any failure of our own code after it started is an Unknown."""
        result: Sent = Unknown("the process stopped")
        try:
            carrier = self._carriers[text.carrier]
            result = await carrier.send(
                OutboundText(
                    text.attempt_id,
                    text.phone,
                    text.from_phone,
                    text.body,
                    self._status_url(text),
                    text.valid_for,
                )
            )
        except Exception as error:  # noqa: BLE001 # nobody knows how far it came: never resend
            _log.error("hand-off failed", attempt=text.attempt_id, exc_info=error)
            result = Unknown(f"{type(error).__name__}: {error}")
        finally:
            if not self._in_order:
                self._gate.release()
            self._outcomes.put_nowait(HandOff(text, result))

    def _status_url(self, text: Claimed) -> str:
        base = self._settings.callback_url
        return f"{base}/carriers/{text.carrier}/status?a={text.attempt_id}"

    async def _record_once(self) -> None:
        outcome = await self._outcomes.get()
        await self._to_its_end(self._record([outcome]))

    async def _record(self, outcomes: list[HandOff]) -> None:
        while not self._outcomes.empty() and len(outcomes) < OUTSTANDING:
            outcomes.append(self._outcomes.get_nowait())
        try:
            await self._write_outcomes(outcomes)
        except Exception as error:  # noqa: BLE001 # one bad outcome must not take its group with it
            _log.error("recording a group failed; recording its items one by one", exc_info=error)
            for outcome in outcomes:
                await self._record_alone(outcome)
        finally:
            self._outstanding -= len(outcomes)
            if self._in_order:
                for _ in outcomes:
                    self._gate.release()
            self.wake.set()

    async def _record_alone(self, outcome: HandOff) -> None:
        try:
            await self._write_outcomes([outcome])
        except Exception as error:  # noqa: BLE001 # its lease runs out and it becomes unknown
            _log.error(
                "an outcome is not recorded", attempt=outcome.text.attempt_id, exc_info=error
            )

    async def _write_outcomes(self, outcomes: list[HandOff]) -> None:
        """Write outcomes; if the database is locked, they wait, up to half a lease."""
        until = monotonic() + self._lease / 2
        while True:
            real = steady()
            reconcile_at = real + int(self._settings.reconcile_after * SECOND)
            waits = Waits(real, reconcile_at, self._clock.rate)
            try:
                await self._database.write_first(
                    record, self._planner, outcomes, waits, self._clock.now()
                )
            except sa.exc.DBAPIError as error:
                if not may_pass(error) or self._ending or monotonic() > until:
                    raise
                _log.warning("outcomes wait for the database", texts=len(outcomes), why=str(error))
                await asyncio.sleep(AGAIN_AFTER)
            else:
                return

    async def _expire_leases(self) -> None:
        real = steady()
        expired = await self._database.write(
            reconcile.expire_leases,
            self._worker,
            real,
            real + int(self._settings.reconcile_after * SECOND),
            self._clock.now(),
        )
        if expired:
            _log.warning("leases ran out: texts are unknown until reconciled", texts=expired)

    async def _reconcile_once(self) -> None:
        """Reconcile unknown texts with their carrier, on real time."""
        await asyncio.sleep(min(RECONCILE_EVERY, self._settings.reconcile_again / 2))
        await self._expire_leases()
        for doubt in await self._database.read_first(reconcile.doubts, steady()):
            text = doubt.text
            answer = await self._carriers[text.carrier].reconcile(
                OutboundText(
                    text.attempt_id,
                    text.phone,
                    text.from_phone,
                    text.body,
                    self._status_url(text),
                ),
                doubt.since,
                doubt.known,
            )
            next_check = steady() + int(self._settings.reconcile_again * SECOND)
            await self._database.write(
                reconcile.settle, self._planner, doubt, answer, next_check, self._clock.now()
            )

    async def _drain(self) -> None:
        """At the end: wait for what has started, withdraw what was not sent, record everything."""
        self._ending = True
        for failed in await asyncio.gather(*self._begun, return_exceptions=True):
            if isinstance(failed, Exception):
                _log.error("dispatching failed while stopping", exc_info=failed)
        for _, _, text in self._slots:
            self._outcomes.put_nowait(HandOff(text, Withdrawn(after=0)))
        self._slots.clear()
        if self._sending:
            await asyncio.wait(self._sending)
        while not self._outcomes.empty():
            await self._record([self._outcomes.get_nowait()])


def claim_due(
    connection: sa.Connection,
    planner: Planner,
    sender: ClaimSender,
    limit: int,
    lease: Lease,
    now: int,
    real: int,
) -> list[Claimed]:
    """Claims texts that belong to no step first: an opt-out is confirmed at once."""
    texts = claim_outbox(connection, planner.zone, sender, limit, lease, now, real)
    left = limit
    if texts:
        rate = sender.segments_per_second
        left = min(limit - len(texts), pace.room(pace.read(connection, sender.id), rate, real))
    if left > 0:
        texts += claim_steps(connection, planner, sender, left, lease, now, real)
    return texts


def _nothing_left(connection: sa.Connection, now: int) -> bool:
    due = next_due(connection)
    on_their_way: int = connection.exec_driver_sql(
        "SELECT count(*) FROM attempts WHERE state = 'sending'"
        " OR (state = 'unknown' AND check_wall IS NOT NULL)"
    ).scalar_one()
    running: int = connection.exec_driver_sql(
        "SELECT count(*) FROM operations WHERE state = 'running'"
    ).scalar_one()
    return on_their_way == 0 and running == 0 and (due is None or due > now)
