"""Limits on connections, over real sockets on loopback."""

from __future__ import annotations

import asyncio
import resource
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from server.connections import Bounds, GuardedProtocol, address_of, bounds_here, guarded
from server.events.hub import most_streams

QUICK = Bounds(head_within=0.3, body_within=0.3, taken_within=0.3)
PATIENT = Bounds(head_within=600, body_within=600, taken_within=600, per_address=8, in_all=100)
WHOLE = b"POST /count HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
HALF_HEAD = b"POST /count HTTP/1.1\r\nhost:"
HALF_BODY = b"POST /count HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc"
Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def counting(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
    """Answers with the length of the body; `/flood` with more than any buffer takes."""
    if scope["path"] == "/refused":
        await _answer(send, b"no", 401)
        return
    if scope["path"] == "/flood":
        await _answer(send, b"x" * 50_000_000)
        return
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message["body"])
        if not message["more_body"]:
            break
    await _answer(send, str(length).encode())


async def _answer(send: Any, body: bytes, status: int = 200) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Served:
    """A running server and its port."""

    def __init__(self, server: uvicorn.Server, protocol: type[GuardedProtocol]) -> None:
        self.port: int = server.servers[0].sockets[0].getsockname()[1]
        self._server = server
        self.open = server.server_state.connections
        self.protocol = protocol

    async def connect(self, *sent: bytes, tls: ssl.SSLContext | None = None) -> Link:
        """A connection on which this was sent."""
        link = await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)
        for data in sent:
            link[1].write(data)
        return link

    async def ask(self, *sent: bytes) -> bytes:
        """The answer on a connection of its own, until it is closed or the answer is complete."""
        link = await self.connect(*sent)
        try:
            return await answer(link)
        finally:
            link[1].close()


async def answer(link: Link) -> bytes:
    """The head and the body of one answer; what came before the end, if it ends before."""
    async with asyncio.timeout(30):
        try:
            head = await link[0].readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            return head + await link[0].readexactly(length)
        except asyncio.IncompleteReadError as error:
            return error.partial
        except ConnectionError:
            return b""


async def ended(link: Link) -> bytes:
    """All bytes until the other side closes."""
    async with asyncio.timeout(30):
        try:
            return await link[0].read()
        except ConnectionError:
            return b""


async def eventually(is_so: Callable[[], bool]) -> None:
    """Wait for a condition; a TimeoutError after 30 seconds."""
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 # no event when a connection is gone
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(bounds: Bounds, context: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    protocol = guarded(bounds)
    protocol.tls = context
    config = uvicorn.Config(
        counting, port=0, http=protocol, ws="none", lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started and not running.done():  # noqa: ASYNC110 # uvicorn has no event
        await asyncio.sleep(0.001)
    try:
        yield Served(server, protocol)
    finally:
        server.should_exit = True
        server.force_exit = True
        await running


@pytest.mark.parametrize("sent", [b"", b"\r\n", HALF_HEAD, HALF_BODY, WHOLE + HALF_HEAD])
async def test_a_request_that_does_not_come_to_its_end_is_closed_in_time(sent: bytes) -> None:
    async with serving(QUICK) as served:
        link = await served.connect(sent)
        said = await ended(link)
        assert (b" 408 " in said) == (sent not in {b""})
        assert (b" 200 " in said) == sent.startswith(WHOLE)
        link[1].close()


async def test_a_head_that_trickles_is_closed_in_time() -> None:
    async with serving(QUICK) as served:
        link = await served.connect(b"GET / HTTP/1.1\r\n")

        async def trickle() -> None:
            while True:
                link[1].write(b"a: b\r\n")
                await asyncio.sleep(0.01)

        trickling = asyncio.create_task(trickle())
        said = await ended(link)
        assert b" 408 " in said or not said  # what is sent after the end may reset it
        trickling.cancel()
        link[1].close()


async def test_a_body_that_comes_steadily_may_take_long() -> None:
    async with serving(Bounds(body_within=0.3, body_rate=100)) as served:
        link = await served.connect(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n")
        for _ in range(10):
            link[1].write(b"x" * 100)
            await asyncio.sleep(0.1)
        assert (await answer(link)).endswith(b"1000")
        link[1].close()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /" + b"a" * 300_000,
        b"GET / HTTP/1.1\r\nx: " + b"a" * 300_000,
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 60_000,
        b"\r\n" * 100_000,
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1;" + b"a" * 300_000,
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"
        + b"x: y\r\n" * 60_000,
    ],
)
async def test_a_head_without_end_is_refused_by_its_size(sent: bytes) -> None:
    async with serving(PATIENT) as served:
        link = await served.connect(sent)
        assert b" 200 " not in await ended(link)
        link[1].close()


async def test_small_chunks_are_no_flood() -> None:
    async with serving(PATIENT) as served:
        body = b"1\r\na\r\n" * 100_000 + b"0\r\n\r\n"
        head = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        assert (await served.ask(head, body)).endswith(b"100000")


@pytest.mark.parametrize("sent", [b"", HALF_HEAD, HALF_BODY, WHOLE])
async def test_a_newcomer_is_answered_when_its_address_has_all_its_connections(
    sent: bytes,
) -> None:
    async with serving(PATIENT) as served:
        links = [await served.connect(sent) for _ in range(30)]
        assert (await served.ask(WHOLE)).endswith(b"3")
        assert len(served.open) <= PATIENT.per_address
        for link in links:
            link[1].close()


async def test_what_asked_before_is_kept_while_others_ask_nothing() -> None:
    async with serving(PATIENT) as served:
        kept = await served.connect(WHOLE)
        assert (await answer(kept)).endswith(b"3")
        links = [await served.connect(HALF_HEAD) for _ in range(30)]
        kept[1].write(WHOLE)
        assert (await answer(kept)).endswith(b"3")
        for link in [kept, *links]:
            link[1].close()


async def test_requests_that_wait_behind_one_another_are_bounded() -> None:
    async with serving(PATIENT) as served:
        link = await served.connect(b"GET /count HTTP/1.1\r\nhost: x\r\n\r\n" * 1_000)
        assert (await ended(link)).count(b" 200 ") <= PATIENT.pipelined + 1
        link[1].close()


async def test_an_answer_that_nobody_takes_is_given_up() -> None:
    async with serving(QUICK) as served:
        link = await served.connect(b"GET /flood HTTP/1.1\r\nhost: x\r\n\r\n")
        link[1].transport.pause_reading()  # type: ignore[attr-defined] # a transport that reads
        await eventually(lambda: not served.open)
        link[1].transport.abort()


async def test_the_body_of_a_refused_request_is_not_read_forever() -> None:
    async with serving(Bounds(body_within=0.3, body_rate=0.001)) as served:
        link = await served.connect(
            b"POST /refused HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\nabc"
        )
        assert b" 401 " in await answer(link)
        for _ in range(1_000):
            link[1].write(b"x")
            await asyncio.sleep(0.01)
            if link[0].at_eof() or link[1].is_closing():
                break
        assert b" 408 " not in await ended(link)
        link[1].close()


async def test_an_ended_connection_is_forgotten() -> None:
    async with serving(PATIENT) as served:
        for _ in range(30):
            assert (await served.ask(WHOLE)).endswith(b"3")
        await eventually(lambda: not served.protocol.kept._of)
        assert served.protocol.kept._count == 0


def test_an_address_is_what_one_customer_has() -> None:
    assert address_of("192.0.2.1") == "192.0.2.1"
    assert address_of("::ffff:192.0.2.1") == "192.0.2.1"
    assert address_of("2001:db8::1") == address_of("2001:db8::ffff:2") != address_of("2001:db9::1")


@pytest.mark.parametrize("files", [(256, 256), (1024, 1024), (1024, 4096), (1024, 524_288)])
def test_event_streams_never_use_up_all_connections(
    monkeypatch: pytest.MonkeyPatch, files: tuple[int, int]
) -> None:
    limits = [files]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, given: limits.append(given))
    bounds = bounds_here(behind_proxy=False)
    assert most_streams() < bounds.in_all < limits[-1][0]
