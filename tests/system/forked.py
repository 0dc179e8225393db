"""Our programs as processes that need not import what the tests have imported already.

A program imports for a second and then works for some milliseconds. A forked one is a process of
its own, with its own arguments, environment, streams, signals and exit code, in which the imports
are done. How programs start is tested elsewhere, by Python itself (`test_odd_starts`).
"""

from __future__ import annotations

import gc
import logging
import os
import runpy
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from stat import S_ISFIFO
from typing import Final

_COMMANDS: Final = ("server.commands", "tui.commands")
_AT_START: Final = ("PYTHON", "LC_", "LANG")
"""How variables begin that only a Python that starts can follow."""


def forked(
    program: str, words: Sequence[str], environment: Mapping[str, str]
) -> Callable[[], None] | None:
    """What `subprocess` is to run in the new process instead of Python; None for Python itself.

    It takes no lock that a thread of the tests could hold: it ends all use of what was theirs.
    """
    given = {**environment}
    if any(
        name.startswith(_AT_START) and given.get(name) != os.environ.get(name)
        for name in {*given, *os.environ}
    ):
        return None
    _import()

    def run() -> None:
        code = 1
        try:
            _begin(program, words, given)
            code = _run(program)
        except BaseException:  # noqa: BLE001 # as Python itself tells what ends it
            traceback.print_exc()
        finally:
            for stream in (sys.stdout, sys.stderr):
                if not stream.closed:
                    stream.flush()
            os._exit(code)

    return run


@lru_cache(maxsize=1)
def _import() -> None:
    for commands in _COMMANDS:
        for room in iter_modules(import_module(commands).__path__, f"{commands}."):
            import_module(room.name)


def _begin(program: str, words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Let go of everything that is the tests': files, variables, signals, warnings, logs."""
    gc.freeze()  # nothing of theirs is finalized here
    gc.set_threshold(700, 10, 10)
    gc.enable()
    _close_files()
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    tempfile.tempdir = None
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    logging.root.handlers.clear()
    logging.root.setLevel(logging.WARNING)
    sys.argv = [program, *words]
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 # until the end
    sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115 # likewise
    sys.stderr = open(  # noqa: SIM115 # likewise
        2, "w", encoding="utf-8", errors="backslashreplace", buffering=1
    )


def _close_files() -> None:
    """Put /dev/null in the place of inherited files, so that what still holds one closes only that.

    Not in the place of the pipe that libuv makes for its signals in a forked process: without it,
    libuv ends the process. It is the one that does not block.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir("/dev/fd"):
        file = int(name)
        with suppress(OSError):  # the folder's own file is closed by now
            of_libuv = S_ISFIFO(os.fstat(file).st_mode) and not os.get_blocking(file)
            if file > 2 and not of_libuv:
                os.dup2(nothing, file, inheritable=False)


def _run(program: str) -> int:
    """Run a module as `python -m` does; its exit code."""
    try:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        print(ended.code, file=sys.stderr)
        return 1
    return 0
