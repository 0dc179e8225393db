"""Statements that hot paths repeat, written once and run by the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from server.titles import keys_of

IN_LIMIT: Final = 2_000
"""Most values of one IN list; SQLite allows 32,766 parameters."""


def in_parts(values: Iterable[Any], size: int = IN_LIMIT) -> Iterator[list[Any]]:
    """Values in lists of at most `size`."""
    rest = list(values)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]


def fetch(connection: sa.Connection, sql: str, parameters: Sequence[Any]) -> list[Any]:
    """All rows of a query as plain tuples, in one call to the driver.

    SQLAlchemy would add about 20 µs per statement and 0.2 µs per row.
    """
    cursor = connection.connection.cursor()
    cursor.execute(sql, parameters)
    return list(cursor.fetchall())


def fetch_in(connection: sa.Connection, sql: str, values: Iterable[Any]) -> Iterator[Any]:
    """Rows, as plain tuples, of a query that ends in `IN`, for these values."""
    for part in in_parts(values):
        yield from fetch(connection, f"{sql} ({marks(part)})", part)


def count_rows(
    connection: sa.Connection, table: sa.FromClause, *matching: sa.ColumnElement[bool]
) -> int:
    """How many rows match."""
    counted = sa.select(sa.func.count()).select_from(table).where(*matching)
    return connection.execute(counted).scalar_one()


def select_in(
    connection: sa.Connection,
    select: sa.Select[*tuple[Any, ...]],
    column: sa.ColumnElement[Any],
    values: Iterable[Any],
) -> Iterator[Any]:
    """Rows of a query for these values of a column, each value once, in parts of any order."""
    for part in in_parts(dict.fromkeys(values)):
        yield from connection.execute(select.where(column.in_(part)))


def execute_in(
    connection: sa.Connection,
    change: sa.Update | sa.Delete,
    column: sa.ColumnElement[Any],
    values: Iterable[Any],
) -> None:
    """Change the rows that have these values in a column."""
    for part in in_parts(values):
        connection.execute(change.where(column.in_(part)))


def ids_found_by(sql: str) -> Callable[[sa.Connection], list[int]]:
    """A function that runs a query of one column of ids."""
    return lambda connection: list(connection.exec_driver_sql(sql).scalars())


def run_many(connection: sa.Connection, sql: str, rows: Sequence[Any]) -> None:
    """Run a statement once per row, all in one call to the driver; without rows, nothing."""
    if rows:
        connection.exec_driver_sql(sql, list(rows))


def insert_rows(
    connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Sequence[Any]
) -> None:
    """Insert tuples in the order of `columns`, all in one call to the driver."""
    run_many(connection, _insert(table, columns), rows)


def update_rows(
    connection: sa.Connection, table: sa.Table, columns: tuple[str, ...], rows: Sequence[Any]
) -> None:
    """Set `columns` of rows by id: tuples in the order of `columns`, the id last."""
    run_many(connection, _update(table, columns), rows)


def next_ids(connection: sa.Connection, table: sa.Table, n: int) -> range:
    """The ids that the next `n` rows of `table` will get: the one writer hands them out."""
    highest = connection.exec_driver_sql(
        "SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)
    ).scalar()
    first = (highest or 0) + 1
    return range(first, first + n)


@lru_cache(maxsize=64)
def _insert(table: sa.Table, columns: tuple[str, ...]) -> str:
    names = ", ".join(table.c[name].name for name in columns)
    return f"INSERT INTO {table.name} ({names}) VALUES ({marks(columns)})"  # noqa: S608 # names of our own tables


@lru_cache(maxsize=64)
def _update(table: sa.Table, columns: tuple[str, ...]) -> str:
    settings = ", ".join(f"{table.c[name].name} = ?" for name in columns)
    return f"UPDATE {table.name} SET {settings} WHERE id = ?"  # noqa: S608 # names of our own tables


def marks(values: Sequence[Any]) -> str:
    """As many parameter marks as there are values."""
    return ",".join("?" * len(values))


def named(
    select: sa.Select[tuple[Any, ...]], name_key: sa.Column[str], name: str
) -> sa.Select[tuple[Any, ...]]:
    """What has this name, or one that looks like it; the former goes first."""
    keys = keys_of(name)
    return select.where(name_key.in_(keys)).order_by(name_key != keys[0]).limit(1)
