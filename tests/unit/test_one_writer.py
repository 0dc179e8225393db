"""One writer per status: `enrollments/apply.py` and `messages/store.py`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import server

ROOT = Path(server.__file__).parent
WRITERS = {"enrollments": "enrollments/apply.py", "messages": "messages/store.py"}


def writers(source: str, table: str) -> list[str]:
    """The statements of a module that set the column `status` of existing rows of a table.

    Columns that are not literal may contain it.
    """
    in_sql = re.compile(rf"UPDATE\s+{table}\s+SET(?:(?!WHERE).)*\bstatus\s*=", re.I | re.S)
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += in_sql.findall(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node).startswith(f"sa.update({table})"):
            found += [key.arg or "**" for key in node.keywords if key.arg in {"status", None}]
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "update_rows":
            columns = node.args[2]
            written_out = isinstance(columns, ast.Tuple)
            if ast.unparse(node.args[1]) == table and (
                not written_out or "'status'" in ast.unparse(columns)
            ):
                found.append(ast.unparse(columns))
    return found


@pytest.mark.parametrize("table", WRITERS)
def test_one_module_writes_a_status(table: str) -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if "migrations" not in path.parts and writers(path.read_text(), table)
    }
    assert found == {WRITERS[table]}


def test_one_module_adds_texts() -> None:
    adds = re.compile(r"sa\.insert\(messages\)|insert_rows\(\s*\S+,\s*messages\b")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if adds.search(path.read_text())
    }
    assert found == {WRITERS["messages"]}


@pytest.mark.parametrize("table", WRITERS)
def test_the_search_finds_every_way_to_write_one(table: str) -> None:
    other = "messages" if table == "enrollments" else "enrollments"
    assert writers(f"sa.update({table}).where(x).values(status='failed')", table)
    assert writers(f"sa.update({table}).values(**changes)", table)
    assert writers(f"exec_driver_sql('UPDATE {table} SET hold = 1, status = 2')", table)
    assert writers(f"update_rows(connection, {table}, ('status',), rows)", table)
    assert writers(f"update_rows(connection, {table}, COLUMNS, rows)", table)
    assert not writers(f"update_rows(connection, {table}, ('hold',), rows)", table)
    assert not writers(f"sa.update({other}).values(status='sent')", table)
