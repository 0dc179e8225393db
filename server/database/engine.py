"""The database engine: runs whole functions over a Connection with `read` and `write`.

A function given to `read` or `write` runs on the thread of one aiosqlite connection, in one hop:
measured, a statement costs 14 µs that way and 254 µs when each is awaited. It cannot await, never
commits, and may run together with others in one transaction. Writes queue for the one writer and
are committed in groups. Each has its own savepoint, so one failure does not affect the others, and
`synchronous=FULL` costs one fsync per group.

Reads have a deadline and end when the caller leaves: the running statement is interrupted. Some
readers serve only `read_first`, so that dispatching, signing in and health checks never wait for
lists. One caller never uses all readers for lists.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Final, NamedTuple, ParamSpec, TypeVar
from weakref import WeakValueDictionary

import aiosqlite
import sqlalchemy as sa
import structlog

from server.clock import monotonic
from server.errors import SettingsError, TooSlow
from server.supervisor import Supervisor

P = ParamSpec("P")
T = TypeVar("T")

GROUP_LIMIT: Final = 512
READERS: Final = 2
"""Readers for `read`. With more, slow lists would use all processors of a small machine."""
FIRST_READERS: Final = 2
"""Readers for `read_first`."""
READ_WITHIN: Final = 10.0
"""Most real seconds of a read, with its wait for a reader."""
FIRST_WITHIN: Final = 30.0
"""The same for `read_first`."""
LOOK_EVERY: Final = 50_000
"""Steps of SQLite's virtual machine, some milliseconds, between two checks whether a read must end.
"""
BUSY_MS: Final = 5_000
"""How long a group waits while another program locks the database."""
TROUBLE_KEPT: Final = 5.0
"""Real seconds for which `trouble` reports a group that could not be written."""
CACHE_KIB: Final = 16 * 1024

_PASSING: Final = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}
_log = structlog.get_logger(__name__)
_caller: ContextVar[int | None] = ContextVar("caller", default=None)


def read_as(caller: int) -> None:
    """Count the reads of this task, from now on, as reads of one caller."""
    _caller.set(caller)


class _Write(NamedTuple):
    run: Callable[[sa.Connection], Any]
    done: asyncio.Future[Any]


class _Stop:
    """When a read must end: at its deadline, or when nobody waits for it."""

    def __init__(self, within: float) -> None:
        self._deadline = monotonic() + within
        self.given_up = False

    @property
    def left(self) -> float:
        """Real seconds until the deadline."""
        return self._deadline - monotonic()

    def over(self) -> bool:
        """Whether it must end; called on the reading thread."""
        return self.given_up or self.left <= 0


class _Thread(aiosqlite.Connection):
    """An aiosqlite connection whose thread runs whole functions over an SQLAlchemy Connection."""

    def __init__(self, path: str, pragmas: tuple[str, ...], *, reads: bool) -> None:
        super().__init__(partial(self._open, path, pragmas), iter_chunk_size=64)
        self._reads = reads
        self._core: sa.Connection | None = None
        self._stop: _Stop | None = None

    def _open(self, path: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
        raw = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}")
        engine = sa.create_engine("sqlite://", creator=lambda: raw, poolclass=sa.StaticPool)
        # No reset on return and no implicit rollback: transactions are begun and ended below.
        self._core = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if self._reads:  # one statement can run long, and many short ones can
            raw.set_progress_handler(self._must_end, LOOK_EVERY)
            sa.event.listen(engine, "before_cursor_execute", self._refuse_late)
        return raw

    def _must_end(self) -> bool:
        return self._stop is not None and self._stop.over()

    def _refuse_late(self, *_: object) -> None:
        if self._must_end():
            raise TooSlow

    async def close(self) -> None:
        """Close both layers on the thread they belong to."""
        if self._core is not None:
            await self._execute(self._let_go)  # type: ignore[no-untyped-call] # untyped upstream
        await super().close()

    def _let_go(self) -> None:
        assert self._core is not None
        self._core.close()
        self._core.engine.dispose()
        self._core = None

    async def run(self, fn: Callable[[sa.Connection], T]) -> T:
        """Run `fn` on this connection's thread, to its end even if the caller is cancelled."""
        assert self._core is not None
        running = asyncio.ensure_future(self._execute(fn, self._core))  # type: ignore[no-untyped-call] # untyped upstream
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise

    def read(self, fn: Callable[[sa.Connection], T], stop: _Stop) -> asyncio.Future[T]:
        """Run `fn` on this connection's thread in one view, until `stop` says that it must end.

        Raises TooSlow then.
        """
        assert self._core is not None
        return asyncio.ensure_future(
            self._execute(self._read, fn, stop, self._core)  # type: ignore[no-untyped-call] # untyped upstream
        )

    def _read(self, fn: Callable[[sa.Connection], T], stop: _Stop, connection: sa.Connection) -> T:
        if stop.over():
            raise TooSlow
        connection.exec_driver_sql("BEGIN")
        self._stop = stop
        try:
            return fn(connection)
        except (sa.exc.OperationalError, sqlite3.OperationalError) as error:
            if _code(error) == sqlite3.SQLITE_INTERRUPT:
                raise TooSlow from error
            raise
        finally:
            self._stop = None
            connection.exec_driver_sql("ROLLBACK")


class Database:
    """One workspace's database: one writer, two kinds of readers, group commit.

    Open with `await Database.open(url)`; close with `await close()`. `on_commit` callbacks run on
    the event loop after each committed group.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._on_commit: list[Callable[[], None]] = []
        self._urgent: deque[_Write] = deque()
        self._queue: deque[_Write] = deque()
        self._wake = asyncio.Event()
        self._readers: asyncio.Queue[_Thread] = asyncio.Queue()
        self._first_readers: asyncio.Queue[_Thread] = asyncio.Queue()
        self._turns: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()
        self._threads: list[_Thread] = []
        self._writing: asyncio.Task[None] | None = None
        self._closing = False
        self._trouble: tuple[float, Exception] | None = None

    @classmethod
    async def open(
        cls, url: str, *, synchronous: str = "FULL", supervisor: Supervisor | None = None
    ) -> Database:
        """Open the database named by `url` (`sqlite+aiosqlite:///path`); the schema must exist.

        Raises SettingsError if the URL names no SQLite file.
        """
        database = cls(sqlite_path(url))
        shared = ("foreign_keys=ON", f"cache_size=-{CACHE_KIB}", "temp_store=MEMORY", "mmap_size=0")
        writer = await database._start(("journal_mode=WAL", f"synchronous={synchronous}", *shared))
        kinds = ((database._readers, READERS), (database._first_readers, FIRST_READERS))
        for readers, count in kinds:
            for _ in range(count):
                readers.put_nowait(await database._start(("query_only=ON", *shared), reads=True))
        database._writing = (supervisor or Supervisor()).start(
            "write", partial(database._write_groups, writer)
        )
        _log.info("database opened", path=database.path, sqlite=sqlite3.sqlite_version)
        return database

    async def _start(self, pragmas: tuple[str, ...], *, reads: bool = False) -> _Thread:
        thread = _Thread(self.path, pragmas, reads=reads)
        thread._thread.name = f"sqlite-{len(self._threads)}"
        self._threads.append(await _connected(thread))
        return thread

    @property
    def trouble(self) -> Exception | None:
        """Why a recent write failed: the database was locked, or its disk full."""
        if self._trouble is None or monotonic() - self._trouble[0] > TROUBLE_KEPT:
            return None
        return self._trouble[1]

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` on the event loop after every committed group."""
        self._on_commit.append(callback)

    async def read(
        self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn(connection, …)` on a reader, inside one consistent view of the database.

        Raises TooSlow after `READ_WITHIN` seconds. If the caller is cancelled, it ends at once. Of
        one caller (`read_as`) one read fewer than there are readers runs at a time.
        """
        caller = _caller.get()
        turns = asyncio.Semaphore(READERS if caller is None else READERS - 1)
        if caller is not None:
            turns = self._turns.setdefault(caller, turns)
        return await self._read(self._readers, turns, READ_WITHIN, partial(_late(fn), args, kwargs))

    async def read_first(
        self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like `read`, on a reader that lists cannot block: for short reads that others wait for.

        Raises TooSlow after `FIRST_WITHIN` seconds.
        """
        turns = asyncio.Semaphore(FIRST_READERS)
        run = partial(_late(fn), args, kwargs)
        return await self._read(self._first_readers, turns, FIRST_WITHIN, run)

    async def _read(
        self,
        readers: asyncio.Queue[_Thread],
        turns: asyncio.Semaphore,
        within: float,
        fn: Callable[[sa.Connection], T],
    ) -> T:
        stop = _Stop(within)
        try:
            async with asyncio.timeout(within):
                await turns.acquire()
                try:
                    reader = await readers.get()
                except asyncio.CancelledError:
                    turns.release()
                    raise
        except TimeoutError:
            raise TooSlow from None
        reading = reader.read(fn, stop)

        def give_back(_: object) -> None:
            readers.put_nowait(reader)
            turns.release()

        # Its thread is free after the caller has left.
        reading.add_done_callback(give_back)
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            stop.given_up = True
            reading.add_done_callback(_end_quietly)
            raise

    async def write(
        self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `fn(connection, …)` in a write transaction; returns once it is committed.

        An exception of `fn` undoes only its own statements and is raised here.
        """
        return await self._enqueue(self._queue, partial(_late(fn), args, kwargs))

    async def write_first(
        self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like `write`, ahead of everything queued by `write`: for callbacks and outcomes."""
        return await self._enqueue(self._urgent, partial(_late(fn), args, kwargs))

    async def _enqueue(self, queue: deque[_Write], run: Callable[[sa.Connection], T]) -> T:
        if self._closing:
            raise RuntimeError("the database is closed")
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        queue.append(_Write(run, done))
        self._wake.set()
        return await done

    async def _write_groups(self, writer: _Thread) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._urgent or self._queue:
                group: list[_Write] = []
                while len(group) < GROUP_LIMIT and (self._urgent or self._queue):
                    group.append((self._urgent or self._queue).popleft())
                await self._write_group(writer, group)
            if self._closing:
                return

    async def _write_group(self, writer: _Thread, group: list[_Write]) -> None:
        try:
            results = await writer.run(partial(_commit_together, [item.run for item in group]))
        except Exception as error:  # noqa: BLE001 # raised for each: nothing was committed
            results = [error] * len(group)
        else:
            self._tell_committed()
        for item, result in zip(group, results, strict=True):
            if isinstance(result, Exception) and may_pass(result):
                self._trouble = monotonic(), result
            if item.done.done():
                continue
            if isinstance(result, BaseException):
                item.done.set_exception(result)
            else:
                item.done.set_result(result)

    def _tell_committed(self) -> None:
        for callback in self._on_commit:
            try:
                callback()
            except Exception as error:  # noqa: BLE001 # what is committed is not undone by it
                _log.error("what follows a commit failed", exc_info=error)

    async def close(self) -> None:
        """Finish queued writes, checkpoint, and close every connection."""
        self._closing = True
        self._wake.set()
        if self._writing is not None:
            await self._writing
        for thread in self._threads:
            await thread.close()


async def _connected(thread: _Thread) -> _Thread:
    await thread
    return thread


def _late(fn: Callable[..., T]) -> Callable[[tuple[Any, ...], dict[str, Any], sa.Connection], T]:
    def run(args: tuple[Any, ...], kwargs: dict[str, Any], connection: sa.Connection) -> T:
        return fn(connection, *args, **kwargs)

    return run


def _end_quietly(reading: asyncio.Future[Any]) -> None:
    """Ignore the result: nobody waits for it."""
    if not reading.cancelled():
        reading.exception()


def _code(error: Exception) -> int | None:
    """SQLite's basic code of an error; None if it has none."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _commit_together(
    items: list[Callable[[sa.Connection], Any]], connection: sa.Connection
) -> list[Any]:
    """Run all items in one transaction; the result of a failed item is its exception."""
    results: list[Any] = []
    alone = len(items) == 1
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        for item in items:
            if not alone:
                connection.exec_driver_sql("SAVEPOINT item")
            try:
                results.append(item(connection))
            except Exception as error:  # raised again for its caller
                if not _in_transaction(connection):  # a full disk can end the whole transaction
                    raise
                results.append(error)
                connection.exec_driver_sql("ROLLBACK" if alone else "ROLLBACK TO item")
            if not alone:
                connection.exec_driver_sql("RELEASE item")
        if _in_transaction(connection):
            connection.exec_driver_sql("COMMIT")
    except BaseException:
        if _in_transaction(connection):
            connection.exec_driver_sql("ROLLBACK")
        raise
    return results


def _in_transaction(connection: sa.Connection) -> bool:
    raw = connection.connection.dbapi_connection
    return raw is not None and bool(raw.in_transaction)


def may_pass(error: Exception) -> bool:
    """Whether the same write may succeed later: the database is locked, or the disk is full."""
    return _code(error) in _PASSING


def sqlite_path(url: str) -> str:
    """The file of an SQLite URL. Raises SettingsError for other URLs."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise SettingsError(
            f"DRUMBEAT_DATABASE: {url!r} is not a database URL; write sqlite+aiosqlite:///path."
        ) from error
    if parsed.get_backend_name() != "sqlite":
        raise SettingsError(
            f"DRUMBEAT_DATABASE: {parsed.get_backend_name()!r} is not supported by this version;"
            " write sqlite+aiosqlite:///path."
        )
    if not parsed.database or parsed.database == ":memory:":
        raise SettingsError(
            "DRUMBEAT_DATABASE names no file, so its data would be lost when the process "
            "ends; write sqlite+aiosqlite:///path."
        )
    return str(Path(parsed.database).absolute())
