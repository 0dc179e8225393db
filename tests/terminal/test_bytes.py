"""Bytes on the line: per cursor move, and per page."""

from __future__ import annotations

import pytest

from tests.terminal.conftest import Open
from tests.terminal.pseudo import SMALL, Terminal

MOVE = 450
PAGE = 7_500
ROWS = 19
COLOURS = {
    "256": {},
    "true colour": {"COLORTERM": "truecolor"},
    "16": {"TERM": "linux"},
    "none": {"NO_COLOR": "1"},
}
DOWN, UP, PAGE_DOWN, PAGE_UP = "j", "\x1b[A", "\x1b[6~", "\x1b[5~"


def cost(shown: Terminal, key: str, rank: int) -> int:
    """The bytes that a key costs if it moves the cursor to that rank."""
    before = shown.written
    shown.type(key)
    shown.until(lambda: f" {rank:04}" in cursor_line(shown), f"the cursor on {rank}")
    shown.rests(0.1)
    return shown.written - before


def walk(shown: Terminal) -> list[int]:
    """The bytes of each move from the first row of a page to its last, and back.

    On a busy machine late output may be counted for the next move, so it walks twice.
    """
    down = [cost(shown, DOWN, rank) for rank in range(1, ROWS)]
    return down + [cost(shown, UP, rank) for rank in range(ROWS - 2, -1, -1)]


def cursor_line(shown: Terminal) -> str:
    return next((line for line in shown.lines if "▸[" in line), "")


@pytest.mark.parametrize("synchronizes", [False, True])
@pytest.mark.parametrize("colours", COLOURS)
def test_moves_and_pages_are_cheap(played: Open, colours: str, synchronizes: bool) -> None:
    with played(size=SMALL, environment=COLOURS[colours], synchronizes=synchronizes) as shown:
        shown.rests(1.5)  # the numbers above the rows have come, too
        walks = [walk(shown), walk(shown)]
        moves = [min(both) for both in zip(*walks, strict=True)]
        pages = [cost(shown, PAGE_DOWN, ROWS * n) for n in (1, 2, 3)]
        pages += [cost(shown, PAGE_UP, ROWS * n) for n in (2, 1, 0)]
        ends = [cost(shown, "G", 299), cost(shown, "g", 0)]
        for rank in range(1, ROWS):
            cost(shown, DOWN, rank)
        edge = cost(shown, DOWN, ROWS)

        assert 0 < max(moves) <= MOVE
        assert 0 < max([*pages, *ends, edge]) <= PAGE
