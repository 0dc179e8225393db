"""One wire attempt: what the network does to a hand-off, and what may be concluded from it."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlencode

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from hypothesis import given
from hypothesis import strategies as st

from common.vocabulary import FailureClass, LineKind, MessageStatus
from server.carriers import twilio
from server.carriers.interface import (
    Carrier,
    OutboundText,
    RawRequest,
    SendAccepted,
    SendRefused,
    Sent,
    TryLater,
    Unknown,
    Unsure,
)
from server.carriers.twilio import Twilio, create_client
from server.carriers.wire import encode_form
from tests.carriers.conftest import START, adapter_settings, read_request

CREATED = (
    b'{"sid": "SM1", "status": "accepted", "num_segments": "2", "date_created": '
    b'"Mon, 23 Nov 2026 08:00:00 +0000", "error_code": null}'
)
TEXT = OutboundText(7, "+12065550142", "+14155550100", "Hé & so", "http://127.0.0.1:1/s?a=7", 90)

Answering = Callable[[int, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, body: bytes = b"", *headers: str) -> Answering:
    """Answer every request so."""

    async def write(_: int, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()

    return write


class Wire:
    """A server that counts what reaches it, and does with each request what the test says."""

    def __init__(self, answering: Answering) -> None:
        self.requests: list[RawRequest] = []
        self.connections: list[asyncio.StreamWriter] = []
        self.left = asyncio.Event()
        self._answering = answering

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        try:
            while request := await read_request(reader):
                self.requests.append(request)
                await self._answering(len(self.requests), writer)
            self.left.set()
        finally:
            writer.close()


@asynccontextmanager
async def wired(
    answering: Answering, read_timeout: float = 5.0
) -> AsyncIterator[tuple[Wire, Carrier]]:
    wire = Wire(answering)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = replace(adapter_settings(url, url), read_timeout=read_timeout)
    async with create_client(settings) as client:
        yield wire, Twilio(settings, client)
    server.close()
    for writer in wire.connections:
        writer.close()
    await server.wait_closed()


async def cut(_: int, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(_: int, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def hang(_: int, writer: asyncio.StreamWriter) -> None:
    await asyncio.get_running_loop().create_future()


async def stop_half_way(_: int, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{")
    await writer.drain()
    writer.close()


async def talk_nonsense(_: int, writer: asyncio.StreamWriter) -> None:
    writer.write(b"no http at all\r\n\r\n")
    await writer.drain()


async def test_the_request_that_goes_out() -> None:
    async with wired(answer(201, CREATED)) as (wire, carrier):
        assert await carrier.send(TEXT) == SendAccepted("SM1", 2, MessageStatus.QUEUED)
        (request,) = wire.requests
    assert request.method == "POST"
    account = adapter_settings("http://x", "http://x").account_sid
    assert request.path == f"/2010-04-01/Accounts/{account}/Messages.json"
    assert request.headers["authorization"].startswith("Basic ")
    assert parse_qs(request.body.decode()) == {
        "To": [TEXT.to],
        "From": [TEXT.from_],
        "Body": [TEXT.body],
        "StatusCallback": [TEXT.status_callback + "#rc=5&rp=all"],
        "ValidityPeriod": ["90"],
    }


@given(st.dictionaries(st.sampled_from(["To", "Body", "From"]), st.text()))
def test_a_form_is_encoded_as_forms_are(form: dict[str, str]) -> None:
    assert encode_form(form) == urlencode(form).encode()


@pytest.mark.parametrize(("given", "sent"), [(0, "1"), (90_000, "36000"), (None, None)])
async def test_validity_is_kept_in_bounds(given: int | None, sent: str | None) -> None:
    async with wired(answer(201, CREATED)) as (wire, carrier):
        await carrier.send(replace(TEXT, valid_for=given, from_="MG1"))
        form = parse_qs(wire.requests[0].body.decode())
    assert form.get("ValidityPeriod") == (sent and [sent])
    assert form["MessagingServiceSid"] == ["MG1"]
    assert "From" not in form


@pytest.mark.parametrize("doing", [cut, reset, stop_half_way, talk_nonsense])
async def test_a_connection_lost_after_the_request_left_is_unknown(doing: Answering) -> None:
    async with wired(doing) as (wire, carrier):
        assert isinstance(await carrier.send(TEXT), Unknown)
        assert len(wire.requests) == 1


@pytest.mark.parametrize("doing", [cut, reset])
async def test_a_kept_connection_lost_after_the_request_left_is_not_tried_again(
    doing: Answering,
) -> None:
    async def first_well(n: int, writer: asyncio.StreamWriter) -> None:
        await (answer(201, CREATED) if n == 1 else doing)(n, writer)

    async with wired(first_well) as (wire, carrier):
        assert isinstance(await carrier.send(TEXT), SendAccepted)
        assert isinstance(await carrier.send(TEXT), Unknown)
        assert len(wire.requests) == 2
        assert len(wire.connections) == 1


async def test_a_kept_connection_closed_while_idle_is_not_used() -> None:
    async with wired(answer(201, CREATED)) as (wire, carrier):
        assert isinstance(await carrier.send(TEXT), SendAccepted)
        (kept,) = wire.connections
        kept.write_eof()
        await asyncio.wait_for(wire.left.wait(), 5)  # the client has seen the end and left too
        sent = await carrier.send(TEXT)
        assert isinstance(sent, SendAccepted)
        assert len(wire.connections) == 2
        assert len(wire.requests) == 2


async def test_no_answer_in_time_is_unknown() -> None:
    async with wired(hang, read_timeout=0.05) as (wire, carrier):
        assert isinstance(await carrier.send(TEXT), Unknown)
        assert len(wire.requests) == 1


async def test_an_answer_that_trickles_forever_is_unknown() -> None:
    async def trickle(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    wire = Wire(trickle)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = replace(adapter_settings(url, url), read_timeout=0.1, connect_timeout=0.05)
    async with create_client(settings) as client:
        assert isinstance(await Twilio(settings, client).send(TEXT), Unknown)
        assert len(wire.requests) == 1
    server.close()
    await server.wait_closed()


async def test_a_refused_connection_may_be_tried_later() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        settings = adapter_settings(url, url)
        async with create_client(settings) as client:
            carrier = Twilio(settings, client)
            sent = await carrier.send(TEXT)
            assert sent == TryLater(5.0, None, FailureClass.NOT_PROCESSED)
            assert await carrier.lookup(TEXT.to) is None
            assert isinstance(await carrier.reconcile(TEXT, START, frozenset()), Unsure)


async def test_a_connection_that_does_not_come_about_may_be_tried_later() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(8)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        url = f"http://127.0.0.1:{address[1]}"
        settings = replace(adapter_settings(url, url), connect_timeout=0.1)
        async with create_client(settings) as client:
            sent = await Twilio(settings, client).send(TEXT)
        for filler in fillers:
            filler.close()
    assert sent == TryLater(5.0, None, FailureClass.NOT_PROCESSED)


async def test_no_free_connection_in_the_pool_may_be_tried_later() -> None:
    wire = Wire(hang)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = replace(adapter_settings(url, url), connect_timeout=0.1, read_timeout=600.0)
    async with create_client(settings, connections=1) as client:
        carrier = Twilio(settings, client)
        first = asyncio.create_task(carrier.send(TEXT))
        while not wire.requests:
            if first.done():  # a busy machine may take longer than that to connect
                first = asyncio.create_task(carrier.send(TEXT))
            await asyncio.sleep(0.002)
        second = await carrier.send(TEXT)
        for writer in wire.connections:
            writer.close()

        assert second == TryLater(5.0, None, FailureClass.NOT_PROCESSED)
        assert isinstance(await first, Unknown)
        assert len(wire.requests) == 1
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 200, 204])
async def test_answers_that_prove_nothing_are_unknown(status: int) -> None:
    async with wired(answer(status)) as (wire, carrier):
        assert isinstance(await carrier.send(TEXT), Unknown)
        assert len(wire.requests) == 1


async def test_429_was_not_processed() -> None:
    async with wired(answer(429, b"", "Retry-After: 7")) as (_, carrier):
        assert await carrier.send(TEXT) == TryLater(7.0, "429", FailureClass.NOT_PROCESSED)


@pytest.mark.parametrize(
    ("status", "body", "code", "failure"),
    [
        (400, b'{"code": 21211, "message": "no"}', "21211", FailureClass.INVALID_NUMBER),
        (401, b'{"code": 20003, "message": "no"}', "20003", FailureClass.CONFIGURATION),
        (400, b'{"code": 98765, "message": "no"}', "98765", FailureClass.RECIPIENT),
        (403, b'{"code": 98765, "message": "no"}', "98765", FailureClass.RECIPIENT),
        (401, b'{"code": 98765, "message": "no"}', "98765", FailureClass.CONFIGURATION),
        (402, b'{"code": 98765, "message": "no"}', "98765", FailureClass.CONFIGURATION),
        (400, b'{"code": 21408, "message": "no"}', "21408", FailureClass.RECIPIENT),
        (400, b"nonsense", "400", FailureClass.CONFIGURATION),
        (404, b"<html>", "404", FailureClass.CONFIGURATION),
        (307, b"", "307", FailureClass.CONFIGURATION),
        (403, b"[1]", "403", FailureClass.CONFIGURATION),
    ],
)
async def test_other_answers_are_refusals(
    status: int, body: bytes, code: str, failure: FailureClass
) -> None:
    async with wired(answer(status, body, "Location: /elsewhere")) as (wire, carrier):
        sent = await carrier.send(TEXT)
        assert len(wire.requests) == 1
    assert isinstance(sent, SendRefused)
    assert (sent.code, sent.failure) == (code, failure)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"messages": null}',
        b'{"messages": [null]}',
        b'{"messages": [{"direction": "outbound-api"}]}',
        b'{"messages": [{"direction": "outbound-api", "sid": "SM1", "date_created": null}]}',
        b'{"messages": [], "next_page_uri": "https://example.org/elsewhere"}',
    ],
)
async def test_a_list_that_cannot_be_read_leaves_doubt(body: bytes) -> None:
    async with wired(answer(200, body)) as (wire, carrier):
        assert isinstance(await carrier.reconcile(TEXT, START, frozenset()), Unsure)
        assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("intelligence", "kind"),
    [
        (b'{"type": "mobile"}', LineKind.MOBILE),
        (b'{"type": "landline"}', LineKind.LANDLINE),
        (b'{"type": "fixedVoip"}', LineKind.VOIP),
        (b'{"type": "nonFixedVoip"}', LineKind.VOIP),
        (b'{"type": "tollFree"}', LineKind.TOLL_FREE),
        (b'{"type": "uan"}', LineKind.UNKNOWN),
        (b'{"type": null}', LineKind.UNKNOWN),
        (b"null", LineKind.UNKNOWN),
    ],
)
async def test_line_kinds(intelligence: bytes, kind: LineKind) -> None:
    body = b'{"line_type_intelligence": ' + intelligence + b"}"
    async with wired(answer(200, body)) as (wire, carrier):
        assert await carrier.lookup(TEXT.to) is kind
        (request,) = wire.requests
    assert request.path == f"/v2/PhoneNumbers/{TEXT.to}"
    assert request.query == "Fields=line_type_intelligence"


_TARGET = ConnectionKey("carrier", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (aiohttp.ClientConnectorError(_TARGET, OSError("x")), TryLater),
        (aiohttp.ClientConnectorDNSError(_TARGET, OSError("x")), TryLater),
        (aiohttp.ClientConnectorCertificateError(_TARGET, ssl.CertificateError("x")), TryLater),
        (aiohttp.ConnectionTimeoutError("x"), TryLater),
        (aiohttp.SocketTimeoutError("x"), Unknown),
        (aiohttp.ServerDisconnectedError("x"), Unknown),
        (aiohttp.ClientConnectionResetError("x"), Unknown),
        (aiohttp.ClientOSError("x"), Unknown),
        (aiohttp.ClientPayloadError("x"), Unknown),
        (TimeoutError("x"), Unknown),
        (OSError("x"), Unknown),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else one.__name__,
)
async def test_only_what_never_left_may_be_tried_later(
    error: Exception, sent: type[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    monkeypatch.setattr(aiohttp.ClientSession, "request", fail)
    settings = adapter_settings("http://127.0.0.1:1", "http://127.0.0.1:1")
    async with create_client(settings) as client:
        carrier = Twilio(settings, client)
        assert isinstance(await carrier.send(TEXT), sent)
        assert await carrier.lookup(TEXT.to) is None


async def test_a_carrier_over_tls_must_prove_who_it_is() -> None:
    settings = adapter_settings("https://127.0.0.1:1", "https://127.0.0.1:1")
    async with create_client(settings) as client:
        assert isinstance(await Twilio(settings, client).send(TEXT), TryLater)
        assert client._session is not None
        connector = client._session.connector
        assert isinstance(connector, aiohttp.TCPConnector)
        assert isinstance(connector._ssl, ssl.SSLContext)
        assert connector._ssl.verify_mode is ssl.CERT_REQUIRED
        assert connector._ssl.check_hostname


async def test_a_carrier_on_this_machine_is_reached_without_the_environment_s_proxies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "socks://nonsense:port")
    monkeypatch.setenv("NO_PROXY", "[::")

    async with wired(answer(201, CREATED)) as (wire, carrier):
        assert isinstance(await carrier.send(TEXT), SendAccepted)

    assert len(wire.requests) == 1


@pytest.mark.parametrize("length", ["Content-Length: 1001", "Transfer-Encoding: chunked"])
async def test_an_answer_that_is_too_long_is_not_read_to_its_end(
    monkeypatch: pytest.MonkeyPatch, length: str
) -> None:
    """Nobody knows what such an answer means: the text is looked for, and not sent again."""
    monkeypatch.setattr("server.carriers.wire.MOST_ANSWERED", 1000)

    async def at_length(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 201 Created\r\n{length}\r\n\r\n".encode())
        chunked = "chunked" in length
        writer.write((b"3e9\r\n" if chunked else b"") + b"x" * 1001)
        writer.write(b"\r\n0\r\n\r\n" if chunked else b"")
        await writer.drain()

    async with wired(at_length) as (_, carrier):
        sent = await carrier.send(TEXT)
    assert isinstance(sent, Unknown)
    assert "longer than 1000" in sent.error


async def test_large_answers_and_all_lists_are_read_off_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ran_on: list[int] = []

    def spied(name: str) -> None:
        fn = getattr(twilio, name)

        def run(*args: Any) -> Any:
            ran_on.append(threading.get_ident())
            return fn(*args)

        monkeypatch.setattr(twilio, name, run)

    for name in ("document_of", "_look_for", "_from_people"):
        spied(name)
    entries = [{"sid": f"SM{n}", "body": "x" * 100} for n in range(100)]
    page = json.dumps({"messages": entries, "next_page_uri": None}).encode()
    async with wired(answer(200, page)) as (_, carrier):
        assert await carrier.list_inbound("+14155550100", START, None) == []
        assert await carrier.reconcile(TEXT, START, frozenset())
    assert len(ran_on) == 4
    assert threading.get_ident() not in ran_on
