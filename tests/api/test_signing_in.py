"""Guesses are slowed down, and an admin can always get in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import Role
from server.operators.sign_in_limits import ADDRESSES, FREE, LONGEST, PACE, FailedSignIns
from tests.api.conftest import Sign

Api = TestClient[Litestar]
GUESS = {"Authorization": "Bearer dbt_guess"}


def test_guesses_without_end_are_turned_away_and_say_when_to_try_again(api: Api) -> None:
    failed: FailedSignIns = api.app.state.failed_sign_ins
    assert api.get("/me", headers=GUESS).status_code == 401
    while failed.wait("testclient", 0.0) <= LONGEST:  # as if they had come long ago
        pass
    failed._next["testclient"] = 1e12
    refused = api.get("/me", headers=GUESS)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_sign_ins")
    assert int(refused.headers["Retry-After"]) > LONGEST
    assert api.get("/me").status_code == 200, "a right token never waits"


def test_the_first_failures_are_free_and_then_each_waits_longer_up_to_a_bound() -> None:
    failed = FailedSignIns()
    waits = [failed.wait("a", 100.0) for _ in range(20)]
    assert waits[:FREE] == [0.0] * FREE
    assert waits[FREE : FREE + 5] == [PACE * n for n in range(1, 6)]
    assert set(waits[FREE + 5 :]) == {LONGEST + PACE}
    assert failed.wait("b", 100.0) == 0
    assert failed.wait("a", 100.0 + 60) == 0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=200))
def test_an_address_never_fails_faster_than_its_pace(pauses: list[float]) -> None:
    failed = FailedSignIns()
    now, answered = 0.0, []
    for pause in pauses:
        now += pause
        wait = failed.wait("a", now)
        if wait <= LONGEST:
            answered.append(now + wait)
    for first, later in zip(answered, answered[FREE + 1 :], strict=False):
        assert later - first >= PACE - 1e-9


def test_as_many_addresses_are_remembered_as_fit() -> None:
    failed = FailedSignIns()
    for n in range(ADDRESSES + 100):
        failed.wait(f"address {n}", 0.0)
    assert len(failed) == ADDRESSES


def test_the_last_admin_keeps_a_token(api: Api) -> None:
    me = api.get("/me").json()["operator"]
    own = api.get("/tokens").json()[0]
    other = api.post("/operators", json={"name": "other", "role": "admin"}).json()
    assert api.delete(f"/tokens/{other['id']}").status_code == 204  # an admin, without a token

    for refused in (
        api.delete(f"/tokens/{own['id']}"),
        api.patch(f"/operators/{me['id']}", json={"disabled": True}),
        api.patch(f"/operators/{me['id']}", json={"role": "viewer"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "last_admin_token")
    assert api.get("/me").status_code == 200

    api.post("/tokens", json={"operator": "other"})
    assert api.delete(f"/tokens/{own['id']}").status_code == 204
    assert api.get("/me", headers=api.headers).status_code == 401


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_the_last_token_of_anybody_else_can_go(api: Api, sign: Sign, role: Role) -> None:
    headers = sign(role)
    token = api.get("/tokens").json()[0]
    assert api.delete(f"/tokens/{token['id']}").status_code == 204
    assert api.get("/me", headers=headers).status_code == 401
    assert api.delete(f"/tokens/{token['id']}").status_code == 204  # again
