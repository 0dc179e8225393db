"""What commands print: tables for people, JSON for programs, progress on standard error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from rich.cells import cell_len
from rich.console import Console, OverflowMethod
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from common.output import holdable, is_terminal, show, show_json
from common.terminal import as_text

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

SOME_LEFT: Final = 3
"""Exit code: done, but something was left out, refused or differs; the output says what."""
NARROW: Final = 100
"""On a narrower screen, wide tables are printed as lines instead."""
_NOT_A_TERMINAL: Final = 4_000
"""The width if the output does not go to a screen."""
_PROSE: Final = frozenset({"Reason", "Remedy", "Why", "Note", "Before", "After", "Text"})
"""Columns that wrap if the screen is too narrow; at least `_LEAST_PROSE` wide."""
_SHORTENED: Final = frozenset({"Name", "By", "Field", "Suppressed", "Action"})
"""Columns that are cut off if that is not enough. All others stay whole."""
_NEGATED: Final = re.compile(r"-[A-Za-z]+:")
_LEAST_PROSE: Final = 16
_LEAST_SHORTENED: Final = 6


class Filtered(click.Command):
    """A command that takes a filter: -status:failed is a term of the filter, not an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Treat negated terms as words, wherever they are; the order of terms does not matter."""
        if "--" not in args:
            negated = [word for word in args if _NEGATED.match(word)]
            args = [word for word in args if not _NEGATED.match(word)]
            args += ["--", *negated] if negated else []
        return super().parse_args(ctx, args)


def json_option(command: F) -> F:
    """Give a command `--json`."""
    decorated: F = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
    return decorated


print_json = show_json


def print_items(
    items: Iterable[T],
    columns: Sequence[str],
    row: Callable[[T], Sequence[object]],
    *,
    as_json: bool,
    header: bool = True,
) -> None:
    """Items as a table, or as one line of JSON each."""
    if not as_json:
        print_table(columns, map(row, items), header=header)
        return
    for one in items:
        print_json(one)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, header: bool = True
) -> None:
    """Print rows for people. Cells are cleaned and never read as markup."""
    cells = [[as_text("" if cell is None else holdable(str(cell))) for cell in row] for row in rows]
    natural = [
        max([cell_len(column), *(row[n].cell_len for row in cells)])
        for n, column in enumerate(columns)
    ]
    table = Table(
        box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=header, header_style="bold"
    )
    room = screen_width()
    for column, width in zip(columns, _widths(columns, natural, room), strict=True):
        folds = column in _PROSE
        overflow: OverflowMethod = "fold" if folds else "ellipsis"
        table.add_column(column, width=width, overflow=overflow, no_wrap=not folds)
    for row in cells:
        table.add_row(*row)
    # A table that cannot fit is wrapped by the terminal; nothing is left out.
    Console(highlight=False, width=max(room, sum(natural) + len(natural))).print(table)


def _widths(columns: Sequence[str], natural: Sequence[int], room: int) -> list[int]:
    """The width of each column, so that they fit: prose shrinks first, then the cut columns."""
    widths = list(natural)
    excess = sum(widths) + len(widths) - 1 - room
    for kind, least in ((_PROSE, _LEAST_PROSE), (_SHORTENED, _LEAST_SHORTENED)):
        yielding = [n for n, column in enumerate(columns) if column in kind]
        while excess > 0 and yielding:
            widest = max(yielding, key=lambda n: widths[n])
            if widths[widest] <= least:
                break
            widths[widest] -= 1
            excess -= 1
    return widths


def screen_width() -> int:
    """The width of the screen that the output goes to; very large if it goes to none."""
    return Console().width if is_terminal() else _NOT_A_TERMINAL


def narrow() -> bool:
    """Whether the output goes to a screen too narrow for wide tables."""
    return screen_width() < NARROW


def pairs(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Parse the NAME=VALUE of an option that can be repeated."""
    found = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals:
            raise click.BadParameter(f"{value!r} has no =. Write it like company=Acme.")
        found[name.strip()] = text
    return found


def say(text: str) -> None:
    """Print a line for people on standard error."""
    show(text, err=True)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, if that is a terminal; call it with the progress."""
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


def moment(at: datetime | None, zone: str | None = None, *, year: bool = True) -> str:
    """A time for people, in the named zone or its own; empty for None."""
    if at is None:
        return ""
    try:
        local = at if zone is None else at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        local = at
    day = f"{local:%Y-%m-%d}" if year else f"{local:%m-%d}"
    return f"{day} {local:%H:%M} {local:%Z}".strip()
