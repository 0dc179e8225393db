"""The demo without a screen: what it says, who is in it, what it keeps and what it leaves."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec
import pytest

from common.vocabulary import Status
from tests.system.conftest import Terminal
from tests.system.demos import demo
from tests.system.workplace import PATIENCE, until

MAKING = "Creating "
FEW = ("--people", "20")


@pytest.fixture
def drumbeat(tmp_path: Path) -> Terminal:
    """The client's program with a cache and a directory for what is temporary of its own."""
    return Terminal(
        "tui.cli",
        tmp_path,
        TMPDIR=str(tmp_path),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        DRUMBEAT_DATABASE="ignored",
    )


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that the tests of this file share: the first fills it."""
    return tmp_path_factory.mktemp("cache")


def folders(tmp_path: Path) -> list[Path]:
    return list(tmp_path.glob("drumbeat-demo-*"))


def archives(tmp_path: Path) -> list[Path]:
    return [one for one in (tmp_path / "cache").rglob("*") if one.is_file()]


def test_a_demo_has_every_status_and_leaves_nothing_running(
    drumbeat: Terminal, tmp_path: Path
) -> None:
    with demo(drumbeat, "--people", "120") as running:
        sequences = drumbeat("sequences", "list", "--json", **running.signed_in).lines
        rate = running.carrier("clock")["rate"]
        assert len(folders(tmp_path)) == 1
        code, err = running.end()

    hiring = next(one for one in sequences if one["name"] == "Spring hiring 2026")
    assert {status for status, n in hiring["counts"].items() if n} == set(Status)
    assert {one["state"] for one in sequences} == {"active", "paused", "draft"}
    assert (rate, code) == (600, 0), err
    assert MAKING in err
    assert "Ready. Press ctrl+c to stop." in err
    assert folders(tmp_path) == []


def test_the_next_demo_continues_from_what_was_kept(drumbeat: Terminal, tmp_path: Path) -> None:
    with demo(drumbeat, *FEW, "--frozen") as first:
        before = drumbeat("sequences", "list", "--json", **first.signed_in).lines
        ids = first.carrier("state")["ids"]
        code, err = first.end()
        assert (code, MAKING in err) == (0, True)
    (kept,) = archives(tmp_path)

    with demo(drumbeat, *FEW, "--frozen") as second:
        after = drumbeat("sequences", "list", "--json", **second.signed_in).lines
        refused = drumbeat("sequences", "list", **{**first.signed_in, "DRUMBEAT_URL": second.url})
        assert second.carrier("state")["ids"] == ids
        code, err = second.end()

    assert before == after
    assert (refused.code, "token" in refused.err) == (1, True)
    assert (code, MAKING in err) == (0, False)
    assert archives(tmp_path) == [kept]
    assert kept.stat().st_mode & 0o077 == 0


def test_no_text_goes_out_under_an_id_that_was_given_before(drumbeat: Terminal, warm: Path) -> None:
    with demo(drumbeat, *FEW, XDG_CACHE_HOME=str(warm)) as first:
        first.end()
    with demo(drumbeat, *FEW, "--rate", "50000", XDG_CACHE_HOME=str(warm)) as second:

        def accepted() -> list[str]:
            log = second.carrier("log")
            return [entry["carrier_id"] for entry in log if entry["kind"] == "accepted"]

        before = accepted()
        until(lambda: len(accepted()) > len(before) + 2, "texts go out")
        after = accepted()

    assert before
    assert len(after) == len(set(after))


def test_a_damaged_cache_is_reported_and_made_again(drumbeat: Terminal, tmp_path: Path) -> None:
    with demo(drumbeat, *FEW) as first:
        first.end()
    (kept,) = archives(tmp_path)
    whole = kept.read_bytes()
    middle = len(whole) // 2
    kept.write_bytes(whole[:middle] + bytes(100) + whole[middle + 100 :])

    with demo(drumbeat, *FEW) as second:
        code, err = second.end()

    assert (code, "is damaged. Creating it again." in err, MAKING in err) == (0, True, True)
    assert archives(tmp_path) == [kept]


def test_a_demo_runs_where_nothing_can_be_kept(drumbeat: Terminal, tmp_path: Path) -> None:
    (tmp_path / "cache").touch()

    with demo(drumbeat, *FEW, HOME=str(tmp_path / "cache")) as running:
        code, err = running.end()

    told = [line for line in err.splitlines() if line.strip()]
    assert (code, len(told)) == (0, 2), err
    assert folders(tmp_path) == []


def test_two_demos_at_once_do_not_meet(drumbeat: Terminal, tmp_path: Path) -> None:
    both = [drumbeat.begin("demo", "--headless", *FEW) for _ in range(2)]
    try:
        told = [msgspec.json.decode(one.stdout.readline()) for one in both if one.stdout]
        for one in both:
            one.send_signal(signal.SIGINT)
        ended = [one.communicate(timeout=PATIENCE)[1] for one in both]
    finally:
        for one in both:
            one.kill()
            one.communicate()

    assert len({address["url"] for address in told}) == 2
    assert [one.returncode for one in both] == [0, 0], ended
    assert len(archives(tmp_path)) == 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP])
def test_a_first_demo_that_is_interrupted_keeps_nothing(
    drumbeat: Terminal, tmp_path: Path, how: signal.Signals
) -> None:
    process = drumbeat.begin("demo", "--headless", *FEW)
    assert process.stderr is not None
    try:
        assert MAKING in process.stderr.readline()
        process.send_signal(how)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate()

    assert (process.returncode, out, err) == (0, "", "")
    assert folders(tmp_path) == []
    assert archives(tmp_path) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_demo_that_is_stopped_leaves_nothing_behind(
    drumbeat: Terminal, tmp_path: Path, warm: Path, how: signal.Signals
) -> None:
    with demo(drumbeat, *FEW, XDG_CACHE_HOME=str(warm)) as running:
        code, err = running.end(how)
        assert code == 0, err
        assert not running.answers()

    assert folders(tmp_path) == []


def test_the_processes_of_a_demo_that_was_killed_end_by_themselves(
    drumbeat: Terminal, warm: Path
) -> None:
    with demo(drumbeat, *FEW, XDG_CACHE_HOME=str(warm)) as running:
        os.kill(running.process.pid, signal.SIGKILL)
        until(lambda: not running.answers(), "server and carrier are gone")


def test_a_frozen_demo_has_no_rate(drumbeat: Terminal) -> None:
    ended = drumbeat("demo", "--headless", "--frozen", "--rate", "5")

    assert ended.code == 2
    assert "--frozen stops the clock, so --rate cannot be used with it." in ended.err
