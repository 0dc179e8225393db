"""The README's commands, run in their order by a shell, as a newcomer would type them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec
import pytest

from tests.system.conftest import ROOT, Ended
from tests.system.test_server_commands import free_port
from tests.system.workplace import PATIENCE

README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAMS: Final = Path(sys.executable).parent
RUNNING: Final = ("demo --headless", "drumbeat-server serve", "drumbeat-server simulator")
"""Commands that run until they are interrupted."""


def commands_of(heading: str) -> list[str]:
    """The lines under a heading that call one of our programs."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^    (drumbeat(?:-server)? .+)$", section, re.M)


def file_of(language: str) -> str:
    """What the README writes into a file of this kind."""
    (written,) = re.findall(rf"```{language}\n(.*?)```", README, re.S)
    return str(written)


class Newcomer:
    """A shell in an empty folder with both programs in reach."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("DRUMBEAT_")},
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}",
            "DRUMBEAT_PROFILE_DIR": str(folder / "profile"),
            "TMPDIR": str(folder),
        }

    def runs(self, line: str) -> Ended:
        """Type a line and wait for its end."""
        return Ended(
            subprocess.run(
                ["sh", "-c", line],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        )

    @contextmanager
    def begins(self, line: str) -> Iterator[subprocess.Popen[str]]:
        """Type a line in a terminal of its own; ctrl+c at the end."""
        process = subprocess.Popen(
            ["sh", "-c", f"exec {line}"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)


@pytest.fixture
def newcomer(tmp_path: Path) -> Newcomer:
    """A reader who has read nothing else."""
    return Newcomer(tmp_path)


def test_trying_it_goes_as_the_readme_says(newcomer: Newcomer) -> None:
    starting, *others = commands_of("Try it")
    assert starting.endswith(RUNNING[0])

    with newcomer.begins(starting) as demo:
        assert demo.stdout is not None
        told = msgspec.json.decode(demo.stdout.readline(), type=dict[str, str])
        done = [
            newcomer.runs(line.replace("URL", told["url"]).replace("TOKEN", told["token"]))
            for line in others
        ]

    assert [one.code for one in done] == [0] * len(others), done
    assert "Failed" in done[-1].out, done[-1]


def test_using_it_goes_as_the_readme_says(newcomer: Newcomer) -> None:
    lines = commands_of("Use it")
    ports = free_port(), free_port()
    newcomer.environment["DRUMBEAT_PORT"] = str(ports[0])
    newcomer.environment["DRUMBEAT_SIMULATOR_URL"] = f"http://127.0.0.1:{ports[1]}"
    (newcomer.folder / "spring.toml").write_text(file_of("toml"), encoding="utf-8")
    (newcomer.folder / "people.csv").write_text(file_of("csv"), encoding="utf-8")
    done: list[tuple[str, Ended]] = []

    with ExitStack() as terminals:
        token = ""
        for line in lines:
            if line.startswith(RUNNING[1]):
                server = terminals.enter_context(newcomer.begins(line))
                assert server.stdout is not None
                assert server.stderr is not None
                token = server.stdout.readline().strip()
                while not server.stderr.readline().startswith("ready at "):
                    pass
            elif line.startswith(RUNNING[2]):
                inbound = f"http://127.0.0.1:{ports[0]}/carriers/simulator/inbound"
                own = f"{line} --port {ports[1]} --inbound-url {inbound}"
                terminals.enter_context(newcomer.begins(own))
            else:
                typed = line.replace("8420", str(ports[0])).replace("TOKEN", token)
                done.append((line, newcomer.runs(typed)))

    assert [line for line, one in done if one.code != 0] == [], done
    by_line = dict(done)
    assert (
        "Created the group 'spring'"
        in by_line["drumbeat contacts import people.csv --group spring"].err
    )
    assert "2 added" in by_line["drumbeat contacts import people.csv --group spring"].err
    assert "is active" in by_line["drumbeat sequences apply spring.toml --activate"].err
    assert "2 of 2 that match" in by_line['drumbeat enrollments "Spring hiring 2026"'].err
    assert "Lena Abadi" in by_line["drumbeat explain 1"].out
