"""Requests of the client: one request, its retries, and its errors.

    ClientError
    ├── ApiProblem      the server refused; contains the problem it returned
    ├── ProxyRefused    the environment names a proxy that cannot be used
    └── Unreachable     no server answered, or another program did

Reads are retried when the connection is lost. Changes carry an Idempotency-Key and are sent once
more with the same key, so that they happen once.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from httpx_sse import EventSource

from common.model.faults import Fault
from common.proxies import UnusableProxy, proxy_for

T = TypeVar("T")

READ_TRIES: Final = 3
CHANGE_TRIES: Final = 2
PAUSE: Final = 0.2
"""Real seconds before the first retry; doubled each time."""
RUNNING_TRIES: Final = 20
"""How often to retry while the first request with our key is still running."""
QUICK: Final = httpx.Timeout(30.0, connect=5.0)
SLOW: Final = httpx.Timeout(600.0, connect=5.0)
"""Time-out for imports and bulk actions, which answer at their end."""
STREAM: Final = httpx.Timeout(45.0, connect=5.0)
"""Time-out for streams, which are silent for at most 15 seconds."""

_LOST: Final = (
    httpx.NetworkError,
    httpx.RemoteProtocolError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
)
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Errors that mean: the answer is not JSON, or not from this server."""
_FIRST_ERROR: Final = 400


class ClientError(Exception):
    """The root. `message` is for people: what was wrong and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ApiProblem(ClientError):
    """The server refused. `code` is stable, `detail` is for people, `faults` lists wrong fields."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        faults: tuple[Fault, ...] = (),
        more: Mapping[str, Any] | None = None,
    ) -> None:
        lines = [f"{one.pointer}: {one.reason} {one.remedy}" for one in faults]
        super().__init__("\n".join(lines) if len(lines) > 1 else detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults
        self.more = more or {}


class ProxyRefused(ClientError):
    """The environment names a proxy that cannot be used, in `variable`."""

    def __init__(self, url: str, variable: str, why: str) -> None:
        super().__init__(
            f"Cannot connect to {url}: {variable} is wrong: {why}, or list the host in NO_PROXY."
        )
        self.variable = variable


class Unreachable(ClientError):
    """No drumbeat server answered at `url`; `why` is the reason.

    `proxy` is the variable that names the proxy in between.
    """

    def __init__(self, url: str, why: str, proxy: str | None = None) -> None:
        asked = "Is drumbeat-server running there?"
        through = ""
        if proxy is not None:
            through = f" through the proxy in {proxy}"
            asked += " If it needs no proxy, list its host in NO_PROXY."
        super().__init__(f"Cannot connect to {url}{through}: {why}. {asked}")
        self.url = url
        self.why = why


class _Problem(msgspec.Struct, frozen=True):
    status: int
    code: str
    detail: str
    faults: tuple[Fault, ...] = ()
    more: dict[str, Any] = {}


class Requester:
    """Requests to one server with one token. Paths are below `/api/v1`, or whole URLs."""

    def __init__(
        self, url: str, token: str, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        headers = {"Authorization": _bearer(token)}
        try:
            proxy = proxy_for(self.url) if transport is None else None
            self._http = httpx.AsyncClient(
                base_url=f"{self.url}/api/v1",
                headers=headers,
                timeout=QUICK,
                transport=transport,
                # Loading the trusted certificates takes 40 ms and 3 MB; a plain address needs none.
                verify=httpx.create_ssl_context() if self.url.startswith("https:") else False,
                proxy=proxy and proxy.url,
                trust_env=False,  # httpx fails on a proxy it cannot use, even if it needs none
            )
        except UnusableProxy as error:
            raise ProxyRefused(self.url, error.variable, error.why) from error
        except (ValueError, httpx.InvalidURL) as error:
            raise Unreachable(self.url, f"it is not a valid address ({error})") from error
        self._proxy = proxy and proxy.variable

    def sign_in(self, token: str) -> None:
        """Use another token from now on."""
        self._http.headers["Authorization"] = _bearer(token)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def read(self, answer: type[T], path: str, **query: Any) -> T:
        """GET, with retries. Raises ApiProblem or Unreachable."""
        request = self._http.build_request("GET", path, params=_given(query))
        return self._decoded(await self._send(request, READ_TRIES), answer)

    async def ask(self, answer: type[T], path: str, body: object, **query: Any) -> T:
        """POST a question that changes nothing, with retries."""
        request = self._http.build_request(
            "POST", path, params=_given(query), content=_json(body), headers=_JSON
        )
        return self._decoded(await self._send(request, READ_TRIES), answer)

    async def change(
        self,
        method: str,
        answer: type[T],
        path: str,
        body: object = None,
        *,
        timeout: httpx.Timeout = QUICK,  # noqa: ASYNC109 # handed to httpx, which applies it
        tries: int = CHANGE_TRIES,
        key: str | None = None,
        **query: Any,
    ) -> T:
        """Send a request that changes something, with a key; sent again if the answer is lost.

        A caller that passes `key` can repeat the request, and it still happens once.

        Raises ApiProblem or Unreachable. After Unreachable, the change may have happened or not.
        """
        request = self._http.build_request(
            method,
            path,
            params=_given(query),
            content=None if body is None else _json(body),
            headers={**({} if body is None else _JSON), "Idempotency-Key": key or new_key()},
            timeout=timeout,
        )
        for _ in range(RUNNING_TRIES):
            response = await self._send(request, tries)
            problem = self._problem(response)
            if problem is None or problem.code != "idempotency_running":
                break
            await asyncio.sleep(PAUSE)
        return self._decoded(response, answer)

    async def upload(
        self, answer: type[T], path: str, form: str, blocks: AsyncIterable[bytes], **query: Any
    ) -> T:
        """POST a file while reading it. Sent once, because the stream cannot be read again."""
        request = self._http.build_request(
            "POST",
            path,
            params=_given(query),
            content=blocks,
            headers={"Content-Type": form, "Idempotency-Key": new_key()},
            timeout=SLOW,
        )
        return self._decoded(await self._send(request, 1), answer)

    @asynccontextmanager
    async def stream(
        self, path: str, after: int | None, **query: Any
    ) -> AsyncIterator[EventSource]:
        """Follow server-sent events, after the one with a known id or from now on."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        try:
            async with self._http.stream(
                "GET", path, params=_given(query), headers=headers, timeout=STREAM
            ) as response:
                if response.status_code >= _FIRST_ERROR:
                    await response.aread()
                    raise self._refusal(response)
                yield EventSource(response)
        except httpx.TransportError as error:
            raise self._unreachable(_why(error)) from error

    async def _send(self, request: httpx.Request, tries: int) -> httpx.Response:
        pause = PAUSE
        while True:
            tries -= 1
            try:
                return await self._http.send(request)
            except _LOST as error:
                if tries <= 0:
                    raise self._unreachable(_why(error)) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise self._unreachable(_why(error)) from error
            await asyncio.sleep(pause)
            pause *= 2

    def _decoded(self, response: httpx.Response, answer: type[T]) -> T:
        if response.status_code >= _FIRST_ERROR:
            raise self._refusal(response)
        try:
            return msgspec.json.decode(response.content or b"null", type=answer)
        except UNREADABLE as error:
            raise self._unreachable(
                f"the answer is not from this version of drumbeat-server ({error})"
            ) from error

    def _refusal(self, response: httpx.Response) -> ClientError:
        problem = self._problem(response)
        if problem is None:
            return self._unreachable(
                f"the answer, HTTP {response.status_code}, is not from drumbeat-server"
            )
        return ApiProblem(
            problem.status, problem.code, problem.detail, problem.faults, problem.more
        )

    def _unreachable(self, why: str) -> Unreachable:
        return Unreachable(self.url, why, self._proxy)

    def _problem(self, response: httpx.Response) -> _Problem | None:
        if response.status_code < _FIRST_ERROR:
            return None
        try:
            return msgspec.json.decode(response.content, type=_Problem)
        except UNREADABLE:
            return None


def new_key() -> str:
    """A new Idempotency-Key."""
    return str(uuid.uuid4())


def segment(text: str) -> str:
    """Quote text from people as one segment of a path."""
    return quote(text, safe="")


_JSON: Final = {"Content-Type": "application/json"}


def _bearer(token: str) -> str:
    if not (token.isascii() and token.isprintable()):
        raise ClientError(
            "The token contains characters that tokens never have. Copy the whole token again."
        )
    return f"Bearer {token}"


def _json(body: object) -> bytes:
    return msgspec.json.encode(body)


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _why(error: Exception) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "it did not answer in time"
    if isinstance(error, httpx.ReadTimeout):
        return "it received the request but did not answer in time"
    if isinstance(error, httpx.ConnectError):
        message = str(error)
        return (
            "nothing is listening there"
            if "attempts failed" in message
            else message or "no connection"
        )
    return str(error).rstrip(".") or type(error).__name__
