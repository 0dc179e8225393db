"""How a program that runs on is told to end: ctrl+c, `kill`, or a terminal that is gone."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def told_to_end() -> asyncio.Event:
    """An event that is set when this process is told to end; nothing ends it at once any more."""
    ending = asyncio.Event()
    for one in _ENDING:
        asyncio.get_running_loop().add_signal_handler(one, ending.set)
    return ending
