"""How both programs end, whatever reads their output.

A stream that is not UTF-8 gets `?` for characters that it cannot hold, so that no name ends a
command. A reader that closes early, such as `head`, ends a command quietly; a full disk ends it
with one line. Final messages are printed by `common.output`, like everything else.
"""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, Final

import click

from common.output import show, show_lines

_ASCII: Final = "drumbeat_ascii"
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of a full or failing disk."""


class Program(click.Group):
    """The commands of one program, each imported from its module when it is called."""

    modules: ClassVar[Mapping[str, str]] = {}
    """The module of each command, by the command's name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All, in the order of help."""
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one, unless it was added by a decorator."""
        if cmd_name not in self.modules:
            return super().get_command(ctx, cmd_name)
        found: click.Command = getattr(import_module(self.modules[cmd_name]), cmd_name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find one, or the nearest names for one that is not there."""
        try:
            return super().resolve_command(ctx, args)
        except (
            click.NoSuchCommand
        ) as error:  # click does not know commands that are not imported yet
            names = list(self.modules)
            raise click.NoSuchCommand(error.command_name, possibilities=names, ctx=ctx) from None

    def main(self, *args: Any, **options: Any) -> Any:
        """Run one command, then end the process."""
        options["standalone_mode"] = False  # click's final messages are cleaned first
        replace_what_cannot_be_shown()
        try:
            ended = super().main(*args, **options)
        except click.ClickException as error:
            show_lines(_message(error), err=True)
            raise SystemExit(error.exit_code) from error
        except click.Abort as error:
            show("Aborted!", err=True)
            raise SystemExit(1) from error
        except OSError as error:
            if error.errno not in {errno.EPIPE, *NO_ROOM}:
                raise
            let_go(sys.stdout)
            if error.errno != errno.EPIPE:
                show(f"Error: Cannot write the output ({error.strerror}).", err=True)
            raise SystemExit(1) from error
        except UnicodeEncodeError as error:
            odd = next((word for word in sys.argv[1:] if not _is_text(word)), None)
            if odd is None:
                raise
            show(
                f"Error: {odd!r} is not valid text in this locale. Write it in UTF-8 and "
                "set a UTF-8 locale such as LC_ALL=C.UTF-8.",
                err=True,
            )
            raise SystemExit(2) from error
        raise SystemExit(ended if isinstance(ended, int) else 0)


class _Kept(io.StringIO):
    """A text buffer from which click removes no escape codes; they are cleaned later."""

    def isatty(self) -> bool:
        """Pretend to be a terminal."""
        return True


def _message(error: click.ClickException) -> str:
    """click's message for an error: the usage of the command, and what is wrong."""
    said = _Kept()
    error.show(said)
    return said.getvalue().rstrip("\n")


def replace_what_cannot_be_shown() -> None:
    """Let the standard streams replace characters that they cannot hold."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding
            if stream is not sys.stdin and codecs.lookup(encoding).name == "ascii":
                encoding = _ASCII  # if the codec were named ASCII, click would write UTF-8
            stream.reconfigure(encoding=encoding, errors="replace")


def let_go(stream: Any) -> None:
    """Discard what is buffered for a stream: its reader is gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _is_text(word: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in word)


def _find_codec(name: str) -> codecs.CodecInfo | None:
    """ASCII under a name of our own."""
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
