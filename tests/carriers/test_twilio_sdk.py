"""The SDK of Twilio as a peer: its client drives the simulator, its validator checks signatures."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from tests.carriers.conftest import SECOND, SENDER, START, TOKEN, Stage

PERSON = "+12065550142"


class ToSimulator(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's HTTP client, led from Twilio's hosts to the simulator."""

    def __init__(self, url: str) -> None:
        super().__init__(pool_connections=False)
        self._url = url

    def request(self, method: str, url: str, *given: Any, **more: Any) -> Any:
        local = re.sub(r"^https://(api|lookups)\.twilio\.com", self._url, url)
        return super().request(method, local, *given, **more)


@pytest.fixture
def sdk(stage: Stage) -> Client:
    http = ToSimulator(stage.url)
    return Client(stage.settings.account_sid, TOKEN, http_client=http)


async def test_it_sends_fetches_and_lists(stage: Stage, sdk: Client) -> None:
    made = await asyncio.to_thread(
        sdk.messages.create, to=PERSON, from_=SENDER, body="Grüße 👋", status_callback=None
    )
    assert (made.status, made.num_segments, made.error_code) == ("queued", "1", None)
    assert made.date_created == datetime.fromtimestamp(START // SECOND, tz=UTC)
    assert made.date_sent is None
    await stage.move(10)
    fetched = await asyncio.to_thread(sdk.messages(made.sid).fetch)
    assert (fetched.status, fetched.body, fetched.direction) == (
        "delivered",
        "Grüße 👋",
        "outbound-api",
    )
    listed = await asyncio.to_thread(sdk.messages.list, to=PERSON, from_=SENDER)
    assert [message.sid for message in listed] == [made.sid]
    assert await asyncio.to_thread(sdk.messages.list, to=SENDER) == []


async def test_it_pages_through_a_list(stage: Stage, sdk: Client) -> None:
    for n in range(7):
        await stage.carrier.send(stage.text(PERSON, str(n)))
    listed = await asyncio.to_thread(sdk.messages.list, to=PERSON, page_size=3)
    assert [message.body for message in listed] == ["6", "5", "4", "3", "2", "1", "0"]


async def test_it_filters_by_day(stage: Stage, sdk: Client) -> None:
    await stage.carrier.send(stage.text(PERSON))
    day = datetime.fromtimestamp(START // SECOND, tz=UTC)
    assert await asyncio.to_thread(sdk.messages.list, date_sent=day) == []
    await stage.move(5)

    async def found(**days: datetime) -> int:
        return len(await asyncio.to_thread(lambda: sdk.messages.list(**days)))

    assert await found(date_sent=day) == 1
    assert await found(date_sent=day - timedelta(days=1)) == 0
    assert await found(date_sent_after=day) == 1
    assert await found(date_sent_after=day + timedelta(days=1)) == 0
    assert await found(date_sent_before=day) == 1
    assert await found(date_sent_before=day - timedelta(days=1)) == 0


async def test_it_understands_refusals(sdk: Client) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await asyncio.to_thread(sdk.messages.create, to="+12065550183", from_=SENDER, body="hello")
    assert (refused.value.code, refused.value.status) == (21610, 400)
    with pytest.raises(TwilioRestException) as missing:
        await asyncio.to_thread(sdk.messages("SM404").fetch)
    assert missing.value.status == 404


async def test_it_looks_numbers_up(sdk: Client) -> None:
    number = sdk.lookups.v2.phone_numbers("+12065550181")
    found = await asyncio.to_thread(number.fetch, fields="line_type_intelligence")
    assert found.line_type_intelligence["type"] == "landline"
    assert found.valid


async def test_its_validator_accepts_what_the_simulator_signs(stage: Stage) -> None:
    await stage.carrier.send(stage.text("+12065550170"))
    await stage.move(10_000)
    validator = RequestValidator(TOKEN)
    assert len(stage.listener.requests) == 3
    for request in stage.listener.requests:
        url = stage.listener.url + request.path + (f"?{request.query}" if request.query else "")
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        signature = request.headers["x-twilio-signature"]
        assert validator.validate(url, form, signature)
        assert not validator.validate(url + "x", form, signature)
        assert not RequestValidator("other").validate(url, form, signature)
