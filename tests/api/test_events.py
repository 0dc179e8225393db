"""The event stream, over a real server: server-sent events cannot be read through a transport
that waits for the whole answer."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import pytest
import sqlalchemy as sa
import uvicorn
from httpx_sse import EventSource, ServerSentEvent, aconnect_sse
from litestar import Litestar

from common.model.events import Event
from server.app import create_app
from server.database.engine import READ_WITHIN
from server.enrollments.listing import Query
from server.enrollments.snapshots import Ranking
from server.events import log
from server.events.hub import MOST_OF_TOKEN
from server.events.log import Entry
from server.events.serving import StreamingServer
from server.settings import Settings

TOKEN = "dbt_the-admin-of-the-events-alone"
NOW = 1_800_000_000_000_000
SIGNED_IN = {"Authorization": f"Bearer {TOKEN}"}


class Running(NamedTuple):
    """A server in a thread of its own, with the loop its application runs on."""

    app: Litestar
    server: StreamingServer
    thread: threading.Thread
    loop: asyncio.AbstractEventLoop
    url: str

    async def newest(self) -> int:
        """The id of the newest event: starting wrote some of its own."""
        read = self.app.state.database.read(log.last_id)
        found: int = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(read, self.loop))
        return found

    async def append(self, *entries: Entry) -> None:
        """Append to the server's log, in a transaction of its own."""
        written = self.app.state.database.write(log.append, list(entries))
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(written, self.loop))


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """A server on a free port, until the block is left."""
    app = create_app(settings)
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="on", ws="none")

    def end_streams() -> None:
        app.state.hub.end()

    server = StreamingServer(config, end_streams)
    started: asyncio.Future[asyncio.AbstractEventLoop] = asyncio.get_running_loop().create_future()

    async def serve() -> None:
        here = asyncio.get_running_loop()
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        while not server.started and not serving.done():  # noqa: ASYNC110 # uvicorn has no event
            await asyncio.sleep(0.001)
        started.get_loop().call_soon_threadsafe(started.set_result, here)
        await serving

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        loop = await asyncio.wait_for(started, 20)
        port = listening.getsockname()[1]
        yield Running(app, server, thread, loop, f"http://127.0.0.1:{port}/api/v1")
    finally:
        server.should_exit = True
        await asyncio.to_thread(thread.join, 20)
        assert not thread.is_alive()


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Running]:
    """A running server on a manual clock."""
    settings = Settings(
        database=f"sqlite+aiosqlite:///{tmp_path / 'drumbeat.db'}",
        admin_token=TOKEN,
        clock="manual",
        clock_start=NOW,
    )
    async with running(settings) as server:
        yield server


@asynccontextmanager
async def following(
    live: Running, params: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> AsyncIterator[EventSource]:
    async with (
        httpx.AsyncClient(timeout=20) as client,
        aconnect_sse(
            client,
            "GET",
            f"{live.url}/events",
            params=params or {},
            headers={**SIGNED_IN, **(headers or {})},
        ) as source,
    ):
        yield source


async def take(source: EventSource, count: int) -> list[ServerSentEvent]:
    told: list[ServerSentEvent] = []
    async with asyncio.timeout(20):
        stream = source.aiter_sse()
        while len(told) < count:
            told.append(await anext(stream))
        await stream.aclose()
    return told


async def test_what_is_committed_is_reported_with_id_kind_and_clock(live: Running) -> None:
    last = await live.newest()
    async with following(live, {"after": str(last)}) as source:
        await live.append(Entry(NOW, "enrolled", 7, 9, 11, operator_id=1, body='{"run": 2}'))
        [told] = await take(source, 1)
    event = msgspec.json.decode(told.data, type=Event)
    assert source.response.headers["content-type"].startswith("text/event-stream")
    assert (told.id, told.event) == (str(last + 1), "enrolled")
    assert (event.sequence_id, event.enrollment_id, event.body) == (7, 9, {"run": 2})
    assert event.id == last + 1
    assert event.at.timestamp() * 1e6 == NOW
    assert event.now.timestamp() * 1e6 == NOW
    assert event.rate == 0


async def test_a_client_resumes_where_it_was_cut_off(live: Running) -> None:
    last = str(await live.newest())
    await live.append(*[Entry(NOW, "held") for _ in range(3)])
    async with following(live, {"after": last}) as source:
        seen = await take(source, 3)
    await live.append(*[Entry(NOW, "released") for _ in range(2)])
    async with following(live, {"after": last}, {"Last-Event-ID": seen[-1].id}) as source:
        later = await take(source, 2)
    assert [int(event.id) - int(last) for event in seen + later] == [1, 2, 3, 4, 5]
    assert {event.event for event in later} == {"released"}


async def test_one_sequence_can_be_followed_alone(live: Running) -> None:
    last = await live.newest()
    async with following(live, {"after": str(last), "sequence_id": "7"}) as source:
        await live.append(Entry(NOW, "held", 8), Entry(NOW, "held"), Entry(NOW, "released", 7))
        [told] = await take(source, 1)
    assert (told.id, told.event) == (str(last + 3), "released")


async def test_a_resume_from_what_never_was_is_a_resync(live: Running) -> None:
    await live.append(Entry(NOW, "held"))
    async with following(live, {"after": "99"}) as source:
        [told] = await take(source, 1)
    assert (told.event, told.id) == ("resync", str(await live.newest()))


async def test_the_server_stops_though_a_stream_is_open(live: Running) -> None:
    async with following(live, {"after": str(await live.newest())}) as source:
        await live.append(Entry(NOW, "held"))
        await take(source, 1)
        live.server.should_exit = True
        await asyncio.to_thread(live.thread.join, 10)
        assert not live.thread.is_alive()
        with suppress(httpx.StreamConsumed):
            assert [line async for line in source.response.aiter_lines()] == []


async def test_a_client_that_leaves_is_no_longer_followed(live: Running) -> None:
    async with following(live, {"after": "0"}) as source:
        await live.append(Entry(NOW, "held"))
        await take(source, 1)
        assert live.app.state.hub.followers == 1
    async with asyncio.timeout(10):
        while live.app.state.hub.followers:  # noqa: ASYNC110 # the server's thread sees it
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    ("params", "headers", "status"),
    [
        ({}, {"Authorization": "Bearer dbt_no"}, 401),
        ({"after": "-1"}, {}, 422),
        ({"after": "x"}, {}, 422),
        ({"sequence_id": "0"}, {}, 422),
        ({"since": "3"}, {}, 422),
        ({}, {"Last-Event-ID": "x"}, 422),
    ],
)
async def test_a_wrong_request_is_a_problem(
    live: Running, params: dict[str, str], headers: dict[str, str], status: int
) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(
            f"{live.url}/events", params=params, headers={**SIGNED_IN, **headers}
        )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_stream_is_in_the_openapi_document(live: Running) -> None:
    async with httpx.AsyncClient() as client:
        document = (await client.get(f"{live.url}/../../schema/openapi.json")).json()
    answers = document["paths"]["/api/v1/events"]["get"]["responses"]
    assert "text/event-stream" in answers["200"]["content"]
    assert {"400", "401", "403", "422"} <= set(answers)


async def test_a_stream_too_many_is_a_problem_and_one_that_ends_makes_room(live: Running) -> None:
    async with AsyncExitStack() as streams:
        for _ in range(MOST_OF_TOKEN):
            source = await streams.enter_async_context(following(live))
            assert source.response.status_code == 200
        await until(lambda: live.app.state.hub.followers == MOST_OF_TOKEN)
        async with httpx.AsyncClient() as client:
            refused = await client.get(f"{live.url}/events", headers=SIGNED_IN)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams_of_token")
        assert int(refused.headers["retry-after"]) > 0
    await until(lambda: not live.app.state.hub.followers)
    async with following(live) as source:
        assert source.response.status_code == 200


async def test_a_revoked_token_gets_no_more_events(live: Running) -> None:
    async with httpx.AsyncClient(headers=SIGNED_IN) as client:
        made = (await client.post(f"{live.url}/tokens", json={"operator": "admin"})).json()
        mine = {"Authorization": f"Bearer {made['token']}"}
        last = await live.newest()
        async with following(live, {"after": str(last)}, mine) as source:
            await live.append(Entry(NOW, "held"))
            assert [one.event for one in await take(source, 1)] == ["held"]
            revoked = await client.delete(f"{live.url}/tokens/{made['id']}")
            assert revoked.status_code == 204
            await until(lambda: not live.app.state.hub.followers)


async def test_a_read_ends_when_its_client_leaves(live: Running) -> None:
    begun, ended = threading.Event(), threading.Event()

    class Endless:
        """A list engine that finds nothing, ever."""

        def rank(self, connection: sa.Connection, query: Query) -> Ranking:
            del query
            begun.set()
            try:
                connection.exec_driver_sql(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                    " SELECT count(*) FROM n"
                ).scalar()
            finally:
                ended.set()
            raise AssertionError("it has no end")

    live.app.state.list_engine = Endless()
    async with httpx.AsyncClient(headers=SIGNED_IN) as client:
        steps = [{"body": "Hi, Ana from Acme. Reply STOP to opt out."}]
        made = await client.post(f"{live.url}/sequences", json={"name": "S", "steps": steps})
        asking = asyncio.create_task(
            client.get(f"{live.url}/sequences/{made.json()['id']}/enrollments")
        )
        assert await asyncio.to_thread(begun.wait, 10)
        asking.cancel()
        # Well before its deadline
        assert await asyncio.to_thread(ended.wait, READ_WITHIN / 2)
        assert (await client.get(f"{live.url}/me")).status_code == 200


async def until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; the server's thread makes it hold."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 # the server's thread sees it
            await asyncio.sleep(0.001)
