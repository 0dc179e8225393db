"""What both programs do with their output, whatever is at its other end.

A stream that is not UTF-8 gets `?` for what it cannot hold, so that no name ends a command. What
programs read (JSON, TOML) loses nothing by that: there, such characters are escaped. A reader that
goes away early, as `head` does, ends a command quietly; a full disk ends it with one line.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import re
import sys
from typing import Any, Final

import click
import msgspec

_ASCII: Final = "drumbeat_ascii"
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})


class Program(click.Group):
    """The commands of one program."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run one command; the process ends with it."""
        replace_what_cannot_be_shown()
        try:
            return super().main(*args, **options)
        except OSError as error:
            if error.errno not in {errno.EPIPE, *_NO_ROOM}:
                raise
            let_go(sys.stdout)
            if error.errno != errno.EPIPE:
                click.echo(f"Error: The output could not be written ({error.strerror}).", err=True)
            raise SystemExit(1) from error
        except UnicodeEncodeError as error:
            odd = next((word for word in sys.argv[1:] if not _is_text(word)), None)
            if odd is None:
                raise
            click.echo(
                f"Error: {odd!r} cannot be read as text in this locale; write it in UTF-8, and set"
                " a locale like LC_ALL=C.UTF-8.",
                err=True,
            )
            raise SystemExit(2) from error


def replace_what_cannot_be_shown() -> None:
    """Let standard output, standard error and standard input replace what they cannot hold."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding
            if stream is not sys.stdin and codecs.lookup(encoding).name == "ascii":
                encoding = _ASCII  # to ASCII by its own name, click writes UTF-8
            stream.reconfigure(encoding=encoding, errors="replace")


def let_go(stream: Any) -> None:
    """Send what is still written to a stream, or kept for it, nowhere: its reader is gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def holdable(text: str) -> str:
    """A text as standard output will show it, so that its width can be measured."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def json_text(value: object) -> str:
    """One value as one line of JSON that standard output can hold."""
    text = msgspec.json.encode(value).decode()
    return text if _holds_all() else _NOT_ASCII.sub(_json_escape, text)


def toml_text(written: str) -> str:
    """TOML, whose strings are all basic ones, that standard output can hold."""
    return written if _holds_all() else _NOT_ASCII.sub(_toml_escape, written)


def _is_text(word: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in word)


def _holds_all() -> bool:
    return codecs.lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name == "utf-8"


def _json_escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[n : n + 4]}" for n in range(0, len(units), 4))


def _toml_escape(found: re.Match[str]) -> str:
    return f"\\U{ord(found[0]):08x}"


def _find_codec(name: str) -> codecs.CodecInfo | None:
    """ASCII by a name of ours."""
    if name != _ASCII:
        return None
    ascii_ = codecs.lookup("ascii")
    return codecs.CodecInfo(
        ascii_.encode,
        ascii_.decode,
        ascii_.streamreader,
        ascii_.streamwriter,
        ascii_.incrementalencoder,
        ascii_.incrementaldecoder,
        name=_ASCII,
    )


codecs.register(_find_codec)
