"""Lists that the server gives page by page, printed as they arrive or read to their end."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from tui.commands.output import print_items

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

PAGE: Final = 500
"""The most rows that the API gives at once."""


class ListPage(Protocol[T_co]):
    """One page of a list, with how many rows the whole list has."""

    @property
    def items(self) -> Sequence[T_co]:
        """The rows of this page."""

    @property
    def total(self) -> int:
        """The rows of all pages."""


Fetch = Callable[[int, int], Awaitable[ListPage[T]]]
"""Given how many rows to pass over and how many to give."""


class Printed(NamedTuple):
    """How many rows were printed, and how many there are."""

    shown: int
    total: int


async def pages(fetch: Fetch[T], most: int = sys.maxsize) -> AsyncIterator[ListPage[T]]:
    """The pages of a list, until all rows or `most` of them were given."""
    given, total = 0, 1
    while given < min(total, most):
        page = await fetch(given, min(PAGE, most - given))
        yield page
        if not page.items:
            return
        given += len(page.items)
        total = page.total


async def print_list(
    fetch: Fetch[T],
    columns: Sequence[str],
    row: Callable[[T], Sequence[object]],
    *,
    as_json: bool,
    most: int = sys.maxsize,
) -> Printed:
    """Print a list, page by page, as one table or as one line of JSON each."""
    shown = total = 0
    async for page in pages(fetch, most):
        if page.items:
            print_items(page.items, columns, row, as_json=as_json, header=shown == 0)
        shown += len(page.items)
        total = page.total
    return Printed(shown, total)
