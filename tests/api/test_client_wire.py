"""The typed client over a wire that loses connections, and that ends in something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from common import requesting
from common.client import RESYNC, ApiProblem, Client, Unreachable
from common.model.events import Event
from common.model.sequences import SequenceDocument

Wire = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requesting, "PAUSE", 0.0)


def over(wire: Wire) -> Client:
    """A client over a wire that a test plays."""
    return Client("http://drumbeat.test/", "dbt_x", transport=httpx.MockTransport(wire))


def answer(code: int, /, **body: Any) -> httpx.Response:
    """An answer with a JSON body."""
    return httpx.Response(code, json=body)


async def test_reading_is_tried_again_when_the_connection_is_lost() -> None:
    asked: list[httpx.Request] = []

    def wire(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) < 3:
            raise httpx.ReadError("cut")
        return httpx.Response(200, json=[])

    async with over(wire) as client:
        assert await client.list_senders() == []

    assert len(asked) == 3


async def test_reading_gives_up_after_a_few_attempts() -> None:
    asked = 0

    def wire(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        raise httpx.ConnectError("All connection attempts failed")

    async with over(wire) as client:
        with pytest.raises(Unreachable) as lost:
            await client.me()

    assert asked == requesting.READ_TRIES
    assert lost.value.message == (
        "Cannot connect to http://drumbeat.test: nothing is listening there. Is "
        "drumbeat-server running there?"
    )


async def test_a_change_is_sent_once_more_under_the_same_key() -> None:
    keys: list[str] = []

    def wire(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            raise httpx.RemoteProtocolError("cut")
        return answer(201, id=1, name="VIP", members=0, created_by="a", created_at=NOW)

    async with over(wire) as client:
        await client.add_group("VIP")
        await client.add_group("VIP")

    assert keys[0] == keys[1]
    assert keys[2] != keys[0]


async def test_a_change_is_sent_twice_at_the_most() -> None:
    asked = 0

    def wire(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        raise httpx.ReadError("cut")

    async with over(wire) as client:
        with pytest.raises(Unreachable, match="cut"):
            await client.add_group("VIP")

    assert asked == 2


async def test_who_gives_the_key_repeats_a_request_under_it() -> None:
    keys: list[str] = []

    def wire(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        raise httpx.ReadTimeout("too long")

    async with over(wire) as client:
        for _ in range(2):
            with pytest.raises(Unreachable):
                await client.duplicate_sequence(1, "Copy", key="k1")
            with pytest.raises(Unreachable):
                await client.add_sequence(SequenceDocument(name="New"), key="k2")
        with pytest.raises(Unreachable):
            await client.duplicate_sequence(1, "Copy")

    assert keys[:4] == ["k1", "k2", "k1", "k2"]
    assert keys[4] not in {"k1", "k2"}


async def test_a_change_waits_while_its_first_request_still_runs() -> None:
    keys: list[str] = []

    def wire(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        match len(keys):
            case 1:
                raise httpx.ReadError("cut")
            case 2 | 3:
                return answer(409, status=409, code="idempotency_running", detail="It runs.")
            case _:
                return answer(201, id=1, name="VIP", members=0, created_by="a", created_at=NOW)

    async with over(wire) as client:
        assert (await client.add_group("VIP")).name == "VIP"

    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, html="<p>Hello"),
        httpx.Response(502, text="bad gateway"),
        answer(200),
        httpx.Response(200, content=b'{"now": "\xff"}'),
        httpx.Response(200, content=b'{"x": ' + b"[" * 100_000),
        httpx.Response(404, content=b'{"detail": "\xff"}'),
    ],
)
async def test_what_is_no_drumbeat_server_is_reported(response: httpx.Response) -> None:
    async with over(lambda _: response) as client:
        with pytest.raises(Unreachable, match=r"drumbeat-server"):
            await client.me()


NOW = "2026-11-02T14:00:00Z"
ME: dict[str, Any] = {
    "operator": {"id": 1, "name": "a", "role": "admin", "created_at": NOW, "disabled": False},
    "now": NOW,
    "rate": 1.0,
    "zone": "UTC",
    "region": "US",
    "simulated": True,
    "version": "1",
}


def frames(*ids: int) -> httpx.Response:
    """A stream that ends after these events."""
    nobody = dict.fromkeys(
        [f"{name}_id" for name in ("sequence", "enrollment", "contact", "message")]
        + ["operation_id", "operator_id"]
    )
    told: list[dict[str, Any]] = [
        {"id": n, "at": NOW, "kind": "x", **nobody, "body": {}, "now": NOW, "rate": 1} for n in ids
    ]
    body = "".join(f"id: {one['id']}\nevent: x\ndata: {_json(one)}\n\n" for one in told)
    return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, text=f":\n{body}")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def follow(client: Client, count: int, lost: list[str]) -> list[Event]:
    """The first events, and the reasons of lost connections."""
    told: list[Event] = []
    events = client.events(on_lost=lambda error: lost.append(error.why))
    async for event in events:
        told.append(event)
        if len(told) == count:
            break
    return told


async def test_events_continue_where_the_connection_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.client.FIRST_WAIT", 0.0)
    asked: list[str | None] = []

    def wire(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("Last-Event-ID"))
        match len(asked):
            case 1:
                return frames(1, 2)
            case 2:
                raise httpx.ConnectError("All connection attempts failed")
            case _:
                return frames(3)

    lost: list[str] = []
    async with over(wire) as client:
        told = await follow(client, 3, lost)

    assert [one.id for one in told] == [1, 2, 3]
    assert asked == [None, "2", "2"]
    assert lost == ["the event stream ended", "nothing is listening there"]


async def test_an_event_that_cannot_be_read_is_a_lost_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("common.client.FIRST_WAIT", 0.0)
    asked: list[httpx.Request] = []

    def wire(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) > 1:
            return frames(2)
        broken = frames(1).text + 'data: {"id": \n\n'
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, text=broken)

    lost: list[str] = []
    async with over(wire) as client:
        told = await follow(client, 2, lost)

    assert [one.id for one in told] == [1, 2]
    assert lost == ["the event stream sent an event that cannot be read"]


async def test_a_place_that_is_not_known_is_a_resync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.client.FIRST_WAIT", 0.0)
    streams = 0

    def wire(request: httpx.Request) -> httpx.Response:
        nonlocal streams
        if request.url.path.endswith("/me"):
            return answer(200, **ME)
        streams += 1
        return frames() if streams == 1 else frames(7)

    async with over(wire) as client:
        told = await follow(client, 2, [])

    assert [(one.id, one.kind) for one in told] == [(0, RESYNC), (7, "x")]


async def test_a_refused_stream_is_a_problem_not_a_lost_connection() -> None:
    refusal = {"status": 401, "code": "bad_token", "detail": "No."}

    async with over(lambda _: answer(401, **refusal)) as client:
        with pytest.raises(ApiProblem, match=r"No\."):
            await follow(client, 1, [])
