"""Bringing a database to the present schema, with Alembic; imported late, it costs start time."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from server.database.engine import sqlite_path

MIGRATIONS: Final = Path(__file__).parent / "migrations"
HEAD: Final = "0009"


def migrate(url: str) -> None:
    """Bring the database to the present schema; it is made if it does not exist.

    A database that is there already is left untouched and Alembic is not even imported.
    """
    path = sqlite_path(url)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).touch(mode=0o600)  # phones and texts are nobody else's business
    engine = sa.create_engine(f"sqlite:///{path}")
    try:
        if _revision(engine) == HEAD:
            return
        from alembic import command  # noqa: PLC0415 # 0.2 s that only a migration pays
        from alembic.config import Config  # noqa: PLC0415 # likewise

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            logging.getLogger("alembic").setLevel(logging.WARNING)
            command.upgrade(config, "head")
            connection.commit()
            # What a migration removed must not live on in the write-ahead log.
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        engine.dispose()


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
