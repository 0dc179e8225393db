"""Migrates a database to the current schema with Alembic, imported late because it is slow."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from server.database.engine import sqlite_path
from server.database.unusable import unusable

MIGRATIONS: Final = Path(__file__).parent / "migrations"
HEAD: Final = "0009"


def migrate(url: str) -> None:
    """Migrate the database to the current schema; creates it if it does not exist.

    A current database is not touched, and Alembic is not even imported.
    """
    path = sqlite_path(url)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch(mode=0o600)  # only the owner may read phone numbers and texts
    engine = sa.create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            if _revision(connection) == HEAD:
                return
            if sa.inspect(connection).get_table_names():
                refuse_foreign(connection, path)
        _upgrade(engine)
    finally:
        engine.dispose()


def refuse_foreign(connection: sa.Connection, path: str) -> None:
    """Raises SettingsError unless the database is of this version of drumbeat or an older one."""
    revision = _revision(connection)
    if revision is None:
        raise unusable(
            path,
            "it is not a drumbeat database",
            "Choose another file with --database; 'drumbeat-server migrate' creates a new one.",
        )
    known = {file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py")}
    if revision not in known:
        raise unusable(
            path,
            f"its schema {revision!r} is unknown to this version",
            "A newer version of drumbeat created it: use that version.",
        )


def _upgrade(engine: sa.Engine) -> None:
    from alembic import command  # noqa: PLC0415 # 0.2 s that only a migration pays
    from alembic.config import Config  # noqa: PLC0415 # likewise

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        logging.getLogger("alembic").setLevel(logging.WARNING)
        command.upgrade(config, "head")
        connection.commit()
        # Data that a migration removed must not stay in the write-ahead log.
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)
