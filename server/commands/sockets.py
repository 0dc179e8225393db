"""Binds a socket before anything else starts, and stops the program with its parent."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

UNTIL_EOF = click.option(
    "--until-eof",
    is_flag=True,
    help="Stop when standard input closes, so that this process ends with its parent.",
)


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A bound socket that does not listen yet. An address in use ends the command."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((host, port))
        except (OSError, UnicodeError, TypeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not a host name"
            raise click.ClickException(
                f"Cannot listen on {host}:{port} ({why}). Stop the program that uses it, or "
                "choose another --port."
            ) from error
        yield made


def url_of(host: str, port: int, *, tls: bool = False) -> str:
    """Where a server listens, as a URL."""
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if tls else 'http'}://{shown}:{port}"


def end_with_input(end: Callable[[], None]) -> None:
    """Call `end` when standard input closes, as it does when the parent process dies.

    On the running loop; for a pipe or a terminal.
    """
    loop = asyncio.get_running_loop()
    entrance = sys.stdin.fileno()

    def read() -> None:
        if not os.read(entrance, 4096):
            loop.remove_reader(entrance)
            end()

    loop.add_reader(entrance, read)
