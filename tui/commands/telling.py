"""How commands speak: tables for people, JSON for programs, progress on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from common.terminal import as_text, clean

F = TypeVar("F", bound=Callable[..., Any])

SOME_LEFT: Final = 3
"""Exit code: done, but something was left out, refused or differs; the answer says what."""
_NOT_A_TERMINAL: Final = 4_000
"""Columns where nobody's screen bounds the width."""


def json_option(command: F) -> F:
    """Give a command `--json`."""
    decorated: F = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")(command)
    return decorated


def tell_json(value: object) -> None:
    """One value as one line of JSON."""
    click.echo(msgspec.json.encode(value).decode())


def tell_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, header: bool = True
) -> None:
    """Rows for people; what is in them is only shown, never obeyed or read as markup."""
    table = Table(box=None, pad_edge=False, show_header=header, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(as_text("" if cell is None else str(cell)) for cell in row))
    wide = None if sys.stdout.isatty() else _NOT_A_TERMINAL
    Console(highlight=False, width=wide).print(table)


def say(text: str) -> None:
    """A line for people beside the answer."""
    click.echo(clean(text), err=True)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, if that is a terminal; call it with how far it is."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task: TaskID = bar.add_task(what, total=total)

        def at(done: int) -> None:
            bar.update(task, completed=done)

        yield at


def moment(at: datetime | None, zone: str | None = None) -> str:
    """A time for people, in a zone or in UTC; empty for none."""
    if at is None:
        return ""
    try:
        local = at if zone is None else at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        local = at
    return f"{local:%Y-%m-%d %H:%M} {local:%Z}".strip()


def counted(n: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{n:,} {one if n == 1 else many or f'{one}s'}"
