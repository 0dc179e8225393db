"""A uvicorn server that ends open streams when it stops.

uvicorn waits for open connections before it shuts down the application, so a stream that only the
application can end would last until the time-out, which is logged as an error.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn


class StreamingServer(uvicorn.Server):
    """A server that calls `end_streams` first when it stops."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams and half-sent requests, then stop as uvicorn does."""
        self._end_streams()
        close_half_sent(self)
        await super().shutdown(sockets)


def close_half_sent(server: uvicorn.Server) -> None:
    """Close connections with incomplete requests.

    Nothing is done before a body is complete, so nothing is lost; waiting for the rest could take
    arbitrarily long.
    """
    for connection in list(server.server_state.connections):
        cycle = getattr(connection, "cycle", None)
        transport = getattr(connection, "transport", None)
        if cycle is not None and transport is not None and cycle.more_body:
            transport.close()
