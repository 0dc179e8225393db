"""Texts from short codes, names and nonsense: seen where there is anything to see, and no harm."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from common.vocabulary import SuppressionSource
from server.carriers.simulator.settings import SimulatorSettings, key_file, shared_key
from server.carriers.twilio_signature import sign
from server.messages.suppress import suppress
from tests.api.conftest import stored, told
from tests.api.running import NOW, contact_of, enrolled, sequence_of, status_of

Api = TestClient[Litestar]
ACCOUNT = SimulatorSettings()
PATH = "/carriers/simulator/inbound"
_sids = itertools.count(1)


def signed(api: Api, form: list[tuple[str, str]]) -> httpx.Response:
    """A callback that the carrier has signed."""
    form = [("AccountSid", ACCOUNT.account_sid), ("MessageSid", f"SM{next(_sids)}"), *form]
    key = shared_key(key_file(api.app.state.settings.database))
    signature = sign(key, f"{api.app.state.settings.callback_url}{PATH}", form)
    return api.post(
        f"http://testserver.local{PATH}",
        content=urlencode(form).encode(),
        headers={
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )


def texted(api: Api, sender: str, body: str, **more: str) -> httpx.Response:
    to = api.get("/senders").json()[0]["phone"]
    return signed(api, [("From", sender), ("To", to), ("Body", body), *more.items()])


def texts_of(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/messages").json()["items"]
    return found


def assert_nobody_came_of_it(api: Api) -> None:
    assert api.get("/suppressions").json()["total"] == 0
    assert api.get("/reviews").json()["total"] == 0
    assert api.get("/contacts").json()["total"] == 0
    assert [one["direction"] for one in texts_of(api)] in ([], ["in"])  # and nothing is answered


@pytest.mark.parametrize(
    "sender", ["72345", "262966", "AMAZON", "Deutsche Post", "+12345", "Größe"]
)
@pytest.mark.parametrize("body", ["STOP", "HELP", "START", "Stop texting me", "Your code is 1234"])
def test_a_short_code_or_a_name_is_seen_and_moves_nothing(api: Api, sender: str, body: str) -> None:
    assert texted(api, sender, body).status_code == 200
    (message,) = texts_of(api)
    assert (message["phone"], message["body"], message["reading"]) == (sender, body, "auto_reply")
    assert_nobody_came_of_it(api)
    assert [one["phone"] for one in told(api, "inbound_text")] == [sender]


@pytest.mark.parametrize("opt", ["STOP", "START", "HELP"])
def test_the_carriers_own_reading_moves_nothing_either(api: Api, opt: str) -> None:
    assert texted(api, "72345", "whatever", OptOutType=opt).status_code == 200
    assert_nobody_came_of_it(api)


@pytest.mark.parametrize(
    "sender",
    ["", "  ", "\x00", "\x1b[31mred", "a\nb", "x" * 101, "\u202eevil", "\x9b", "9" * 5_000],
)
def test_a_sender_that_nobody_can_be_is_refused_for_good(api: Api, sender: str) -> None:
    answer = texted(api, sender, "STOP")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_callback")
    assert answer.text.isprintable()
    assert texts_of(api) == []
    assert_nobody_came_of_it(api)


@pytest.mark.parametrize("body", [b"From=%ff%fe&Body=%ff", b"%ff=%ff", b"\xff\xfe", b"&&&=", b""])
def test_bytes_that_are_no_form_are_refused_for_good(api: Api, body: bytes) -> None:
    answer = api.post(
        f"http://testserver.local{PATH}", content=body, headers={b"X-Twilio-Signature": b"\xff"}
    )
    assert answer.status_code in {403, 422}


@pytest.mark.parametrize(
    "written",
    ["+14155550101", "14155550101", "4155550101", "+1 (415) 555-0101", "\u200e+14155550101"],
)
def test_a_persons_stop_counts_however_the_number_is_written(api: Api, written: str) -> None:
    (one,) = enrolled(api, sequence_of(api), contact_of(api, 1))
    assert texted(api, written, "STOP").status_code == 200
    assert status_of(api, one) in {"opted_out", "omitted_opted_out"}
    assert [one["phone"] for one in api.get("/suppressions").json()["items"]] == ["+14155550101"]


def test_a_number_that_the_plan_does_not_know_can_opt_out(api: Api) -> None:
    assert texted(api, "+19995550123", "STOP").status_code == 200
    assert [one["phone"] for one in api.get("/suppressions").json()["items"]] == ["+19995550123"]


@pytest.mark.parametrize("reading", ["opt_out", "wrong_number"])
def test_no_operator_can_suppress_what_is_no_number(api: Api, reading: str) -> None:
    texted(api, "AMAZON", "Your parcel is late")
    (message,) = texts_of(api)
    path = f"/messages/{message['id']}/reading"
    answer = api.post(path, json={"reading": reading})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_number")
    assert api.post(path, json={"reading": "harmless"}).status_code == 200
    assert_nobody_came_of_it(api)


def test_a_text_that_names_no_number_of_ours_opts_out_all_the_same(api: Api) -> None:
    for place, to in enumerate(["72345", "\x00", "Acme"]):
        form = [("From", f"+1415555010{place}"), ("To", to), ("Body", "STOP")]
        assert signed(api, form).status_code == 200
    assert api.get("/suppressions").json()["total"] == 3


def test_suppressions_from_before_are_left_alone(api: Api) -> None:
    stored(api, suppress, ["72345"], SuppressionSource.KEYWORD, "", None, NOW)
    assert texted(api, "72345", "START").status_code == 200
    assert api.get("/suppressions").json()["total"] == 1
