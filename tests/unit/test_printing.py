"""What both programs print goes through one module, which makes it harmless to a terminal."""

from __future__ import annotations

import ast
import io
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import output
from common.program import Program
from common.terminal import clean
from tests.each import each
from tests.terminal.hostile import CODES

ROOT: Final = Path(__file__).parents[2]
FILES: Final = sorted(
    path for room in ("common", "server", "tui") for path in (ROOT / room).rglob("*.py")
)
PRINTS: Final = {
    "common/output.py": {"echo", "confirm", "prompt"},
    "tui/commands/output.py": {"print"},
}
"""The files that may print, and how; the table is made of cleaned cells."""
FORBIDDEN: Final = frozenset(
    {"print", "echo", "secho", "confirm", "prompt", "echo_via_pager", "progressbar"}
)
STREAMS: Final = frozenset({"stdout", "stderr", "__stdout__", "__stderr__"})
TEXTS: Final = st.text(
    st.characters(codec="utf-8")
    | st.sampled_from("\x1b\x00\x7f\x9b\x85\u2028\u202e\u200b\u200d\ufe0f\u0301")
)


def prints(source: str) -> Iterator[tuple[int, str]]:
    """Calls that print, with their line."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="click"), attr=name) if (
                name in FORBIDDEN
            ):
                yield node.lineno, name
            case ast.Attribute(value=ast.Call(func=ast.Name(id="Console")), attr="print"):
                yield node.lineno, "print"
            case ast.Attribute(value=ast.Attribute(attr=stream), attr="write" | "writelines") if (
                stream in STREAMS
            ):
                yield node.lineno, "write"


@each("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_is_printed_past_the_one_module(file: Path) -> None:
    allowed = PRINTS.get(str(file.relative_to(ROOT)), set())
    found = [one for one in prints(file.read_text(encoding="utf-8")) if one[1] not in allowed]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "print(name)",
        "click.echo(name)",
        "click.secho(name)",
        "click.confirm(f'Undo of {name}?')",
        "click.prompt(name)",
        "confirm(name)",
        "Console().print(name)",
        "sys.stdout.write(name)",
        "sys.stderr.write(name)",
    ],
)
def test_such_a_call_is_found(source: str) -> None:
    assert list(prints(source))


class Stream(io.StringIO):
    """Standard output that is a terminal or is none."""

    encoding = "utf-8"

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def written(
    monkeypatch: pytest.MonkeyPatch, value: str, *, terminal: bool, toml: bool = False
) -> str:
    stream = Stream(terminal=terminal)
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", stream)
        if toml:
            output.show_toml(value)
        else:
            output.show_json({value: [value]})
    return stream.getvalue()


def is_seen(text: str) -> bool:
    """Whether a terminal only shows it."""
    return text.isprintable() and all(clean(char) == char for char in text) and clean(text) == text


@given(TEXTS)
def test_json_on_a_terminal_says_the_same_and_is_only_shown(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        shown = written(patch, text, terminal=True)
        piped = written(patch, text, terminal=False)
    assert is_seen(shown.removesuffix("\n"))
    assert json.loads(shown) == json.loads(piped) == {text: [text]}


@pytest.mark.parametrize("text", CODES.values(), ids=CODES)
def test_json_and_toml_in_a_pipe_are_true_and_on_a_terminal_only_shown(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(written(monkeypatch, text, terminal=False)) == {text: [text]}
    shown = written(monkeypatch, text, terminal=True)
    assert json.loads(shown) == {text: [text]}
    assert is_seen(shown.removesuffix("\n"))


@pytest.mark.parametrize(
    "body", ['"a\\u001bb"', '"c1 \x9b31m"', '"""\none\n\u202etwo\u200b\t3\n"""', '"Größe 漢 😀"']
)
def test_toml_on_a_terminal_says_the_same(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f'name = "Q"\nbody = {body}\n'
    assert written(monkeypatch, text, terminal=False, toml=True) == text
    shown = written(monkeypatch, text, terminal=True, toml=True)
    assert all(is_seen(line) for line in shown.split("\n"))
    assert tomllib.loads(shown) == tomllib.loads(text)


def test_what_is_harmless_stays_readable_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "Zúñiga Größe 漢字 Ελένη שלום 😀"
    assert name in written(monkeypatch, name, terminal=True)


@each("text", CODES.values())
@each("error", [click.ClickException, click.UsageError, click.BadParameter, click.NoSuchOption])
def test_what_a_command_ends_with_is_only_shown(
    text: str, error: type[click.ClickException], capsys: pytest.CaptureFixture[str]
) -> None:
    program = Program("odd")

    @program.command()
    def fail() -> None:
        raise error(text)

    with pytest.raises(SystemExit) as ended:
        program.main(["fail"], prog_name="odd")
    said = capsys.readouterr()
    assert ended.value.code == error.exit_code
    assert said.out == ""
    assert all(clean(line) == line for line in said.err.removesuffix("\n").split("\n"))


def test_a_program_ends_with_the_code_that_a_command_asks_for() -> None:
    program = Program("odd")

    @program.command()
    @click.pass_context
    def end(ctx: click.Context) -> None:
        ctx.exit(3)

    @program.command()
    def stop() -> None:
        raise click.Abort

    for words, code in (["end"], 3), (["stop"], 1), (["--help"], 0), (["nothing"], 2):
        with pytest.raises(SystemExit) as ended:
            program.main(words, prog_name="odd")
        assert ended.value.code == code
