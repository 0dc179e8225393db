"""The real adapter, the real simulator on a free port, and who takes its callbacks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import httpx
import pytest

from server.carriers.interface import (
    CallbackEvent,
    InboundText,
    OutboundText,
    RawRequest,
    StatusReport,
)
from server.carriers.simulator.app import create_server
from server.carriers.simulator.kept import Kept
from server.carriers.simulator.settings import SimulatorSettings
from server.carriers.twilio import Twilio, TwilioSettings, create_client

START = 1_790_000_000_000_000
SECOND = 1_000_000
T = TypeVar("T")

SENDER = "+14155550100"
TOKEN = "a-secret-of-the-tests"


async def eventually(ask: Callable[[], Awaitable[T]], until: Callable[[T], bool]) -> T:
    """Ask again and again until the answer will do; an AssertionError after ten seconds."""
    deadline = time.monotonic() + 10
    while True:
        answer = await ask()
        if until(answer):
            return answer
        assert time.monotonic() < deadline, f"still {answer!r}"
        await asyncio.sleep(0.002)


class Listener:
    """The target of the simulator's callbacks: stores raw requests and answers as configured."""

    def __init__(self) -> None:
        self.requests: list[RawRequest] = []
        self.answers: list[int] = []
        self.url = ""
        self._open = asyncio.Event()
        self._open.set()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def hold(self) -> None:
        """Answer nothing until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Answer again, what came meanwhile too."""
        self._open.set()

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while request := await read_request(reader):
                self.requests.append(request)
                await self._open.wait()
                status = self.answers.pop(0) if self.answers else 200
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> RawRequest | None:
    """One HTTP request with a content length, as the server sees it; None at the end."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return RawRequest(method, path, query, headers, body)


@dataclass
class Stage:
    """A simulator with its clock standing, the adapter that talks to it, and who listens."""

    settings: SimulatorSettings
    url: str
    listener: Listener
    carrier: Twilio
    http: httpx.AsyncClient
    attempts: int = field(default=0)

    def text(self, to: str, body: str = "Hi there") -> OutboundText:
        """A text of a new attempt."""
        self.attempts += 1
        callback = f"{self.listener.url}/carriers/twilio/status?a={self.attempts}"
        return OutboundText(self.attempts, to, SENDER, body, callback)

    async def control(self, path: str, **body: Any) -> Any:
        """Ask the simulator's own side; with a body it is a POST."""
        url = f"{self.url}/simulator/{path}"
        response = await (self.http.post(url, json=body) if body else self.http.get(url))
        assert response.is_success, response.text
        return response.json()

    async def move(self, seconds: float) -> None:
        """Move its clock on and wait until everything due has happened."""
        now = (await self.control("clock"))["now"]
        await self.control("clock", now=now + int(seconds * SECOND))
        await eventually(lambda: self.control("pending"), lambda told: told["uncalled"] == 0)

    async def log(self, *kinds: str) -> list[dict[str, Any]]:
        """Its log, of these kinds."""
        entries = await self.control("log")
        return [entry for entry in entries if not kinds or entry["kind"] in kinds]

    def events(self) -> list[CallbackEvent]:
        """What the real verifier and reader make of the callbacks that came."""
        return [
            event
            for request in self.listener.requests
            for event in self.carrier.read_callback(request)
        ]

    def reports(self) -> list[StatusReport]:
        return [event for event in self.events() if isinstance(event, StatusReport)]

    def inbound(self) -> list[InboundText]:
        return [event for event in self.events() if isinstance(event, InboundText)]


def adapter_settings(url: str, public_url: str) -> TwilioSettings:
    """Of an adapter that takes `url` for Twilio."""
    return TwilioSettings(
        account_sid=SimulatorSettings().account_sid,
        auth_tokens=(TOKEN,),
        public_url=public_url,
        api_url=url,
        lookup_url=url,
        read_timeout=5.0,
        connect_timeout=2.0,
    )


MakeStage = Callable[..., Awaitable[Stage]]


@pytest.fixture
async def make_stage() -> AsyncIterator[MakeStage]:
    """Sets up stages for given simulator settings, from something kept or not; tears them down."""
    endings: list[Callable[[], Awaitable[Any]]] = []

    async def make(
        settings: SimulatorSettings, kept: Kept | None = None, fragment: str = ""
    ) -> Stage:
        listener = Listener()
        await listener.open()
        settings = replace(
            settings,
            auth_token=TOKEN,
            inbound_url=settings.inbound_url or f"{listener.url}/carriers/twilio/inbound{fragment}",
        )
        server = create_server(settings, "127.0.0.1", 0, kept)
        running = asyncio.create_task(server.serve())

        async def started() -> bool:
            return server.started

        await eventually(started, bool)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        adapter = adapter_settings(url, listener.url)
        client = create_client(adapter)
        http = httpx.AsyncClient(trust_env=False, verify=False)

        async def end() -> None:
            await client.aclose()
            await http.aclose()
            server.should_exit = True
            await running
            await listener.close()

        endings.append(end)
        return Stage(settings, url, listener, Twilio(adapter, client), http)

    yield make
    for end in reversed(endings):
        await end()


@pytest.fixture
async def stage(make_stage: MakeStage) -> Stage:
    """The usual stage: the clock is stopped at START."""
    return await make_stage(
        SimulatorSettings(clock="manual", start_us=START, retry_seconds=0.01, reply_after=(60, 600))
    )
