"""A wall clock that is set, by any amount and any number of times: every text goes exactly once.

The real dispatcher on a real database, on the real clock of a server, which follows the wall clock;
the carrier is in this process. Nothing is waited for in real time but the pace of a quick sender.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import pytest
import sqlalchemy as sa

from common.model.sequences import Delay, StepDocument
from common.vocabulary import MessageKind, MessageStatus
from server import clock as clocks
from server.carriers.interface import (
    OutboundText,
    Reconciled,
    SendAccepted,
    Sent,
    TextFound,
    TextNotFound,
    TryLater,
    Unknown,
)
from server.clock import DAY, HOUR, MINUTE, SECOND, RunningClock
from server.database.engine import Database
from server.dispatch.loop import Dispatcher
from server.dispatch.sender_start import senders_started
from server.enrollments.planning import Planner
from server.settings import Settings
from tests.unit.dispatching import NOON, ZONE, Desk, steps

PEOPLE: Final = 300
SECONDS: Final = 30.0
"""Real seconds after which something that should have happened never will."""


class WallClock:
    """A wall clock that runs on, and can be set to anything."""

    def __init__(self) -> None:
        self.set_by = 0
        self._began = time.monotonic_ns()

    def __call__(self) -> int:
        return NOON + self.set_by + (time.monotonic_ns() - self._began) // 1000

    def set(self, by: int) -> None:
        """Set it forward, or back if `by` is negative."""
        self.set_by += by


class Taking:
    """A carrier in this process: takes every text, unless a test says otherwise."""

    name = "twilio"
    lists_inbound = True

    def __init__(self) -> None:
        self.texts: list[OutboundText] = []
        self.answers: list[Sent] = []
        self.looks = 0
        self.found: Reconciled = TextNotFound()
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, text: OutboundText) -> Sent:
        self.texts.append(text)
        await self.open.wait()
        if self.answers:
            return self.answers.pop(0)
        return SendAccepted(f"SM{text.attempt_id}", 1)

    async def reconcile(
        self, text: OutboundText, since_us: int, known: frozenset[str]
    ) -> Reconciled:
        self.looks += 1
        return self.found

    def each_text(self) -> Counter[tuple[str, str]]:
        """How often it was handed each text of each person."""
        return Counter((text.to, text.body) for text in self.texts)


class Office:
    """A server's dispatching over one database, with a wall clock that tests set."""

    def __init__(self, database: Database, wall: WallClock) -> None:
        self.database = database
        self.wall = wall
        self.carrier = Taking()
        self.dispatcher: Dispatcher | None = None

    async def set_up(self, fill: Callable[[Desk], Any]) -> None:
        """Fill the database; people are enrolled at the clock's noon."""

        def write(connection: sa.Connection) -> None:
            desk = Desk(connection)
            desk.set_sender(segments_per_second=2000.0)
            fill(desk)

        await self.database.write(write)

    @asynccontextmanager
    async def dispatching(self) -> AsyncIterator[Dispatcher]:
        """One process's dispatching, from its start to its end."""
        carriers: dict[str, Any] = {"twilio": self.carrier}
        settings = Settings(reconcile_after=0.05, reconcile_again=0.02)
        one = Dispatcher(self.database, RunningClock(), carriers, Planner(ZONE), settings)
        task = asyncio.create_task(one.run())
        try:
            yield one
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]:
        def read(connection: sa.Connection) -> Sequence[Any]:
            return connection.exec_driver_sql(sql, values).all()

        return await self.database.read(read)

    async def waiting(self) -> list[tuple[str | None, int | None]]:
        """Hold and due time of every pending enrollment and waiting text of no step."""
        rows = await self.rows(
            "SELECT hold, due_at FROM enrollments WHERE status = 'pending' UNION ALL"
            " SELECT hold, due_at FROM messages WHERE status = 'waiting' AND kind != 'step'"
        )
        return [tuple(row) for row in rows]

    async def quiet(self, dispatcher: Dispatcher) -> None:
        """Wait until what is due has gone, at what the clock shows; all else says why it waits."""
        await eventually(dispatcher.quiet)
        now = self.wall()
        for hold, due_at in await self.waiting():
            assert hold is not None or (due_at is not None and due_at > now)


async def eventually(ask: Callable[[], Awaitable[Any]]) -> None:
    """Wait until the answer is true."""
    deadline = time.monotonic() + SECONDS
    while not await ask():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """The wall clock; every sleeper reads it again at once."""
    one = WallClock()
    monkeypatch.setattr(clocks, "wall", one)
    monkeypatch.setattr(clocks, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr("server.dispatch.loop.RECONCILE_EVERY", 0.01)
    return one


@pytest.fixture
def office(database: Database, wall: WallClock) -> Office:
    return Office(database, wall)


def crowd(desk: Desk, *bodies: str, delay: int = 1, **more: Any) -> None:
    """Everybody is enrolled at noon; the first text is due at once."""
    sequence_id = desk.sequence(steps(*bodies, days=delay), daily_limit=9, **more)
    desk.enroll(sequence_id, *desk.people(PEOPLE))


async def all_went(office: Office, *bodies: str) -> bool:
    counted = office.carrier.each_text()
    return len(counted) == PEOPLE * len(bodies)


@pytest.mark.parametrize("by", [-HOUR, -2 * MINUTE, HOUR, 30 * DAY])
async def test_a_clock_that_is_set_keeps_no_text_and_sends_none_twice(
    office: Office, wall: WallClock, by: int
) -> None:
    """Set in the midst of sending: the rest goes, and the next step as long after as it should."""
    await office.set_up(lambda desk: crowd(desk, "One.", "Two."))
    office.carrier.open.clear()
    async with office.dispatching() as dispatcher:
        await eventually(lambda: _some(office, 50))
        wall.set(by)
        office.carrier.open.set()
        await eventually(lambda: all_went(office, "One."))
        await office.quiet(dispatcher)

        await eventually(lambda: _all_due_within(office, 2 * DAY))
        for _ in range(2):
            wall.set(DAY)
            await office.quiet(dispatcher)

        assert office.carrier.each_text() == Counter(dict.fromkeys(office.carrier.each_text(), 1))
        assert await all_went(office, "One.", "Two.")
        assert await office.waiting() == []


async def _all_due_within(office: Office, longest: int) -> bool:
    latest = office.wall() + longest
    return all(due_at is None or due_at <= latest for _, due_at in await office.waiting())


async def _some(office: Office, how_many: int) -> bool:
    return len(office.carrier.texts) >= how_many


@pytest.mark.parametrize("by", [-30 * DAY, -HOUR, -2 * MINUTE])
async def test_a_delay_takes_as_long_as_it_says_when_the_clock_is_set_back_meanwhile(
    office: Office, wall: WallClock, by: int
) -> None:
    """Enrolled by a clock that is ahead, which is set right before the ten minutes are over."""
    step = StepDocument(body="One.", delay=Delay(minutes=10))
    await office.set_up(lambda desk: desk.enroll(desk.sequence((step,)), *desk.people(PEOPLE)))
    async with office.dispatching() as dispatcher:
        await office.quiet(dispatcher)
        wall.set(by)
        await eventually(lambda: _set_back(office, PEOPLE))
        await office.quiet(dispatcher)
        assert office.carrier.texts == []

        wall.set(10 * MINUTE)
        await eventually(lambda: all_went(office, "One."))
        await office.quiet(dispatcher)
    assert set(office.carrier.each_text().values()) == {1}


async def test_leap_by_leap_through_a_day_every_text_goes_out_once(
    office: Office, wall: WallClock
) -> None:
    """Two steps forward, one step back, at times by a month: three texts, hours apart."""
    await office.set_up(lambda desk: crowd(desk, "One.", "Two.", "Three.", delay=0))
    leaps = [HOUR, -20 * MINUTE, HOUR, -HOUR, 30 * DAY, -30 * DAY, 2 * HOUR, -59 * SECOND] * 8
    async with office.dispatching() as dispatcher:
        for leap in leaps:
            wall.set(leap)
            await office.quiet(dispatcher)
        await eventually(lambda: all_went(office, "One.", "Two.", "Three."))
    assert set(office.carrier.each_text().values()) == {1}
    assert await office.waiting() == []


@pytest.mark.parametrize("by", [-30 * DAY, -HOUR, HOUR, 30 * DAY])
async def test_a_clock_that_is_set_between_two_processes_keeps_no_text(
    office: Office, wall: WallClock, monkeypatch: pytest.MonkeyPatch, by: int
) -> None:
    """Half has gone, the rest is refused and waits; then the machine comes up with another time."""
    await office.set_up(lambda desk: crowd(desk, "One.", "Two."))
    async with office.dispatching() as dispatcher:
        await eventually(lambda: all_went(office, "One."))
        await office.quiet(dispatcher)

    wall.set(by)
    monkeypatch.setattr(clocks, "_SHOWN_AT_START", clocks._SHOWN_AT_START + by)
    async with office.dispatching() as dispatcher:
        await office.quiet(dispatcher)
        await eventually(lambda: _all_due_within(office, 2 * DAY))
        wall.set(2 * DAY)
        await eventually(lambda: all_went(office, "One.", "Two."))
        await office.quiet(dispatcher)
    assert set(office.carrier.each_text().values()) == {1}


@pytest.mark.parametrize("by", [-30 * DAY, -HOUR, HOUR, 30 * DAY])
async def test_a_wait_that_the_carrier_asked_for_is_named_bounded_and_ended_by_start(
    office: Office, wall: WallClock, by: int
) -> None:
    await office.set_up(lambda desk: crowd(desk, "One."))
    office.carrier.answers = [*(TryLater(1e12, "20429") for _ in range(10 * PEOPLE))]
    async with office.dispatching():
        await eventually(lambda: _some(office, PEOPLE))
        await eventually(lambda: _none_on_the_wire(office))
        assert {hold for hold, _ in await office.waiting()} == {"sender_rate"}
        wall.set(by)
        await eventually(lambda: _all_due_within(office, HOUR))
        assert (await _pace(office)) <= clocks.steady() + HOUR

        office.carrier.answers.clear()
        refused = len(office.carrier.texts)
        [[sender_id]] = await office.rows("SELECT id FROM senders")
        await office.database.write(senders_started, [sender_id], wall())
        await eventually(lambda: _accepted_all(office))
    assert len(office.carrier.texts) == refused + PEOPLE


async def _none_on_the_wire(office: Office) -> bool:
    return not await office.rows("SELECT 1 FROM attempts WHERE state = 'sending'")


async def _held(office: Office, hold: str) -> bool:
    return any(one == hold for one, _ in await office.waiting())


async def _slept(dispatcher: Dispatcher) -> bool:
    """Whether it has looked at the clock since: it clears what wakes it."""
    dispatcher.wake.set()
    await asyncio.sleep(0.02)
    return not dispatcher.wake.is_set()


async def _pace(office: Office) -> int:
    [[slow_until]] = await office.rows("SELECT slow_until_wall FROM sender_pace")
    return int(slow_until)


async def _accepted_all(office: Office) -> bool:
    [[count]] = await office.rows("SELECT count(*) FROM attempts WHERE state = 'accepted'")
    return bool(count == PEOPLE)


@pytest.mark.parametrize("by", [-30 * DAY, -HOUR, HOUR, 30 * DAY])
async def test_a_text_on_the_wire_stays_there_however_the_clock_is_set(
    office: Office, wall: WallClock, by: int
) -> None:
    """Its lease is real time: it does not run out because a clock leaps."""
    await office.set_up(lambda desk: desk.enroll(desk.sequence(), *desk.people()))
    office.carrier.open.clear()
    async with office.dispatching() as dispatcher:
        await eventually(lambda: _some(office, 1))
        for _ in range(4):
            wall.set(by)
            await eventually(lambda: _slept(dispatcher))
        await dispatcher._expire_leases()
        assert [tuple(row) for row in await office.rows("SELECT state FROM attempts")] == [
            ("sending",)
        ]
        office.carrier.open.set()
        await office.quiet(dispatcher)
    assert office.carrier.looks == 0
    assert len(office.carrier.texts) == 1


@pytest.mark.parametrize("by", [-30 * DAY, -HOUR, HOUR, 30 * DAY])
@pytest.mark.parametrize("restarted", [False, True])
async def test_an_unknown_text_is_looked_for_however_the_clock_is_set(
    office: Office,
    wall: WallClock,
    monkeypatch: pytest.MonkeyPatch,
    by: int,
    restarted: bool,
) -> None:
    await office.set_up(lambda desk: desk.enroll(desk.sequence(), *desk.people()))
    office.carrier.answers = [Unknown("no answer")]
    office.carrier.found = TextFound("SM1", MessageStatus.DELIVERED)
    monkeypatch.setattr("server.dispatch.loop.RECONCILE_EVERY", 0.01 if not restarted else 60.0)
    async with office.dispatching():
        await eventually(lambda: _held(office, "unknown"))
        wall.set(by)
        if not restarted:
            await eventually(lambda: _ended(office))
            return
    monkeypatch.setattr("server.dispatch.loop.RECONCILE_EVERY", 0.01)
    monkeypatch.setattr(clocks, "_SHOWN_AT_START", clocks._SHOWN_AT_START + by)
    async with office.dispatching():
        await eventually(lambda: _ended(office))
    assert len(office.carrier.texts) == 1


async def _ended(office: Office) -> bool:
    return await office.waiting() == []


async def test_a_start_counts_the_waits_of_an_unknown_text_from_itself(office: Office) -> None:
    """A clock set forward meanwhile must not prove a text unsent before the carrier lists it."""

    def fill(desk: Desk) -> None:
        desk.enroll(desk.sequence(), *desk.people())
        [text] = desk.claim()
        desk.record((text, Unknown("no answer")))

    await office.set_up(fill)
    await office.database.write(_check_at, 1)
    asked = clocks.steady()
    async with office.dispatching() as dispatcher:
        await eventually(lambda: _checked(office, 1))
        [[check_wall]] = await office.rows("SELECT check_wall FROM attempts WHERE n = 1")
        assert check_wall is None or check_wall >= asked + 0.02 * SECOND
        await office.quiet(dispatcher)
    assert len(office.carrier.texts) == 1, "not found twice, the waits apart: it goes once"


def _check_at(connection: sa.Connection, instant: int) -> None:
    connection.exec_driver_sql("UPDATE attempts SET check_wall = ?", (instant,))


async def _checked(office: Office, times: int) -> bool:
    return office.carrier.looks >= times


@pytest.mark.parametrize("by", [-30 * DAY, -HOUR])
async def test_what_waits_by_itself_goes_when_the_clock_is_set_back(
    office: Office, wall: WallClock, by: int
) -> None:
    """Direct texts and confirmations, queued by a clock that was ahead."""

    def fill(desk: Desk) -> None:
        desk.text(desk.people()[0], "Come at five?")
        desk.owe(MessageKind.CONFIRMATION, "+16465559999")

    await office.set_up(fill)
    wall.set(by)
    async with office.dispatching() as dispatcher:
        await eventually(lambda: _some(office, 2))
        await office.quiet(dispatcher)
    assert len(office.carrier.texts) == 2


async def test_a_hold_that_a_time_ends_is_looked_at_again_when_the_clock_is_set_back(
    office: Office, wall: WallClock
) -> None:
    """Held at night until the morning, by a clock that was a month ahead."""
    await office.set_up(lambda desk: crowd(desk, "One."))
    wall.set(11 * HOUR)
    async with office.dispatching() as dispatcher:
        await office.quiet(dispatcher)
        assert {hold for hold, _ in await office.waiting()} == {"quiet_hours"}

        wall.set(-11 * HOUR - 30 * DAY)
        await eventually(lambda: all_went(office, "One."))
        await office.quiet(dispatcher)
    assert set(office.carrier.each_text().values()) == {1}


async def test_what_is_written_late_by_the_clock_as_it_was_is_set_right_too(
    office: Office, wall: WallClock
) -> None:
    """A write was under way when the clock was set back, and is committed after that."""
    step = StepDocument(body="One.", delay=Delay(minutes=10))
    desks: list[Desk] = []

    def fill(desk: Desk) -> None:
        crowd(desk, "First.", "Second.")
        desks.append(desk)

    await office.set_up(fill)
    async with office.dispatching() as dispatcher:
        await eventually(lambda: all_went(office, "First."))
        wall.set(-30 * DAY)
        await eventually(lambda: _set_back(office, PEOPLE))

        def late(connection: sa.Connection) -> None:
            [desk] = desks
            desk.connection = connection
            desk.enroll(desk.sequence((step,)), *desk.people(5))

        await office.database.write(late)
        await eventually(lambda: _all_due_within(office, 2 * DAY))
        await office.quiet(dispatcher)


async def test_that_the_clock_was_set_back_is_reported(office: Office, wall: WallClock) -> None:
    await office.set_up(lambda desk: crowd(desk, "One.", "Two."))
    async with office.dispatching() as dispatcher:
        await eventually(lambda: all_went(office, "One."))
        await office.quiet(dispatcher)
        wall.set(-HOUR)
        await eventually(lambda: _set_back(office, PEOPLE))
        await office.quiet(dispatcher)
    of_the_server = await office.rows(
        "SELECT body FROM events WHERE kind = 'clock_set_back' AND enrollment_id IS NULL"
    )
    assert len(of_the_server) == 1


async def _set_back(office: Office, people: int) -> bool:
    """Whether so many plans were set right."""
    [[count]] = await office.rows(
        "SELECT count(*) FROM events WHERE kind = 'clock_set_back' AND enrollment_id IS NOT NULL"
    )
    return bool(count >= people)
