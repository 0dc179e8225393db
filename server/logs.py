"""The log: to standard error, as key=value on a terminal and as JSON otherwise.

Its size is limited: every value is cut, and each kind of event is written only so often in a while;
the number of omitted entries is written afterwards.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, TextIO, cast

import structlog

from common.program import NO_ROOM, let_go

_LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_FIRST: Final = ("timestamp", "level", "event")
VALUE_LIMIT: Final = 300
"""Most characters of one value; a traceback may have twenty times as many, half of them its end."""
BURST: Final = 30
"""Most entries of one event in `WINDOW` real seconds."""
WINDOW: Final = 10.0
EVENTS_COUNTED: Final = 500
"""Events that are counted separately; all others are counted together."""


def configure_logging(level: str) -> None:
    """Send all logs of this process to standard error, from `level` up.

    Libraries with standard logging are logged from `warning` up.
    """
    threshold = _LEVELS[level]
    shown: list[Any] = [
        RateLimit(_say_left_out),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        cut_values,
        _lines if sys.stderr.isatty() else structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=shown,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", LogOutput(sys.stderr))),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.handlers = [_Forwarding()]
    root.setLevel(max(threshold, logging.WARNING))


def cut_values(_: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut every value: outside values may be as long as a request."""
    for name, value in entry.items():
        if name == "exception":
            entry[name] = _cut_middle(str(value), VALUE_LIMIT * 20)
        elif value is not None and not isinstance(value, bool | float):
            text = value if isinstance(value, str) else repr(value)
            if len(text) > VALUE_LIMIT:
                entry[name] = f"{text[:VALUE_LIMIT]}… ({len(text):,} characters)"
    return entry


def _cut_middle(text: str, limit: int) -> str:
    """The beginning and the end, because the end of a traceback has the error."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… ({len(text) - 2 * half:,} characters)\n{text[-half:]}"


@dataclass
class _Count:
    until: float
    written: int = 0
    left_out: int = 0


class RateLimit:
    """A processor that drops an event after `BURST` entries in `WINDOW` seconds.

    At the end of the window `say(event, left_out)` is called, from a thread of its own.
    """

    def __init__(self, say: Callable[[str, int], None], window: float = WINDOW) -> None:
        self._say = say
        self._window = window
        self._counts: dict[str, _Count] = {}
        self._lock = threading.Lock()

    def __call__(self, _: Any, __: str, entry: MutableMapping[str, Any]) -> Any:
        """The entry, or DropEvent if it is not written."""
        event = f"{entry.get('logger', '')} {entry.get('event', '')}".strip()[:VALUE_LIMIT]
        with self._lock:
            count = self._count(event)
            if count.written < BURST:
                count.written += 1
                return entry
            count.left_out += 1
        raise structlog.DropEvent

    def _count(self, event: str) -> _Count:
        now = time.monotonic()
        if event not in self._counts and len(self._counts) >= EVENTS_COUNTED:
            self._counts = {
                name: one for name, one in self._counts.items() if one.until > now or one.left_out
            }
            if len(self._counts) >= EVENTS_COUNTED:
                event = "other events"
        count = self._counts.get(event)
        if count is None or (count.until <= now and not count.left_out):
            count = self._counts[event] = _Count(now + self._window)
        if count.written == BURST and not count.left_out:
            end = threading.Timer(max(0.0, count.until - now), self._end, (event,))
            end.daemon = True
            end.start()
        return count

    def _end(self, event: str) -> None:
        with self._lock:
            count = self._counts.pop(event)
        self._say(event, count.left_out)


def _say_left_out(event: str, left_out: int) -> None:
    structlog.get_logger(__name__).warning(
        "left out of the log", what=event, entries=left_out, seconds=WINDOW
    )


class LogOutput:
    """A log's stream. If its reader is gone or its disk full, lines are lost, and nothing else
    fails.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write a line, if there is a reader."""
        self._try(lambda: self._stream.write(text))

    def flush(self) -> None:
        """Flush, if there is a reader."""
        self._try(self._stream.flush)

    def _try(self, write: Callable[[], object]) -> None:
        try:
            write()
        except BrokenPipeError:
            let_go(self._stream)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise


class _Forwarding(logging.Handler):
    """Forwards standard logging to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        told = record.exc_info if record.exc_info and record.exc_info[0] else None
        structlog.get_logger().log(
            record.levelno, record.getMessage(), logger=record.name, exc_info=told
        )


def _lines(_: Any, __: str, entry: MutableMapping[str, Any]) -> str:
    """One line for people, with an exception below it, cleaned for the terminal."""
    from common.terminal import clean, clean_multiline  # noqa: PLC0415 # 50 ms that JSON saves

    trace = entry.pop("exception", None)
    told = [str(entry.pop(name)) for name in _FIRST if name in entry]
    told += [f"{name}={value!r}" for name, value in entry.items()]
    line = clean(" ".join(told))
    return f"{line}\n{clean_multiline(trace)}" if trace else line
