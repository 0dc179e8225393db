"""The options that commands share, and a database opened for one command."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import sqlalchemy as sa

from server.database.engine import sqlite_path
from server.database.schema import migrate, refuse_foreign
from server.database.unusable import usable
from server.errors import SettingsError
from server.settings import Settings, read_settings
from server.start import Lock

F = TypeVar("F", bound=Callable[..., Any])

_DATABASE = click.option(
    "--database", metavar="URL", help="Database URL, such as sqlite+aiosqlite:///drumbeat.db."
)
_CONFIG = click.option(
    "--config", metavar="FILE", help="TOML file of settings; environment variables override it."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def database_options(command: F) -> F:
    """Add `--database` and `--config` to a command."""
    return _DATABASE(_CONFIG(command))


def settings_of(config: str | None, **options: Any) -> Settings:
    """The settings: options first, then the environment, then the file.

    Raises SettingsError.
    """
    environment = dict(os.environ)
    if config is not None:
        environment["DRUMBEAT_CONFIG"] = config
    return read_settings(environment, options)


@contextmanager
def reading(settings: Settings) -> Iterator[sa.Connection]:
    """A read-only connection with one consistent view; does not disturb a running server.

    Raises SettingsError if there is no drumbeat database.
    """
    path = existing(settings)
    with usable(settings.database), _connection(path, "query_only=ON") as connection:
        refuse_foreign(connection, path)
        connection.exec_driver_sql("BEGIN")
        try:
            yield connection
        finally:
            connection.exec_driver_sql("ROLLBACK")


@contextmanager
def writing(settings: Settings, *, create: bool = True) -> Iterator[sa.Connection]:
    """A connection in one write transaction, committed at the end, with the database locked.

    Raises WorkspaceLocked, with the owner's address, if a server runs.
    """
    if not create:
        existing(settings)
    with usable(settings.database):
        lock = Lock(settings.database)
        lock.take("the command line")
    try:
        path = sqlite_path(settings.database)
        with usable(settings.database):
            migrate(settings.database)
        with (
            usable(settings.database),
            _connection(path, "foreign_keys=ON", "synchronous=FULL") as connection,
        ):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.exec_driver_sql("ROLLBACK")
                raise
            connection.exec_driver_sql("COMMIT")
    finally:
        lock.release()


def existing(settings: Settings) -> str:
    """The database's file. Raises SettingsError if it does not exist."""
    path = sqlite_path(settings.database)
    if not Path(path).is_file():
        raise SettingsError(
            f"There is no database {path}. Choose another with --database, or create it "
            "with 'drumbeat-server migrate'."
        )
    return path


@contextmanager
def _connection(path: str, *pragmas: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{path}", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for pragma in ("busy_timeout=10000", *pragmas):
                connection.exec_driver_sql(f"PRAGMA {pragma}")
            yield connection
    finally:
        engine.dispose()
