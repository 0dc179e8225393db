"""No door lets in a name that cannot be seen or that looks like another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from litestar import Litestar
from litestar.testing import TestClient

from server.contacts.groups import add_group
from server.database.schema import MIGRATIONS, migrate
from server.database.statements import named
from server.database.tables import groups
from tests.api.conftest import fault_of
from tests.api.running import contact_of, enrolled, sequence_of

Api = TestClient[Litestar]
SENDER = {"phone": "+14155550149", "carrier": "simulator"}
STEPS = [{"body": "Hi. Reply STOP to opt out."}]
DOORS: list[tuple[str, dict[str, Any]]] = [
    ("/operators", {}),
    ("/groups", {}),
    ("/sequences", {"steps": STEPS}),
    ("/senders", SENDER),
]


@pytest.mark.parametrize(("path", "more"), DOORS)
@pytest.mark.parametrize("name", ["Ana\u202e", "A\u200bna", "An\x1b[2Ja", "\u3164"])
def test_a_name_that_cannot_be_seen_is_refused(
    api: Api, path: str, more: dict[str, Any], name: str
) -> None:
    refused = api.post(path, json={"name": name, **more})
    fault_of(refused, "body.name")


@pytest.mark.parametrize(("path", "more"), DOORS[:3])
@pytest.mark.parametrize("other", ["ＶＩＰ", " vip", "Vip\u00a0"])
def test_a_name_that_looks_like_another_is_taken(
    api: Api, path: str, more: dict[str, Any], other: str
) -> None:
    assert api.post(path, json={"name": "VIP", **more}).status_code == 201
    assert api.post(path, json={"name": other, **more}).status_code == 409


def test_a_token_is_labelled_by_what_can_be_seen(api: Api) -> None:
    refused = api.post("/tokens", json={"operator": "admin", "label": "lap\u202etop"})
    fault_of(refused, "body.label")
    made = api.post("/tokens", json={"operator": "ＡＤＭＩＮ", "label": " laptop "})
    assert made.status_code == 201
    assert api.get("/tokens").json()[0]["label"] == "laptop"


def test_copies_renamed_things_and_groups_of_operations_follow_the_rule(api: Api) -> None:
    sequence_id = sequence_of(api)
    ids = enrolled(api, sequence_id, contact_of(api))
    group = api.post("/groups", json={"name": "VIP"}).json()["id"]
    hidden = {"name": "V\u200bIP"}
    fault_of(api.post(f"/sequences/{sequence_id}/duplicate", json=hidden), "body.name")
    fault_of(api.patch(f"/groups/{group}", json=hidden), "body.name")
    asked = {"action": "add_to_group", "selection": {"ids": ids}}
    refused = api.post("/operations", json=asked | {"group_name": "V\u200bIP"})
    fault_of(refused, "body.group_name")
    done = api.post("/operations", json=asked | {"group_name": "ｖｉｐ"})
    assert done.json()["detail"] == "VIP"


def test_notes_and_reasons_follow_one_rule(api: Api) -> None:
    ids = enrolled(api, sequence_of(api), contact_of(api))
    note = "asked\u202e"
    fault_of(api.post("/suppressions", json={"phone": "+14155550142", "note": note}), "body.note")
    suppress = {"action": "suppress", "selection": {"ids": ids}, "note": note}
    fault_of(api.post("/operations", json=suppress), "body.note")
    text = {"body": "Hi", "override_reason": note}
    fault_of(api.post("/contacts/1/messages", json=text), "body.override_reason")


def test_names_of_an_older_database_keep_working(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
        connection.exec_driver_sql(
            "INSERT INTO operators (name, name_key, role, created_wall)"
            " VALUES ('ana', 'ana', 'admin', 0)"
        )
        for name in ("ＶＩＰ", "vip", "Ａlpha", "Be\u200bta", "Two  blanks"):
            connection.exec_driver_sql(
                "INSERT INTO groups (name, name_key, created_by, created_at) VALUES (?, ?, 1, 0)",
                (name, name.casefold()),
            )
        connection.commit()

    migrate(f"sqlite+aiosqlite:///{path}")

    with engine.connect() as connection:

        def found(name: str) -> str:
            select = sa.select(groups.c.name)
            name = connection.scalar(named(select, groups.c.name_key, name))
            assert isinstance(name, str)
            return name

        for name in ("ＶＩＰ", "vip", "Ａlpha", "Be\u200bta", "Two  blanks"):
            assert found(name) == name
        assert [found("alpha"), found("two blanks"), found("VIP")] == [
            "Ａlpha",
            "Two  blanks",
            "vip",
        ]
        assert add_group(connection, "Gamma", 1, 0).name == "Gamma"
    engine.dispose()
