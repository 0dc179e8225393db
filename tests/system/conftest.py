"""A running server with its carrier, and both programs run against it as processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from tests.system.forked import forked
from tests.system.workplace import PATIENCE, TOKEN, Workplace, workplace

ROOT: Final = Path(__file__).parents[2]
START: Final = datetime(2026, 11, 2, 18, tzinfo=UTC)
"""A Monday: 13:00 in New York."""


class Ended:
    """How a command ended: its exit code, and what it said where."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"

    @property
    def json(self) -> Any:
        """The one JSON value that it answered."""
        return msgspec.json.decode(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON values that it answered, one a line."""
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


class Terminal:
    """Runs a program of ours in an environment of its own."""

    def __init__(self, program: str, folder: Path, **environment: str) -> None:
        self.program = program
        self.folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("DRUMBEAT_")},
            "DRUMBEAT_PROFILE_DIR": str(folder / "profile"),
            **environment,
        }

    def __call__(self, *words: str | int | Path, stdin: str = "", **environment: str) -> Ended:
        """Run one command to its end."""
        return Ended(
            subprocess.run(
                self.command(*words),
                cwd=ROOT,
                env={**self.environment, **environment},
                preexec_fn=self._forked(*words, **environment),
                input=stdin,
                capture_output=True,
                text=True,
                errors="surrogateescape",
                timeout=PATIENCE,
                check=False,
            )
        )

    def command(self, *words: str | int | Path) -> list[str]:
        """What the system is asked to run."""
        return [sys.executable, "-m", self.program, *map(str, words)]

    def _forked(self, *words: str | int | Path, **environment: str) -> Callable[[], None] | None:
        return forked(self.program, [*map(str, words)], {**self.environment, **environment})

    def begin(self, *words: str | int | Path, **environment: str) -> subprocess.Popen[str]:
        """Start a command that ends when it is told to."""
        return subprocess.Popen(
            self.command(*words),
            cwd=ROOT,
            env={**self.environment, **environment},
            preexec_fn=self._forked(*words, **environment),  # noqa: PLW1509 # see there
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A server on a clock that stands, and the simulated carrier, one for a module."""
    with workplace(tmp_path_factory.mktemp("running"), START) as place:
        yield place


@pytest.fixture
def drumbeat(running_server: Workplace, tmp_path: Path) -> Terminal:
    """The client's program, signed in to the running server by the environment."""
    return Terminal("tui.cli", tmp_path, DRUMBEAT_URL=running_server.url, DRUMBEAT_TOKEN=TOKEN)


@pytest.fixture
def drumbeat_server(tmp_path: Path) -> Terminal:
    """The server's program over a database of its own that is not there yet."""
    return Terminal(
        "server.cli",
        tmp_path,
        DRUMBEAT_DATABASE=f"sqlite+aiosqlite:///{tmp_path / 'own.db'}",
        DRUMBEAT_LOG_LEVEL="warning",
    )
