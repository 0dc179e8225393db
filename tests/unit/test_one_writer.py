"""Only `server/enrollments/apply.py` writes an enrollment's status."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import server

ROOT = Path(server.__file__).parent
WRITES_STATUS = re.compile(r"UPDATE\s+enrollments\s+SET(?:(?!WHERE).)*\bstatus\s*=", re.I | re.S)


def writers(source: str) -> list[str]:
    """The statements of a module that set the column `status` of enrollments."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += WRITES_STATUS.findall(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node).startswith("sa.update(enrollments)"):
            found += [key.arg for key in node.keywords if key.arg == "status"]
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "update_rows":
            table, columns = ast.unparse(node.args[1]), ast.unparse(node.args[2])
            if table == "enrollments" and ("STANDING" in columns or "'status'" in columns):
                found.append(columns)
    return found


def test_only_apply_writes_a_status() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if "migrations" not in path.parts and writers(path.read_text())
    }
    assert found == {"enrollments/apply.py"}


def test_the_search_finds_every_way_to_write_one() -> None:
    assert writers("sa.update(enrollments).where(x).values(status='failed')")
    assert writers("connection.exec_driver_sql('UPDATE enrollments SET hold = 1, status = 2')")
    assert writers("update_rows(connection, enrollments, ('status',), rows)")
    assert not writers("sa.update(messages).values(status='sent')")
