"""A real application over a real database file, on a clock that stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
import pytest
import sqlalchemy as sa
from httpx import Response
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Role
from server.app import begin, create_app
from server.database.tables import events
from server.doctor.checks import examine
from server.settings import read_settings

ADMIN_TOKEN = "dbt_the-admin-of-these-tests-alone"
START = "2026-11-02T14:00:00Z"

P = ParamSpec("P")
T = TypeVar("T")
Sign = Callable[[Role], dict[str, str]]


@pytest.fixture
def environment(database_url: str) -> dict[str, str]:
    """The settings of the application; a module may override this to add to them."""
    return {
        "DRUMBEAT_DATABASE": database_url,
        "DRUMBEAT_ADMIN_TOKEN": ADMIN_TOKEN,
        "DRUMBEAT_CLOCK": "manual",
        "DRUMBEAT_CLOCK_START": START,
    }


@pytest.fixture(scope="session")
def routed() -> Litestar:
    """The application with all its routes, made once: that takes longer than most tests."""
    return create_app(read_settings({}))


@pytest.fixture
def app(routed: Litestar, environment: dict[str, str]) -> Litestar:
    """The application, not started."""
    begin(routed.state, read_settings(environment))
    return routed


@pytest.fixture
def api(app: Litestar, request: pytest.FixtureRequest) -> Iterator[TestClient[Litestar]]:
    """A client of the running application, signed in as the admin; paths are below /api/v1.

    At the end the doctor must be well, unless the test is marked `unsound`: its rows were put
    straight into the tables, without the history that leads to them.
    """
    with TestClient(app, base_url="http://testserver.local/api/v1") as client:
        client.headers["Authorization"] = f"Bearer {ADMIN_TOKEN}"
        yield client
        if request.node.get_closest_marker("unsound") is None:
            assert stored(client, examine) == []


@pytest.fixture
def sign(api: TestClient[Litestar]) -> Sign:
    """Headers of a new operator with a role: `api.get(…, headers=sign(Role.VIEWER))`."""

    def of(role: Role) -> dict[str, str]:
        made = api.post("/operators", json={"name": f"a {role.value}", "role": role.value})
        return {"Authorization": f"Bearer {made.json()['token']}"}

    return of


def fault_of(answer: Response, pointer: str) -> dict[str, Any]:
    """The fault at `pointer` of a refused request; it says where, why, and what to do."""
    body = answer.json()
    assert answer.status_code == 422, body
    assert answer.headers["content-type"] == "application/problem+json"
    faults: dict[str, dict[str, Any]] = {fault["pointer"]: fault for fault in body["faults"]}
    assert pointer in faults, body
    assert faults[pointer]["reason"]
    assert faults[pointer]["remedy"]
    return faults[pointer]


def stored(
    api: TestClient[Litestar],
    fn: Callable[Concatenate[sa.Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run a store's function in a write transaction of the running application."""
    with api.portal() as portal:
        found: T = portal.call(partial(api.app.state.database.write, fn, *args, **kwargs))
        return found


def told(api: TestClient[Litestar], kind: str) -> list[dict[str, Any]]:
    """The bodies of the events of one kind, in order."""

    def read(connection: sa.Connection) -> list[dict[str, Any]]:
        bodies = connection.execute(
            sa.select(events.c.body).where(events.c.kind == kind).order_by(events.c.id)
        ).scalars()
        return [msgspec.json.decode(body) for body in bodies]

    return stored(api, read)
