"""Runs work on outside data: small pieces directly, large ones in a thread.

The event loop serves everyone, so nothing that takes milliseconds may run on it. A thread costs
more than reading a usual callback or request, so only large pieces go there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE: Final = 4 * 1024
"""Most bytes that are read on the event loop: some tens of microseconds."""


async def by_size(size: int, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`fn(*args)`, whose work grows with `size` bytes; raises what it raises."""
    if size <= AT_ONCE:
        return fn(*args, **kwargs)
    return await asyncio.to_thread(fn, *args, **kwargs)
