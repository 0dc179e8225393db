"""A terminal that takes little at a time: the screen stays close behind, and never waits for it."""

from __future__ import annotations

import time

from tests.terminal.conftest import Open
from tests.terminal.pseudo import Terminal
from tests.terminal.test_bytes import cursor_line

SPEED = 10_000
MOVES = 50
BEHIND = 40_000
"""Bytes: some 150,000 were on their way when nothing was left out."""


def move(shown: Terminal) -> None:
    for _ in range(MOVES):
        shown.type("j")
        time.sleep(0.02)  # as a key that is held down


def test_after_many_moves_little_output_is_pending(played: Open) -> None:
    with played(changes=40, environment={"COLORTERM": "truecolor"}) as shown:
        shown.runs_at(SPEED)
        move(shown)
        before = shown.written
        shown.until(lambda: f" {MOVES:04}" in cursor_line(shown), "the cursor has come")

        assert shown.written - before < BEHIND
        shown.type("q")
        assert shown.ends() == 0


def test_skipped_frames_are_painted_in_the_end(played: Open) -> None:
    with played() as slow, played() as fast:
        slow.runs_at(SPEED)
        for shown in (slow, fast):
            move(shown)
        slow.until(lambda: f" {MOVES:04}" in cursor_line(slow), "the cursor has come")
        fast.until(lambda: f" {MOVES:04}" in cursor_line(fast), "the cursor has come")
        slow.rests(0.5)

        assert slow.lines == fast.lines


def test_a_terminal_that_reads_nothing_blocks_nothing(played: Open) -> None:
    with played(changes=40) as shown:
        shown.runs_at(0)
        for _ in range(4):
            shown.type("jjjjjjjjjj\x1b[6~\x1b[5~")
            time.sleep(0.2)
        shown.runs_at(None)
        shown.until(lambda: " 0040" in cursor_line(shown), "all keys were taken")
