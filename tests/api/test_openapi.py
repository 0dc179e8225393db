"""The OpenAPI document is complete: whatever is sent, every answer is one that it describes."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.app import create_app
from server.settings import read_settings
from tests.api.conftest import ADMIN_TOKEN
from tests.sizes import sized

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ENDLESS = {"followEvents"}
"""Streams never end; they have tests of their own."""

NEEDS_SIMULATOR = {"advanceClock"}
"""Talks to the simulator, which this server has none of; tested with real processes."""

EXAMPLES = sized(8, 50)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server on a free port, with one of everything in it."""
    file = tmp_path_factory.mktemp("openapi") / "drumbeat.db"
    app = create_app(
        read_settings(
            {
                "DRUMBEAT_DATABASE": f"sqlite+aiosqlite:///{file}",
                "DRUMBEAT_ADMIN_TOKEN": ADMIN_TOKEN,
                "DRUMBEAT_CLOCK": "manual",
                "DRUMBEAT_CLOCK_START": "2026-11-02T14:00:00Z",
            }
        )
    )
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", ws="none"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        _fill(address)
        yield address
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


def _fill(address: str) -> None:
    """A contact, a group and an active sequence, so that ids such as 1 exist."""
    transport = httpx.HTTPTransport(retries=10)
    with httpx.Client(
        base_url=f"{address}/api/v1",
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
        transport=transport,
        trust_env=False,
    ) as client:
        client.post("/contacts", json={"phone": "+14155550100"}).raise_for_status()
        client.post("/groups", json={"name": "All"}).raise_for_status()
        steps = [{"body": "Hi. Reply STOP to opt out.", "delay": {"days": 1}}]
        client.post("/sequences", json={"name": "One", "steps": steps}).raise_for_status()
        client.post("/sequences/1/activate").raise_for_status()
        client.post("/sequences/1/enrollments", json={"contact_ids": [1]}).raise_for_status()


def operation_ids() -> list[str]:
    """All operations but those that this test cannot call."""
    paths = create_app(read_settings({})).openapi_schema.to_schema()["paths"]
    found = [
        operation["operationId"]
        for operations in paths.values()
        for operation in operations.values()
        if isinstance(operation, dict)
    ]
    return sorted(set(found) - ENDLESS - NEEDS_SIMULATOR)


@pytest.fixture(scope="module")
def schema(url: str) -> Any:
    """The document that the server gives."""
    return schemathesis.openapi.from_url(f"{url}/schema/openapi.json")


@pytest.mark.long
@pytest.mark.soak
@pytest.mark.parametrize("operation_id", operation_ids())
def test_every_answer_is_described(schema: Any, operation_id: str) -> None:
    operation = schema.find_operation_by_id(operation_id)
    strategy = st.one_of(
        operation.as_strategy(GenerationMode.POSITIVE),
        operation.as_strategy(GenerationMode.NEGATIVE),
    )
    with requests.Session() as session:
        session.trust_env = False

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def run(case: Any) -> None:
            response = case.call(
                session=session, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"}, timeout=30
            )
            case.validate_response(response, checks=CHECKS)

        run()


def test_the_document_is_served_without_a_token(api: TestClient[Litestar]) -> None:
    answer = api.get("http://testserver.local/schema/openapi.json", headers={"Authorization": ""})
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.1")
