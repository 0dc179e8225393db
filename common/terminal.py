"""Makes outside text safe to display: names, texts, carriers' messages.

A terminal obeys control codes, and bidirectional controls reorder text; neither may come from a
contact's name. Only rendering cleans text; API, export and editing keep it unchanged. The result is
plain text, never markup.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

LINE_BREAK: Final = "␤"
REPLACEMENT: Final = "\ufffd"
ELLIPSIS: Final = "…"
MOST_MARKS: Final = 4
"""Most combining marks on one character; more would cover the lines above."""

_MOST_CHARS_PER_CELL: Final = 16
_ZWJ, _ZWNJ = "\u200d", "\u200c"
_BREAKS: Final = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
# characters that need a closer look: controls, formats, surrogates, tags, and long runs of marks
_SUSPECT: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_EMOJI: Final = "\u2190-\u2bff\U0001f000-\U0001faff"
# joins or changes emoji: some terminals draw one of two cells, some draw all
_UNEVEN: Final = re.compile(
    f"[\ufe0e\ufe0f]|(?<=[{_EMOJI}\ufe0f])[\U0001f3fb-\U0001f3ff]"
    f"|\u200d(?=[{_EMOJI}])|(?<=[{_EMOJI}\ufe0f])\u200d"
)
_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
_SELECTORS: Final = frozenset(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_MODIFIERS: Final = range(0x1F3FB, 0x1F400)
_VARIATION_SELECTORS: Final = range(0xFE00, 0xFE10)


def clean(text: str, width: int | None = None) -> str:
    """Return one line that is safe to display; with `width`, cut to at most that many cells.

    Controls become visible symbols (ESC: ␛) or U+FFFD, line breaks ␤, tabs a space, lone surrogates
    U+FFFD. Bidirectional controls, tags and other invisible characters are removed. A zero-width
    joiner stays where it joins emoji or letters. `clean(clean(text)) == clean(text)`.
    """
    if text.isascii() and text.isprintable():
        cleaned = text
    else:
        cleaned = _harmless(_BREAKS.sub(LINE_BREAK, text))
    return cleaned if width is None else _cut(cleaned, width)


def clean_multiline(text: str) -> str:
    """Return the text cleaned line by line; every kind of line break becomes a newline."""
    return "\n".join(clean(line) for line in _BREAKS.split(text))


def fit(text: str, cells: int) -> str:
    """Return the cleaned text, cut with an ellipsis or padded to exactly that many cells.

    So that all terminals use the same number of cells, emoji lose joiners and modifiers.
    """
    return set_cell_size(_cut(_even(clean(text)), cells), cells)


def as_text(text: str, style: str = "") -> Text:
    """Return the cleaned line as rich text of even width, without markup."""
    return Text(_even(clean(text)), style=style, end="")


def escaped(written: str, escape: Callable[[str], str]) -> str:
    """Return the text with `escape` of each character that is not plainly visible, except newlines.

    For JSON and TOML on a terminal, where the meaning must not change: escapes controls,
    bidirectional and invisible characters, odd spaces, and long runs of marks.
    """
    if written.replace("\n", "").isprintable() and written.isascii():
        return written
    kept: list[str] = []
    height = 0
    for char in written:
        mark = not char.isascii() and unicodedata.category(char) in {"Mn", "Me"}
        height = height + 1 if mark else 0
        seen = char == "\n" or (height <= MOST_MARKS and _is_seen(char))
        kept.append(char if seen else escape(char))
    return "".join(kept)


def _is_seen(char: str) -> bool:
    return char.isprintable() and char not in _SELECTORS and clean(char) == char


def _even(cleaned: str) -> str:
    return cleaned if cleaned.isascii() else _UNEVEN.sub("", cleaned)


def _cut(cleaned: str, cells: int) -> str:
    if cells <= 0:
        return ""
    # marks take no cells: limit what a few cells can show, however long the text
    shown = cleaned[: cells * _MOST_CHARS_PER_CELL]
    if len(shown) == len(cleaned) and cell_len(cleaned) <= cells:
        return cleaned
    if cells == 1:
        return ELLIPSIS
    cut = set_cell_size(shown, cells - 1).rstrip(" " + _ZWJ + _ZWNJ)
    return cut + ELLIPSIS


def _harmless(text: str) -> str:
    if not _SUSPECT.search(text):
        return _lower_towers(text)
    kept: list[str] = []
    for index, char in enumerate(text):
        code = ord(char)
        if char == "\t":
            kept.append(" ")
        elif code < 0x20:
            kept.append(chr(0x2400 + code))
        elif code == 0x7F:
            kept.append("␡")
        elif 0x80 <= code < 0xA0 or 0xD800 <= code < 0xE000:
            kept.append(REPLACEMENT)
        elif char in {_ZWJ, _ZWNJ}:
            after = text[index + 1] if index + 1 < len(text) else ""
            if kept and after and _joins(kept[-1]) and _joins(after):
                kept.append(char)
        elif char not in _INVISIBLE and unicodedata.category(char) != "Cf":
            kept.append(char)
    return _lower_towers("".join(kept))


def _joins(char: str) -> bool:
    """Whether a joiner beside this character has a meaning: emoji, or letters with forms."""
    if char.isascii():
        return False
    if ord(char) in _MODIFIERS or ord(char) in _VARIATION_SELECTORS:
        return True
    return unicodedata.category(char) in {"So", "Lo", "Mn", "Mc"} and char not in _INVISIBLE


def _lower_towers(text: str) -> str:
    if text.isascii():
        return text
    kept: list[str] = []
    height = 0
    for char in text:
        height = height + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if height <= MOST_MARKS:
            kept.append(char)
    return "".join(kept) if len(kept) < len(text) else text
