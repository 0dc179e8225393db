"""Reads that take too long end, and urgent reads do not wait for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest
import sqlalchemy as sa

from server.database import engine
from server.database.engine import FIRST_READERS, READERS, Database, read_as
from server.errors import TooSlow

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


class Reading:
    """A read that never ends by itself, and says on its thread when it began and ended."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.ended = threading.Event()

    def __call__(self, connection: sa.Connection) -> object:
        self.begun.set()
        try:
            return connection.exec_driver_sql(ENDLESS).scalar()
        finally:
            self.ended.set()


def one(connection: sa.Connection) -> object:
    """A short read."""
    return connection.exec_driver_sql("SELECT 1").scalar()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deadlines that pass at once."""
    monkeypatch.setattr(engine, "READ_WITHIN", 0.05)
    monkeypatch.setattr(engine, "FIRST_WITHIN", 0.05)


@pytest.fixture
async def busy(database: Database) -> AsyncIterator[Database]:
    """A database whose every reader for lists reads without an end."""
    readings = [Reading() for _ in range(READERS)]
    tasks = [asyncio.create_task(database.read(reading)) for reading in readings]
    for reading in readings:
        await asyncio.to_thread(reading.begun.wait, 10)
    yield database
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_others_wait_for_never_waits_for_lists(busy: Database) -> None:
    waiting = asyncio.create_task(busy.read(one))
    for _ in range(FIRST_READERS + 1):
        assert await asyncio.wait_for(busy.read_first(one), 10) == 1
    assert not waiting.done()
    waiting.cancel()


async def test_one_caller_never_has_all_readers(database: Database) -> None:
    """Their other reads wait for their own; another caller finds a reader free."""

    async def read_by(caller: int, fn: Callable[[sa.Connection], object]) -> object:
        read_as(caller)
        return await database.read(fn)

    readings = [Reading() for _ in range(READERS + 2)]
    tasks = [asyncio.create_task(read_by(1, reading)) for reading in readings]
    await asyncio.to_thread(readings[0].begun.wait, 10)
    for _ in range(3):
        assert await asyncio.wait_for(read_by(2, one), 10) == 1
    assert sum(reading.begun.is_set() for reading in readings) == READERS - 1

    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await asyncio.wait_for(read_by(1, one), 10) == 1


async def test_writes_do_not_wait_for_lists(busy: Database) -> None:
    assert await asyncio.wait_for(busy.write(one), 10) == 1


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("kind", ["read", "read_first"])
async def test_every_read_ends_at_its_deadline(database: Database, kind: str) -> None:
    read = database.read if kind == "read" else database.read_first
    reading = Reading()
    with pytest.raises(TooSlow):
        await asyncio.wait_for(read(reading), 10)
    assert reading.ended.is_set()


@pytest.mark.usefixtures("short")
async def test_a_read_of_many_short_statements_ends_at_its_deadline(database: Database) -> None:
    def ask_for_ever(connection: sa.Connection) -> None:
        while True:
            one(connection)

    with pytest.raises(TooSlow):
        await asyncio.wait_for(database.read(ask_for_ever), 10)


@pytest.mark.usefixtures("short")
async def test_waiting_for_a_reader_counts_too(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: sa.Connection) -> None:
        begun.set()
        go_on.wait(10)

    holding = []
    for _ in range(READERS):
        begun.clear()
        holding.append(asyncio.create_task(database.read(hold)))
        await asyncio.to_thread(begun.wait, 10)
    with pytest.raises(TooSlow):
        await asyncio.wait_for(database.read(one), 10)
    go_on.set()
    await asyncio.gather(*holding)
    assert await database.read(one) == 1


async def test_a_read_ends_when_nobody_waits_for_it(database: Database) -> None:
    for _ in range(READERS + 1):
        reading = Reading()
        task = asyncio.create_task(database.read(reading))
        await asyncio.to_thread(reading.begun.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(reading.ended.wait, 10)
    assert await asyncio.wait_for(database.read(one), 10) == 1


async def test_a_reader_that_was_ended_reads_on(database: Database, short: None) -> None:
    del short
    for _ in range(READERS):
        with pytest.raises(TooSlow):
            await database.read(Reading())
    for _ in range(READERS):
        assert await database.read(one) == 1
