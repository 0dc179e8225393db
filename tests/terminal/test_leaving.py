"""The terminal is left as it was found, however the screen ends; and sizes are followed."""

from __future__ import annotations

import os
import signal

import pytest

from tests.terminal.conftest import Open
from tests.terminal.emulator import AS_FOUND
from tests.terminal.pseudo import LARGE, SMALL, Terminal

A_BELL = r"'\x07' in line 0"
"""Textual rings it once when it breaks."""


def assert_as_found(shown: Terminal) -> None:
    assert shown.screen.modes == AS_FOUND
    assert shown.screen.keyboards == 0
    assert shown.settings() == shown.found


@pytest.mark.parametrize("key", ["q", "\x11"], ids=["q", "ctrl+q"])
def test_quitting_leaves_nothing_behind(played: Open, key: str) -> None:
    with played() as shown:
        assert shown.settings() != shown.found
        shown.type(key)

        assert shown.ends() == 0
        assert_as_found(shown)
        assert shown.text.strip() == ""


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_nothing_behind(played: Open, told: signal.Signals) -> None:
    with played() as shown:
        os.kill(shown.process.pid, told)

        assert shown.ends() == 0
        assert_as_found(shown)


def test_a_signal_during_a_dialog_leaves_nothing_behind(played: Open) -> None:
    with played() as shown:
        shown.type("x")
        shown.shows("y confirm")
        os.kill(shown.process.pid, signal.SIGTERM)

        assert shown.ends() == 0
        assert_as_found(shown)


def test_an_unexpected_error_is_printed_cleaned_after_the_screen(played: Open) -> None:
    with played() as shown:
        shown.type("?")

        assert shown.ends() != 0
        assert_as_found(shown)
        assert "Broken" in shown.text
        assert "of ␛]52;c;bm8= \ufffd31m [b]somebody[/b]'s" in shown.text
        assert shown.screen.strange == [A_BELL]
        shown.screen.strange.clear()


def test_a_closed_terminal_ends_it(played: Open) -> None:
    with played(changes=20) as shown:
        shown.hang_up()
        shown.process.wait(60)


def test_ctrl_c_does_not_quit(played: Open) -> None:
    with played() as shown:
        shown.type("\x03j")
        shown.until(lambda: "▸[ ] Abbott" in shown.text, "the cursor moved")
        shown.type("q")

        assert shown.ends() == 0
        assert_as_found(shown)


def test_it_follows_the_size(played: Open) -> None:
    with played(size=SMALL) as shown:
        shown.resize(*LARGE)
        shown.shows("drumbeat", "Abe, Kenji", "? help")
        assert shown.line_with("? help") == LARGE[1] - 1

        shown.resize(50, 10)
        shown.shows("Too small.")
        shown.hides("Abe, Kenji")

        shown.resize(*SMALL)
        shown.shows("▸[ ] Abadi, Lena", "? help")
        shown.rests()
        assert shown.line_with("? help") == SMALL[1] - 1
        shown.type("j")
        shown.until(lambda: "▸[ ] Abbott" in shown.text, "the cursor moves")
