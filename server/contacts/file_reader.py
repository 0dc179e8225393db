"""Reads people from a CSV or NDJSON stream: every record is a person or a rejected row.

    reader = PeopleReader(region="US")
    for chunk in body:
        for row in reader.feed(chunk): ...
    for row in reader.finish(): ...

The result does not depend on the chunks. Memory holds one record and the numbers seen. Text is not
changed: a cell that begins like a formula stays as it is.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

import msgspec

from server.contacts.file_columns import UnreadableFile, columns_of
from server.contacts.file_records import AS_UTF8, MAX_RECORD, PIECE, Lines, Record, Records
from server.contacts.import_rows import MAX_SHOWN, PersonReader, ReadRow, Rejected, RejectedRow

__all__ = ["Form", "PeopleReader", "ReadRow", "RejectedRow", "UnreadableFile", "read_people"]

MAX_PEOPLE: Final = 2_000_000
"""Most numbers in one file: each is remembered (some 90 bytes) to find duplicates."""

_SEPARATORS: Final = ",;\t"
_MOST_SHAPES: Final = 1_000
_DELIMITER_LINE: Final = re.compile(r'"?sep=([^\w\s"]|\t| )"?[ \t,;]*', re.IGNORECASE)
"""Excel's first line with the separator of cells."""
_QUOTED: Final = re.compile(r'"[^"]*"')
_BLANK: Final = ' \t\r\n,;"'

Row = ReadRow | RejectedRow


class Form(StrEnum):
    """The format of a file."""

    CSV = "csv"
    NDJSON = "ndjson"


class PeopleReader:
    """Reads one file: `feed` it chunks of bytes, then `finish`; both return the rows so far.

    Both raise `UnreadableFile` if the file cannot be read any further: not UTF-8, no header, no
    phone column, two columns with one meaning, too many people. Rows before that have been
    returned.
    """

    def __init__(
        self, *, region: str = "US", fictional_ok: bool = False, form: Form | None = None
    ) -> None:
        """Read national numbers in `region`; without `form`, the first character decides."""
        self._region = region
        self._fictional_ok = fictional_ok
        self._form = form
        self._lines = Lines()
        self._opening = ""
        self._records: Records | None = None
        self._separator = ","
        self._blank = _BLANK
        self._delimiter_line: str | None = None
        self._person: PersonReader | None = None
        self._shapes: dict[tuple[str, ...], PersonReader] = {}
        self._numbers: set[int] = set()
        self._failure: UnreadableFile | None = None

    def feed(self, chunk: bytes) -> list[Row]:
        """Return the rows that are complete with this chunk."""
        return self._read(chunk, final=False)

    def finish(self) -> list[Row]:
        """Return the last rows. An empty file raises `UnreadableFile`."""
        return self._read(b"", final=True)

    def _read(self, chunk: bytes, *, final: bool) -> list[Row]:
        if self._failure is not None:
            raise self._failure
        rows: list[Row] = []
        try:
            for record in self._cut(chunk, final=final):
                row = self._row(record)
                if row is not None:
                    rows.append(row)
        except UnreadableFile as failure:
            self._failure = failure
            if not rows or final:
                raise
        return rows

    def _cut(self, chunk: bytes, *, final: bool) -> Iterator[Record]:
        """Yield the records of a chunk, once the first line has shown the format."""
        pieces = self._lines.feed(chunk, final=final)
        failure = self._lines.failure
        if self._records is None:
            self._opening += "".join(pieces)
            first = self._opening.lstrip()
            if "\n" in first or final or len(self._opening) > MAX_RECORD:
                self._records = self._open(first.partition("\n")[0])
                pieces, self._opening = PIECE.findall(self._opening), ""
        if self._records is not None:
            yield from self._records.feed(pieces)
        if failure is not None:
            raise failure
        if final and self._records is not None:
            yield from self._records.finish()
            if self._person is None and self._form is Form.CSV:
                raise UnreadableFile(1, "the file is empty", "Choose a file with contacts in it.")

    def _open(self, line: str) -> Records:
        """Detect format and separator from the first non-blank line, or from its `sep=;`."""
        if self._form is not Form.CSV and line.startswith("["):
            raise UnreadableFile(
                1, "a JSON array", "Write one JSON object per line, without brackets."
            )
        if self._form is None:
            self._form = Form.NDJSON if line.startswith("{") else Form.CSV
        if self._form is Form.NDJSON:
            return Records(None)
        declared = _DELIMITER_LINE.fullmatch(line)
        if declared is not None:
            self._delimiter_line = line
            self._separator = declared[1]
            self._blank = _BLANK + self._separator
            return Records(self._separator)
        bare = _QUOTED.sub("", line)
        self._separator = max(_SEPARATORS, key=bare.count)
        return Records(self._separator)

    def _row(self, record: Record) -> Row | None:
        """Return the result of a record; None for a blank one and for the header."""
        line, text = record.line, record.text
        if not text.strip(self._blank) and not record.too_long:
            return None
        try:
            _check(record)
            return self._person_of(record)
        except Rejected as rejected:
            if self._person is None and self._form is Form.CSV:
                remedy = AS_UTF8 if "\0" in text else rejected.remedy
                raise UnreadableFile(line, rejected.reason, remedy) from None
            shown = text.rstrip("\n")[:MAX_SHOWN]
            return RejectedRow(line, rejected.reason, rejected.remedy, rejected.field, shown)

    def _person_of(self, record: Record) -> ReadRow | None:
        text = record.text
        if self._form is Form.NDJSON:
            if not text.strip():
                return None
            person, cells = self._of_object(text, record.line)
        else:
            if self._delimiter_line is not None and text.strip("\n").endswith(self._delimiter_line):
                self._delimiter_line = None
                return None
            cells = self._cells(text)
            if self._person is None:
                if text.strip(self._blank):
                    self._person = self._reader(cells, record.line)
                return None
            person = self._person
        row = person.read(record.line, cells)
        key = int(row.number.e164[1:])
        if key in self._numbers:
            raise Rejected(
                "duplicate: an earlier row of this file has this number",
                "If it is the same person, nothing to do. If not, correct one of the numbers.",
                "phone",
            )
        if len(self._numbers) >= MAX_PEOPLE:
            raise UnreadableFile(
                record.line,
                f"more than {MAX_PEOPLE:,} people",
                "Split the file and import the rest separately.",
            )
        self._numbers.add(key)
        return row

    def _cells(self, text: str) -> list[str]:
        if '"' not in text:
            return text.rstrip("\n").split(self._separator)
        try:
            return next(csv.reader([text], delimiter=self._separator, strict=True))
        except csv.Error as error:
            reason = str(error)
            if "expected after" in reason:
                reason = "text after a closing quote"
            raise Rejected(reason, 'Write quotes inside a quoted field twice: "".') from None

    def _reader(self, header: Iterable[str], line: int) -> PersonReader:
        columns = columns_of(list(header), line)
        return PersonReader(columns, region=self._region, fictional_ok=self._fictional_ok)

    def _of_object(self, text: str, line: int) -> tuple[PersonReader, list[str]]:
        """Return the cells of a JSON object, and the reader of objects with these keys."""
        cells = dict(_flat(text))
        shape = tuple(cells)
        person = self._shapes.get(shape)
        if person is None:
            try:
                person = self._reader(shape, line)
            except UnreadableFile as error:
                raise Rejected(error.reason, error.remedy) from None
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            self._shapes[shape] = person
        return person, list(cells.values())


def read_people(
    chunks: Iterable[bytes],
    *,
    region: str = "US",
    fictional_ok: bool = False,
    form: Form | None = None,
) -> Iterator[Row]:
    """Yield the rows of a whole file; see `PeopleReader`."""
    reader = PeopleReader(region=region, fictional_ok=fictional_ok, form=form)
    for chunk in chunks:
        yield from reader.feed(chunk)
    yield from reader.finish()


def _check(record: Record) -> None:
    """Refuse a record that could not be read completely."""
    if record.too_long:
        raise Rejected(
            f"longer than {MAX_RECORD:,} characters, up to line {record.last_line}",
            "Shorten it, or close the quote that opens in it.",
        )
    if "\0" in record.text:
        raise Rejected("contains a NUL character", "Remove it.")
    if record.unclosed:
        raise Rejected(
            f"a quote is not closed; lines up to {record.last_line} were not read",
            "Close the quote on the line where it opens.",
        )


def _flat(text: str) -> Iterator[tuple[str, str]]:
    """Yield keys and cells of a JSON object, including those of its object `fields`."""
    try:
        found = msgspec.json.decode(text)
        if isinstance(found, dict) and text.count(":") > len(found):  # also where a text has one
            json.loads(text, object_pairs_hook=_once)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise Rejected(f"not JSON: {error}", "Write one JSON object per line.") from None
    if not isinstance(found, dict):
        raise Rejected("not a JSON object", 'Write one object per line: {"phone": "..."}.')
    custom = found.pop("fields", None)
    if isinstance(custom, dict):
        twice = found.keys() & custom.keys()
        if twice:
            raise Rejected("given twice", "Remove one of the two.", min(twice))
        found |= custom
    elif custom is not None:
        found["fields"] = custom
    for key, value in found.items():
        yield key, _cell(key, value)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise Rejected("given twice", "Remove one of the two.", max(names, key=names.count))
    return fields


def _cell(key: str, value: object) -> str:
    if isinstance(value, str):
        if "\0" in value:
            raise Rejected("contains a NUL character", "Remove it.", key)
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    raise Rejected("a list or an object", "Write a string or a number.", key)
