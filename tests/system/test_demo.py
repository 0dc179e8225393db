"""The demo without a screen: what it says, who is in it, and that nothing of it stays."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import httpx
import msgspec

from common.vocabulary import Status
from tests.system.conftest import Terminal
from tests.system.workplace import PATIENCE


def test_a_demo_has_every_status_and_leaves_nothing_behind(tmp_path: Path) -> None:
    drumbeat = Terminal("tui.cli", tmp_path, TMPDIR=str(tmp_path), DRUMBEAT_DATABASE="ignored")

    demo = drumbeat.begin("demo", "--headless", "--people", "120")
    assert demo.stdout is not None
    try:
        told = msgspec.json.decode(demo.stdout.readline(), type=dict[str, str])
        signed_in = {"DRUMBEAT_URL": told["url"], "DRUMBEAT_TOKEN": told["token"]}
        sequences = drumbeat("sequences", "list", "--json", **signed_in).lines
        carrier = httpx.get(f"{told['simulator']}/simulator/clock", trust_env=False)
        folders = os.listdir(tmp_path)
        demo.send_signal(signal.SIGINT)
        out, err = demo.communicate(timeout=PATIENCE)
    finally:
        demo.kill()
        demo.communicate()

    hiring = next(one for one in sequences if one["name"] == "Spring hiring 2026")
    assert {status for status, n in hiring["counts"].items() if n} == set(Status)
    assert carrier.json()["rate"] == 600
    assert any(name.startswith("drumbeat-demo-") for name in folders)
    assert (demo.returncode, out) == (0, ""), err
    assert "Starting a server and a simulated carrier…" in err
    assert "Ready; ctrl+c ends it." in err
    assert not list(tmp_path.glob("drumbeat-demo-*"))
