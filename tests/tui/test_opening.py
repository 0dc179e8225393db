"""The program opens the screen with the profile, and commands start fast without it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from tui import opening
from tui.commands.errors import Away


def test_commands_do_not_load_textual() -> None:
    loaded = "import sys, tui.cli; sys.exit('textual' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


def test_without_signing_in_there_is_no_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRUMBEAT_PROFILE_DIR", str(tmp_path))
    monkeypatch.delenv("DRUMBEAT_TOKEN", raising=False)

    with pytest.raises(Away, match="drumbeat login"):
        opening.open_screen()


def test_an_invalid_keymap_is_reported_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRUMBEAT_PROFILE_DIR", str(tmp_path))
    monkeypatch.setenv("DRUMBEAT_TOKEN", "dbt_x")
    (tmp_path / "keys.toml").write_text("hlep = 'x'\n", encoding="utf-8")

    with pytest.raises(click.UsageError, match=r"keys\.toml: there is no action 'hlep'"):
        opening.open_screen()
