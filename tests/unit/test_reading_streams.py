"""An import file is read the same however it is cut, in little memory, or told why it cannot be."""

from __future__ import annotations

import codecs
import csv
import io
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.contacts import file_reader
from server.contacts.file_columns import UnreadableFile
from server.contacts.file_reader import (
    Form,
    PeopleReader,
    ReadRow,
    RejectedRow,
    Row,
    read_people,
)
from server.contacts.file_records import MAX_RECORD, Lines, Records
from tests.sizes import sized


def read(content: str | bytes, *, form: Form | None = None) -> list[Row]:
    body = content if isinstance(content, bytes) else content.encode()
    return list(read_people([body], form=form))


def people(content: str | bytes) -> list[ReadRow]:
    return [row for row in read(content) if isinstance(row, ReadRow)]


def rejects(content: str | bytes) -> list[tuple[int, str, str | None]]:
    rows = (row for row in read(content) if isinstance(row, RejectedRow))
    return [(row.line, row.reason, row.field) for row in rows]


def outcome(chunks: list[bytes]) -> tuple[list[Row], tuple[int, str] | None]:
    reader = PeopleReader()
    rows: list[Row] = []
    try:
        for chunk in chunks:
            rows += reader.feed(chunk)
        rows += reader.finish()
    except UnreadableFile as failure:
        return rows, (failure.line, failure.reason)
    return rows, None


PIECES = st.sampled_from(
    [
        *["4155550142", "2065550117", "+1 213 555 0155", "Lena", "Ábe", "漢", "😀"],
        *[",", ",", ",", ";", '"', '"', '""', "\n", "\n", "\n", "\r\n", "\r", "\x0c", "\u2028"],
        *["\0", "\t", " ", "=1+1"],
    ]
)
BODIES = st.builds(
    lambda mark, header, pieces, tail: mark + (header + "".join(pieces)).encode() + tail,
    st.sampled_from([b"", codecs.BOM_UTF8]),
    st.sampled_from(
        ["phone,name\n", "phone;name\r\n", '"phone","a ""b"""\r', "phone\n", "\n\n", ""]
    ),
    st.lists(PIECES, max_size=40),
    st.sampled_from([b"", b"", b"\xff", b"\xe6\xbc", b"\xc3\nphone"]),
)


@settings(max_examples=sized(150, 1_500), deadline=None)
@given(BODIES, st.lists(st.integers(0, 200), max_size=12))
@example(b"phone,a\r4155550142,x\r\xff", [20])
@example(b'phone,a\n4155550142,"x""y"\n2065550117,z\n', [23, 24, 25])
@example(b"\xef\xbb\xbfphone\n4155550142", [1, 2])
def test_any_cut_gives_the_same_rows(body: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    chunks = [body[a:b] for a, b in pairwise(edges)]
    whole = outcome([body])
    assert outcome(chunks) == whole
    assert outcome([bytes([byte]) for byte in body]) == whole


CELLS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")
    | st.sampled_from(',;"\n\t =+-@'),
    max_size=12,
)


@settings(max_examples=sized(60, 400), deadline=None)
@given(
    st.lists(st.tuples(CELLS, CELLS), max_size=8),
    st.sampled_from(",;\t"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(1, 30),
)
def test_what_the_csv_module_writes_is_read_back(
    rows: list[tuple[str, str]], separator: str, end: str, size: int
) -> None:
    out = io.StringIO(newline="")
    # unless told to quote, the module leaves line feeds bare if its own line end has none
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["phone", "note", "more"])
    for index, (note, more) in enumerate(rows):
        writer.writerow([f"41555501{index:02}", note, more])
    body = out.getvalue().encode()
    found = list(read_people(body[i : i + size] for i in range(0, len(body), size)))
    expected = [
        {name: cell.strip() for name, cell in (("note", note), ("more", more)) if cell.strip()}
        for note, more in rows
    ]
    assert [row.fields for row in found if isinstance(row, ReadRow)] == expected
    assert len(found) == len(rows)


@settings(max_examples=sized(60, 300), deadline=None)
@given(BODIES)
def test_every_line_of_a_row_is_where_its_record_begins(body: bytes) -> None:
    rows, _ = outcome([body])
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    text = body.removeprefix(codecs.BOM_UTF8).decode(errors="replace")
    physical = io.StringIO(text, newline=None).read().split("\n")
    for row in rows:
        if isinstance(row, RejectedRow):
            assert row.text.split("\n")[0] == physical[row.line - 1][:200]


def test_a_quote_that_is_never_closed_is_told_with_its_line() -> None:
    content = 'phone,note\n4155550142,good\n2065550117,"oops\n2135550155,lost\n'
    assert rejects(content) == [(3, "a quote is not closed; lines up to 4 were not read", None)]
    assert [person.line for person in people(content)] == [2]


@pytest.mark.parametrize("size", [1_000, 65_536, 10_000_000])
def test_a_record_that_is_too_long_is_told_and_reading_goes_on(size: int) -> None:
    long = 'x"y,' * (MAX_RECORD // 4 + 10)
    body = f'phone,note\n4155550142,{long}\n2065550117,"{long}\n'.replace('x"y', "xyz").encode()
    body += b'end"\n2135550155,good\n'
    rows = list(read_people(body[i : i + size] for i in range(0, len(body), size)))
    assert [row.line for row in rows] == [2, 3, 5]
    first, second, good = rows
    assert isinstance(first, RejectedRow)
    assert first.reason == "longer than 1,048,576 characters, up to line 2"
    assert isinstance(second, RejectedRow)
    assert second.reason == "longer than 1,048,576 characters, up to line 4"
    assert len(second.text) == 200
    assert isinstance(good, ReadRow)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"", 1, "the file is empty"),
        (b"\n \n", 1, "the file is empty"),
        (b"sep=;\n", 1, "the file is empty"),
        (b"4155550142,Lena\n", 1, "no header: the first line contains a phone number"),
        (b"\nLena,(415) 555-0142\n", 2, "no header: the first line contains a phone number"),
        (b"name,city\n", 1, "none of the columns 'name', 'city' contains phone numbers"),
        (b"phone,City,city\n", 1, "two columns mean city: 'City' and 'city'"),
        (b"phone,mobile\n", 1, "two columns mean phone: 'phone' and 'mobile'"),
        (b"phone,,city\n", 1, "column 2 has no name"),
        (b"phone" + b",a" * 200, 1, "201 columns"),
        ("phone\n".encode("utf-16"), 1, "the file is UTF-16"),
        ("phone\n".encode("utf-32"), 1, "the file is UTF-32"),
        ("phone\n".encode("utf-16-le"), 1, "contains a NUL character"),
        (b"PK\x03\x04phone", 1, "the file is a spreadsheet file or an archive, not text"),
        (b"phone,n\xe9e\n", 1, "byte 8 (0xe9) is not UTF-8"),
        (b"phone,a\r\n4155550142,J\xf6rg\n", 2, "byte 22 (0xf6) is not UTF-8"),
        (b"\xef\xbb\xbfphone\rx\r\xff", 3, "byte 12 (0xff) is not UTF-8"),
        (b"phone\n4155550142\xe6\xbc", 2, "byte 17 (0xe6) is not UTF-8"),
        (b'phone,"a\n', 1, "a quote is not closed; lines up to 1 were not read"),
        (b'[{"phone": "4155550142"}]', 1, "a JSON array"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_why(content: bytes, line: int, reason: str) -> None:
    for chunks in ([content], [bytes([byte]) for byte in content]):
        _, failure = outcome(chunks)
        assert failure == (line, reason)


def test_rows_before_a_bad_byte_are_given_and_then_it_is_told() -> None:
    reader = PeopleReader()
    (row,) = reader.feed(b"phone\n4155550142\n2065550117\xff\n2135550155\n")
    assert row.line == 2
    for _ in range(2):
        with pytest.raises(UnreadableFile) as told:
            reader.feed(b"2135550155\n")
        assert told.value.line == 3
        assert "UTF-8" in told.value.remedy
    with pytest.raises(UnreadableFile):
        reader.finish()


def test_too_many_people_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reader, "MAX_PEOPLE", 2)
    rows, failure = outcome([b"phone\n", b"4155550142\n4155550142\n4155550143\n", b"4155550144\n"])
    assert len(rows) == 3
    assert failure == (5, "more than 2 people")


def test_memory_stays_small_however_long_the_file() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"phone,note\n4155550142,"
        for _ in range(40):
            yield b"x" * 500_000
        yield b"\n"
        for _ in range(100):
            yield b"4155550142," + b"y" * 100_000 + b"\n"

    tracemalloc.start()
    count = sum(1 for _ in read_people(chunks()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 101
    assert peak < 12_000_000


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\r", " \n", "\t \n", ",\n", ";;\n"])
def test_blank_lines_cost_nothing_and_count_as_lines(blank: str) -> None:
    lines = Lines()
    records = Records(",")
    many = blank * 100_000
    pieces = lines.feed(f"phone\n{many}".encode()) + lines.feed(f"x\n{many}".encode(), final=True)
    if not blank.strip("\r\n"):
        assert len(pieces) <= 6, "line ends in a row are one piece"
    cut = [*records.feed(pieces), *records.finish()]
    assert [(one.line, one.text) for one in cut] == [(1, "phone\n"), (100_002, "x\n")]


def test_blank_lines_inside_quotes_are_kept() -> None:
    rows = list(read_people([b'phone,note\n+12065550177,"one\n\n\ntwo"\n\n\n+12065550178,x\n']))
    assert [row.line for row in rows] == [2, 8]
    assert isinstance(rows[0], ReadRow)
    assert rows[0].fields == {"note": "one\n\n\ntwo"}
