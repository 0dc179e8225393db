"""Programs on a pseudo-terminal of 80×24: what they write is read as fast as it comes.

What is shown is only looked for in the bytes: words in one style are beside each other in them.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from tests.benchmarks.processes import LONGEST, ROOT, environment_with

_BEGIN: Final = (
    "import fcntl, os, sys, termios;"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""The terminal becomes the program's own."""
_CURSOR: Final = re.compile(rb"\x1b\[(\d+);\d+H(?:\x1b\[[\d;]*m|[^\x1b])*?\xe2\x96\xb8")
"""A place, and the glyph of the cursor's row on that line."""
_KEPT: Final = 200_000
"""Bytes that are looked at, at most."""


class Terminal:
    """A Python program on a terminal. Open it with `on_terminal()`."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.began = time.perf_counter()
        self.written = 0
        self._master = master
        self._seen = b""
        self._came = asyncio.Event()
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self) -> None:
        try:
            part = os.read(self._master, 65_536)
        except OSError:  # the program has ended
            asyncio.get_running_loop().remove_reader(self._master)
            part = b""
        self.written += len(part)
        self._seen = (self._seen + part)[-_KEPT:]
        self._came.set()

    @property
    def pid(self) -> int:
        """The process."""
        return self.process.pid

    @property
    def lines_of_cursor(self) -> list[int]:
        """Lines on which the cursor was painted since the last key, in order."""
        return [int(one[1]) for one in _CURSOR.finditer(self._seen)]

    def press(self, keys: str) -> None:
        """Type; what was written before is forgotten."""
        self._seen = b""
        os.write(self._master, keys.encode())

    async def shows(self, words: str) -> float:
        """Wait until words are written; the real seconds since the program began."""
        await self.until(lambda: words.encode() in self._seen, words)
        return time.perf_counter() - self.began

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition on what is written. Raises AssertionError if it never holds."""
        try:
            async with asyncio.timeout(LONGEST):
                while not condition():
                    assert self.process.poll() is None, f"{self.process.args!r} ended"
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise AssertionError(f"{what!r} never came: …{self._seen[-2_000:]!r}") from None

    async def quiet(self, seconds: float) -> None:
        """Wait until nothing has been written for a while."""
        before = -1
        while before != self.written:
            before = self.written
            await asyncio.sleep(seconds)

    def close(self) -> None:
        """End the program."""
        asyncio.get_running_loop().remove_reader(self._master)
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@contextmanager
def on_terminal(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """`python` with these arguments on a terminal of its own, ended at the end."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", _BEGIN, *arguments],
        cwd=ROOT,
        env=environment_with(
            {"TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})}
        ),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    terminal = Terminal(process, master)
    try:
        yield terminal
    finally:
        terminal.close()
