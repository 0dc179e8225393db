"""A cancelled undo does not stand in the way of another"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let an operation have one undo that is not cancelled, and any number that are."""
    _index("undoes_id IS NOT NULL AND state != 'cancelled'")


def downgrade() -> None:
    """Let an operation have one undo, cancelled or not."""
    _index("undoes_id IS NOT NULL")


def _index(where: str) -> None:
    op.drop_index("uq_operations_undoes_id", "operations")
    op.create_index(
        "uq_operations_undoes_id",
        "operations",
        ["undoes_id"],
        unique=True,
        sqlite_where=sa.text(where),
    )
