"""Text from outside reaches the terminal only through one function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.each import each

ROOT: Final = Path(__file__).parents[2] / "tui"
FILES: Final = sorted(path for path in ROOT.rglob("*.py") if "commands" not in path.parts)
TELLS: Final = "app.py"
"""The only file that may notify: `DrumbeatApp.tell` cleans its text and reads no markup."""
MARKUP: Final = frozenset({"from_markup", "from_ansi", "markup"})


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name, node


def offences(source: str, *, tells: bool = False) -> list[str]:
    """Calls that would show text without cleaning it, or read it as markup."""
    found = []
    for name, call in calls(ast.parse(source)):
        plain = {keyword.arg: keyword.value for keyword in call.keywords}
        no_markup = isinstance(plain.get("markup"), ast.Constant) and not plain["markup"].value  # type: ignore[attr-defined]
        cleaned = bool(call.args) and "clean" in {inner for inner, _ in calls(call.args[0])}
        if (
            name == "Text"
            or name in MARKUP
            or (name == "notify" and not (tells and no_markup and cleaned))
        ):
            found.append(f"line {call.lineno}: {name}")
        if name in {"Static", "Label"} and call.args and not isinstance(call.args[0], ast.Call):
            found.append(f"line {call.lineno}: {name} of what is no Text")
        if name == "append" and call.args and isinstance(call.args[0], ast.JoinedStr):
            found.append(f"line {call.lineno}: append of a made-up string")
    return found


@each("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_file_of_the_screen_bypasses_the_cleaning_of_text(file: Path) -> None:
    assert offences(file.read_text(encoding="utf-8"), tells=file.name == TELLS) == []


@pytest.mark.parametrize(
    "source",
    [
        "Text(name)",
        "rich.text.Text(name)",
        "Text.from_markup(name)",
        "self.notify(clean(name), markup=False)",
        "Static(name)",
        "Label(f'{name}')",
        "line.append(f'{name}')",
    ],
)
def test_such_a_call_is_found(source: str) -> None:
    assert offences(source)


def test_tell_must_clean_and_read_no_markup() -> None:
    assert offences("self.notify(clean(text), markup=False)", tells=True) == []
    assert offences("self.notify(clean(text))", tells=True)
    assert offences("self.notify(text, markup=False)", tells=True)
