"""Where the log goes: standard error, as key=value in a terminal and as JSON otherwise."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
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


def configure_logging(level: str) -> None:
    """Send every log of this process to standard error, from `level` on.

    Libraries that log by the standard library are heard from `warning` on.
    """
    threshold = _LEVELS[level]
    shown: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
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


class LogOutput:
    """A log's stream. When its reader has gone, the log ends and nothing else does; while its disk
    is full, lines are lost and nothing else is.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write a line, if there is a reader."""
        self._try(lambda: self._stream.write(text))

    def flush(self) -> None:
        """Send off what is written, if there is a reader."""
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
    """Hands what the standard library logs to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        told = record.exc_info if record.exc_info and record.exc_info[0] else None
        structlog.get_logger().log(
            record.levelno, record.getMessage(), logger=record.name, exc_info=told
        )


def _lines(_: Any, __: str, entry: MutableMapping[str, Any]) -> str:
    """One line for people, an exception below it; none of it reaches the terminal as code."""
    from common.terminal import clean, clean_multiline  # noqa: PLC0415 # 50 ms that JSON saves

    trace = entry.pop("exception", None)
    told = [str(entry.pop(name)) for name in _FIRST if name in entry]
    told += [f"{name}={value!r}" for name, value in entry.items()]
    line = clean(" ".join(told))
    return f"{line}\n{clean_multiline(trace)}" if trace else line
