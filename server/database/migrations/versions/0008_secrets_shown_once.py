"""Stored answers hold no secrets of tokens"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PART = 256 * 1024 * 1024


def upgrade() -> None:
    """Take the secrets out of what is stored, and write over where they lay in the file.

    Deleted rows live on in the file's free pages, so these are filled and freed again as zeros.
    """
    connection = op.get_bind()
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    idempotency = sa.table(
        "idempotency",
        sa.column("token_id", sa.BigInteger()),
        sa.column("key", sa.Text()),
        sa.column("answer", sa.LargeBinary()),
    )
    rows = connection.execute(sa.select(idempotency)).all()
    for row in rows:
        kept = _without_secret(row.answer)
        if kept is not None:
            connection.execute(
                sa.update(idempotency)
                .where(idempotency.c.token_id == row.token_id, idempotency.c.key == row.key)
                .values(answer=kept)
            )
    # What was deleted from a page that is still in use lies in that page: make them all again.
    for statement in (
        "CREATE TABLE kept AS SELECT * FROM idempotency",
        "DELETE FROM idempotency",
        "INSERT INTO idempotency SELECT * FROM kept",
        "DROP TABLE kept",
    ):
        connection.exec_driver_sql(statement)
    _zero_free_pages(connection)


def _without_secret(answer: bytes) -> bytes | None:
    """The answer without its secret; None if it has none."""
    if b'"token"' not in answer:
        return None
    said = json.loads(answer)
    if not isinstance(said, dict) or not isinstance(said.get("token"), str):
        return None
    said |= {"token": None, "withheld": "secret_shown_once"}
    return json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()


def _zero_free_pages(connection: sa.Connection) -> None:
    def pragma(name: str) -> int:
        value: int = connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        return value

    connection.exec_driver_sql("CREATE TABLE zeros (bytes BLOB)")
    while free := pragma("freelist_count"):
        size = min(free * pragma("page_size"), _PART)
        connection.exec_driver_sql("INSERT INTO zeros VALUES (zeroblob(?))", (size,))
    connection.exec_driver_sql("DROP TABLE zeros")


def downgrade() -> None:
    """The secrets are gone."""
