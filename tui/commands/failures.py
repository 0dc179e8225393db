"""How commands fail: the exit codes, told in docs/commands.md."""

from __future__ import annotations

import click


class Refused(click.ClickException):
    """The server refused, or something the command needs is not there."""

    exit_code = 1


class Away(click.ClickException):
    """No server was reached, or nobody is signed in."""

    exit_code = 4
