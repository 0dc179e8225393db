"""One public name of a class means one thing in what the server and the commands are made of."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ROOMS: Final = ("common", "server", "tui/commands")


def classes(source: str) -> list[str]:
    """The public classes that a module defines."""
    return [
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def test_no_class_name_is_used_twice() -> None:
    found = defaultdict(set)
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for name in classes(path.read_text()):
            found[name].add(path.relative_to(ROOT).as_posix())

    assert len(found) > 250
    assert {name: files for name, files in found.items() if len(files) > 1} == {}
