"""What people's texts carry, and how far each carrier's list of them was read"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("messages", sa.Column("media", sa.Text(), server_default="[]", nullable=False))
    op.create_table(
        "inbound_seen",
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("carrier", name=op.f("pk_inbound_seen")),
    )
