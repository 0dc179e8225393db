"""A mutation whose body is streamed past, too large to be held for its digest."""

from __future__ import annotations

import hashlib

from server.errors import invalid
from server.mutation import KEY_LIMIT, Mutation


class StreamedMutation(Mutation):
    """Takes the caller's key first, and the body's digest when the body has gone by."""

    async def under_key(self, key: str | None) -> None:
        """Take the caller's key. Raises Invalid for one that is no key."""
        if key is not None and not (0 < len(key) <= KEY_LIMIT and key.isprintable()):
            raise invalid(
                "header.Idempotency-Key",
                "is empty, too long or not printable.",
                f"Send 1 to {KEY_LIMIT} printable characters, such as a UUID.",
            )
        self._key = key

    def of_body(self, digest: bytes) -> None:
        """Tell what the body was: the same key with another one is another request."""
        url = self.request.url
        parts = (self.request.method, url.path, url.query or "")
        self._digest = hashlib.sha256("\n".join(parts).encode() + b"\n" + digest).digest()
