"""Names and texts from outside in the output of every command: shown in a terminal, true in a pipe.

A real server holds what the API would refuse: the commands trust no server.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import msgspec
import pytest

from common.terminal import clean
from tests.system.conftest import ROOT, START, Terminal
from tests.system.workplace import PATIENCE, TOKEN, Workplace, workplace
from tests.terminal.hostile import CODES

WORST = "".join(CODES[one] for one in ("clipboard", "link", "c1", "bell", "override", "no width"))
NAME = f"Q{WORST}"[:100]
ENVIRONMENT = {"NO_COLOR": "1", "TERM": "dumb", "LC_ALL": "C.UTF-8", "COLUMNS": "200"}
COMMANDS = [
    "contacts list",
    "contacts show 1",
    "groups list",
    "sequences list",
    "sequences show 1",
    "sequences pause 1",
    "sequences lint missing\x1b[31m.toml",
    "enrollments 1",
    "explain 1",
    "operations",
    "operations 1",
    "undo 1",
    "finish 1 --all",
    "retry --id 1",
    "send Hi --id 1",
    "reviews list",
    "suppressions list",
    "groups members \x1b[31mnobody",
    "contacts show \x1b]52;c;bm8=\x07",
    "\x1b[31m",
]
JSON = [
    *("contacts list", "groups list", "sequences list", "sequences show 1"),
    *("explain 1", "operations 1", "reviews list"),
]
SERVER = [
    *("operator list", "token list", "doctor", "doctor --json", "operator list --json"),
    *("operator disable \x1b[31mnobody", "backup ./", "token list --json"),
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """A server whose every name and text is bad."""
    with workplace(tmp_path_factory.mktemp("hostile"), START) as running:
        made = running.sequence("Q", ("Hi. Reply STOP to end", {"minutes": 0}))
        running.post("/groups", {"name": "Q"}, 201)
        running.enroll(made, "+12025550142", "+12025550143")
        running.settle()
        running.text_from("+12025550142", "stop texting me please")
        running.post(
            "/operations", {"action": "add_to_group", "selection": {"ids": [1]}, "group_id": 1}, 200
        )
        running.post("/suppressions", {"phone": "+12025550144", "note": "x"}, 201)
        running.stop_server()
        with closing(sqlite3.connect(running.path)) as raw, raw:
            raw.execute("UPDATE contacts SET first_name = ?, last_name = ?", (NAME, NAME))
            for table in ("sequences", "groups", "operators"):
                raw.execute(f"UPDATE {table} SET name = ?", (NAME,))
            raw.execute("UPDATE messages SET body = ?, code = ?", (WORST, WORST))
            raw.execute("UPDATE steps SET body = ?", (WORST,))
            raw.execute("UPDATE enrollments SET hold_detail = ?", (WORST,))
            raw.execute("UPDATE suppressions SET note = ?", (WORST,))
            raw.execute("UPDATE tokens SET label = ?", (WORST,))
        running.start_server()
        yield running


@pytest.fixture
def drumbeat(place: Workplace, tmp_path: Path) -> Terminal:
    return Terminal(
        "tui.cli", tmp_path, DRUMBEAT_URL=place.url, DRUMBEAT_TOKEN=TOKEN, **ENVIRONMENT
    )


def on_a_terminal(program: Terminal, *words: str, answer: bytes = b"") -> str:
    """What a command writes to a terminal, at which `answer` is typed."""
    master, slave = os.openpty()
    os.write(master, answer)
    process = subprocess.Popen(
        program.command(*words),
        cwd=ROOT,
        env=program.environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    written = b""
    with suppress(OSError):  # what a terminal says when the last who had it has gone
        while part := os.read(master, 65_536):
            written += part
    os.close(master)
    process.wait(PATIENCE)
    return written.decode()


def assert_only_shown(text: str) -> None:
    for line in re.split("\r?\n", text):
        assert clean(line) == line


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_shows_and_obeys_nothing(drumbeat: Terminal, command: str) -> None:
    said = on_a_terminal(drumbeat, *command.split(" "), answer=b"n\n")
    assert_only_shown(said)
    assert "Traceback" not in said


@pytest.mark.parametrize("command", JSON)
def test_json_is_true_in_a_pipe_and_only_shown_on_a_terminal(
    drumbeat: Terminal, command: str
) -> None:
    words = [*command.split(" "), "--json"]
    piped = drumbeat(*words)
    assert (
        msgspec.json.encode(NAME if command != "reviews list" else WORST)[1:-1].decode()
        in piped.out
    )
    shown = [line for line in on_a_terminal(drumbeat, *words).splitlines() if line[:1] in "{["]
    assert_only_shown("\n".join(shown))
    assert not {char for line in shown for char in line} & set("\u200b\u200c\u200d\u2060\ufeff")
    assert [msgspec.json.decode(line) for line in shown] == piped.lines


def test_an_export_is_true_in_a_pipe_and_only_shown_on_a_terminal(drumbeat: Terminal) -> None:
    piped = drumbeat("sequences", "export", "1")
    shown = on_a_terminal(drumbeat, "sequences", "export", "1")
    assert_only_shown(shown)
    assert tomllib.loads(piped.out)["name"] == NAME
    assert tomllib.loads(shown.replace("\r\n", "\n")) == tomllib.loads(piped.out)


@pytest.mark.parametrize("command", SERVER)
def test_the_servers_commands_show_and_obey_nothing(
    place: Workplace, tmp_path: Path, command: str
) -> None:
    server = Terminal(
        "server.cli", tmp_path, DRUMBEAT_DATABASE=f"sqlite+aiosqlite:///{place.path}", **ENVIRONMENT
    )
    assert_only_shown(on_a_terminal(server, *command.split(" ")))
