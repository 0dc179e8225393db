"""The program opens the screen with the profile, and is quick where it shows none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from tui import opening
from tui.commands.errors import Away


def test_commands_do_not_load_what_draws_the_screen() -> None:
    loaded = "import sys, tui.cli; sys.exit('textual' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


def test_nobody_who_is_not_signed_in_sees_a_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRUMBEAT_PROFILE_DIR", str(tmp_path))
    monkeypatch.delenv("DRUMBEAT_TOKEN", raising=False)

    with pytest.raises(Away, match="drumbeat login"):
        opening.open_screen()


def test_wrong_keys_are_told_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRUMBEAT_PROFILE_DIR", str(tmp_path))
    monkeypatch.setenv("DRUMBEAT_TOKEN", "dbt_x")
    (tmp_path / "keys.toml").write_text("hlep = 'x'\n", encoding="utf-8")

    with pytest.raises(click.UsageError, match=r"keys\.toml: there is no action 'hlep'"):
        opening.open_screen()
