"""The health checks, and what a database that is locked or full does to requests."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from server.app import create_app
from server.database import engine
from server.database.engine import sqlite_path
from server.database.tables import workspace
from server.readiness import Readiness
from server.settings import read_settings
from tests.api.conftest import stored
from tests.api.running import eventually

Api = TestClient[Litestar]
READY = "http://testserver.local/health/ready"
LIVE = "http://testserver.local/health/live"


@contextmanager
def locked(api: Api) -> Iterator[None]:
    """Another program holds the database."""
    other = sqlite3.connect(sqlite_path(api.app.state.settings.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def full(api: Api) -> Iterator[None]:
    """The database has no room for another page."""

    def bound_to(pages: int) -> None:
        def bound(connection: sa.Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        stored(api, bound)

    bound_to(1)
    try:
        yield
    finally:
        bound_to(2**31)


def add_contact(api: Api, place: int) -> Any:
    long = {"note": "x" * 900}
    return api.post("/contacts", json={"phone": f"+1415555{100 + place:04}", "fields": long})


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for a lock in these tests."""
    monkeypatch.setattr(engine, "BUSY_MS", 50)
    monkeypatch.setattr(engine, "TROUBLE_KEPT", 0.05)
    monkeypatch.setattr("server.readiness.KEPT", 0.0)


def test_a_server_that_reads_and_writes_is_ready(api: Api) -> None:
    assert api.get(READY).status_code == 200
    assert api.get(LIVE).status_code == 200


def test_a_locked_database_is_not_ready_until_it_is_free(api: Api) -> None:
    with locked(api):
        answer = api.get(READY)
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        assert api.get(LIVE).status_code == 200
        assert api.get("/me").status_code == 200
    eventually(lambda: api.get(READY).status_code, lambda status: status == 200)


def test_a_lock_that_lasts_is_reported_in_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Readiness, "_look", never)
    api.app.state.workspace.readiness._answer_within = 0.01
    answer = api.get(READY)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")


async def never(_: Readiness) -> None:
    """A look that takes as long as a lock."""
    await asyncio.Event().wait()


def test_a_write_while_the_database_is_locked_is_to_be_sent_again(api: Api) -> None:
    with locked(api):
        answer = add_contact(api, 1)
        assert (answer.status_code, answer.json()["code"]) == (503, "not_stored")
        assert int(answer.headers["retry-after"]) > 0
    assert add_contact(api, 1).status_code == 201


def test_a_write_while_the_disk_is_full_is_to_be_sent_again(api: Api) -> None:
    with full(api):
        answers = [add_contact(api, place) for place in range(40)]
        refused = next(one for one in answers if one.status_code != 201)
        assert (refused.status_code, refused.json()["code"]) == (503, "not_stored")
        assert "retry-after" in refused.headers
        assert api.get(READY).status_code == 503
    assert add_contact(api, 99).status_code == 201
    eventually(lambda: api.get(READY).status_code, lambda status: status == 200)


def test_a_background_task_that_fails_is_reported(api: Api) -> None:
    failing = api.app.state.workspace.supervisor._failing
    failing["keep clock"] = "OperationalError: database is locked"
    answer = api.get(READY)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert "keep clock" in answer.json()["detail"]
    failing.clear()
    assert api.get(READY).status_code == 200


def test_a_running_clock_is_kept_again_once_a_lock_is_gone(environment: dict[str, str]) -> None:
    app = create_app(read_settings(environment | {"DRUMBEAT_CLOCK": "running"}))
    with TestClient(app) as client:
        failing = app.state.workspace.supervisor.failing
        with locked(client):
            eventually(lambda: "keep clock" in failing, bool)
            assert client.get(READY).status_code == 503
        kept = stored(client, kept_clock)
        eventually(lambda: "keep clock" in failing, lambda fails: not fails)
        assert eventually(lambda: stored(client, kept_clock), lambda now: now > kept)


def kept_clock(connection: sa.Connection) -> int:
    """The last stored time of the clock."""
    now: int = connection.execute(sa.select(workspace.c.manual_now)).scalar_one()
    return now
