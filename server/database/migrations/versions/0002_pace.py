"""Daily limits by hand-off; how a sender backs off"""

import sqlalchemy as sa
from alembic import op

revision = "0002_pace"
down_revision = "0001"
branch_labels = None
depends_on = None


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


def downgrade() -> None:
    """Take the schema back."""
    op.drop_column("sender_pace", "set_wall")
    op.drop_column("sender_pace", "refusals")
    op.drop_index("ix_messages_unknown", "messages")
    op.drop_index("ix_messages_handed_over", "messages")
