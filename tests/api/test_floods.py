"""What is sent in great numbers is counted before it is read."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from server.carriers import twilio_signature
from server.carriers.twilio_signature import MOST_PARAMETERS, SIGNATURE, sign, verify
from server.parameters import MOST
from tests.api.conftest import fault_of

Api = TestClient[Litestar]


@pytest.mark.parametrize(
    "path",
    ["/api/v1/contacts", "/api/v1/me", "/carriers/simulator/status", "/schema/openapi.json"],
)
def test_a_query_of_too_many_parameters_is_refused_before_it_is_read(api: Api, path: str) -> None:
    url = f"http://testserver.local{path}?" + "&".join(f"x{n}=1" for n in range(MOST + 1))
    fault_of(api.post(url) if "carriers" in path else api.get(url), "query")


def test_a_query_may_have_many_parameters_that_a_route_takes(api: Api) -> None:
    answer = api.get("/contacts?limit=1&offset=0")
    assert answer.status_code == 200


def test_a_form_of_too_many_fields_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = "https://texts.example.org/carriers/twilio/status"
    fields = [(f"n{n}", "1") for n in range(MOST_PARAMETERS + 1)]
    headers = {SIGNATURE: sign("secret", url, fields)}
    read: list[object] = []

    def reads(*what: object, **_: object) -> list[tuple[str, str]]:
        read.append(what)
        return []

    monkeypatch.setattr(twilio_signature, "parse_qsl", reads)
    assert not verify(["secret"], url, headers, urlencode(fields).encode())
    assert read == []


def test_a_form_of_many_fields_is_read() -> None:
    url = "https://texts.example.org/carriers/twilio/status"
    fields = [(f"n{n}", "1") for n in range(MOST_PARAMETERS)]
    headers = {SIGNATURE: sign("secret", url, fields)}
    assert verify(["secret"], url, headers, urlencode(fields).encode())
