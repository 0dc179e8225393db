"""A failed start reports the reason in one line, and a stopped process ends in time."""

from __future__ import annotations

import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from server.commands.serve import GRACE
from tests.system.conftest import ROOT, START, Ended, Terminal
from tests.system.workplace import PATIENCE, TOKEN, workplace

COMMANDS = [
    ("serve", "--port", "0"),
    ("migrate",),
    ("backup", "copy.db"),
    ("doctor",),
    ("doctor", "--repair"),
    ("operator", "list"),
    ("operator", "add", "x"),
    ("token", "revoke", "1"),
    ("sample", "--enrollments", "5"),
]


def garbage(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 32)


def foreign(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("CREATE TABLE contacts (x)")


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("CREATE TABLE alembic_version (version_num)")
        raw.execute("INSERT INTO alembic_version VALUES ('9999')")


def directory(file: Path) -> None:
    file.mkdir()


def one_line(done: Ended) -> str:
    """What a command that could not begin said, which is one line."""
    assert (done.code, done.out) == (1, ""), done
    (line,) = [line for line in done.err.splitlines() if '"level"' not in line]
    assert line.startswith("Error: ")
    return line


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        number: int = made.getsockname()[1]
        return number


@pytest.mark.parametrize("make", [garbage, foreign, newer, directory])
def test_a_file_that_is_no_database_of_drumbeat_is_one_line_that_names_it(
    make: object, tmp_path: Path
) -> None:
    assert callable(make)
    file = tmp_path / "odd.db"
    make(file)
    before = file.read_bytes() if file.is_file() else b""
    server = Terminal("server.cli", tmp_path, DRUMBEAT_DATABASE=f"sqlite+aiosqlite:///{file}")
    port = str(free_port())
    for command in COMMANDS:
        line = one_line(server(*(port if word == "0" else word for word in command)))
        assert str(file) in line
        assert "--database" in line or "newer version of drumbeat" in line
    assert (file.read_bytes() if file.is_file() else b"") == before


@pytest.mark.parametrize("path", ["/proc/odd.db", "/dev/null/odd.db", f"/tmp/{'a' * 300}.db"])
def test_a_place_where_nothing_can_be_written_is_one_line(path: str, tmp_path: Path) -> None:
    server = Terminal("server.cli", tmp_path, DRUMBEAT_DATABASE=f"sqlite+aiosqlite:///{path}")
    for command in ("migrate",), ("serve", "--port", str(free_port())):
        assert path in one_line(server(*command))


@pytest.mark.parametrize("room", [0, 8_192, 100_000])
@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_disk_that_is_full_at_the_start_is_one_line(
    command: str, room: int, tmp_path: Path
) -> None:
    server = Terminal(
        "server.cli", tmp_path, DRUMBEAT_DATABASE=f"sqlite+aiosqlite:///{tmp_path}/full.db"
    )
    words = [command, *(["--port", str(free_port())] if command == "serve" else [])]

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    done = Ended(
        subprocess.run(
            server.command(*words),
            cwd=ROOT,
            env=server.environment | {"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            preexec_fn=little_room,
        )
    )
    assert "full.db: " in one_line(done)


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    server = Terminal(
        "server.cli", tmp_path, DRUMBEAT_DATABASE=f"sqlite+aiosqlite:///{tmp_path}/own.db"
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in "serve", "simulator":
            assert "choose another --port" in one_line(server(command, "--port", port))


@pytest.mark.parametrize("host", ["nobody.invalid", "ü" * 300, "a b", "999.1.1.1"])
def test_a_host_that_is_none_is_one_line(host: str, tmp_path: Path) -> None:
    server = Terminal(
        "server.cli",
        tmp_path,
        DRUMBEAT_DATABASE=f"sqlite+aiosqlite:///{tmp_path}/own.db",
        DRUMBEAT_ALLOW_SIMULATOR="true",
    )
    for command in ("serve", "--behind-proxy"), ("simulator",):
        assert "Cannot listen on" in one_line(server(*command, "--host", host))


def half_sent(port: int, path: str, content_type: str) -> socket.socket:
    """A connection whose request's body never ends."""
    made = socket.create_connection(("127.0.0.1", port))
    made.sendall(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\n"
        f'Content-Type: {content_type}\r\nContent-Length: 1000\r\n\r\n{{"phone"'.encode()
    )
    return made


def test_a_server_ends_in_time_while_bodies_are_half_sent(tmp_path: Path) -> None:
    with workplace(tmp_path, START) as place:
        port = int(place.url.rpartition(":")[2])
        open_ones = [
            half_sent(port, "/api/v1/contacts", "application/json"),
            half_sent(port, "/api/v1/contacts/import", "application/x-ndjson"),
            half_sent(port, "/carriers/simulator/inbound", "application/x-www-form-urlencoded"),
            socket.create_connection(("127.0.0.1", port)),
        ]
        place.get("/me")  # what was sent before has been read
        code, took = place.stop_server()
        for one in open_ones:
            one.close()
        assert (code, took < GRACE / 2) == (0, True), (code, took)
        assert "Traceback" not in place.output()
        place.start_server()
        assert place.get("/contacts")["total"] == 0


def test_a_simulator_ends_in_time_while_a_body_is_half_sent(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "simulator", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "DRUMBEAT_PROFILE_DIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "ready" in process.stderr.readline()
    with half_sent(port, "/simulator/script", "application/json"):
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        assert time.monotonic() - began < GRACE / 2
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
