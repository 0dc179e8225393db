"""Nothing is painted faster than the terminal reads it, and nothing gets lost."""

from __future__ import annotations

import inspect
import os
import threading

from textual.app import App

from tui.terminal.pacing import AT_ONCE, Output, PacedApp


def read(file: int, many: int) -> bytes:
    data = b""
    while len(data) < many:
        data += os.read(file, many - len(data))
    return data


def test_textual_has_the_method_that_is_overridden() -> None:
    assert list(inspect.signature(App._display).parameters) == ["self", "screen", "renderable"]
    assert PacedApp._display is not App._display


def test_writing_never_waits_and_completion_is_reported() -> None:
    out, into = os.pipe()
    taken = threading.Event()
    output = Output(into, taken.set, lambda _: None)
    whole = bytes(range(256)) * 4 * AT_ONCE
    output.put(whole)  # more than a pipe holds

    assert output.on_its_way > 0
    assert not taken.is_set()
    assert read(out, len(whole)) == whole
    assert taken.wait(20)
    assert output.on_its_way == 0
    output.put(b"the rest")
    output.end()
    assert read(out, 8) == b"the rest"
    os.close(out)
    os.close(into)


def test_a_closed_terminal_is_reported() -> None:
    out, into = os.pipe()
    os.close(out)
    gone = threading.Event()
    output = Output(into, lambda: None, lambda _: gone.set())
    output.put(b"x")

    assert gone.wait(20)
    output.end()
    os.close(into)
