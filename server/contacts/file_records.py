"""Splits a stream of bytes into records: physical lines, or CSV records that span several.

The records do not depend on the chunks. Memory is limited by the longest accepted record.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final, NamedTuple

from server.contacts.file_columns import UnreadableFile

MAX_RECORD: Final = 1_048_576
"""Most characters (with line ends) in one record; longer ones are rejected."""

AS_UTF8: Final = "Save the file as UTF-8 (in Excel: CSV UTF-8), then import it again."

_OTHER_FILES: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
    b"PK\x03\x04": "a spreadsheet file or an archive, not text",
}
_LONGEST_MARK: Final = 4
PIECE: Final = re.compile(r"\n+|[^\n]+\n?")  # str.splitlines also splits at form feeds and more


_BLANK: Final = " \t\n,;"
"""Characters of a line that count as blank in every format."""


class Record(NamedTuple):
    """A record in the file.

    `line` and `last_line` are physical lines, from 1. `text` keeps its line ends, as LF; if
    `too_long`, it is only the beginning. `unclosed` means that the file ended inside quotes.
    """

    line: int
    last_line: int
    text: str
    too_long: bool = False
    unclosed: bool = False


class Lines:
    """Bytes in, pieces of physical lines out; every kind of line end becomes LF.

    A piece is a line with its end, a part of a line at the end of a chunk, or several line ends in
    a row, which cost no more than one line.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._newlines = io.IncrementalNewlineDecoder(None, translate=True)
        self._start: bytes | None = b""
        self._lines = 0
        self._bytes = 0
        self.failure: UnreadableFile | None = None
        """Why the file cannot be read any further, once that is known."""

    def feed(self, chunk: bytes, *, final: bool = False) -> list[str]:
        """Return the pieces of a chunk; if `failure` is set, only those before the bad byte."""
        if self._start is not None:
            self._start += chunk
            if len(self._start) < _LONGEST_MARK and not final:
                return []
            chunk = self._open(self._start)
            self._start = None
        good = self._decode(chunk, final=final)
        text = self._newlines.decode(good, final=final or self.failure is not None)
        self._lines += text.count("\n")
        return PIECE.findall(text)

    def _open(self, start: bytes) -> bytes:
        for mark, name in _OTHER_FILES.items():
            if start.startswith(mark):
                self.failure = UnreadableFile(1, f"the file is {name}", AS_UTF8)
                return b""
        if start.startswith(codecs.BOM_UTF8):
            self._bytes = len(codecs.BOM_UTF8)
        return start[self._bytes :]

    def _decode(self, chunk: bytes, *, final: bool) -> str:
        if self.failure is not None:
            return ""
        waiting = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(chunk, final=final)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode()
            place = self._bytes - waiting + error.start
            line = self._lines + 1 + len(re.findall("\r\n|\r|\n", self._pending_cr() + good))
            self.failure = UnreadableFile(
                line,
                f"byte {place + 1} (0x{error.object[error.start]:02x}) is not UTF-8",
                AS_UTF8,
            )
            return good
        self._bytes += len(chunk)
        return text

    def _pending_cr(self) -> str:
        """Return the carriage return that waits for its line feed, if there is one."""
        return "\r" if self._newlines.getstate()[1] & 1 else ""


class Records:
    """Pieces of lines in, records out; with a separator, quoted fields may span lines."""

    def __init__(self, separator: str | None) -> None:
        """Split CSV records with that separator, or, with None, one record per line."""
        self._separator = separator
        self._line = 1
        self._first = 1
        self._parts: list[str] = []
        self._length = 0
        self._at = _At.START

    def feed(self, pieces: Iterable[str]) -> Iterator[Record]:
        """Yield the records that are now complete. Blank lines between them are skipped."""
        for given in pieces:
            piece = given
            if self._length and self._at is not _At.QUOTED and piece.startswith("\n"):
                yield from self._add("\n")
                piece = piece[1:]
            if not self._length and piece[-1:] == "\n" and not piece.strip(_BLANK):
                self._line += piece.count("\n")
                self._first = self._line
            elif piece:
                yield from self._add(piece)

    def _add(self, piece: str) -> Iterator[Record]:
        ends = piece[-1] == "\n"
        if self._separator is not None and ('"' in piece or self._length):
            self._at = _scan(piece, self._separator, self._at)
        elif not ends:
            self._at = self._after_plain(piece)
        if not self._length and ends and self._at is not _At.QUOTED:
            yield Record(self._line, self._line, piece[:MAX_RECORD], len(piece) > MAX_RECORD)
            self._at = _At.START
        else:
            if self._length < MAX_RECORD:
                self._parts.append(piece)
            self._length += len(piece)
            if ends and self._at is not _At.QUOTED:
                yield self._take()
        self._line += piece.count("\n")
        if not self._length:
            self._first = self._line

    def finish(self) -> Iterator[Record]:
        """Yield the last record if no line end closed it."""
        if self._length:
            yield self._take(unclosed=self._at is _At.QUOTED)

    def _after_plain(self, piece: str) -> _At:
        return _At.START if piece[-1] == self._separator else _At.BARE

    def _take(self, *, unclosed: bool = False) -> Record:
        text = "".join(self._parts)[:MAX_RECORD]
        last = self._line - (text[-1:] == "\n" and unclosed)
        record = Record(self._first, last, text, self._length > MAX_RECORD, unclosed)
        self._parts, self._length, self._at = [], 0, _At.START
        return record


class _At(Enum):
    """The position of a CSV scan, by the rules of the csv module."""

    START = "the start of a field"
    BARE = "in a field without quotes, or behind its closing quote"
    QUOTED = "inside quotes"
    CLOSING = "behind a quote that closes, or, before another one, stands for itself"


def _scan(piece: str, separator: str, at: _At) -> _At:
    """Return the position after the piece; a piece may end anywhere."""
    position = 0
    while position < len(piece):
        if at is _At.QUOTED:
            closing = piece.find('"', position)
            if closing < 0:
                return at
            at, position = _At.CLOSING, closing + 1
        elif at is _At.BARE:
            found = piece.find(separator, position)
            if found < 0:
                return at
            at, position = _At.START, found + 1
        elif piece[position] == '"':
            at, position = _At.QUOTED, position + 1
        else:
            at = _At.BARE
    return at
