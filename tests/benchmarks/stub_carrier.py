"""A carrier that takes every text at once and does nothing more: `python -m …stub_carrier PORT`.

It speaks as much of the wire format as a hand-off needs. The simulator, which keeps what it is
given, would be the slowest of the three parties.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from typing import Final, cast

import httptools
import uvloop

_ANSWER: Final = (
    '{"account_sid":"AC00000000000000000000000000000001","api_version":"2010-04-01",'
    '"date_created":"Mon, 02 Nov 2026 20:00:00 +0000","direction":"outbound-api",'
    '"error_code":null,"error_message":null,"num_media":"0","num_segments":"1","price":null,'
    '"price_unit":"USD","sid":"%s","status":"queued"}'
)
_ids = count(1)


class StubCarrier(asyncio.Protocol):
    """One connection: every POST is answered 201 with an id, every GET 200."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Answer."""
        taken = self._parser.get_method() == b"POST"
        body = (_ANSWER % f"SM{next(_ids):032x}").encode() if taken else b"{}"
        status = b"201 CREATED" if taken else b"200 OK"
        self._transport.write(
            b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (status, len(body), body)
        )


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(StubCarrier, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
