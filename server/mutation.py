"""Requests that change things: one write transaction each, idempotent under the caller's key.

The answer is stored in the transaction of its effect. The same key and request again gets the same
answer; another request under the key is refused; the first still running is a conflict. Kept for
24 hours of wall time, per token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Concatenate, Final, NamedTuple, ParamSpec, TypeVar

import msgspec
import sqlalchemy as sa
from litestar import Response
from litestar.params import HeaderParameter

from server.clock import DAY, wall
from server.database.engine import Database
from server.database.tables import idempotency
from server.errors import Conflict, Invalid, invalid
from server.operators.guards import CallerRequest
from server.problems import JSON

P = ParamSpec("P")
T = TypeVar("T")

KEPT: Final = DAY
KEY_LIMIT: Final = 200

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        required=False,
        description="Makes the request safe to send again for 24 hours.",
    ),
]


class Stored(NamedTuple):
    """An answer as it was given."""

    status_code: int
    answer: bytes


class Mutation:
    """Runs a service function as one write transaction and answers with what it returned."""

    def __init__(self, database: Database, running: set[tuple[int, str]], request: CallerRequest):
        self.database = database
        self.request = request
        self.now = request.app.state.clock.now()
        self.caller = request.user
        self._running = running
        self._key: str | None = None
        self._digest = b""

    async def under_key(self, key: str | None) -> None:
        """Take the caller's key. Raises Invalid for one that is no key."""
        if key is None:
            return
        if not 0 < len(key) <= KEY_LIMIT or not key.isprintable():
            raise invalid(
                "header.Idempotency-Key",
                "is empty, too long or not printable.",
                f"Send 1 to {KEY_LIMIT} printable characters, such as a UUID.",
            )
        url = self.request.url
        parts = (self.request.method, url.path, url.query or "")
        self._digest = hashlib.sha256(
            "\n".join(parts).encode() + b"\n" + await self.request.body()
        ).digest()
        self._key = key

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
        """As a call, with a status code of the caller's choice."""

        def once(connection: sa.Connection) -> Stored:
            stored = self._find(connection)
            if stored is not None:
                return stored
            result = fn(connection, *args, **kwargs)
            answer = Stored(status_code, b"" if result is None else msgspec.json.encode(result))
            self._store(connection, answer)
            return answer

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
        """Work of several transactions, each safe to run again; the answer is stored at the end.

        A crash in between leaves whole parts; the same request under the same key then goes on.
        """
        if self._key is None:
            return _response(Stored(status_code, msgspec.json.encode(await work())))
        running = (self.caller.token_id, self._key)
        if running in self._running:
            raise _still_running()
        self._running.add(running)
        try:
            stored = await self.database.read_first(self._find)
            if stored is None:
                stored = Stored(status_code, msgspec.json.encode(await work()))
                await self.database.write(self._store, stored)
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
                idempotency.c.created_wall > wall() - KEPT,
            )
        ).first()
        if row is None:
            return None
        if row.request_digest != self._digest:
            raise _other_request()
        return Stored(row.status_code, row.answer)

    def _store(self, connection: sa.Connection, stored: Stored) -> None:
        if self._key is None:
            return
        now = wall()
        connection.execute(sa.delete(idempotency).where(idempotency.c.created_wall <= now - KEPT))
        connection.execute(
            sa.insert(idempotency).values(
                token_id=self.caller.token_id,
                key=self._key,
                request_digest=self._digest,
                status_code=stored.status_code,
                answer=stored.answer,
                created_wall=now,
            )
        )


def _response(stored: Stored) -> Response[Any]:
    return Response(
        content=stored.answer or None,
        status_code=stored.status_code,
        media_type=JSON if stored.answer else None,
    )


def _still_running() -> Conflict:
    return Conflict(
        "idempotency_running",
        "The first request under this Idempotency-Key still runs; ask again shortly.",
    )


def _other_request() -> Invalid:
    return invalid(
        "header.Idempotency-Key",
        "was used for another request.",
        "Send a new key with a new request.",
        code="idempotency_key_reused",
    )


async def provide_mutation(
    request: CallerRequest, idempotency_key: IdempotencyKey = None
) -> Mutation:
    """Dependency of every route that changes things."""
    state = request.app.state
    mutation = Mutation(state.database, state.running_keys, request)
    await mutation.under_key(idempotency_key)
    return mutation
