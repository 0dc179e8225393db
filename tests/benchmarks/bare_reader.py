"""Reads a server's events with the typed client, and nothing else: `python -m …bare_reader`."""

from __future__ import annotations

import asyncio
import os

from common.client import Client
from tui.client.event_stream import BEYOND


async def _read() -> None:
    async with Client(os.environ["DRUMBEAT_URL"], os.environ["DRUMBEAT_TOKEN"]) as client:
        async for _ in client.events(BEYOND):
            pass


if __name__ == "__main__":
    asyncio.run(_read())
