"""Outcomes of texts wait for a locked database: what went out is known when it is free again."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
import structlog

from server.clock import ManualClock
from server.database import engine
from server.database.engine import Database, sqlite_path
from server.dispatch.loop import Dispatcher
from server.enrollments.planning import Planner
from server.settings import Settings


async def test_outcomes_wait_while_another_program_holds_the_database(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_MS", 10)
    database = await Database.open(database_url)
    settings = Settings(database=database_url)
    dispatcher = Dispatcher(database, ManualClock(0), {}, Planner("America/New_York"), settings)
    other = sqlite3.connect(Path(sqlite_path(database_url)), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with structlog.testing.capture_logs() as logs:
        writing = asyncio.create_task(dispatcher._write_outcomes([]))
        async with asyncio.timeout(10):
            while len(logs) < 2:  # noqa: ASYNC110 # the writer's thread sees it
                await asyncio.sleep(0.001)
        assert not writing.done()
        other.execute("ROLLBACK")
        await asyncio.wait_for(writing, 10)
    assert {one["event"] for one in logs} == {"outcomes wait for the database"}
    other.close()
    await database.close()
