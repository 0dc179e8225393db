"""Keys take effect in the order in which they were typed, however fast."""

from __future__ import annotations

import pytest
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.events import Key
from textual.widgets import Input

from tests.tui.stage import THREE, Played, filled, opened, until
from tui.screens.help import HelpScreen
from tui.terminal.escapes import EscapeParser, read_escapes_as_typed
from tui.terminal.key_queue import as_typed
from tui.widgets.sequence_table import SequenceTable


def typed(key: str, character: str | None = None) -> list[tuple[str, str | None]]:
    return [(one.key, one.character) for one in as_typed(Key(key, character))]


def test_a_key_with_alt_is_esc_and_then_the_key() -> None:
    esc = ("escape", "\x1b")

    assert typed("alt+x", "x") == [esc, ("x", "x")]
    assert typed("alt+shift+g", "G") == [esc, ("G", "G")]
    assert typed("alt+enter") == [esc, ("enter", None)]
    assert typed("x", "x") == [("x", "x")]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1b/", ["escape", "slash"]),
        ("\x1b1", ["escape", "1"]),
        ("\x1bf", ["escape", "f"]),
        ("\x1bG", ["escape", "G"]),
        ("\x1b*", ["escape", "asterisk"]),
        ("\x1b ", ["escape", "space"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1bjk", ["escape", "j", "k"]),
        ("\x1b[A\x1b[5~", ["up", "pageup"]),
        ("\x1bOA", ["up"]),
        ("\x1b[Z", ["shift+tab"]),
        ("x\x7f", ["x", "backspace"]),
    ],
)
def test_esc_and_a_key_in_one_packet_are_read_as_both(sent: str, keys: list[str]) -> None:
    read = EscapeParser().feed(sent)

    assert [one.key for one in read if isinstance(one, Key)] == keys


def test_the_terminal_is_read_by_our_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(linux_driver), "XTermParser", XTermParser)
    read_escapes_as_typed()

    assert linux_driver.LinuxDriver.run_input_thread.__globals__["XTermParser"] is EscapeParser
    assert "XTermParser" in linux_driver.LinuxDriver.run_input_thread.__code__.co_names


async def test_letters_right_after_the_slash_go_into_the_search() -> None:
    app = opened(Played(*THREE))
    async with app.run_test() as pilot:
        await filled(pilot, app)
        for key in (Key("slash", "/"), *(Key(letter, letter) for letter in "quick")):
            app.post_message(key)
        search = app.screen.query_one("#search", Input)
        await until(pilot, lambda: search.value == "quick", "the letters are in the search")

        assert app.is_running


@pytest.mark.parametrize("down", ["j", "down"])
async def test_esc_and_a_key_in_one_packet_leave_the_search_and_move(down: str) -> None:
    app = opened(Played(*THREE))
    async with app.run_test() as pilot:
        await filled(pilot, app)
        table = app.screen.query_one(SequenceTable)
        await pilot.press("slash")
        await until(pilot, lambda: isinstance(app.focused, Input), "the search has the focus")
        app.post_message(Key(f"alt+{down}", down if len(down) == 1 else None))
        await until(pilot, lambda: table.cursor_row == 1, "the cursor moved")

        assert app.focused is table
        assert app.screen.query_one("#search", Input).value == ""


async def test_a_key_after_one_that_opens_something_goes_there() -> None:
    app = opened(Played(*THREE))
    async with app.run_test() as pilot:
        await filled(pilot, app)
        for key in (Key("question_mark", "?"), Key("escape", "\x1b"), Key("j", "j")):
            app.post_message(key)
        table = app.screen_stack[1].query_one(SequenceTable)
        await until(pilot, lambda: table.cursor_row == 1, "the help closed, the cursor moved")

        assert not isinstance(app.screen, HelpScreen)
