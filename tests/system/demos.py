"""Demos without a screen, as processes."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec

from tests.system.conftest import Terminal
from tests.system.workplace import PATIENCE


class Running:
    """A demo that has printed its address."""

    def __init__(self, process: subprocess.Popen[str], told: dict[str, str]) -> None:
        self.process = process
        self.url = told["url"]
        self.token = told["token"]
        self.simulator = told["simulator"]
        self.signed_in = {"DRUMBEAT_URL": self.url, "DRUMBEAT_TOKEN": self.token}

    def carrier(self, path: str) -> Any:
        """What the simulated carrier says of itself."""
        return httpx.get(f"{self.simulator}/simulator/{path}", trust_env=False).json()

    def end(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str]:
        """Tell it to end; its exit code, and all that it said on standard error."""
        self.process.send_signal(how)
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err

    def answers(self) -> bool:
        """Whether any of its processes still does."""
        for url in (self.url, self.simulator):
            with suppress(httpx.TransportError):
                httpx.get(url, trust_env=False, timeout=5)
                return True
        return False


@contextmanager
def demo(drumbeat: Terminal, *words: str, **environment: str) -> Iterator[Running]:
    """A demo without a screen that is ready; killed at the end if it still runs."""
    process = drumbeat.begin("demo", "--headless", *words, **environment)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield Running(process, msgspec.json.decode(line, type=dict[str, str]))
    finally:
        process.kill()
        process.communicate()


@contextmanager
def frozen_demo(cache: Path, folder: Path) -> Iterator[Running]:
    """A frozen demo over what is kept in a cache, which the first of them fills."""
    terminal = Terminal("tui.cli", folder, TMPDIR=str(folder), XDG_CACHE_HOME=str(cache))
    with demo(terminal, "--frozen") as running:
        yield running
