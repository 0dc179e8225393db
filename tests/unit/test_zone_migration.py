"""A database made before zones had to be places is carried over."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from server.database.schema import MIGRATIONS, migrate
from server.zone_names import MEANT, place_meant

STORED = (
    *(
        "EST",
        "MST",
        "HST",
        "CET",
        "MET",
        "EET",
        "WET",
        "UTC",
        "GMT",
        "Zulu",
        "Etc/GMT+5",
        "Etc/UTC",
    ),
    *("US/Eastern", "EST5EDT", "America/Panama", "GB"),
    None,
)
_CONTACT = sa.text(
    "INSERT INTO contacts (id, phone, zone, search_key, sort_key, line, line_certain,"
    " region_given, created_by, created_at, updated_at)"
    " VALUES (:id, :phone, :zone, '', '', 'unknown', 0, 0, 1, 0, 0)"
)


def test_contacts_with_an_abbreviation_get_the_place_that_is_meant(tmp_path: Path) -> None:
    path = tmp_path / "drumbeat.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for ident, zone in enumerate(STORED, 1):
            values = {"id": ident, "phone": f"+1415555{ident:04}", "zone": zone}
            connection.execute(_CONTACT, values)
        connection.commit()

    migrate(f"sqlite+aiosqlite:///{path}")

    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT zone FROM contacts ORDER BY id")
        kept = dict(zip(STORED, rows.scalars().all(), strict=True))
    engine.dispose()
    assert kept == {zone: None if zone is None else place_meant(zone) for zone in STORED}
    assert {name: kept[name] for name in MEANT} == MEANT
    assert kept["US/Eastern"] == "US/Eastern"
    assert kept["UTC"] is None
