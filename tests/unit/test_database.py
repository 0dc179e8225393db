"""The engine: one writer, groups that commit together, and none that takes another with it."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from common.vocabulary import Hold
from server.database.engine import Database, sqlite_path
from server.database.schema import HEAD, MIGRATIONS, migrate
from server.database.statements import insert_rows, next_ids, update_rows
from server.database.tables import groups, metadata, operators
from server.errors import SettingsError, WorkspaceLocked
from server.start import Lock


def add(connection: sa.Connection, name: str) -> int:
    """Add an operator."""
    found: int = connection.execute(
        sa.insert(operators)
        .values(name=name, name_key=name, role="viewer", created_wall=0)
        .returning(operators.c.id)
    ).scalar_one()
    return found


def names(connection: sa.Connection) -> list[str]:
    """All operators."""
    return list(connection.execute(sa.select(operators.c.name).order_by("id")).scalars())


async def test_what_waits_together_commits_together(database: Database) -> None:
    groups_committed = 0

    def count() -> None:
        nonlocal groups_committed
        groups_committed += 1

    database.on_commit(count)
    ids = await asyncio.gather(*(database.write(add, f"n{n}") for n in range(100)))
    assert ids == sorted(ids)
    assert len(await database.read(names)) == 100
    assert groups_committed < 10


async def test_one_that_fails_takes_nobody_with_it(database: Database) -> None:
    def fail(connection: sa.Connection) -> None:
        add(connection, "half done")
        raise ValueError("no")

    results = await asyncio.gather(
        database.write(add, "a"),
        database.write(fail),
        database.write(add, "b"),
        database.write(add, "a"),
        return_exceptions=True,
    )
    assert isinstance(results[1], ValueError)
    assert isinstance(results[3], sa.exc.IntegrityError)
    assert await database.read(names) == ["a", "b"]


async def test_a_failure_alone_leaves_nothing_and_the_writer_continues(database: Database) -> None:
    def fail(connection: sa.Connection) -> None:
        add(connection, "half done")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.write(fail)
    await database.write(add, "next")
    assert await database.read(names) == ["next"]


async def test_urgent_writes_go_ahead_of_those_that_wait(database: Database) -> None:
    order: list[str] = []

    def note(connection: sa.Connection, name: str) -> None:
        del connection
        order.append(name)

    await asyncio.gather(
        database.write(note, "bulk"),
        database.write(note, "more bulk"),
        database.write_first(note, "callback"),
    )
    assert order == ["callback", "bulk", "more bulk"]


async def test_a_read_sees_one_moment_and_cannot_write(database: Database) -> None:
    await database.write(add, "a")
    begun, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def look_twice(connection: sa.Connection) -> tuple[int, int]:
        first = len(names(connection))
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
        return first, len(names(connection))

    looking = asyncio.create_task(database.read(look_twice))
    await begun.wait()
    await database.write(add, "b")
    go_on.set()
    assert await looking == (1, 1)
    with pytest.raises(sa.exc.OperationalError, match="readonly"):
        await database.read(add, "c")


async def test_a_cancelled_read_gives_its_reader_back(database: Database) -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(database.read(names))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for _ in range(20):
        await cancelled()
    assert await database.read(names) == []


async def test_the_writer_is_durable_at_every_commit(database: Database) -> None:
    def pragmas(connection: sa.Connection) -> tuple[object, object, object]:
        return (
            connection.exec_driver_sql("PRAGMA synchronous").scalar(),
            connection.exec_driver_sql("PRAGMA journal_mode").scalar(),
            connection.exec_driver_sql("PRAGMA foreign_keys").scalar(),
        )

    assert await database.write(pragmas) == (2, "wal", 1)


def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    engine = sa.create_engine(f"sqlite:///{sqlite_path(database_url)}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        made = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
            " AND name NOT LIKE 'sqlite%'"
        ).all()
    engine.dispose()
    plain = sa.create_engine("sqlite://")
    with plain.connect() as connection:
        metadata.create_all(connection)
        wanted = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'"
        ).all()
    plain.dispose()
    assert {name: _plain(sql) for name, sql in made} == {name: _plain(sql) for name, sql in wanted}


def _plain(sql: str) -> list[str]:
    """A definition's parts, whatever their order."""
    body = "".join(sql.split()).replace('"', "").lower()
    return sorted(re.split(r",(?![^(]*\))", body.partition("(")[2].removesuffix(")")))


def test_the_newest_migration_is_the_one_the_server_asks_for() -> None:
    newest = sorted(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))[-1]
    assert newest.startswith(HEAD)


def test_a_database_of_the_first_tables_is_carried_over(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO messages (direction, kind, status, phone, body, segments,"
            " reading_by_operator, created_at)"
            " VALUES ('in', 'inbound', 'received', '+12065550142', 'Yes', 1, 0, 5)"
        )
    engine.dispose()

    migrate(f"sqlite+aiosqlite:///{path}")

    with sqlite3.connect(path) as raw:
        assert raw.execute("SELECT body, media FROM messages").fetchall() == [("Yes", "[]")]
        assert raw.execute("SELECT count(*) FROM inbound_seen").fetchone() == (0,)
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == (HEAD,)


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'drumbeat.db'}"
    migrate(url)
    assert Path(sqlite_path(url)).stat().st_mode & 0o777 == 0o600
    before = Path(sqlite_path(url)).read_bytes()
    migrate(url)
    assert Path(sqlite_path(url)).read_bytes() == before


@pytest.mark.parametrize(
    "url",
    ["postgresql+asyncpg://localhost/x", "sqlite+aiosqlite://", "nonsense", "sqlite:///:memory:"],
)
def test_other_databases_are_refused_with_the_setting_and_the_remedy(url: str) -> None:
    with pytest.raises(SettingsError, match=r"DRUMBEAT_DATABASE.*write sqlite\+aiosqlite"):
        sqlite_path(url)


def test_a_second_owner_learns_who_has_it(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'drumbeat.db'}"
    first, second = Lock(url), Lock(url)
    first.take("http://127.0.0.1:8420")
    with pytest.raises(WorkspaceLocked, match=r"process \d+ at http://127.0.0.1:8420"):
        second.take("elsewhere")
    first.release()
    second.take("elsewhere")
    second.release()


async def test_rows_go_in_and_change_by_plain_tuples(database: Database) -> None:
    operator = await database.write(add, "a")

    def write(connection: sa.Connection) -> list[tuple[int, str]]:
        ids = next_ids(connection, groups, 3)
        insert_rows(
            connection,
            groups,
            ("id", "name", "name_key", "created_by", "created_at"),
            [(ident, f"g{ident}", f"g{ident}", operator, 0) for ident in ids],
        )
        update_rows(connection, groups, ("name",), [("changed", ids[1])])
        rows = connection.execute(sa.select(groups.c.id, groups.c.name).order_by("id"))
        return [(row.id, row.name) for row in rows]

    assert await database.write(write) == [(1, "g1"), (2, "changed"), (3, "g3")]
    assert list(await database.read(next_ids, groups, 2)) == [4, 5]


def test_the_schema_itself_refuses_what_must_never_be(database_url: str) -> None:
    raw = sqlite3.connect(sqlite_path(database_url))
    raw.execute("PRAGMA foreign_keys=OFF")
    columns = (
        "sequence_id, contact_id, run, status, reason, hold, due_at, sender_id, sequence_version,"
        " answered_early, accepted, delivered, dead, tries, enrolled_by, enrolled_at, ended_at,"
        " planned_at, base_at, next_step_id"
    )

    def enroll(
        run: int,
        status: str,
        reason: str | None,
        hold: str | None,
        due: int | None,
        ended: int | None,
    ) -> None:
        raw.execute(
            f"INSERT INTO enrollments ({columns}) VALUES (1,1,?,?,?,?,?,1,1,0,0,0,0,0,1,1,?,?,1,1)",
            (run, status, reason, hold, due, ended, due),
        )

    enroll(1, "pending", None, None, 5, None)
    refused = [
        (2, "pending", None, None, 5, None),  # a second pending one of the pair
        (2, "failed", None, None, None, 9),  # ended without a reason
        (2, "failed", "filtered", None, 5, 9),  # ended, and due
        (2, "nonsense", "filtered", None, None, 9),
    ]
    for row in refused:
        with pytest.raises(sqlite3.IntegrityError):
            enroll(*row)
    raw.execute("UPDATE enrollments SET hold = 'sending', due_at = NULL")
    with pytest.raises(
        sqlite3.IntegrityError, match=r"pending_has_a_next|due_follows_from_the_plan"
    ):
        raw.execute("UPDATE enrollments SET hold = NULL")
    raw.close()


ENDED = "status = 'failed', reason = 'filtered', ended_at = 9"


@pytest.mark.parametrize(
    "columns",
    [
        "due_at = 5",
        "due_at = 9, retry_at = 9",
        "due_at = 5, retry_at = 3",
        "due_at = 9, not_before = 9",
        "due_at = 9, not_before = 9, hold = 'daily_limit'",
        "due_at = 9, not_before = 7, retry_at = 9, hold = 'daily_limit'",
        "due_at = NULL, hold = 'needs_review'",
        "due_at = NULL, hold = 'needs_review', retry_at = 9",
        "due_at = NULL, hold = 'sequence_paused', not_before = 9",
        "due_at = NULL, hold = 'draft', base_at = NULL, planned_at = NULL",
        "due_at = NULL, hold = 'draft', base_at = NULL, planned_at = NULL, next_step_id = NULL",
    ],
)
def test_a_plan_whose_due_time_follows_from_it_is_kept(database_url: str, columns: str) -> None:
    with enrolled_pending(database_url) as raw:
        raw.execute(f"UPDATE enrollments SET {columns}")


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ("due_at = 5, base_at = NULL", "pending_has_a_plan"),
        ("due_at = 5, planned_at = NULL", "pending_has_a_plan"),
        ("due_at = 5, next_step_id = NULL", "pending_has_a_plan"),
        ("due_at = NULL, hold = 'needs_review', next_step_id = NULL", "pending_has_a_plan"),
        ("due_at = 4", "due_follows_from_the_plan"),
        ("due_at = 6", "due_follows_from_the_plan"),
        ("due_at = 5, retry_at = 9", "due_follows_from_the_plan"),
        ("due_at = 5, not_before = 9", "due_follows_from_the_plan"),
        ("due_at = 5, hold = 'needs_review'", "due_follows_from_the_plan"),
        ("due_at = NULL, hold = 'daily_limit', not_before = 9", "due_follows_from_the_plan"),
        ("due_at = 9, hold = 'sending', not_before = 9", "due_follows_from_the_plan"),
        ("due_at = 9, hold = 'sequence_paused', not_before = 9", "due_follows_from_the_plan"),
        ("due_at = NULL, hold = 'nonsense'", "hold_known"),
        (f"due_at = NULL, {ENDED}, retry_at = 9", "ended_has_a_reason"),
        (f"due_at = NULL, {ENDED}, not_before = 9", "ended_has_a_reason"),
    ],
)
def test_a_plan_that_says_two_things_is_refused(database_url: str, columns: str, rule: str) -> None:
    with (
        enrolled_pending(database_url) as raw,
        pytest.raises(sqlite3.IntegrityError, match=rule),
    ):
        raw.execute(f"UPDATE enrollments SET {columns}")


@pytest.mark.parametrize("hold", Hold)
def test_every_hold_can_be_stored(database_url: str, hold: Hold) -> None:
    with enrolled_pending(database_url) as raw:
        raw.execute("UPDATE enrollments SET due_at = NULL, hold = ?", (hold.value,))


@contextmanager
def enrolled_pending(database_url: str) -> Iterator[sqlite3.Connection]:
    """A connection to a database with one pending enrollment, under no foreign keys."""
    raw = sqlite3.connect(sqlite_path(database_url))
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute(
        "INSERT INTO enrollments (sequence_id, contact_id, run, status, due_at, planned_at,"
        " base_at, next_step_id, sender_id, sequence_version, answered_early, accepted, delivered,"
        " dead, tries, enrolled_by, enrolled_at) VALUES (1,1,1,'pending',5,5,1,1,1,1,0,0,0,0,0,1,1)"
    )
    yield raw
    raw.close()


@pytest.mark.parametrize("link", [Path.symlink_to, Path.hardlink_to])
def test_another_name_for_the_same_file_is_no_way_round(
    database_url: str, link: Callable[[Path, Path], None]
) -> None:
    file = Path(sqlite_path(database_url))
    other = file.with_name("other.db")
    link(other, file)
    first, second = Lock(database_url), Lock(f"sqlite+aiosqlite:///{other}")
    first.take("http://127.0.0.1:8420")
    with pytest.raises(WorkspaceLocked):
        second.take("elsewhere")
    first.release()


def test_a_database_of_the_first_version_is_carried_over(tmp_path: Path) -> None:
    """With its rows, its ids that are never given twice, its indexes and its foreign keys."""
    file = tmp_path / "old.db"
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    engine.dispose()
    raw = sqlite3.connect(file)
    raw.executescript(
        "INSERT INTO operators (id, name, name_key, role, created_wall)"
        " VALUES (1, 'a', 'a', 'admin', 0);"
        "INSERT INTO senders (id, phone, name, carrier, segments_per_second, is_default,"
        " created_at) VALUES (1, '+15005550006', 's', 'twilio', 1, 1, 0);"
        "INSERT INTO sender_pace VALUES (1, 5, 6);"
        "INSERT INTO sequences (id, name, name_key, kind, state, on_reply, window, version,"
        " daily_limit, late_hours, response_days, reenroll, reenroll_days, created_by, created_at,"
        " updated_at) VALUES (1, 's', 's', 'relative', 'active', 'finish', '[]', 1, 1, 12, 7,"
        " 'never', 0, 1, 0, 0);"
        "INSERT INTO contacts (id, phone, region_given, line_certain, created_by, created_at,"
        " updated_at) VALUES (1, '+16465520001', 0, 0, 1, 0, 0);"
    )
    for ident, status, reason in ((1, "failed", "sender_configuration"), (7, "pending", None)):
        raw.execute(
            "INSERT INTO enrollments (id, sequence_id, contact_id, run, status, reason, hold,"
            " sender_id, sequence_version, accepted, delivered, dead, tries, answered_early,"
            " enrolled_by, enrolled_at, ended_at) VALUES (?, 1, 1, ?, ?, ?, ?, 1, 1, 0, 0, 0, 0, 0,"
            " 1, 0, ?)",
            (ident, ident, status, reason, None if reason else "draft", 9 if reason else None),
        )
    raw.execute("DELETE FROM enrollments WHERE id = 7")
    raw.commit()
    raw.close()

    migrate(f"sqlite+aiosqlite:///{file}")

    raw = sqlite3.connect(file)
    raw.execute("PRAGMA foreign_keys=ON")
    assert raw.execute("SELECT id, status, reason FROM enrollments").fetchall() == [
        (1, "failed", "sender_configuration")
    ]
    assert raw.execute("SELECT * FROM sender_pace").fetchall() == [(1, 5, 6, 0, 0)]
    assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.execute("UPDATE enrollments SET reason = 'recipient_refused'")
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute("UPDATE enrollments SET reason = 'moonshine'")
    last = raw.execute("SELECT seq FROM sqlite_sequence WHERE name = 'enrollments'").fetchone()
    assert last == (7,)
    raw.close()
    test_the_migrations_make_exactly_the_tables(f"sqlite+aiosqlite:///{file}")
