"""Paints no faster than the terminal can read.

Over a slow line frames would queue up, and the screen would lag seconds behind the keys; Textual's
own queue holds 30 frames and blocks the whole application when it is full. Here a frame is skipped
while an earlier one is still being sent; when the terminal has read that, the skipped regions are
painted once, in their current state. This overrides one private method of the pinned Textual; a
test checks that it exists.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any, Final, Protocol, TextIO, cast

from rich.console import RenderableType
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import CursorPosition
from textual.geometry import Region
from textual.screen import Screen

ON_ITS_WAY: Final = 1_000
"""With more unread bytes than this, nothing more is painted."""
AT_ONCE: Final = 1_024
"""Bytes in one write."""
ANSWERS: Final = 3.0
"""Real seconds to wait for a terminal's answer; after that it is assumed to be up to date."""
STILL_ANSWERS: Final = 30.0
"""The same for a terminal that has answered before."""
ROW: Final = 2
COLUMNS: Final = 60
"""Cursor positions that identify answers; a smaller terminal shows no dialogs."""
LAST_WORDS: Final = 5.0
"""Real seconds that the program waits at its end for the terminal to read the rest."""


class Output:
    """Writes to a terminal in a thread, and reports when everything is read or it is closed."""

    def __init__(
        self, file: int, taken: Callable[[], None], gone: Callable[[OSError], None]
    ) -> None:
        self._file, self._taken, self._gone = file, taken, gone
        self._waiting = bytearray()
        self._writing = 0
        self._ended = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._write, name="output", daemon=True)
        self._thread.start()

    @property
    def on_its_way(self) -> int:
        """Bytes that the terminal has not read yet."""
        with self._change:
            return self._writing + len(self._waiting)

    def put(self, data: bytes) -> None:
        """Queue data for writing; never blocks."""
        with self._change:
            self._waiting += data
            self._change.notify_all()

    def end(self) -> None:
        """Write the rest, while the terminal reads it."""
        with self._change:
            self._ended = True
            self._change.notify_all()
        self._thread.join(LAST_WORDS)

    def _write(self) -> None:
        try:
            while part := self._next():
                written = 0
                while written < len(part):
                    written += os.write(self._file, part[written:])
                if not self._done():
                    self._taken()
        except OSError as error:
            self._gone(error)

    def _next(self) -> bytes:
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._ended)
            part = bytes(self._waiting[:AT_ONCE])
            del self._waiting[:AT_ONCE]
            self._writing = len(part)
            return part

    def _done(self) -> int:
        with self._change:
            self._writing = 0
            return len(self._waiting)


class _Painter(Protocol):
    def terminal_took_all(self) -> None: ...

    def terminal_is_gone(self) -> None: ...


class PacedDriver(LinuxDriver):
    """Textual's driver with output that never blocks the application."""

    _output: Output | None = None
    _context: Context

    @property
    def on_its_way(self) -> int:
        """Bytes that the terminal has not read yet."""
        return 0 if self._output is None else self._output.on_its_way

    def write(self, data: str) -> None:
        """Queue data for writing."""
        if self._output is None:
            app = cast("_Painter", self._app)
            self._context = copy_context()
            self._output = Output(
                cast("TextIO", self._file).fileno(),
                lambda: self._call(app.terminal_took_all),
                lambda _: self._call(app.terminal_is_gone),
            )
        self._output.put(data.encode(errors="replace"))

    def _call(self, told: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            # The writer's thread has no active application, which timers need.
            self._loop.call_soon_threadsafe(told, context=self._context.copy())

    def close(self) -> None:
        """Write the rest, and stop the threads."""
        if self._output is not None:
            self._output.end()
            self._output = None
        super().close()


class PacedApp(App[None], inherit_bindings=False):
    """An application that paints when the terminal is ready for it."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        super().__init__(driver_class=PacedDriver, ansi_color=ansi_color)
        self._owed: dict[int, tuple[int, int]] = {}
        """Skipped regions: by line, from which column to which."""
        self._not_asked: list[Callable[[], None]] = []
        self._asked: dict[int, Callable[[], None]] = {}
        """Callbacks that wait for an answer, by the column in that answer."""
        self._column = 0
        self._answers_within = ANSWERS

    # Painting.

    @property
    def _on_its_way(self) -> int:
        return self._driver.on_its_way if isinstance(self._driver, PacedDriver) else 0

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if self._on_its_way <= ON_ITS_WAY:
            self._owed.clear()
            super()._display(screen, renderable)
        elif renderable is not None:
            for y, x, end in _places(renderable, self.size.region):
                was = self._owed.get(y, (x, end))
                self._owed[y] = (min(x, was[0]), max(end, was[1]))

    def terminal_took_all(self) -> None:
        """Paint the skipped regions in their current state; else query the terminal for waiters."""
        if self._owed and self.is_running:
            self.screen.refresh(*(Region(x, y, end - x, 1) for y, (x, end) in self._owed.items()))
        elif self._not_asked and not self._on_its_way:
            self._ask()

    def terminal_is_gone(self) -> None:
        """Quit: the terminal is closed."""
        self.exit()

    # Whether it is visible.

    def on_ready(self) -> None:
        """Find out whether the terminal answers."""
        self.when_seen(lambda: None)

    def when_seen(self, tell: Callable[[], None]) -> None:
        """Call back once the terminal shows what was painted so far.

        The terminal is asked for its cursor position, and answers after reading everything before
        that. If it never answers, the callback is called after a while.
        """
        if isinstance(self._driver, PacedDriver):
            self._not_asked.append(tell)
            self.terminal_took_all()
        else:
            tell()

    def _ask(self) -> None:
        waiting, self._not_asked = self._not_asked, []
        self._column = self._column % COLUMNS + 1
        column = self._column

        def tell() -> None:
            for one in waiting:
                one()

        if self._driver is not None:
            self._asked[column] = tell
            self._driver.write(f"\x1b7\x1b[{ROW};{column}H\x1b[6n\x1b8")
            self.set_timer(self._answers_within, lambda: self._answered(column))

    def on_cursor_position(self, event: CursorPosition) -> None:
        """The terminal answers."""
        event.stop()
        if event.y + 1 == ROW:
            self._answers_within = STILL_ANSWERS
            self._answered(event.x + 1)

    def _answered(self, column: int) -> None:
        tell = self._asked.pop(column, None)
        if tell is not None:
            tell()


def _places(update: object, whole: Region) -> list[tuple[int, int, int]]:
    """The regions of an update: line, from which column to which."""
    if isinstance(update, ChopsUpdate):
        return update.spans
    return [(y, whole.x, whole.right) for y in range(whole.y, whole.bottom)]
