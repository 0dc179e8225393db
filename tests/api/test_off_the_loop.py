"""Where work on what comes from outside is done: large pieces by threads, never on the event loop.

The mechanism is tested, not the time: on whose thread the work runs.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from server.carriers.simulator.settings import SimulatorSettings, key_file, shared_key
from server.carriers.twilio import Twilio
from server.carriers.twilio_signature import MOST_PARAMETERS, sign
from server.contacts.import_staging import Staging
from server.threads import AT_ONCE

Api = TestClient[Litestar]
T = TypeVar("T")
INBOUND = "/carriers/simulator/inbound"


class Threads:
    """The threads that a function ran on."""

    def __init__(self) -> None:
        self.ran_on: list[int] = []

    def spied(self, fn: Callable[..., T]) -> Callable[..., T]:
        def run(*args: Any, **kwargs: Any) -> T:
            self.ran_on.append(threading.get_ident())
            return fn(*args, **kwargs)

        return run


@pytest.fixture
def loop_thread(api: Api) -> int:
    """The thread of the application's event loop."""

    async def mine() -> int:
        return threading.get_ident()

    with api.portal() as portal:
        found: int = portal.call(mine)
        return found


@pytest.fixture
def threads() -> Threads:
    return Threads()


def callback(api: Api, form: dict[str, str], *, signed: bool = True) -> int:
    """Send a callback to where the carrier would; the answer's status."""
    form = {"AccountSid": SimulatorSettings().account_sid, **form}
    url = api.app.state.settings.callback_url + INBOUND
    database = api.app.state.settings.database
    secret = shared_key(key_file(database)) if signed else "another secret"
    headers = {
        "X-Twilio-Signature": sign(secret, url, list(form.items())),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    address = f"http://testserver.local{INBOUND}"
    return api.post(address, content=urlencode(form), headers=headers).status_code


def text(body: str) -> dict[str, str]:
    return {"MessageSid": f"SM{len(body)}", "From": "+14155550142", "To": "+12025550100"} | {
        "Body": body
    }


@pytest.mark.parametrize("signed", [True, False])
def test_a_large_callback_is_verified_and_read_off_the_loop(
    api: Api, loop_thread: int, threads: Threads, monkeypatch: pytest.MonkeyPatch, signed: bool
) -> None:
    monkeypatch.setattr(Twilio, "read_callback", threads.spied(Twilio.read_callback))
    expected = 200 if signed else 403
    assert callback(api, text("é" * AT_ONCE), signed=signed) == expected
    assert loop_thread not in threads.ran_on
    assert len(threads.ran_on) == 1


def test_a_usual_callback_is_read_at_once(
    api: Api, loop_thread: int, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Twilio, "read_callback", threads.spied(Twilio.read_callback))
    assert callback(api, text("Yes, please.")) == 200
    assert threads.ran_on == [loop_thread]


def test_callbacks_are_stored_and_applied_off_the_loop(
    api: Api, loop_thread: int, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.messages import inbound

    monkeypatch.setattr(inbound, "receive", threads.spied(inbound.receive))
    assert callback(api, text("Who is this?")) == 200
    assert threads.ran_on
    assert loop_thread not in threads.ran_on


def test_a_form_of_more_names_than_a_carrier_writes_is_refused(api: Api) -> None:
    names = {f"n{n}": "" for n in range(MOST_PARAMETERS)}
    assert callback(api, text("Yes.") | names) == 403
    assert callback(api, text("Yes.") | dict(list(names.items())[:100])) == 200


def test_a_large_request_is_read_and_hashed_off_the_loop(
    api: Api, loop_thread: int, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(msgspec.json, "decode", threads.spied(msgspec.json.decode))
    monkeypatch.setattr(hashlib, "sha256", threads.spied(hashlib.sha256))
    ids = list(range(1, AT_ONCE))
    answer = api.post(
        "/operations",
        json={"action": "finish", "selection": {"ids": ids}},
        headers={"Idempotency-Key": "large"},
    )
    assert answer.status_code < 500, answer.text
    assert len(threads.ran_on) >= 3, "checked, read and hashed"
    assert loop_thread not in threads.ran_on


def test_a_file_of_people_is_read_off_the_loop(
    api: Api, loop_thread: int, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Staging, "take", threads.spied(Staging.take))
    monkeypatch.setattr(Staging, "finish", threads.spied(Staging.finish))
    answer = api.post(
        "/contacts/import",
        content="phone,first name\n+14155550142,Lena\n",
        headers={"Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["added"] == 1
    assert len(threads.ran_on) >= 2
    assert loop_thread not in threads.ran_on
