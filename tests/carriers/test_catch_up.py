"""Catching up over a real database and the simulator's list: much at once, and a long sleep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import sqlalchemy as sa

from common.model.senders import CarrierName, NewSender
from common.vocabulary import MessageKind
from server.carriers.catch_up import CatchUp
from server.carriers.inbox import CallbackInbox
from server.clock import DAY, HOUR, ManualClock, steady, wall
from server.database.engine import Database
from server.database.tables import inbound_seen, messages, senders
from server.enrollments.planning import Planner
from server.senders.store import add_sender
from tests.carriers.conftest import SECOND, SENDER, START, Stage, eventually

PERSON = "+12065550142"


async def say(stage: Stage, body: str, after: float) -> None:
    """Let a person text, some seconds after the last text; no callback arrives."""
    await stage.move(after)
    await stage.control("inbound", **{"from": PERSON, "to": SENDER, "body": body})
    await stage.move(0)


@asynccontextmanager
async def caught_up(
    stage: Stage, database: Database, now: int, hold_most: float = 60
) -> AsyncIterator[CatchUp]:
    """One that looks at the list, while it does."""
    clock = ManualClock(now)
    inbox = CallbackInbox(database, clock, Planner("America/New_York"))
    carriers = {"simulator": stage.carrier}
    one = CatchUp(database, clock, carriers, inbox, every=3_600, hold_most=hold_most)
    tasks = [asyncio.create_task(inbox.run()), asyncio.create_task(one.run())]
    try:
        yield one
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def ready(one: CatchUp) -> None:
    """Wait until its first look is over."""

    async def held() -> bool:
        return one.holds("simulator")

    await eventually(held, lambda held: not held)


def read(connection: sa.Connection) -> list[str]:
    """The texts that came in, in the order they were stored."""
    return list(
        connection.execute(
            sa.select(messages.c.body)
            .where(messages.c.kind == MessageKind.INBOUND.value)
            .order_by(messages.c.id)
        ).scalars()
    )


def add_number(connection: sa.Connection) -> None:
    new = NewSender(
        phone=SENDER,
        name="front desk",
        carrier=CarrierName.SIMULATOR,
        segments_per_second=1,
        is_default=True,
    )
    add_sender(connection, new, None, START)


async def test_more_than_is_read_at_once_is_read_by_days(
    stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.carriers.twilio._INBOUND_PAGE_SIZE", 1)
    monkeypatch.setattr("server.carriers.twilio._INBOUND_PAGES", 4)
    await database.write(add_number)
    for n in range(8):
        await say(stage, str(n), after=86_400)

    async with caught_up(stage, database, START + 9 * DAY) as one:
        await ready(one)

    assert await database.read(read) == list("01234567")


async def test_how_far_the_list_was_read_is_kept(stage: Stage, database: Database) -> None:
    await database.write(add_number)
    await say(stage, "Hi", after=60)
    async with caught_up(stage, database, START + HOUR) as one:
        await ready(one)

    def seen(connection: sa.Connection) -> int | None:
        return connection.execute(sa.select(inbound_seen.c.seen_at)).scalar()

    assert await database.read(seen) == START + 60 * SECOND
    await stage.move(3_600)
    await say(stage, "Again", after=60)
    async with caught_up(stage, database, START + 2 * HOUR) as one:
        await ready(one)
    assert await database.read(read) == ["Hi", "Again"]


async def test_a_carriers_clock_that_is_ahead_hides_no_later_text(
    stage: Stage, database: Database
) -> None:
    await database.write(add_number)
    await say(stage, "from tomorrow", after=86_400)
    async with caught_up(stage, database, START + HOUR) as one:
        await ready(one)
    await say(stage, "later", after=60)
    async with caught_up(stage, database, START + HOUR) as one:
        await ready(one)

    assert await database.read(read) == ["from tomorrow", "later"]


async def test_after_a_long_sleep_texts_wait_for_the_list_again(
    stage: Stage, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.write(add_number)
    async with caught_up(stage, database, START) as one:
        await ready(one)
        monkeypatch.setattr("server.carriers.catch_up.wall", lambda: wall() + DAY)

        assert one.holds("simulator")
        assert one.behind
        assert not one.holds("another carrier")


async def test_while_texts_wait_for_a_list_the_latest_end_of_that_is_known(
    stage: Stage, database: Database
) -> None:
    """The list cannot be read: texts wait for the configured time, and the end is known."""
    right = stage.carrier._headers["Authorization"]
    stage.carrier._headers["Authorization"] = "Basic wrong"
    await database.write(add_number)
    before = steady()
    async with caught_up(stage, database, START) as one:
        looked = asyncio.Event()
        one.on_look(looked.set)
        await asyncio.wait_for(looked.wait(), 10)
        assert one.holds("simulator")
        [(carrier, ends)] = one.listening().items()
        assert carrier == "simulator"
        assert before + 60 * SECOND <= ends <= steady() + 62 * SECOND
    stage.carrier._headers["Authorization"] = right
    async with caught_up(stage, database, START) as one:
        await ready(one)
        assert one.listening() == {}


@pytest.mark.parametrize("ahead", [HOUR, 30 * DAY])
async def test_a_text_is_found_though_our_clock_was_ahead_when_the_list_was_begun(
    stage: Stage, database: Database, ahead: int
) -> None:
    """The clock is set right, a text is missed, and we look again much later."""
    await database.write(add_number)
    await database.write(_begun_at, START + ahead)
    async with caught_up(stage, database, START + 60 * SECOND) as one:
        await ready(one)
    await say(stage, "STOP", after=120)
    await stage.move(7_200)
    async with caught_up(stage, database, START + 2 * HOUR) as one:
        await ready(one)
    assert await database.read(read) == ["STOP"]


@pytest.mark.parametrize("ahead", [HOUR, 30 * DAY])
async def test_texts_to_a_number_that_was_added_by_a_clock_that_was_ahead_are_found(
    stage: Stage, database: Database, ahead: int
) -> None:
    await database.write(add_number)
    await database.write(
        lambda connection: connection.execute(sa.update(senders).values(created_at=START + ahead))
    )
    async with caught_up(stage, database, START) as one:
        await ready(one)
    await say(stage, "STOP", after=120)
    await stage.move(1_800)
    async with caught_up(stage, database, START + 1_920 * SECOND) as one:
        await ready(one)
    assert await database.read(read) == ["STOP"]


def _begun_at(connection: sa.Connection, instant: int) -> None:
    connection.execute(sa.insert(inbound_seen).values(carrier="simulator", seen_at=instant))


async def test_a_workspace_without_senders_has_nothing_to_ask(
    stage: Stage, database: Database
) -> None:
    async with caught_up(stage, database, START) as one:
        await ready(one)
    assert await stage.log("asked") == []
