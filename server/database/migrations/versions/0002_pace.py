"""Daily limits by hand-off; how a sender backs off and is stopped; recipients that are refused"""

import sqlalchemy as sa
from alembic import op

revision = "0002_pace"
down_revision = "0001"
branch_labels = None
depends_on = None

_LAST_REASON = "'sender_configuration'"
_NEW_REASON = "'recipient_refused'"


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_index(
        "ix_messages_handed_over",
        "messages",
        ["contact_id", "handed_off_at"],
        sqlite_where=sa.text("kind = 'step' AND handed_off_at IS NOT NULL"),
    )
    op.create_index(
        "ix_messages_unknown",
        "messages",
        ["contact_id"],
        sqlite_where=sa.text("status = 'unknown' AND kind = 'step'"),
    )
    for name, kind in (("refusals", sa.Integer()), ("set_wall", sa.BigInteger())):
        op.add_column("sender_pace", sa.Column(name, kind, nullable=False, server_default="0"))
    op.create_table(
        "sender_streaks",
        sa.Column("sender_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("filtered", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("phones", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["senders.id"], name=op.f("fk_sender_streaks_sender_id")
        ),
        sa.PrimaryKeyConstraint("sender_id", name=op.f("pk_sender_streaks")),
    )
    _redefine("enrollments", f"{_LAST_REASON})", f"{_LAST_REASON}, {_NEW_REASON})")


def downgrade() -> None:
    """Take the schema back."""
    op.execute(
        f"UPDATE enrollments SET reason = {_LAST_REASON} WHERE reason = {_NEW_REASON}"  # noqa: S608 # our own words
    )
    _redefine("enrollments", f"{_LAST_REASON}, {_NEW_REASON})", f"{_LAST_REASON})")
    op.drop_table("sender_streaks")
    op.drop_column("sender_pace", "set_wall")
    op.drop_column("sender_pace", "refusals")
    op.drop_index("ix_messages_unknown", "messages")
    op.drop_index("ix_messages_handed_over", "messages")


def _redefine(table: str, before: str, after: str) -> None:
    """Replace a part of a table's definition: SQLite changes no check constraint in place.

    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    connection = op.get_bind()
    found = connection.exec_driver_sql(
        "SELECT type, sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL", (table,)
    ).all()
    [definition] = [row.sql for row in found if row.type == "table"]
    if before not in definition:
        raise ValueError(f"the definition of {table} is not the one that is to be changed")
    last = connection.exec_driver_sql(
        "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)
    ).scalar()
    new = f"new_{table}"
    _, name, rest = definition.replace(before, after, 1).partition(table)
    assert name == table
    op.execute(f"CREATE TABLE {new} {rest.lstrip(chr(34))}")
    op.execute(f"INSERT INTO {new} SELECT * FROM {table}")  # noqa: S608 # our own names
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {new} RENAME TO {table}")
    for row in found:
        if row.type == "index":
            op.execute(row.sql)
    if last is not None:
        connection.exec_driver_sql(
            "UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last, table)
        )
