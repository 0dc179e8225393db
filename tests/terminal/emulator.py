"""A terminal that knows what the screen may write, and records everything else as an error.

It is as simple as the oldest ones in use: a wide character takes two cells, a combining mark none,
and nothing joins. Whatever is not in its grammar goes to `strange`: a single control code from a
name is enough.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

MODES: Final = {
    7: "wrap at the margin",
    25: "the cursor shows",
    1000: "mouse buttons",
    1003: "mouse moves",
    1004: "focus",
    1006: "mouse as decimals",
    1015: "mouse as urxvt has it",
    1049: "the other screen",
    2004: "bracketed paste",
    2026: "a frame at a time",
}
"""The modes that are set and reset, by number."""
AS_FOUND: Final = frozenset({7, 25})
"""The modes that are on in a new terminal."""
SYNCHRONIZED: Final = 2026

_MARKS: Final = frozenset({"Mn", "Mc", "Me", "Cf"})
"""Characters without a cell, besides later parts of a Hangul syllable. Mc sometimes has one."""

_TOKEN: Final = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|(?P<line>\n)"
    r"|(?P<back>\r)"
    r"|\x1b\[(?P<place>\d+;\d+|)H"
    r"|(?P<style>\x1b\[[\d;]*m)"
    r"|(?P<clear>\x1b\[2J)"
    r"|\x1b\[\?(?P<mode>\d+)(?P<on>[hl])"
    r"|\x1b\[\?(?P<asked>2026|2048)\$p"
    r"|\x1b\[(?P<kitty>>\d+|<)u"
    r"|(?P<keep>\x1b7)"
    r"|(?P<give>\x1b8)"
    r"|(?P<where>\x1b\[6n)"
    r"|(?P<pointer>\x1b\]22;[a-z-]*\x07)"
)
_UNFINISHED: Final = re.compile(r"\x1b(\[[?<>]?[\d;]*\$?|\](2|22|22;[a-z-]*)?)?\Z")


class Emulator:
    """What a terminal of that size shows, and the state it is in."""

    def __init__(self, columns: int, rows: int, *, synchronizes: bool = False) -> None:
        self.columns, self.rows = columns, rows
        self._synchronizes = synchronizes
        self.modes = set(AS_FOUND)
        self.keyboards = 0
        """How often another keyboard mode was requested and not reset."""
        self.strange: list[str] = []
        self.answers: list[bytes] = []
        """Its pending answers to the program; reading removes them."""
        self.frames = 0
        self._cells = self._blank()
        self._main: list[list[str]] | None = None
        self._x = self._y = 0
        self._kept = (0, 0)
        self._decode = codecs.getincrementaldecoder("utf-8")("strict").decode
        self._rest = ""

    def _blank(self) -> list[list[str]]:
        return [[" "] * self.columns for _ in range(self.rows)]

    def resize(self, columns: int, rows: int) -> None:
        """Change the size and clear the screen."""
        self.columns, self.rows = columns, rows
        self._cells = self._blank()
        self._x, self._y = min(self._x, columns - 1), min(self._y, rows - 1)

    @property
    def lines(self) -> list[str]:
        """The visible lines; a wide character appears once."""
        return ["".join(row) for row in self._cells]

    def column_of(self, y: int, what: str) -> int:
        """The cell at which `what` last starts in a line; -1 if it is not there."""
        at = self.lines[y].rfind(what)
        if at < 0:
            return -1
        seen = 0
        for column, cell in enumerate(self._cells[y]):
            if seen >= at and cell:
                return column
            seen += len(cell)
        return -1

    def feed(self, data: bytes) -> None:
        """Process a program's output."""
        text = self._rest + self._decode(data)
        self._rest = ""
        at = 0
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None and _UNFINISHED.match(text, at):
                self._rest = text[at:]
                return
            if token is None:
                self.strange.append(f"{text[at : at + 24]!r} in line {self._y}")
                at += 1
                continue
            self._obey(token)
            at = token.end()

    def _obey(self, token: re.Match[str]) -> None:
        match token.lastgroup:
            case "text":
                for char in token["text"]:
                    self._show(char)
            case "line":
                self._go_down()
            case "back":
                self._x = 0
            case "place":
                row, column = token["place"].split(";") if token["place"] else ("1", "1")
                self._y = min(int(row), self.rows) - 1
                self._x = min(int(column), self.columns) - 1
            case "clear":
                self._cells = self._blank()
            case "on":
                self._set(int(token["mode"]), on=token["on"] == "h")
            case "asked":
                known = self._synchronizes and int(token["asked"]) == SYNCHRONIZED
                self.answers.append(b"\x1b[?%s;%d$y" % (token["asked"].encode(), 2 if known else 0))
            case "where":
                self.answers.append(b"\x1b[%d;%dR" % (self._y + 1, self._x + 1))
            case "keep":
                self._kept = (self._x, self._y)
            case "give":
                self._x = min(self._kept[0], self.columns - 1)
                self._y = min(self._kept[1], self.rows - 1)
            case "kitty":
                self.keyboards += 1 if token["kitty"] != "<" else -1

    def _go_down(self) -> None:
        self._y += 1
        if self._y == self.rows:
            self._y -= 1
            self._cells = [*self._cells[1:], [" "] * self.columns]

    def _set(self, mode: int, *, on: bool) -> None:
        if mode not in MODES:
            self.strange.append(f"mode {mode}")
        if mode == 1049 and on != (mode in self.modes):
            if on:
                self._main, self._cells = self._cells, self._blank()
            else:
                self._cells, self._main = self._main or self._blank(), None
        if mode == SYNCHRONIZED and not on:
            self.frames += 1
        (self.modes.add if on else self.modes.discard)(mode)

    def _show(self, char: str) -> None:
        if unicodedata.category(char) in _MARKS or "\u1160" <= char <= "\u11ff":
            self._mark(char)
            return
        cells = 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if self._x + cells > self.columns:
            if 7 not in self.modes:
                self._x = self.columns - cells
            else:
                self._x = 0
                self._go_down()
        row = self._cells[self._y]
        for x in range(self._x, self._x + cells):
            self._free(row, x)
        row[self._x] = char
        if cells == 2:
            row[self._x + 1] = ""
        self._x += cells

    def _mark(self, char: str) -> None:
        """Add a combining mark to the previous character."""
        row = self._cells[self._y]
        x = min(self._x, self.columns) - 1
        if x > 0 and not row[x]:
            x -= 1
        if x >= 0:
            row[x] += char

    @staticmethod
    def _free(row: list[str], x: int) -> None:
        """Clear the cell; half of a wide character leaves a blank."""
        if not row[x] and x:
            row[x - 1] = " "
        elif x + 1 < len(row) and not row[x + 1]:
            row[x + 1] = " "
        row[x] = " "
