"""Names that look alike have one key"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_VARIANTS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0x180B, 0x1810))))


def upgrade() -> None:
    """Write the new keys. Of two names that look alike, one keeps the key that it had."""
    connection = op.get_bind()
    for table in ("operators", "groups", "sequences"):
        named = sa.table(
            table,
            sa.column("id", sa.BigInteger()),
            sa.column("name", sa.Text()),
            sa.column("name_key", sa.Text()),
        )
        rows = connection.execute(sa.select(named).order_by(named.c.id)).all()
        used = {row.name_key for row in rows}
        for row in rows:
            key = _key(row.name)
            if key not in used:
                used.add(key)
                connection.execute(
                    sa.update(named).where(named.c.id == row.id).values(name_key=key)
                )


def _key(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", name).casefold())
    return " ".join("".join(one for one in folded if one not in _VARIANTS).split())


def downgrade() -> None:
    """The keys were unique before, too."""
