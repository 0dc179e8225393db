"""The frozen demo: the same to the byte each time it is made, and with everything in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.vocabulary import Hold, Reason, Status
from tests.system.demos import Running, frozen_demo

RANDOM = {"snapshot"}
"""Fields that are random in each answer."""
REAL = {"/me", "/operators"}
"""Operators are made by the wall clock: their `created_at` is no domain time."""


def without(told: Any, names: set[str]) -> Any:
    """A JSON value without some of its fields, at any depth."""
    if isinstance(told, dict):
        return {name: without(value, names) for name, value in told.items() if name not in names}
    if isinstance(told, list):
        return [without(one, names) for one in told]
    return told


class Api:
    """Asks one demo, and remembers all answers."""

    def __init__(self, running: Running) -> None:
        token = running.signed_in["DRUMBEAT_TOKEN"]
        self._http = httpx.Client(
            base_url=f"{running.url}/api/v1",
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
            trust_env=False,
        )
        self.told: dict[str, Any] = {}

    def get(self, path: str, **query: Any) -> Any:
        answer = self._http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        names = {*RANDOM, "created_at"} if path in REAL else RANDOM
        told = without(answer.json(), names)
        self.told[str(answer.request.url.raw_path)] = told
        return told

    def close(self) -> None:
        self._http.close()


def all_of(running: Running) -> dict[str, Any]:
    """Everything that the API answers: lists, facets, timelines, explanations, operations."""
    api = Api(running)
    for path in ("/me", "/operators", "/senders", "/groups", "/suppressions"):
        api.get(path)
    api.get("/reviews", limit=200)
    api.get("/messages", limit=200)
    for operation in api.get("/operations")["items"]:
        api.get(f"/operations/{operation['id']}")
    for sequence in api.get("/sequences")["items"]:
        api.get(f"/sequences/{sequence['id']}")
        listed = f"/sequences/{sequence['id']}/enrollments"
        for sort in ("status", "-next", "by"):
            api.get(listed, sort=sort, limit=500)
        for row in api.get(listed, limit=500)["items"]:
            api.get(f"/enrollments/{row['id']}/explanation")
    for contact in api.get("/contacts", limit=500)["items"]:
        api.get(f"/contacts/{contact['id']}")
        api.get(f"/contacts/{contact['id']}/timeline", limit=200)
    api.close()
    return api.told


@pytest.fixture
def api(frozen: Running) -> Iterator[Api]:
    """The API of the frozen demo."""
    asked = Api(frozen)
    yield asked
    asked.close()


def test_two_frozen_demos_made_from_nothing_answer_alike(frozen: Running, tmp_path: Path) -> None:
    with frozen_demo(tmp_path / "cache", tmp_path) as another:
        assert another.url != frozen.url
        first, second = all_of(frozen), all_of(another)

    assert len(first) > 700
    assert [path for path in first if first[path] != second[path]] == []
    assert first.keys() == second.keys()


def test_its_clock_stands_and_nobody_comes(frozen: Running, api: Api) -> None:
    me = api.get("/me")

    assert (me["rate"], me["now"], me["operator"]["name"]) == (0, "2026-04-13T15:00:00Z", "ana")
    assert frozen.carrier("clock")["rate"] == 0
    assert frozen.carrier("pending")["uncalled"] == 0


def test_everything_is_in_it(api: Api) -> None:
    sequences = api.get("/sequences")["items"]
    rows = [
        row
        for one in sequences
        for row in api.get(f"/sequences/{one['id']}/enrollments", limit=500)["items"]
    ]
    people = [row["contact"] for row in rows]
    names = " ".join(f"{one['first_name']} {one['last_name']}" for one in people)

    assert {row["status"] for row in rows} == set(Status)
    assert {one["state"] for one in sequences} == {"active", "paused", "draft"}
    assert {row["hold"] for row in rows} >= {
        Hold.SEQUENCE_PAUSED, Hold.DRAFT, Hold.NEEDS_REVIEW, Hold.MISSING_FIELD, Hold.DAILY_LIMIT,
    }  # fmt: skip
    assert {row["reason"] for row in rows} >= {
        Reason.COMPLETED, Reason.REPLIED, Reason.STOPPED_BY_OPERATOR, Reason.KEYWORD,
        Reason.SUPPRESSED_BY_OPERATOR, Reason.INVALID_NUMBER, Reason.UNREACHABLE, Reason.FILTERED,
    }  # fmt: skip
    assert {row["enrolled_by"]["name"] for row in rows} == {"ana", "li"}
    assert api.get("/reviews")["total"] > 0
    assert {one["action"] for one in api.get("/operations")["items"]} >= {
        "finish", "add_to_group", "send_message",
    }  # fmt: skip
    for part in ("花子 山田", "Álvarez-Åkesson", "Featherstonehaugh-Cholmondeley", "민준"):
        assert part in names
