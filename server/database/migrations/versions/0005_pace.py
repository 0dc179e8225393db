"""Daily limits by hand-off; how a sender backs off and is stopped; recipients that are refused"""

import sqlalchemy as sa
from alembic import op

from server.database.migrations.rebuilding import rebuilt

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

REASONS = [
    "completed",
    "no_steps_left",
    "replied",
    "stopped_by_operator",
    "keyword",
    "suppressed_by_operator",
    "suppressed_by_import",
    "suppressed_by_carrier",
    "landline_plan",
    "landline_lookup",
    "landline_carrier",
    "invalid_number",
    "unreachable",
    "filtered",
    "sender_configuration",
    "recipient_refused",
]
KNOWN = ", ".join(f"'{reason}'" for reason in REASONS)


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
    with rebuilt("enrollments", {"ck_enrollments_reason_known": f"reason IN ({KNOWN})"}):
        pass
