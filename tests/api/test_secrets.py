"""Secrets are shown once and stored nowhere; what has expired is swept away."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.testing import TestClient

from common.model.operators import TokenSecret
from common.vocabulary import Role
from server.cleanup import Sweeper
from server.clock import DAY, MINUTE, wall
from server.database.tables import idempotency
from server.mutation import HoldsSecret
from server.operators.store import find_caller
from tests.api.conftest import stored

Api = TestClient[Litestar]
SECRET_NAMES = ("token", "secret", "password", "key")


def bytes_of_database(api: Api) -> bytes:
    """All that lies in the database's files, its write-ahead log too."""
    path = Path(api.app.state.database.path)
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/operators", {"name": "ana", "role": "admin"}),
        ("/tokens", {"operator": "admin", "label": "laptop"}),
    ],
)
def test_a_secret_is_shown_once_and_is_in_no_file_of_the_database(
    api: Api, path: str, body: dict[str, Any]
) -> None:
    first = api.post(path, json=body, headers={"Idempotency-Key": "one"})
    again = api.post(path, json=body, headers={"Idempotency-Key": "one"})

    secret = first.json()["token"]
    assert first.status_code == again.status_code == 201
    assert first.json()["withheld"] is None
    assert again.json() == first.json() | {"token": None, "withheld": "secret_shown_once"}
    assert stored(api, find_caller, secret) is not None
    assert body.get("name", "admin").encode() in bytes_of_database(api)
    assert secret.encode() not in bytes_of_database(api)


def test_every_answer_that_may_hold_a_secret_says_what_is_stored_of_it(app: Litestar) -> None:
    held = set()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if not handler.opt.get("role"):
                continue
            for struct in _structs(handler.parsed_return_field.annotation):
                fields = {field.name for field in msgspec.structs.fields(struct)}
                if any(word in name for name in fields for word in SECRET_NAMES):
                    held.add(struct)
    assert held == {TokenSecret}
    assert all(issubclass(struct, HoldsSecret) for struct in held)


def _structs(kind: Any) -> set[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {kind}
    return {one for part in getattr(kind, "__args__", ()) for one in _structs(part)}


def test_the_server_deletes_answers_whose_time_is_over_and_no_others(api: Api) -> None:
    for name in ("old", "new"):
        made = api.post("/groups", json={"name": name}, headers={"Idempotency-Key": name})
        assert made.status_code == 201

    def age(connection: sa.Connection) -> None:
        connection.execute(
            sa.update(idempotency)
            .where(idempotency.c.key == "old")
            .values(created_wall=wall() - DAY - MINUTE)
        )

    stored(api, age)
    with api.portal() as portal:
        portal.call(Sweeper(api.app.state.database, api.app.state.clock).sweep)

    keys = stored(api, lambda connection: connection.scalars(sa.select(idempotency.c.key)).all())
    assert keys == ["new"]


def test_a_key_may_be_used_for_something_else_once_its_time_is_over(api: Api) -> None:
    api.post("/groups", json={"name": "spring"}, headers={"Idempotency-Key": "one"})

    def age(connection: sa.Connection) -> None:
        connection.execute(sa.update(idempotency).values(created_wall=wall() - DAY - MINUTE))

    stored(api, age)
    made = api.post("/groups", json={"name": "autumn"}, headers={"Idempotency-Key": "one"})
    assert made.status_code == 201, made.text


def test_an_operators_secret_opens_the_door(api: Api) -> None:
    made = api.post("/operators", json={"name": "ana", "role": Role.VIEWER.value}).json()
    assert made["withheld"] is None
    me = api.get("/me", headers={"Authorization": f"Bearer {made['token']}"})
    assert me.json()["operator"]["name"] == "ana"
