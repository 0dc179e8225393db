"""Serving with streams open: a uvicorn server that ends them when it is told to stop.

uvicorn waits for open connections before it tells the application to shut down, so a stream that
only the application can end would hold it until its time-out, and the time-out is logged as an
error.
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
        """End the streams and what is half sent, then stop as uvicorn does."""
        self._end_streams()
        close_half_sent(self)
        await super().shutdown(sockets)


def close_half_sent(server: uvicorn.Server) -> None:
    """Close connections whose request has not come to its end.

    Nothing is done before a body is whole, so nothing is lost; waiting for the rest could take as
    long as whoever sends it likes.
    """
    for connection in list(server.server_state.connections):
        cycle = getattr(connection, "cycle", None)
        transport = getattr(connection, "transport", None)
        if cycle is not None and transport is not None and cycle.more_body:
            transport.close()
