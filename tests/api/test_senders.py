"""Senders: always one default, changed only by admins."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.model.senders import CarrierName, NewSender
from common.vocabulary import Role
from server.database.engine import Database
from server.database.tables import events
from server.errors import Conflict
from server.senders import store
from server.settings import Settings
from tests.api.conftest import Sign, fault_of

Api = TestClient[Litestar]
NOW = 1_793_628_000_000_000


def sender(api: Api, phone: str = "+14155550142", **more: Any) -> dict[str, Any]:
    """A sender made through the API."""
    answer = api.post(
        "/senders", json={"phone": phone, "name": "front desk", "carrier": "simulator", **more}
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def defaults(api: Api) -> list[str]:
    """The phones of all default senders."""
    return [one["phone"] for one in api.get("/senders").json() if one["is_default"]]


def test_a_sender_is_reported_as_it_was_made(api: Api) -> None:
    made = sender(api, segments_per_second=2.5, daily_cap=1000)
    assert made["segments_per_second"] == 2.5
    assert made["daily_cap"] == 1000
    assert made["stopped_reason"] is None
    assert api.get(f"/senders/{made['id']}").json() == made
    assert made in api.get("/senders").json()


def test_making_another_the_default_moves_it(api: Api) -> None:
    first = sender(api, "+14155550142", is_default=True)
    second = sender(api, "+14155550143")
    assert defaults(api) == ["+14155550142"]
    answer = api.patch(f"/senders/{second['id']}", json={"is_default": True})
    assert answer.json()["is_default"]
    assert defaults(api) == ["+14155550143"]
    assert not api.get(f"/senders/{first['id']}").json()["is_default"]


def test_a_new_default_takes_it_over(api: Api) -> None:
    sender(api, "+14155550142", is_default=True)
    sender(api, "+14155550143", is_default=True)
    assert defaults(api) == ["+14155550143"]


def test_the_default_cannot_be_given_up_for_nobody(api: Api) -> None:
    made = sender(api, is_default=True)
    answer = api.patch(f"/senders/{made['id']}", json={"is_default": False, "name": "other"})
    assert (answer.status_code, answer.json()["code"]) == (409, "last_default")
    assert api.get(f"/senders/{made['id']}").json() == made


def test_a_change_changes_what_is_given_alone(api: Api) -> None:
    made = sender(api, daily_cap=1000)
    changed = api.patch(f"/senders/{made['id']}", json={"name": " back office "}).json()
    assert changed == {**made, "name": "back office"}
    uncapped = api.patch(f"/senders/{made['id']}", json={"daily_cap": None}).json()
    assert uncapped == {**changed, "daily_cap": None}
    assert api.patch(f"/senders/{made['id']}", json={}).json() == uncapped


def test_a_phone_is_one_senders(api: Api) -> None:
    sender(api)
    before = api.get("/senders").json()
    answer = api.post(
        "/senders", json={"phone": "+14155550142", "name": "x", "carrier": "simulator"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "sender_exists")
    assert api.get("/senders").json() == before


BAD = [
    ("phone", "4155550142"),
    ("phone", "+04155550142"),
    ("phone", "+1415555014٢"),
    ("phone", "+1415555 0142"),
    ("name", ""),
    ("name", "  "),
    ("name", "a\x00b"),
    ("name", "x" * 101),
    ("carrier", "pigeon"),
    ("segments_per_second", 0),
    ("segments_per_second", "1"),
    ("daily_cap", 0),
]


def test_bad_input_names_its_field_and_makes_nothing(api: Api) -> None:
    before = api.get("/senders").json()
    asked = {"phone": "+14155550142", "name": "x", "carrier": "twilio"}
    for field, value in BAD:
        fault_of(api.post("/senders", json={**asked, field: value}), f"body.{field}")
    answer = api.post("/senders", json={**asked, "colour": "red"})
    assert "colour" in fault_of(answer, "body")["reason"]
    assert api.get("/senders").json() == before


def test_a_bad_change_names_its_field_and_changes_nothing(api: Api) -> None:
    made = sender(api)
    for field, value in (
        ("name", "\x1b[31m"),
        ("name", None),
        ("segments_per_second", -1),
        ("daily_cap", 1.5),
    ):
        fault_of(api.patch(f"/senders/{made['id']}", json={field: value}), f"body.{field}")
    assert api.get(f"/senders/{made['id']}").json() == made


def test_a_sender_that_is_not_there_is_reported(api: Api) -> None:
    for answer in (
        api.get("/senders/99"),
        api.patch("/senders/99", json={"name": "x"}),
        api.post("/senders/99/start"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "sender_not_found")


def test_operators_read_senders_and_admins_change_them(api: Api, sign: Sign) -> None:
    made = sender(api)
    operator = sign(Role.OPERATOR)
    assert api.get("/senders", headers=sign(Role.VIEWER)).status_code == 200
    asked = {"phone": "+14155550149", "name": "x", "carrier": "simulator"}
    for answer in (
        api.post("/senders", json=asked, headers=operator),
        api.patch(f"/senders/{made['id']}", json={"name": "x"}, headers=operator),
        api.post(f"/senders/{made['id']}/start", headers=operator),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_too_low")
    assert api.get(f"/senders/{made['id']}").json() == made


def test_the_same_key_makes_one_sender(api: Api) -> None:
    asked = {"phone": "+14155550142", "name": "x", "carrier": "simulator"}
    first, second = (
        api.post("/senders", json=asked, headers={"Idempotency-Key": "once"}) for _ in range(2)
    )
    assert (first.status_code, first.json()) == (second.status_code, second.json())


NEW = NewSender(phone="+14155550142", name="x", carrier=CarrierName.SIMULATOR)


async def test_the_first_sender_becomes_the_default(database: Database) -> None:
    assert (await database.write(store.add_sender, NEW, None, NOW)).is_default
    assert (await database.read(store.default_sender)).phone == NEW.phone


async def test_without_a_sender_the_remedy_is_reported(database: Database) -> None:
    with pytest.raises(Conflict, match="An admin can add one") as caught:
        await database.read(store.default_sender)
    assert caught.value.code == "no_sender"


async def test_a_stopped_sender_keeps_its_first_reason_until_it_is_started(
    database: Database,
) -> None:
    made = await database.write(store.add_sender, NEW, None, NOW)
    assert await database.write(store.stop_sender, made.id, "20003", NOW + 1)
    assert not await database.write(store.stop_sender, made.id, "30007", NOW + 2)
    stopped = await database.read(store.get_sender, made.id)
    assert (stopped.stopped_reason, stopped.stopped_at) == ("20003", NOW + 1)
    started = await database.write(store.start_sender, made.id, None, NOW + 3)
    assert (started.stopped_reason, started.stopped_at) == (None, None)
    assert await database.read(_kinds) == ["sender_added", "sender_stopped", "sender_started"]


async def test_a_simulated_workspace_begins_with_a_sender_once(database: Database) -> None:
    for _ in range(2):
        await database.write(store.ensure_default_sender, Settings(), NOW)
    (found,) = await database.read(store.list_senders)
    assert (found.phone, found.name, found.is_default) == ("+15005550006", "simulator", True)


async def test_a_workspace_with_a_sender_gets_no_other(database: Database) -> None:
    await database.write(store.add_sender, NEW, None, NOW)
    await database.write(store.ensure_default_sender, Settings(), NOW)
    assert [one.phone for one in await database.read(store.list_senders)] == [NEW.phone]


async def test_a_workspace_with_a_real_carrier_gets_none(database: Database) -> None:
    real = Settings(carrier="twilio", twilio_account_sid="AC1", twilio_auth_token=("x",))
    await database.write(store.ensure_default_sender, real, NOW)
    assert await database.read(store.list_senders) == []


def _kinds(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(events.c.kind).order_by(events.c.id)).scalars())
