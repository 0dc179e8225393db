"""Changes a table's constraints. SQLite must copy the table for that, so nothing may get lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations


@contextmanager
def rebuilt(table: str, checks: Mapping[str, str]) -> Iterator[BatchOperations]:
    """A batch of changes to `table`, whose named check constraints are replaced or added.

    The keys of `checks` are the constraints' full names. Alembic omits some properties when it
    copies a table; they are restored: the other checks, and that ids are never used twice.
    """
    connection = op.get_bind()
    present = sa.Table(table, sa.MetaData(), autoload_with=connection)
    present.constraints -= {
        one for one in present.constraints if isinstance(one, sa.CheckConstraint)
    }
    for check in sa.inspect(connection).get_check_constraints(table):
        if check["name"] not in checks:
            present.append_constraint(sa.CheckConstraint(check["sqltext"], name=check["name"]))
    for name, rule in checks.items():
        present.append_constraint(sa.CheckConstraint(rule, name=op.f(name)))
    with op.batch_alter_table(
        table, copy_from=present, recreate="always", table_kwargs={"sqlite_autoincrement": True}
    ) as batch:
        last = connection.exec_driver_sql(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)
        ).scalar()
        yield batch
    if last is not None:
        connection.exec_driver_sql(
            "UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last, table)
        )
