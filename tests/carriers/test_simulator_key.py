"""The key that a server and its simulator share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.carriers.registry import twilio_settings
from server.carriers.simulator.settings import SimulatorSettings, key_file, shared_key
from server.database.engine import sqlite_path
from server.errors import SettingsError
from server.settings import Settings


@pytest.mark.parametrize("url", ["sqlite+aiosqlite:///a b.db", "sqlite+aiosqlite:////x/y.db"])
def test_it_lies_beside_the_database(url: str) -> None:
    assert str(key_file(url)) == f"{sqlite_path(url)}.simulator-key"


def test_both_have_one_random_key_whoever_comes_first(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'drumbeat.db'}"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(shared_key, [key_file(url)] * 8))
    assert twilio_settings(Settings(database=url)).auth_tokens == tuple(keys)
    assert len(keys.pop()) > 40
    assert key_file(url).stat().st_mode & 0o077 == 0
    assert [one.name for one in key_file(url).parent.iterdir()] == [key_file(url).name]


def test_each_workspace_has_another(tmp_path: Path) -> None:
    assert shared_key(tmp_path / "one") != shared_key(tmp_path / "two")
    assert SimulatorSettings().auth_token != SimulatorSettings().auth_token


def test_a_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'drumbeat.db'}"
    key_file(url).write_text("simulated")
    with pytest.raises(SettingsError, match=r"drumbeat\.db\.simulator-key contains no key"):
        twilio_settings(Settings(database=url))


def test_a_token_that_is_set_is_used(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'drumbeat.db'}"
    settings = twilio_settings(Settings(database=url, twilio_auth_token=("given",)))
    assert settings.auth_tokens == ("given",)
    assert not key_file(url).exists()
