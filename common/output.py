"""All printing of both programs, to standard output and standard error.

Output for people is cleaned, so that a terminal only displays it. Output for programs (JSON, TOML)
is unchanged in a pipe or a file; on a terminal, control and invisible characters are escaped, which
does not change its meaning. If a stream is not UTF-8, all non-ASCII characters of JSON and TOML are
escaped, so that nothing is lost.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Callable
from typing import Final

import click
import msgspec

_PLAIN: Final = re.compile(r"[ -~]*")
_PLAIN_LINES: Final = re.compile(r"[\n -~]*")
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")


def show(line: str = "", *, err: bool = False) -> None:
    """Print one line for people."""
    if not _PLAIN.fullmatch(line):
        from common.terminal import clean  # noqa: PLC0415 # 50 ms, and most lines are plain

        line = clean(line)
    click.echo(line, err=err)


def show_lines(text: str, *, err: bool = False) -> None:
    """Print lines for people."""
    if not _PLAIN_LINES.fullmatch(text):
        from common.terminal import clean_multiline  # noqa: PLC0415 # likewise

        text = clean_multiline(text)
    click.echo(text, err=err)


def show_json(value: object) -> None:
    """Print one value as one line of JSON."""
    click.echo(_safe(msgspec.json.encode(value).decode(), _json_escape))


def show_toml(written: str) -> None:
    """Print TOML; all its strings are basic strings."""
    click.echo(_safe(written, _toml_escape), nl=False)


def agreed(question: str) -> bool:
    """Ask on standard error; anything but yes means no."""
    from common.terminal import clean  # noqa: PLC0415 # likewise

    return click.confirm(clean(question), default=False, err=True)


def asked_secret(what: str) -> str:
    """Ask for a secret on standard error, without echo."""
    return str(click.prompt(what, hide_input=True, err=True))


def holdable(text: str) -> str:
    """Return the text as standard output will show it, so that its width can be measured."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def _safe(written: str, escape: Callable[[str], str]) -> str:
    if not _holds_all():
        written = _NOT_ASCII.sub(lambda found: escape(found[0]), written)
    if is_terminal() and not _PLAIN_LINES.fullmatch(written):
        from common.terminal import escaped  # noqa: PLC0415 # likewise

        written = escaped(written, escape)
    return written


def _holds_all() -> bool:
    return codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name == "utf-8"


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be").hex()
    return "".join(f"\\u{units[n : n + 4]}" for n in range(0, len(units), 4))


def _toml_escape(char: str) -> str:
    return f"\\U{ord(char):08x}"
