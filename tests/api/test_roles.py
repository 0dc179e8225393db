"""Who may call what: one table in the documentation, walked route by route and role by role."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Role

TABLE = Path(__file__).parents[2] / "docs" / "roles.md"
LINE = re.compile(r"\| `(\w+) (/\S+)` \| (\w+) \|")
RANK = {"public": -1, Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}


class Route(NamedTuple):
    """One line of the table."""

    method: str
    path: str
    needs: str


def table() -> list[Route]:
    """The table as it is documented."""
    return [Route(*found.groups()) for found in LINE.finditer(TABLE.read_text())]


def described(app: Litestar) -> set[tuple[str, str]]:
    """Every operation of the OpenAPI document."""
    paths = app.openapi_schema.to_schema()["paths"]
    return {
        (method.upper(), path)
        for path, operations in paths.items()
        for method in operations
        if method in {"get", "post", "put", "patch", "delete"}
    }


def test_the_table_has_every_route_and_no_other(app: Litestar) -> None:
    assert {(route.method, route.path) for route in table()} == described(app)


@pytest.fixture
def tokens(api: TestClient[Litestar]) -> dict[str, str]:
    """A token of each role."""
    return {
        role: api.post("/operators", json={"name": f"a {role}", "role": role}).json()["token"]
        for role in Role
    }


def test_each_role_gets_through_where_the_table_says_and_nowhere_else(
    api: TestClient[Litestar], tokens: dict[str, str]
) -> None:
    wrong = []
    for method, path, needs in table():
        url = "http://testserver.local" + re.sub(r"\{[^}]+\}", "999999", path)
        if "/events" in path:
            url += "?after=-1"  # refused for its value, after the role was looked at
        for role, token in {"nobody": "", **tokens}.items():
            headers = {"Authorization": f"Bearer {token}"} if token else {"Authorization": ""}
            status = api.request(method, url, headers=headers, content=b"{").status_code
            if needs == "public":
                # A callback without a signature is forbidden whoever sends it.
                expected = status not in {401} and (status != 403 or "/carriers/" in path)
            elif role == "nobody":
                expected = status == 401
            elif RANK[role] < RANK[needs]:
                expected = status == 403
            else:
                expected = status not in {401, 403}
            if not expected:
                wrong.append((method, path, needs, role, status))
    assert wrong == []
