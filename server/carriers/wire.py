"""HTTP to a carrier: one pool of connections, each POST on the wire once, and whether it left.

    RequestFailed
      NotSent    no connection came about: the carrier knows nothing of the request
      Unanswered the request left, or may have, and no complete answer came

aiohttp itself, without httpx over it: measured, that halves what a text costs on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self
from urllib.parse import quote_plus, urlencode

if TYPE_CHECKING:
    import aiohttp

MOST_ANSWERED: Final = 16 * 1024 * 1024
"""Bytes of an answer that are read; a longer one is none of a carrier's."""

KEPT: Final = 5.0
"""Seconds that an idle connection is kept: less than carriers keep theirs."""

_QUOTED: Final = [quote_plus(bytes([code])) for code in range(256)]
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}


class RequestFailed(Exception):
    """No answer came."""


class NotSent(RequestFailed):
    """No connection came about, or none in the pool came free, in time."""


class Unanswered(RequestFailed):
    """Nobody knows whether the request arrived."""


class WireAnswer(NamedTuple):
    """What came back; `retry_after` is the header of that name, empty without one."""

    status: int
    body: bytes
    retry_after: str


class WireClient:
    """One pool of at most `connections`, opened at the first request; whoever made it closes it.

    No redirects, no cookies, no proxies or credentials from the environment. aiohttp repeats
    idempotent methods alone after a lost kept connection, so a POST goes over the wire once.
    Time-outs are seconds: `connect` for a free connection as for making one, `read` for a pause in
    the answer; both twice over bound the whole.
    """

    def __init__(self, connect: float, read: float, connections: int, *, secure: bool) -> None:
        self._connect = connect
        self._read = read
        self._longest = connect * 2 + read
        self._connections = connections
        self._secure = secure
        self._session: aiohttp.ClientSession | None = None

    async def post_form(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> WireAnswer:
        """Raises NotSent or Unanswered."""
        return await self._request("POST", url, encode_form(form), {**headers, **_FORM})

    async def get(
        self, url: str, query: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> WireAnswer:
        """Raises NotSent or Unanswered."""
        if query:
            url = f"{url}?{urlencode(query)}"
        return await self._request("GET", url, None, headers)

    async def _request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> WireAnswer:
        # By the first request: 120 ms, half of it contexts of TLS, that no start waits for.
        import aiohttp  # noqa: PLC0415

        if self._session is None:
            self._session = self._open()
        try:
            async with (
                asyncio.timeout(self._longest),
                self._session.request(
                    method, url, data=body, headers=headers, allow_redirects=False
                ) as response,
            ):
                content = await _content(response)
                retry_after = response.headers.get("Retry-After", "")
                return WireAnswer(response.status, content, retry_after)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(_told(error)) from error
        except aiohttp.ClientError as error:
            raise Unanswered(_told(error)) from error
        except TimeoutError as error:
            raise Unanswered("no complete answer in time") from error
        except OSError as error:
            raise Unanswered(_told(error)) from error

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp  # noqa: PLC0415 # see `_request`

        tls: dict[str, Any] = {}
        if self._secure:
            import httpx  # noqa: PLC0415 # for its choice of roots: SSL_CERT_FILE, else certifi's

            tls["ssl"] = httpx.create_ssl_context()
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEPT, **tls),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                connect=self._connect, sock_connect=self._connect, sock_read=self._read
            ),
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


def encode_form(form: Mapping[str, str]) -> bytes:
    """What `urllib.parse.urlencode` makes of a form whose names are plain words, in a third of it.

    Bytes are taken for the characters of their codes, so that one pass over a table quotes them.
    """
    values = (value.encode().decode("latin-1").translate(_QUOTED) for value in form.values())
    return "&".join(map("=".join, zip(form, values, strict=True))).encode()


async def _content(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, unpacked. Raises Unanswered for one that is too long."""
    parts = []
    length = 0
    async for part in response.content.iter_any():
        parts.append(part)
        length += len(part)
        if length > MOST_ANSWERED:
            raise Unanswered(f"the answer is longer than {MOST_ANSWERED} bytes")
    return b"".join(parts)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
