"""A mutation whose body is streamed past and whose effect is many transactions.

Its answer is stored under the caller's key in the last of them: a request that broke off before
left none, and does no harm when it is sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.errors import Conflict, invalid
from server.mutation import KEY_LIMIT, Mutation


class StreamedMutation(Mutation):
    """Told the body's digest when the body has gone by."""

    @asynccontextmanager
    async def claimed(self, key: str | None) -> AsyncIterator[None]:
        """Hold the key while the request runs. Raises Invalid for one that is no key, and Conflict
        if the first request under it still runs.
        """
        if key is None:
            yield
            return
        if not 0 < len(key) <= KEY_LIMIT or not key.isprintable():
            raise invalid(
                "header.Idempotency-Key",
                "is empty, too long or not printable.",
                f"Send 1 to {KEY_LIMIT} printable characters, such as a UUID.",
            )
        running = (self.caller.token_id, key)
        if running in self._running:
            raise Conflict(
                "idempotency_running",
                "The first request under this Idempotency-Key still runs; ask again shortly.",
            )
        self._key = key
        self._running.add(running)
        try:
            yield
        finally:
            self._running.discard(running)

    async def answered(self, body_digest: bytes) -> bool:
        """Whether this request was answered before. Raises Invalid if another one was."""
        url = self.request.url
        parts = (self.request.method, url.path, url.query or "")
        self._digest = hashlib.sha256("\n".join(parts).encode() + b"\n" + body_digest).digest()
        return await self.database.read(self._find) is not None

    def release(self) -> None:
        """Let the answer, which claims the key for itself, be written: the last thing to do."""
        if self._key is not None:
            self._running.discard((self.caller.token_id, self._key))
