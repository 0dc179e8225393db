"""How commands fail. docs/commands.md lists the exit codes."""

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
    """The error for a file that cannot be read."""
    why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    return Refused(f"{clean(called(file))} cannot be read: {why or error}.")


def called(file: str) -> str:
    """What messages call a file."""
    return "standard input" if file == "-" else Path(file).name
