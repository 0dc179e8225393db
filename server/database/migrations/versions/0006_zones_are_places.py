"""A contact's zone is the name of a place"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MEANT = {
    "EST": "America/New_York",
    "MST": "America/Denver",
    "HST": "Pacific/Honolulu",
    "CET": "Europe/Brussels",
    "MET": "Europe/Brussels",
    "EET": "Europe/Athens",
    "WET": "Europe/Lisbon",
}
"""The place that people mean by an abbreviation."""

NO_PLACE = "Factory GMT GMT+0 GMT-0 GMT0 Greenwich UCT UTC Universal Zulu localtime posixrules"
"""Names that say nothing of where a person is; with Etc/… they give way to the number's zones."""


def upgrade() -> None:
    """Write the place that is meant; where none is, the number tells the zone again."""
    contacts = sa.table("contacts", sa.column("zone", sa.Text()))
    for name, place in MEANT.items():
        op.execute(sa.update(contacts).where(contacts.c.zone == name).values(zone=place))
    op.execute(
        sa.update(contacts)
        .where(
            sa.or_(
                contacts.c.zone.in_(NO_PLACE.split()),
                contacts.c.zone.startswith("Etc/"),
            )
        )
        .values(zone=None)
    )


def downgrade() -> None:
    """Places were valid zones before, too."""
