"""A database in which an earlier version stored secrets is carried over without them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from server.database.schema import MIGRATIONS, migrate

SECRET = "dbt_" + "s" * 43
DELETED = "dbt_" + "d" * 43
SHOWN = {"id": 2, "operator": "Ana", "role": "admin", "token": SECRET}
OTHER = b'{"id":1,"name":"\\"token\\" is a word"}'


def _at_0006(path: Path) -> sqlite3.Connection:
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
    engine.dispose()
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA secure_delete=OFF")  # as most systems build SQLite
    raw.executescript(
        "INSERT INTO operators (name, name_key, role, created_wall)"
        " VALUES ('ana', 'ana', 'admin', 0);"
        "INSERT INTO tokens (operator_id, label, digest, created_wall) VALUES (1, '', x'00', 0);"
    )
    return raw


def _store(raw: sqlite3.Connection, key: str, answer: bytes) -> None:
    raw.execute("INSERT INTO idempotency VALUES (1, ?, x'00', 201, ?, 0)", (key, answer))


def test_no_file_holds_a_secret_that_an_earlier_version_stored(tmp_path: Path) -> None:
    path = tmp_path / "drumbeat.db"
    raw = _at_0006(path)
    _store(raw, "one", json.dumps(SHOWN).encode())
    _store(raw, "two", OTHER)
    _store(raw, "three", b"")
    for n in range(500):
        _store(raw, f"deleted {n}", json.dumps(SHOWN | {"token": DELETED}).encode())
    raw.execute("DELETE FROM idempotency WHERE key LIKE 'deleted%'")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert DELETED.encode() in path.read_bytes()
    raw.execute("UPDATE operators SET name = 'Ana'")

    migrate(f"sqlite+aiosqlite:///{path}")  # beside an open connection, so its log stays

    rows = dict(raw.execute("SELECT key, answer FROM idempotency"))
    assert json.loads(rows["one"]) == SHOWN | {"token": None, "withheld": "secret_shown_once"}
    assert (rows["two"], rows["three"]) == (OTHER, b"")
    files = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    raw.close()
    assert b"secret_shown_once" in files["drumbeat.db"]
    for name, held in files.items():
        assert SECRET.encode() not in held, name
        assert DELETED.encode() not in held, name
