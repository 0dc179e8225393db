"""Limits on connections, below the API: how long, how many, how large.

A request's head and body must arrive in time, and the client must read the response in time. The
number of connections is limited per address and in total. When they are used up, the oldest one
without a complete request is closed to make room, so half a request never blocks a whole one.
"""

from __future__ import annotations

import asyncio
import ipaddress
import resource
import ssl
from enum import Enum
from http import HTTPStatus
from typing import Any, ClassVar, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

RESERVED: Final = 1_000
"""Open files that are not connections: the database, the carrier, and a reserve."""
_FRAMED: Final = 16
"""Most bytes on the wire per byte of a body: a body in chunks of one byte has six."""
_PASSED_OVER: Final = 5.0


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The limits. Times are real seconds, sizes bytes."""

    head_within: float = 10.0
    body_within: float = 30.0
    body_rate: float = 10_000.0
    """Fewest bytes per second of a longer body, after that."""
    taken_within: float = 60.0
    """How long a response waits for its client to read."""
    head_size: int = 64 * 1024
    pipelined: int = 16
    per_address: int = 200
    in_all: int = 3_000
    """More than the most event streams, so that streams never use up all connections."""


def bounds_here(*, behind_proxy: bool) -> Bounds:
    """The limits for this process, which raises its limit of open files.

    Behind a proxy all connections come from the proxy, so there is no limit per address.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = Bounds().in_all + RESERVED
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    in_all = Bounds().in_all
    if soft != resource.RLIM_INFINITY:
        in_all = min(in_all, max(soft - RESERVED, soft * 2 // 3))
    return Bounds(in_all=in_all, per_address=in_all if behind_proxy else Bounds().per_address)


class _Phase(Enum):
    """The phase of a connection."""

    IDLE = "idle"
    HEAD = "a head is awaited"
    BODY = "a body is awaited"
    WORK = "a whole request is answered"


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with the bounds; made by `guarded`."""

    bounds: ClassVar[Bounds]
    kept: ClassVar[_Kept]
    tls: ClassVar[ssl.SSLContext | None] = None
    """The TLS context; TLS starts here, so that an endless handshake counts as a connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = ""
        self.served = False
        self.phase = _Phase.IDLE
        self.stalled = False
        self._begun = False
        self._unread = 0
        self._headers = 0
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._taken: asyncio.TimerHandle | None = None
        self._opened = False
        self._early: list[bytes] = []
        self._handshake: asyncio.Task[None] | None = None

    @property
    def makes_room(self) -> bool:
        """Whether it has no complete request, so that it may be closed for another one."""
        return self.phase is not _Phase.WORK or self.stalled or self.transport.is_closing()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for a head, unless there is no room."""
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.address = address_of(str(peer[0]) if isinstance(peer, tuple) else "")
        if self.tls is None:
            self._open(transport)
        else:
            self._handshake = self.loop.create_task(self._speak_tls(transport, self.tls))
        self.kept.enter(self)

    def _open(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._opened = True
        self._await(_Phase.HEAD, self.bounds.head_within)
        for data in self._early:
            self.data_received(data)
        self._early.clear()

    async def _speak_tls(self, plain: asyncio.Transport, context: ssl.SSLContext) -> None:
        """Start TLS, and pass it the bytes that arrived before.

        The loop starts to read as soon as there is a connection. `start_tls` uses `call_soon`;
        using it here too puts this after the start of TLS and before the next read.
        """
        try:
            starting = self.loop.create_task(
                self.loop.start_tls(
                    plain,
                    self,
                    context,
                    server_side=True,
                    ssl_handshake_timeout=self.bounds.head_within,
                )
            )
            self.loop.call_soon(self.loop.call_soon, self._hand_over, plain)
            spoken = await starting
        except OSError:  # no TLS, or not in time
            spoken = None
        if spoken is None or spoken.is_closing():
            self.kept.leave(self)
            plain.abort()
        else:
            self._open(spoken)

    def _hand_over(self, plain: asyncio.Transport) -> None:
        reader: Any = plain.get_protocol()  # a BufferedProtocol, as each loop has its own
        early, self._early = b"".join(self._early), []
        while early and not plain.is_closing():
            buffer = memoryview(reader.get_buffer(len(early)))
            part = early[: len(buffer)]
            buffer[: len(part)] = part
            reader.buffer_updated(len(part))
            early = early[len(part) :]

    def connection_lost(self, exc: Exception | None) -> None:
        """Free its place and its timers."""
        self.kept.leave(self)
        for running in (self._timer, self._taken, None if self._opened else self._handshake):
            if running is not None:
                running.cancel()
        self._timer = self._taken = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Continue reading; an endless head closes the connection."""
        if self.transport.is_closing():
            return
        if not self._opened:  # the handshake has not started, or has just ended
            self._early.append(data)
            return
        if self.phase is _Phase.IDLE:
            self._await(_Phase.HEAD, self.bounds.head_within)
        self._unread += len(data)
        super().data_received(data)
        if self._unread > self.bounds.head_size:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif len(self.pipeline) > self.bounds.pipelined:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Another request starts."""
        super().on_message_begin()
        self._begun = True
        self._headers = 0

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or a trailer. Too many are refused (400)."""
        self._headers += len(name) + len(value)
        if self._headers > self.bounds.head_size:
            raise ValueError("the headers are too large")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the request, and wait for its body."""
        self._begun = False
        self._unread = 0
        self._await(_Phase.BODY, self.bounds.body_within)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """More of the body has arrived: extend the time, unless it is already answered."""
        self._unread = max(0, self._unread - _FRAMED * len(body))
        if self._deadline is not None and not self.cycle.response_complete:
            self._deadline += len(body) / self.bounds.body_rate
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self.served = True
        self._unread = 0
        self.phase, self._deadline = _Phase.WORK, None
        super().on_message_complete()
        self._rest()

    def on_response_complete(self) -> None:
        """Become idle; the rest of an unread body is skipped for a short time."""
        super().on_response_complete()
        if self.phase is _Phase.BODY and self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._await(_Phase.BODY, min(_PASSED_OVER, self.bounds.body_within))
        self._rest()

    def pause_writing(self) -> None:
        """The client does not read: start its time limit."""
        super().pause_writing()
        self.stalled = True
        self._taken = self.loop.call_later(self.bounds.taken_within, self._not_taken)

    def resume_writing(self) -> None:
        """The client reads again."""
        super().resume_writing()
        self.stalled = False
        if self._taken is not None:
            self._taken.cancel()
            self._taken = None

    def refuse(self, status: HTTPStatus) -> None:
        """Close, with an answer if one is due and not yet started."""
        waits = self.phase is _Phase.BODY and not self.cycle.response_started
        if waits or (self.phase is _Phase.HEAD and (self._begun or self._unread)):
            self.transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\n"
                "content-length: 0\r\nconnection: close\r\n\r\n".encode()
            )
            self.transport.close()
        else:
            self.transport.abort()

    def _rest(self) -> None:
        if self.phase is not _Phase.WORK or self.pipeline:
            return
        if self.cycle.response_complete:
            self.phase = _Phase.IDLE
            if self._begun:
                self._await(_Phase.HEAD, self.bounds.head_within)

    def _await(self, phase: _Phase, within: float) -> None:
        self.phase = phase
        self._deadline = self.loop.time() + within
        if self._timer is None:
            self._timer = self.loop.call_at(self._deadline, self._check)

    def _check(self) -> None:
        self._timer = None
        if self._deadline is None or self.transport.is_closing():
            return
        now = self.loop.time()
        if self.phase is _Phase.BODY and self.flow.read_paused:
            self._deadline = max(
                self._deadline, now + self.bounds.body_within
            )  # the server is slow
        if now < self._deadline:
            self._timer = self.loop.call_at(self._deadline, self._check)
        else:
            self.refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _not_taken(self) -> None:
        self._taken = None
        self.transport.abort()


class _Kept:
    """The open connections by address, each in order of arrival."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._of: dict[str, dict[GuardedProtocol, None]] = {}
        self._count = 0

    def enter(self, new: GuardedProtocol) -> None:
        """Add a new connection; if there is no room, another one or this one is closed."""
        theirs = self._of.setdefault(new.address, {})
        theirs[new] = None
        self._count += 1
        if len(theirs) > self._bounds.per_address:
            _close_one_of(theirs)
        elif self._count > self._bounds.in_all:
            _close_one_of(max(self._of.values(), key=len))

    def leave(self, gone: GuardedProtocol) -> None:
        """Forget a connection; may be called twice."""
        theirs = self._of.get(gone.address, {})
        if gone in theirs:
            del theirs[gone]
            self._count -= 1
            if not theirs:
                del self._of[gone.address]


def _close_one_of(theirs: dict[GuardedProtocol, None]) -> None:
    """Close one: first those that never sent a request, then idle ones, then the newest."""
    newest = next(reversed(theirs))
    others = [one for one in theirs if one.makes_room and one is not newest]
    closed = next((one for one in others if not one.served), others[0] if others else newest)
    closed.kept.leave(closed)
    closed.transport.abort()


def address_of(host: str) -> str:
    """The key of an address. For IPv6 the first half, because one customer has all the rest."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


def guarded(bounds: Bounds) -> type[GuardedProtocol]:
    """The protocol of one server."""
    return type("Guarded", (GuardedProtocol,), {"bounds": bounds, "kept": _Kept(bounds)})
