"""Builds lines of text from parts. Every part is cleaned of control characters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.segment import Segment, Segments
from rich.text import Text

from common.terminal import as_text, clean_multiline
from tui.state.pages import Absence

CURSOR: Final = "▸"
MARKED, UNMARKED = "[x]", "[ ]"
ABSENT: Final = {
    Absence.LOADING: "…",
    Absence.FAILED: "✗ could not be loaded",
    Absence.GONE: "no longer exists",
}
"""Shown instead of a row that is not loaded."""


def joined(*parts: tuple[str, str]) -> Text:
    """One line of (text, style) parts."""
    line = as_text("")
    for text, style in parts:
        line.append_text(as_text(text, style))
    return line


def key_hints(*hints: tuple[str, str]) -> Text:
    """One line of keys, each with what it does."""
    return as_text("  ").join(joined((key, "bold"), (f" {does}", "")) for key, does in hints)


def stacked(rows: Iterable[Text]) -> Text:
    """Rows, one below the other."""
    whole = as_text("")
    for number, row in enumerate(rows):
        if number:
            whole.append("\n")
        whole.append_text(row)
    return whole


def harmless(drawn: Segments) -> Segments:
    """Rendered output of other code, such as a traceback, cleaned."""
    return Segments(
        Segment(clean_multiline(words), style)
        for words, style, control in drawn.segments
        if not control
    )
