"""Opt-outs of numbers that we never texted can be found, and lifted at once; others cannot."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Role, SuppressionSource
from server.clock import MINUTE, to_datetime
from server.contacts import suppressions
from tests.api.conftest import Sign, fault_of, stored, told
from tests.api.running import NOW, contact_of, sent, sequence_of, texts

Api = TestClient[Litestar]
INVENTED = [f"+1415555{n:04}" for n in range(150, 190)]
TEXTED = "+14155550100"


def span(since: int, until: int, **more: Any) -> dict[str, Any]:
    """A body that names a time."""
    return {
        "since": to_datetime(since).isoformat(),
        "until": to_datetime(until).isoformat(),
        **more,
    }


@pytest.fixture
def flooded(api: Api) -> None:
    """A person who was texted says STOP; so do many unknown numbers."""
    contact_id = contact_of(api)
    sent(api, sequence_of(api), contact_id)
    for phone in [TEXTED, *INVENTED]:
        texts(api, phone, "STOP")


def standing(api: Api, **params: Any) -> dict[str, bool]:
    """Numbers that are suppressed, and whether they were texted."""
    page = api.get("/suppressions", params={"limit": 500, **params}).json()
    return {one["phone"]: one["texted"] for one in page["items"]}


@pytest.mark.usefixtures("flooded")
def test_a_suppression_says_whether_the_number_was_ever_texted(api: Api) -> None:
    assert standing(api) == {TEXTED: True} | dict.fromkeys(INVENTED, False)
    assert set(standing(api, texted=False)) == set(INVENTED)
    assert set(standing(api, texted=True)) == {TEXTED}


@pytest.mark.usefixtures("flooded")
def test_invented_ones_are_lifted_at_once_and_each_is_recorded(api: Api) -> None:
    path = "/suppressions/lift-untexted"
    stored(api, suppressions.suppress, [INVENTED[0]], SuppressionSource.OPERATOR, "asked", 1, NOW)
    body = span(NOW - MINUTE, NOW + MINUTE)

    before = api.post(path, json=body | {"dry_run": True})
    assert before.json() == {"lifted": len(INVENTED), "dry_run": True}
    assert len(standing(api)) == len(INVENTED) + 1

    done = api.post(path, json=body, headers={"Idempotency-Key": "one"})
    assert done.json() == {"lifted": len(INVENTED), "dry_run": False}
    assert set(standing(api)) == {TEXTED, INVENTED[0]}, "an operator's stays"
    lifted = told(api, "suppression_lifted")
    assert [one["phone"] for one in lifted] == INVENTED
    assert api.get("/suppressions?lifted=true").json()["items"][-2]["lifted_by"] == "admin"
    assert api.post(path, json=body).json()["lifted"] == 0
    assert api.post(path, json=body, headers={"Idempotency-Key": "one"}).json() == done.json()


@pytest.mark.usefixtures("flooded")
def test_those_of_another_time_stay(api: Api) -> None:
    path = "/suppressions/lift-untexted"
    assert api.post(path, json=span(NOW + 1, NOW + MINUTE)).json()["lifted"] == 0
    assert api.post(path, json=span(NOW - MINUTE, NOW)).json()["lifted"] == 0
    fault_of(api.post(path, json=span(NOW, NOW)), "body.until")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_an_admin_lifts_them(api: Api, sign: Sign, role: Role) -> None:
    answer = api.post("/suppressions/lift-untexted", json=span(NOW, NOW + 1), headers=sign(role))
    assert answer.status_code == 403
