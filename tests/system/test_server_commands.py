"""`drumbeat-server` as its users run it: starting, refusing, maintaining a database."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from server.logs import LogOutput
from tests.system.conftest import ROOT, Terminal
from tests.system.workplace import PATIENCE


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@contextmanager
def serving(command: Terminal, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server that is ready, with its standard error until then."""
    process = command.begin("serve", "--port", port)
    assert process.stderr is not None
    said = ""
    try:
        for line in process.stderr:
            said += line
            if line.startswith("ready at "):
                break
        yield process, said
    finally:
        process.kill()
        process.communicate()


def stopped(process: subprocess.Popen[str], by: int) -> tuple[int, str]:
    """Its exit code, and what it said on standard output."""
    process.send_signal(by)
    out, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, out


def test_the_first_start_prints_a_token_once(drumbeat_server: Terminal) -> None:
    port = free_port()
    with serving(drumbeat_server, port) as (process, said):
        code, out = stopped(process, signal.SIGTERM)
    with serving(drumbeat_server, port) as (process, _):
        second_code, second_out = stopped(process, signal.SIGINT)

    assert f"ready at http://127.0.0.1:{port} in " in said
    assert f"Now run: drumbeat login http://127.0.0.1:{port} --token TOKEN\n" in said
    assert (code, second_code) == (0, 0)
    assert out.startswith("dbt_")
    assert second_out == ""


def test_while_a_server_runs_others_read_and_do_not_write(
    drumbeat_server: Terminal, tmp_path: Path
) -> None:
    port = free_port()
    with serving(drumbeat_server, port):
        refused = [
            drumbeat_server("operator", "add", "ana"),
            drumbeat_server("migrate"),
            drumbeat_server("doctor", "--repair"),
            drumbeat_server("serve", "--port", free_port()),
        ]
        taken = drumbeat_server(
            *("serve", "--port", port, "--database", f"sqlite+aiosqlite:///{tmp_path / 'b.db'}")
        )
        listed = drumbeat_server("operator", "list", "--json")
        checked = drumbeat_server("doctor", "--json")
        kept = drumbeat_server("backup", tmp_path / "copy.db", "--json")

    for done in refused:
        assert done.code == 1, done
        assert f"http://127.0.0.1:{port}" in done.err
        assert done.err.count("\n") == 1
    assert (taken.code, "Cannot listen on" in taken.err) == (1, True), taken
    assert [one["name"] for one in listed.lines] == ["admin"]
    assert (checked.code, checked.json["well"]) == (0, True), checked
    assert kept.code == 0, kept
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT name FROM operators").fetchall() == [("admin",)]


def test_what_only_postgresql_can_is_refused_with_the_reason(drumbeat_server: Terminal) -> None:
    for command in (["serve", "--role", "api"], ["worker"]):
        done = drumbeat_server(*command)
        assert (done.code, done.err.count("\n")) == (1, 1), done
        assert "needs PostgreSQL" in done.err


def test_an_address_others_can_reach_needs_tls(drumbeat_server: Terminal) -> None:
    done = drumbeat_server("serve", "--host", "0.0.0.0")

    assert (done.code, "DRUMBEAT_TLS_CERTIFICATE" in done.err) == (1, True), done


def test_operators_and_tokens_are_made_and_taken_away(drumbeat_server: Terminal) -> None:
    assert drumbeat_server("operator", "list").code == 1

    ana = drumbeat_server("operator", "add", "Ana", "--role", "admin")
    twice = drumbeat_server("operator", "add", "ana")
    more = drumbeat_server("token", "add", "ana", "--label", "laptop", "--json")
    revoked = drumbeat_server("token", "revoke", more.json["id"])
    tokens = drumbeat_server("token", "list", "--json").lines
    last = drumbeat_server("operator", "disable", "Ana")
    unknown = drumbeat_server("token", "add", "nobody")

    heading = drumbeat_server("operator", "list").out.splitlines()[0]
    assert heading.split() == ["ID", "Role", "Name"]
    table = drumbeat_server("token", "list").out.splitlines()
    assert table[0].split() == ["ID", "Made", "Operator", "Label"]
    assert any(line.endswith("laptop  (revoked)") for line in table)
    assert ana.out.startswith("dbt_")
    assert (twice.code, last.code, unknown.code, revoked.code) == (1, 1, 1, 0)
    assert "last admin" in last.err
    assert [one["revoked"] for one in tokens if one["label"] == "laptop"] == [True]


def test_samples_are_enrolled_in_a_draft_and_well(drumbeat_server: Terminal) -> None:
    made = drumbeat_server("sample", "--enrollments", "300")
    again = drumbeat_server("sample", "--enrollments", "10")
    crowd = drumbeat_server("sample", "--enrollments", "1000000")
    checked = drumbeat_server("doctor")

    assert (made.code, again.code, checked.code) == (0, 0, 0), (made, again, checked)
    assert "'Sample 2'" in again.err
    assert (crowd.code, "41,800" in crowd.err) == (1, True), crowd


def test_the_doctor_reports_and_repairs_problems(drumbeat_server: Terminal, tmp_path: Path) -> None:
    drumbeat_server("sample", "--enrollments", "3")
    with closing(sqlite3.connect(tmp_path / "own.db")) as raw, raw:
        raw.execute(
            "INSERT INTO suppressions (phone, source, note, created_at) SELECT phone, 'operator',"
            " '', 0 FROM contacts JOIN enrollments ON contact_id = contacts.id"
            " WHERE enrollments.status = 'pending' LIMIT 1"
        )

    ill = drumbeat_server("doctor")
    repaired = drumbeat_server("doctor", "--repair", "--json")

    assert ill.code == 1, ill
    assert "suppressed_but_pending" in ill.out
    assert "doctor --repair" in ill.out
    assert (repaired.code, repaired.json["well"]) == (0, True), repaired
    assert repaired.json["mended"] == [{"name": "suppressed_but_pending", "count": 1}]


def test_a_backup_never_goes_over_a_file(drumbeat_server: Terminal, tmp_path: Path) -> None:
    drumbeat_server("migrate")
    there = tmp_path / "there.db"
    there.write_text("mine")

    done = drumbeat_server("backup", there)

    assert (done.code, there.read_text()) == (1, "mine"), done
    assert not list(tmp_path.glob("*.part"))


def test_a_simulator_with_a_wrong_setting_is_wrong_usage(drumbeat_server: Terminal) -> None:
    assert drumbeat_server("simulator", "--clock", "soon").code == 2
    outside = drumbeat_server("simulator", "--inbound-url", "https://example.org/inbound")
    assert (outside.code, "not on this machine" in outside.err) == (2, True), outside


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_output_that_is_not_utf_8_gets_replacements(
    encoding: str, drumbeat_server: Terminal
) -> None:
    drumbeat_server("operator", "add", "Zoë 漢")

    listed = drumbeat_server("operator", "list", PYTHONIOENCODING=encoding)
    told = drumbeat_server("token", "list", "--json", PYTHONIOENCODING=encoding)
    unknown = drumbeat_server("operator", "disable", "漢", PYTHONIOENCODING=encoding)

    assert (listed.code, "?" in listed.out) == (0, True), listed
    assert told.json["operator"] == "Zoë 漢"
    assert (unknown.code, len(unknown.err.splitlines())) == (1, 1), unknown


@pytest.mark.parametrize("ending", ["| true", "2>&1 | true", ">&-", "> /dev/full"])
def test_output_that_nobody_reads_ends_a_command_quietly(
    ending: str, drumbeat_server: Terminal
) -> None:
    drumbeat_server("operator", "add", "Ana")
    command = shlex.join(drumbeat_server.command("operator", "list"))

    done = subprocess.run(
        ["bash", "-c", f"{command} {ending}"],
        cwd=ROOT,
        env=drumbeat_server.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert len(done.stderr.splitlines()) <= 1, done.stderr


def test_a_log_that_nobody_reads_ends_and_the_server_continues() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as unread:
        output = LogOutput(unread)
        output.write("first\n")
        output.flush()
        output.write("second\n")
        output.flush()


def test_a_log_whose_disk_is_full_loses_lines_and_the_server_continues() -> None:
    full = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115 # closing it would fail, too
    output = LogOutput(full)
    for _ in range(3):
        output.write("a line\n")
        output.flush()
    with pytest.raises(OSError, match="No space left"):
        full.close()
