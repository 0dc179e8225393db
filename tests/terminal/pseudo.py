"""Programs on their own pseudo-terminal; their output is read as a terminal reads it."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import tests.terminal.played  # noqa: F401 # a forked program need not import it again
from tests.system.forked import forked
from tests.terminal.emulator import Emulator

PATIENCE: Final = 30.0
"""The longest wait in real seconds."""
SMALL: Final = (80, 24)
LARGE: Final = (120, 40)
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_", "PYTHON", "VIRTUAL_ENV", "TMPDIR", "SSL_CERT_FILE")
_CHUNK: Final = 65_536


class Terminal:
    """A Python program on a terminal, and what it shows. Open it with `terminal()`."""

    def __init__(
        self,
        program: Sequence[str],
        size: tuple[int, int],
        environment: Mapping[str, str],
        *,
        synchronizes: bool,
        answers: bool,
    ) -> None:
        self.screen = Emulator(*size, synchronizes=synchronizes)
        self.raw = bytearray()
        self._answers = answers
        self._speed: int | None = None
        self._lock = threading.RLock()
        self._last = time.monotonic()
        self._master, slave = os.openpty()
        _set_size(self._master, size)
        self.found: list[Any] = termios.tcgetattr(self._master)
        given = {
            **{name: value for name, value in os.environ.items() if name.startswith(_KEPT)},
            "TERM": "xterm-256color",
            **environment,
        }
        flag, module, *words = program
        assert flag == "-m"
        begin = forked(module, words, given)

        def begin_on_terminal() -> None:
            """Make the terminal the program's own, so that it hears of sizes and of its end."""
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if begin is not None:
                begin()

        self.process = subprocess.Popen(
            [sys.executable, *program],
            cwd=Path(__file__).parents[2],
            env=given,
            preexec_fn=begin_on_terminal,  # noqa: PLW1509 # see `forked`
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        self._slave = slave  # kept, so that the terminal can be looked at when all is over
        self._over = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while not self._over.is_set():
            speed = self._speed
            if speed == 0:
                time.sleep(0.01)
                continue
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            part = _CHUNK if speed is None else max(1, speed // 50)
            try:
                data = os.read(self._master, part)
            except OSError:
                return
            with self._lock:
                self.raw += data
                self.screen.feed(data)
                self._last = time.monotonic()
                answers, self.screen.answers = self.screen.answers, []
            if answers and self._answers:
                os.write(self._master, b"".join(answers))
            if speed is not None:
                time.sleep(len(data) / speed)

    # What it shows.

    @property
    def lines(self) -> list[str]:
        """The lines of the screen."""
        with self._lock:
            return self.screen.lines

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines)

    @property
    def written(self) -> int:
        """Received bytes."""
        with self._lock:
            return len(self.raw)

    def line_with(self, what: str) -> int:
        """The first line with `what`; -1 for none."""
        return next((y for y, line in enumerate(self.lines) if what in line), -1)

    def column_of(self, y: int, what: str) -> int:
        """The cell at which `what` starts in that line; -1 if it is not there."""
        with self._lock:
            return self.screen.column_of(y, what)

    # What is waited for.

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition; on failure show the screen."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"waited without success: {what}\n{self.text}"
            assert self.process.poll() is None or condition(), f"it ended: {what}\n{self.text}"
            time.sleep(0.005)

    def shows(self, *whats: str) -> None:
        """Wait until the screen shows all of these."""
        self.until(lambda: all(one in self.text for one in whats), f"shows {whats!r}")

    def hides(self, what: str) -> None:
        """Wait until the screen no longer shows it."""
        self.until(lambda: what not in self.text, f"hides {what!r}")

    def rests(self, seconds: float = 0.2) -> None:
        """Wait until nothing was written for that many seconds."""
        began = time.monotonic()
        self.until(
            lambda: time.monotonic() - max(self._last, began) >= seconds, f"rests {seconds} s"
        )

    def ends(self) -> int:
        """Wait until the program has ended and its output is read; returns its exit code."""
        code = self.process.wait(PATIENCE)
        self.rests_after_end()
        return code

    def rests_after_end(self) -> None:
        """Wait until the last output is read."""
        deadline = time.monotonic() + PATIENCE
        while select.select([self._master], [], [], 0.1)[0]:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    # What is done to it.

    def type(self, keys: bytes | str) -> None:
        """Type keys, all in one packet."""
        os.write(self._master, keys if isinstance(keys, bytes) else keys.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the size; the program is notified."""
        with self._lock:
            self.screen.resize(columns, rows)
            _set_size(self._master, (columns, rows))

    def runs_at(self, speed: int | None) -> None:
        """Read that many bytes a second from now on; 0 is none, None as fast as possible."""
        self._speed = speed

    def settings(self) -> list[Any]:
        """The terminal's settings."""
        found: list[Any] = termios.tcgetattr(self._slave)
        return found

    def hang_up(self) -> None:
        """Hang up, as when a line breaks."""
        self._over.set()
        self._reader.join()
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def close(self) -> None:
        """Kill the program if it is running, and close the terminal."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
        if self._master >= 0:
            self.hang_up()


def _set_size(file: int, size: tuple[int, int]) -> None:
    columns, rows = size
    fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@contextmanager
def terminal(
    *program: str,
    size: tuple[int, int] = SMALL,
    environment: Mapping[str, str] | None = None,
    synchronizes: bool = False,
    answers: bool = True,
) -> Iterator[Terminal]:
    """A Python program, given as arguments for Python, on its own terminal.

    `synchronizes`: it reports support for synchronized frames. Without `answers` it never answers.
    """
    opened = Terminal(program, size, environment or {}, synchronizes=synchronizes, answers=answers)
    try:
        yield opened
    finally:
        opened.close()
