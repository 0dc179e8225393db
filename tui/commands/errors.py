"""How commands fail: the exit codes, told in docs/commands.md."""

from __future__ import annotations

from pathlib import Path

import click

from common.terminal import clean


class Refused(click.ClickException):
    """The server refused, or something the command needs is not there."""

    exit_code = 1


class Away(click.ClickException):
    """No server was reached, or nobody is signed in."""

    exit_code = 4


def unreadable(file: str, error: OSError | UnicodeDecodeError) -> Refused:
    """A file that cannot be read, in one line."""
    why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    return Refused(f"{clean(called(file))} cannot be read: {why or error}.")


def called(file: str) -> str:
    """What a file is called when something in it is told."""
    return "standard input" if file == "-" else Path(file).name
