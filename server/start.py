"""Opening a workspace: the lock, the schema, the clock, the first admin."""

from __future__ import annotations

import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
import structlog

from common.vocabulary import Role
from server.clock import DomainClock, ManualClock, RunningClock, wall
from server.database.engine import Database, sqlite_path
from server.database.schema import migrate
from server.database.tables import operators, workspace
from server.database.unusable import usable
from server.errors import SettingsError, WorkspaceLocked
from server.operators import store as operators_store
from server.readiness import Readiness
from server.senders.store import ensure_default_sender
from server.settings import Settings
from server.supervisor import Supervisor

_log = structlog.get_logger(__name__)


@dataclass
class Workspace:
    """One opened workspace, shared by the API and the worker."""

    settings: Settings
    database: Database
    clock: DomainClock
    first_token: str | None
    supervisor: Supervisor
    readiness: Readiness


class Lock:
    """Only one process writes to an SQLite database; the lock file names it and its address."""

    def __init__(self, url: str) -> None:
        self._database = Path(sqlite_path(url)).resolve()  # whatever name it is opened by
        self.path = self._database.with_name(self._database.name + ".lock")
        self._files: list[int] = []

    def take(self, address: str) -> None:
        """Raises WorkspaceLocked, with the owner's address, if another process has it.

        The database file itself is locked too, so a hard link does not get around the lock.
        """
        self._database.parent.mkdir(parents=True, exist_ok=True)
        try:
            said = self._hold(self.path)
            os.ftruncate(said, 0)
            os.write(said, f"process {os.getpid()} at {address}\n".encode())
            self._hold(self._database)
        except BaseException:
            self.release()
            raise

    def _hold(self, path: Path) -> int:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(file, 1000) if path == self.path else b""
            os.close(file)
            who = owner.decode(errors="replace").strip() or "another process"
            raise WorkspaceLocked(
                f"{self._database.name} is in use by {who}. Only one process can use an "
                "SQLite database: use that server's API, or stop it first."
            ) from None
        self._files.append(file)
        return file

    def release(self) -> None:
        """Release the lock."""
        while self._files:
            os.close(self._files.pop())


@asynccontextmanager
async def open_workspace(settings: Settings) -> AsyncIterator[Workspace]:
    """Take the lock, migrate, open the database, set the clock, create the first admin.

    Raises WorkspaceLocked or SettingsError.
    """
    with usable(settings.database):
        lock = Lock(settings.database)
        lock.take(f"http://{settings.host}:{settings.port}")
    try:
        with usable(settings.database):
            migrate(settings.database)
            supervisor = Supervisor()
            database = await Database.open(settings.database, supervisor=supervisor)
        try:
            with usable(settings.database):
                token, clock = await database.write(_begin, settings)
            readiness = Readiness(database, supervisor)
            yield Workspace(settings, database, clock, token, supervisor, readiness)
            if settings.clock != "real":
                await database.write(keep_clock, clock.now())
        finally:
            await database.close()
    finally:
        lock.release()


def _begin(connection: sa.Connection, settings: Settings) -> tuple[str | None, DomainClock]:
    token = _first_rows(connection, settings)
    clock = _clock(connection, settings)
    ensure_default_sender(connection, settings, clock.now())
    return token, clock


def _first_rows(connection: sa.Connection, settings: Settings) -> str | None:
    """Create the workspace's row and, if there is no operator, the admin; returns the admin's
    token.
    """
    row = connection.execute(sa.select(workspace)).first()
    if row is None:
        connection.execute(
            sa.insert(workspace).values(
                id=1, zone=settings.zone, region=settings.region, created_wall=wall()
            )
        )
    else:
        connection.execute(sa.update(workspace).values(zone=settings.zone, region=settings.region))
    if connection.execute(sa.select(operators.c.id).limit(1)).first():
        return None
    now = wall()
    admin = operators_store.add_operator(connection, "admin", Role.ADMIN, now)
    return operators_store.add_token(
        connection, admin, "first start", now, settings.admin_token
    ).token


def _clock(connection: sa.Connection, settings: Settings) -> DomainClock:
    row = connection.execute(sa.select(workspace)).one()
    if settings.clock == "real":
        if row.manual_now is not None:
            raise SettingsError(
                "DRUMBEAT_CLOCK: this database has used a simulated clock, so it contains "
                "sample people. Start it with DRUMBEAT_CLOCK=manual or running, or choose "
                "another database."
            )
        return RunningClock()
    start = row.manual_now or settings.clock_start or wall()
    if settings.clock == "manual":
        return ManualClock(start)
    return RunningClock(rate=settings.clock_rate, start=start)


def keep_clock(connection: sa.Connection, now: int) -> None:
    """Store the time of a simulated clock, so that a restart does not set it back."""
    connection.execute(sa.update(workspace).values(manual_now=now))
