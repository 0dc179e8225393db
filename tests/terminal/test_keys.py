"""Keys arrive as typed, and confirm nothing that was not visible."""

from __future__ import annotations

import time

import pytest

from tests.terminal.conftest import Open
from tests.terminal.pseudo import Terminal
from tests.terminal.test_bytes import cursor_line

PASTED = "\x1b[200~%s\x1b[201~"
DONE = "Finished 1 of 1"
ASKED = "y confirm"


def search(shown: Terminal, words: str) -> None:
    shown.type(f"/{words}")
    shown.shows(f" {words} ", "match")
    shown.until(lambda: "Abadi, Lena" in cursor_line(shown), "the first of those who match")
    shown.rests()


@pytest.mark.parametrize("keys", ["\x1bj", "\x1b\x1b[B", "\x1b\x1bOB"])
def test_esc_and_a_move_leave_the_search_and_move(played: Open, keys: str) -> None:
    with played() as shown:
        search(shown, "lena")
        shown.type(keys)
        shown.until(lambda: "▸[ ] 山田, Lena" in cursor_line(shown), "the cursor is one down")

        assert " lena " in shown.text


def test_esc_and_a_letter_leave_the_search_and_act(played: Open) -> None:
    with played() as shown:
        search(shown, "lena")
        shown.type("\x1bx")
        shown.shows("Mark as finished", ASKED)


def test_esc_twice_leaves_the_search_and_clears_it(played: Open) -> None:
    with played() as shown:
        search(shown, "lena")
        shown.type("\x1b\x1b")
        shown.shows("Search name or phone")
        shown.until(lambda: "300 enrolled · 300 match" in shown.text, "all show again")


def test_esc_and_a_bracket_are_both_taken(played: Open) -> None:
    with played() as shown:
        search(shown, "lena")
        shown.type("\x1b[")
        shown.rests(0.5)
        shown.type("j")
        shown.until(
            lambda: "[ ] 山田, Lena" in cursor_line(shown) or "Contacts]" not in shown.text,
            "the search was left",
        )

        assert "[j" not in shown.text


def test_esc_and_a_key_close_a_dialog_and_move(played: Open) -> None:
    with played() as shown:
        for opening, told in (("x", ASKED), ("ft", "enter choose"), ("s", "Sort by")):
            shown.type(opening)
            shown.shows(told)
            shown.rests(0.7)  # a key that comes sooner is dropped by a confirmation
            shown.type("\x1bj")
            shown.hides(told)
        shown.until(lambda: "▸[ ] Abel, Rosa" in cursor_line(shown), "three down")
        assert DONE.encode() not in shown.raw


def assert_nothing_done(shown: Terminal) -> None:
    """Nothing was confirmed so far: a key typed in time confirms, so a wrong one would be seen."""
    shown.shows(ASKED)
    shown.rests(0.5)
    assert DONE.encode() not in shown.raw
    confirm(shown)


def confirm(shown: Terminal) -> None:
    """Press y repeatedly, like an impatient user."""
    while ASKED in shown.text:
        shown.type("y")
        shown.rests(0.5)
    shown.shows(DONE)


def test_a_burst_confirms_nothing(played: Open) -> None:
    with played() as shown:
        shown.type("xyyy")
        assert_nothing_done(shown)


def test_a_quick_y_confirms_nothing(played: Open) -> None:
    with played() as shown:
        shown.type("x")
        for _ in range(10):
            time.sleep(0.01)
            shown.type("y")
        assert_nothing_done(shown)


def test_what_is_typed_while_a_slow_line_paints_confirms_nothing(played: Open) -> None:
    with played() as shown:
        shown.runs_at(1_000)
        shown.type("x")
        while "confirm" not in shown.text:
            time.sleep(0.4)
            shown.type("y")
        shown.runs_at(None)
        assert_nothing_done(shown)


def test_pasted_text_confirms_nothing(played: Open) -> None:
    with played() as shown:
        shown.type(PASTED % "xyy")
        shown.rests(0.5)
        assert ASKED not in shown.text

        shown.type("x")
        shown.shows(ASKED)
        time.sleep(0.5)  # longer than the time in which a new dialog ignores keys
        shown.type(PASTED % "y")
        assert_nothing_done(shown)


def test_a_pasted_count_confirms_nothing(played: Open) -> None:
    with played() as shown:
        shown.type("*")
        shown.shows("300 selected")
        shown.type("x")
        shown.shows("Type 300, then press y")
        time.sleep(0.5)  # longer than the time in which a new dialog ignores keys
        shown.type(PASTED % "300y")
        shown.type(PASTED % "300")
        shown.type("y")
        shown.rests(0.5)
        assert b"Finished 68 of 300" not in shown.raw

        shown.type("300")
        shown.shows("✓ press y")
        shown.type("y")
        shown.shows("Finished 68 of 300")


def test_a_terminal_that_never_answers_can_still_confirm(played: Open) -> None:
    with played(answers=False) as shown:
        shown.type("x")
        shown.shows(ASKED)
        confirm(shown)
