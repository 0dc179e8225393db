"""A request that was sent twice happens once, however the clocks were set between the two."""

from __future__ import annotations

from typing import Any

import pytest
from litestar.testing import TestClient

from server import clock as clocks
from server.app import create_app
from server.clock import DAY, HOUR
from server.settings import read_settings
from tests.api.conftest import ADMIN_TOKEN

KEY = {"Authorization": f"Bearer {ADMIN_TOKEN}", "Idempotency-Key": "once"}
NEW = {"name": "Volunteers"}


def make_group(client: TestClient[Any]) -> int:
    """Ask for a group under one key; its id."""
    answer = client.post("/api/v1/groups", json=NEW, headers=KEY)
    assert answer.status_code == 201, answer.text
    made: int = answer.json()["id"]
    return made


@pytest.mark.parametrize("by", [-30 * DAY, -HOUR, HOUR, 30 * DAY])
def test_a_key_is_known_again_however_the_clock_was_set(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, by: int
) -> None:
    """In the same process, and in the next."""
    with TestClient(create_app(read_settings(environment))) as client:
        first = make_group(client)
        real = clocks.wall
        monkeypatch.setattr(clocks, "wall", lambda: real() + by)
        assert make_group(client) == first

    monkeypatch.setattr(clocks, "_SHOWN_AT_START", clocks._SHOWN_AT_START + by)
    with TestClient(create_app(read_settings(environment))) as client:
        assert make_group(client) == first


def test_a_key_is_forgotten_after_a_day_of_running(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with TestClient(create_app(read_settings(environment))) as client:
        make_group(client)
        monkeypatch.setattr(clocks, "_SHOWN_AT_START", clocks._SHOWN_AT_START + DAY)
        answer = client.post("/api/v1/groups", json=NEW, headers=KEY)
        assert answer.status_code == 409, "the request is made again, and the name is taken"
