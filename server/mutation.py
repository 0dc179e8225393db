"""Requests that change something: one write transaction each, idempotent by the caller's key.

The answer is stored in the transaction of its effect. The same key and request get the same answer.
Another request with the key is refused; while the first is running, it is a conflict. Answers are
kept for 24 hours of the server's running time, per token, independent of the wall clock; then
`expire_keys` deletes them.

An answer with a secret is stored without it, because a secret that is shown once must not be in the
database, its write-ahead log and every backup. So a repeated request gets the answer without the
secret.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import (
    Annotated,
    Any,
    Concatenate,
    Final,
    NamedTuple,
    ParamSpec,
    Protocol,
    TypeVar,
    runtime_checkable,
)

import msgspec
import sqlalchemy as sa
from litestar import Response
from litestar.params import HeaderParameter

from server.clock import DAY, steady
from server.database.engine import Database
from server.database.tables import idempotency
from server.dependencies import Injected
from server.errors import Conflict, Invalid, invalid
from server.operators.guards import CallerRequest
from server.problems import JSON
from server.threads import by_size

P = ParamSpec("P")
T = TypeVar("T")

KEPT: Final = DAY
KEY_LIMIT: Final = 200

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        description="Makes the request safe to repeat for 24 hours.",
    ),
]


@runtime_checkable
class HoldsSecret(Protocol):
    """An answer with a secret that is shown once and never stored."""

    def without_secret(self) -> object:
        """The answer as it is stored, which says that the secret was shown."""


class Stored(NamedTuple):
    """A stored answer."""

    status_code: int
    answer: bytes


class Mutation:
    """Runs a service function as one write transaction and returns its result as the answer."""

    def __init__(
        self, database: Database, running: set[tuple[int, str]], request: CallerRequest, now: int
    ) -> None:
        self.database = database
        self.request = request
        self.now = now
        self.caller = request.user
        self.operator_id = request.user.operator_id
        self._running = running
        self._key: str | None = None
        self._digest = b""

    def under_key(self, key: str | None) -> None:
        """Use the caller's key. Raises Invalid for an invalid key."""
        if key is not None and not (0 < len(key) <= KEY_LIMIT and key.isprintable()):
            raise invalid(
                "header.Idempotency-Key",
                "is empty, too long or not printable.",
                f"Send 1 to {KEY_LIMIT} printable characters, such as a UUID.",
            )
        self._key = key

    async def of_body(self, content: bytes) -> None:
        """Set the body, or the digest of a large one.

        The same key with another body is another request.
        """
        url = self.request.url
        asked = "\n".join((self.request.method, url.path, url.query or "")).encode()
        digest = await by_size(len(content), hashlib.sha256, asked + b"\n" + content)
        self._digest = digest.digest()

    async def __call__(
        self,
        fn: Callable[Concatenate[sa.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response[T]:
        """Run `fn(connection, …)`; answer with its result and the route's own status code."""
        return await self.answering(self.request.route_handler.status_code, fn, *args, **kwargs)

    async def answering(
        self,
        status_code: int,
        fn: Callable[Concatenate[sa.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Response[T]:
        """Like a call, with another status code."""

        def once(connection: sa.Connection) -> Stored:
            stored = self._find(connection)
            if stored is not None:
                return stored
            result = fn(connection, *args, **kwargs)
            self._store(connection, status_code, result)
            return _answer(status_code, result)

        if self._key is None:
            return _response(await self.database.write(once))
        running = (self.caller.token_id, self._key)
        if running in self._running:
            raise _still_running()
        self._running.add(running)
        try:
            return _response(await self.database.write(once))
        finally:
            self._running.discard(running)

    async def in_parts(self, status_code: int, work: Callable[[], Awaitable[T]]) -> Response[T]:
        """Work in several transactions, each safe to repeat; the answer is stored at the end.

        A crash in between leaves complete parts; the same request with the same key then continues.
        """
        if self._key is None:
            return _response(_answer(status_code, await work()))
        running = (self.caller.token_id, self._key)
        if running in self._running:
            raise _still_running()
        self._running.add(running)
        try:
            stored = await self.database.read_first(self._find)
            if stored is None:
                result = await work()
                await self.database.write(self._store, status_code, result)
                stored = _answer(status_code, result)
            return _response(stored)
        finally:
            self._running.discard(running)

    def _find(self, connection: sa.Connection) -> Stored | None:
        if self._key is None:
            return None
        row = connection.execute(
            sa.select(idempotency).where(
                idempotency.c.token_id == self.caller.token_id,
                idempotency.c.key == self._key,
                idempotency.c.created_wall > steady() - KEPT,
            )
        ).first()
        if row is None:
            return None
        if row.request_digest != self._digest:
            raise _other_request()
        return Stored(row.status_code, row.answer)

    def _store(self, connection: sa.Connection, status_code: int, result: object) -> None:
        if self._key is None:
            return
        stored = _answer(
            status_code, result.without_secret() if isinstance(result, HoldsSecret) else result
        )
        now = steady()
        connection.execute(  # an expired one with this key, or the answer was found before
            sa.insert(idempotency)
            .prefix_with("OR REPLACE", dialect="sqlite")
            .values(
                token_id=self.caller.token_id,
                key=self._key,
                request_digest=self._digest,
                status_code=stored.status_code,
                answer=stored.answer,
                created_wall=now,
            )
        )


def keep_from_now(connection: sa.Connection, now: int) -> None:
    """At a start: treat the newest answer as given now, and shift the others by as much.

    Only the wall clock knows how long the server was stopped, and it may have been set. Keeping
    keys too long is harmless; forgetting one too early sends twice.
    """
    newest = connection.execute(sa.select(sa.func.max(idempotency.c.created_wall))).scalar()
    if newest is not None:
        connection.execute(
            sa.update(idempotency).values(created_wall=idempotency.c.created_wall + now - newest)
        )


def expire_keys(connection: sa.Connection, now: int, most: int) -> int:
    """Delete expired answers, the oldest first; returns how many, at most `most`.

    `now` is a time of `steady`.
    """
    return connection.exec_driver_sql(
        "DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency"
        " WHERE created_wall <= ? ORDER BY created_wall LIMIT ?)",
        (now - KEPT, most),
    ).rowcount


def _answer(status_code: int, result: object) -> Stored:
    return Stored(status_code, b"" if result is None else msgspec.json.encode(result))


def _response(stored: Stored) -> Response[Any]:
    return Response(
        content=stored.answer or None,
        status_code=stored.status_code,
        media_type=JSON if stored.answer else None,
    )


def _still_running() -> Conflict:
    return Conflict(
        "idempotency_running",
        "The first request with this Idempotency-Key is still running. Try again shortly.",
    )


def _other_request() -> Invalid:
    return invalid(
        "header.Idempotency-Key",
        "was already used for another request.",
        "Send a new key with each new request.",
        code="idempotency_key_reused",
    )


def provide_streamed_mutation(
    request: CallerRequest,
    database: Injected[Database],
    running_keys: Injected[set[tuple[int, str]]],
    now: Injected[int],
    idempotency_key: IdempotencyKey = None,
) -> Mutation:
    """The same for a route that reads its body itself and then calls `of_body`."""
    mutation = Mutation(database, running_keys, request, now)
    mutation.under_key(idempotency_key)
    return mutation


async def provide_mutation(
    request: CallerRequest,
    streamed_mutation: Injected[Mutation],
    idempotency_key: IdempotencyKey = None,
) -> Mutation:
    """Dependency of every other route that changes things."""
    if idempotency_key is not None:
        await streamed_mutation.of_body(await request.body())
    return streamed_mutation
