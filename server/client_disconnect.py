"""Ends a GET when its client leaves.

Its read is interrupted, so that clients that ask and leave cannot block the readers. Requests that
change something run to their end, as if the answer were lost.
"""

from __future__ import annotations

import asyncio

from litestar.types import ASGIApp, Message, Receive, ReceiveMessage, Scope, Send


class EndWithClient:
    """ASGI middleware around all routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and watch whether the client is connected until the answer starts."""
        if scope.get("method") not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        # Received messages are passed on; two fit, so that a client that leaves is noticed at once.
        received: asyncio.Queue[ReceiveMessage] = asyncio.Queue(2)
        begun = left = False

        async def watch() -> None:
            nonlocal left
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" and not begun:
                    left = True
                    answering.cancel()
                await received.put(message)
                if message["type"] == "http.disconnect":
                    return

        async def told(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        answering = asyncio.ensure_future(self._app(scope, received.get, told))
        watching = asyncio.create_task(watch())
        try:
            await answering
        except asyncio.CancelledError:
            if not left:
                raise
        finally:
            watching.cancel()
