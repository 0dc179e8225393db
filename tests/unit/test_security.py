"""The page on security is true, and promises of it that no other test covers."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from server.errors import SettingsError
from server.settings import Settings
from server.start import open_workspace

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`(test_\w+)`", PAGE))
DOORS = re.findall(r"^### ([^\n]+)\n(.*?)(?=^##)", PAGE, re.M | re.S)
FORBIDDEN = frozenset({"eval", "exec", "compile", "__import__"})
DANGEROUS = frozenset({"pickle", "marshal", "shelve", "dill", "yaml", "xml"})


def names_of_tests() -> set[str]:
    """The names of all tests."""
    return {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(
            r"^(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.M
        )
    }


def test_every_test_that_the_page_names_exists() -> None:
    assert len(NAMED) > 80
    assert sorted(NAMED - names_of_tests()) == []


def test_every_door_has_ten_threats_each_with_its_test() -> None:
    assert len(DOORS) == 6
    for door, told in DOORS:
        lines = [line for line in told.splitlines() if line.startswith("| ")][1:]
        assert len(lines) == 10, door
        assert [line for line in lines if "`test_" not in line] == [], door


async def test_the_files_of_a_workspace_are_its_owners_alone(tmp_path: Path) -> None:
    """Whatever the user's umask says: database, write-ahead log, its index, and the lock."""
    before = os.umask(0)
    try:
        url = f"sqlite+aiosqlite:///{tmp_path / 'new' / 'drumbeat.db'}"
        async with open_workspace(Settings(database=url)):
            files = {
                file.name: file.stat().st_mode & 0o077 for file in (tmp_path / "new").iterdir()
            }
    finally:
        os.umask(before)
    assert {"drumbeat.db", "drumbeat.db-wal", "drumbeat.db-shm", "drumbeat.db.lock"} <= set(files)
    assert set(files.values()) == {0}


async def test_a_database_of_samples_refuses_the_real_clock(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'drumbeat.db'}"
    async with open_workspace(Settings(database=url, clock="manual")):
        pass
    with pytest.raises(SettingsError, match="DRUMBEAT_CLOCK"):
        async with open_workspace(Settings(database=url)):
            pass


def test_nothing_from_outside_is_run_as_code() -> None:
    """No evaluation, no formats that run code when they are read, no shell."""
    found = []
    for folder in ("common", "server", "tui"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                place = f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
                found += [place] * _runs_code(node)
    assert found == []


def _runs_code(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(one.name.split(".")[0] in DANGEROUS for one in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] in DANGEROUS
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN:
        return True
    if isinstance(node.func, ast.Attribute) and ast.unparse(node.func) in {"os.system", "os.popen"}:
        return True
    return any(
        one.arg == "shell"
        and not (isinstance(one.value, ast.Constant) and one.value.value is False)
        for one in node.keywords
    )


@pytest.mark.parametrize(
    "code",
    ["eval(x)", "import pickle", "from marshal import loads", "os.system(x)", "run(x, shell=True)"],
)
def test_what_runs_code_is_found(code: str) -> None:
    assert any(_runs_code(node) for node in ast.walk(ast.parse(code)))
