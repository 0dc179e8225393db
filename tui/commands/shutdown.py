"""Signals that ask a long-running command to stop: ctrl+c, `kill`, or a closed terminal."""

from __future__ import annotations

import asyncio
import signal
from typing import Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def shutdown_event() -> asyncio.Event:
    """An event that these signals set, instead of ending the process at once."""
    ending = asyncio.Event()
    for one in _ENDING:
        asyncio.get_running_loop().add_signal_handler(one, ending.set)
    return ending
