"""Every record of an import file is a person, or is rejected with a reason."""

from __future__ import annotations

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.vocabulary import LineKind
from server.contacts.file_columns import field_name
from server.contacts.file_reader import (
    Form,
    ReadRow,
    RejectedRow,
    Row,
    read_people,
)

FILE = (
    "Phone,First name,Last name,City\r\n"
    '415 555 0142,Lena,"Abadi, Jr",Oakland\r\n'
    '2065550117,Sam,Abbott,"two\r\nlines"\r\n'
    "nonsense,Kenji,Abe,Tokio\r\n"
    '+1 213 555 0155,Rosa "Ro",Abel,"say ""hi"""\r\n'
)


def read(content: str | bytes, *, form: Form | None = None) -> list[Row]:
    body = content if isinstance(content, bytes) else content.encode()
    return list(read_people([body], form=form))


def people(content: str | bytes) -> list[ReadRow]:
    return [row for row in read(content) if isinstance(row, ReadRow)]


def rejects(content: str | bytes) -> list[tuple[int, str, str | None]]:
    rows = (row for row in read(content) if isinstance(row, RejectedRow))
    return [(row.line, row.reason, row.field) for row in rows]


def test_people_are_read_with_their_fields_and_lines() -> None:
    rows = read(FILE)
    assert [row.line for row in rows] == [2, 3, 5, 6]
    first, second, bad, last = rows
    assert isinstance(first, ReadRow)
    assert (first.number.e164, first.first_name, first.last_name) == (
        "+14155550142",
        "Lena",
        "Abadi, Jr",
    )
    assert first.fields == {"city": "Oakland"}
    assert first.zone is first.region is first.line_kind is None
    assert isinstance(second, ReadRow)
    assert second.fields == {"city": "two\nlines"}
    assert isinstance(bad, RejectedRow)
    assert (bad.reason, bad.field) == ("not a phone number", "phone")
    assert bad.text == "nonsense,Kenji,Abe,Tokio"
    assert isinstance(last, ReadRow)
    assert (last.first_name, last.fields) == ('Rosa "Ro"', {"city": 'say "hi"'})


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_separators_line_ends_and_marks(separator: str, end: str, mark: bytes) -> None:
    text = end.join([separator.join(["Mobile", '"City, Town"']), f"4155550142{separator}Köln"])
    (person,) = people(mark + text.encode())
    assert person.number.e164 == "+14155550142"
    assert person.fields == {"city_town": "Köln"}
    assert person.line == 2


@pytest.mark.parametrize(
    "header", ["phone", "Mobile", "CELL", "Telephone", "Number", "Phone-Number"]
)
def test_names_of_the_phone_column(header: str) -> None:
    assert people(f"{header}\n4155550142\n")[0].number.e164 == "+14155550142"


@pytest.mark.parametrize(
    ("header", "cells", "first", "last"),
    [
        ("First Name,Surname", "Lena,Abadi", "Lena", "Abadi"),
        ("given name,last", " Lena , Abadi ", "Lena", "Abadi"),
        ("Name", '"Abadi, Lena"', "Lena", "Abadi"),
        ("name", "Lena Maria Abadi", "Lena", "Maria Abadi"),
        ("full name", "Lena", "Lena", ""),
    ],
)
def test_names(header: str, cells: str, first: str, last: str) -> None:
    (person,) = people(f"phone,{header}\n4155550142,{cells}\n")
    assert (person.first_name, person.last_name) == (first, last)


def test_a_full_name_beside_a_first_name_is_a_field() -> None:
    (person,) = people("phone,name,first name\n4155550142,Lena Abadi,Lena\n")
    assert (person.first_name, person.last_name) == ("Lena", "")
    assert person.fields == {"name": "Lena Abadi"}


def test_zone_region_and_line_type() -> None:
    (person,) = people(
        "phone,time zone,State,line type\n4155550142,america/new_york,new york,Cell\n"
    )
    assert person.zone == "America/New_York"
    assert person.region == "NY"
    assert person.line_kind is LineKind.MOBILE


def test_blank_cells_are_nothing() -> None:
    (person,) = people("phone,first name,zone,state,line type,city\n4155550142,,, ,,  \n")
    assert person.first_name == ""
    assert (person.zone, person.region, person.line_kind) == (None, None, None)
    assert person.fields == {}


def test_formulas_are_kept_as_they_are() -> None:
    (person,) = people("phone,note\n+14155550142,=1+1\n")
    assert person.fields == {"note": "=1+1"}


@pytest.mark.parametrize(
    ("cells", "reason", "field"),
    [
        ("4155550142,a,b", "3 cells, but the header has 2", None),
        ("good", "not a phone number", "phone"),
        ("8005550142,a", "a toll-free number, which cannot be texted", "phone"),
        (",a", "no phone number", "phone"),
        ("4155550142,a\0b", "contains a NUL character", None),
        ('4155550142,"a"b', "text after a closing quote", None),
        ("4155550142," + "x" * 2_001, "longer than 2000 characters", "note"),
    ],
)
def test_bad_rows_are_reported_and_skipped(cells: str, reason: str, field: str | None) -> None:
    content = f"phone,note\n{cells}\n2065550117,good\n"
    assert rejects(content) == [(2, reason, field)]
    assert [person.line for person in people(content)] == [3]


@pytest.mark.parametrize("row", ["4155550142,Lena", "4155550142,Lena,", "4155550142,Lena,,,,"])
def test_a_row_is_as_wide_as_the_header_with_blank_cells_at_its_end(row: str) -> None:
    (person,) = people(f"phone,first name,last name,city\n{row}\n")
    assert (person.first_name, person.last_name, person.fields) == ("Lena", "", {})


def test_a_row_too_short_for_its_number_is_refused() -> None:
    assert rejects("name,phone\nLena\n") == [(2, "no phone number", "phone")]


@pytest.mark.parametrize("header", ["phone,name,", "phone,name,,,", 'phone,name,"",  '])
def test_blank_columns_at_the_end_are_left_out(header: str) -> None:
    content = f"{header}\n4155550142,Lena Abadi,\n2065550117,Sam\n2135550155,Rosa,,stray\n"
    assert [(one.first_name, one.fields) for one in people(content)] == [("Lena", {}), ("Sam", {})]
    assert rejects(content) == [(4, "4 cells, but the header has 2", None)]


@pytest.mark.parametrize(
    ("top", "mark"),
    [
        ("sep=;", ";"),
        ("SEP=;", ";"),
        ('"sep=;"', ";"),
        ("sep=,", ","),
        ("sep=|", "|"),
        ("sep=\t", "\t"),
        ("\ufeffsep=;", ";"),
        ("\nsep=;", ";"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_line_may_say_what_separates_the_cells(top: str, mark: str, end: str) -> None:
    lines = [top, mark.join(["phone", "name", "a,b"]), mark.join(["4155550142", "Lena Abadi", "x"])]
    content = end.join([*lines, mark * 2, ""])
    if mark == ",":
        content = content.replace("a,b", "ab")
    (person,) = people(content)
    assert (person.first_name, person.last_name) == ("Lena", "Abadi")
    assert person.line == 3 + top.startswith("\n")
    assert rejects(content) == []


def test_sep_is_a_word_like_any_other_behind_the_first_line() -> None:
    (person,) = people("phone;note\n4155550142;sep=;\n")
    assert person.fields == {"note": "sep="}
    (person,) = people("sep=;\nphone;note\n4155550142;sep=,\n")
    assert person.fields == {"note": "sep=,"}


@pytest.mark.parametrize(
    ("header", "cell", "reason", "field"),
    [
        ("zone", "Mars/Base", "no such time zone", "zone"),
        ("state", "Atlantis", "no such state or province", "region"),
        ("line type", "fax", "no such line type", "line_type"),
        ("first name", "x" * 101, "longer than 100 characters", "first_name"),
        ("last name", "x" * 101, "longer than 100 characters", "last_name"),
    ],
)
def test_bad_cells_are_reported_by_column(header: str, cell: str, reason: str, field: str) -> None:
    content = f"phone,{header}\n4155550142,{cell}\n4155550142,\n"
    assert rejects(content) == [(2, reason, field)]
    assert [person.line for person in people(content)] == [3]


@pytest.mark.parametrize(
    ("cell", "place"),
    [("EST", "America/New_York"), ("mst", "America/Denver"), ("UTC", "leave it blank")],
)
def test_a_zone_that_is_no_place_is_reported_with_what_to_write(cell: str, place: str) -> None:
    outcome = read(f"phone,zone\n4155550142,{cell}\n2065550117,US/Pacific\n")
    assert [(one.line, one.field) for one in outcome if isinstance(one, RejectedRow)] == [
        (2, "zone")
    ]
    assert [place in one.remedy for one in outcome if isinstance(one, RejectedRow)] == [True]
    assert [one.zone for one in outcome if isinstance(one, ReadRow)] == ["US/Pacific"]


def test_the_first_row_of_a_number_wins() -> None:
    content = "phone,first name\n4155550142,Lena\n(415) 555-0142,Sam\n2065550117,Li\n"
    assert [person.first_name for person in people(content)] == ["Lena", "Li"]
    assert rejects(content) == [
        (3, "duplicate: an earlier row of this file has this number", "phone")
    ]


def test_blank_rows_are_nothing() -> None:
    assert [row.line for row in read('\n\nphone,a\n\n,\n  \n"",""\n,,,\n4155550142,x\n\n')] == [9]


def test_ndjson_people() -> None:
    lines = [
        {"phone": "4155550142", "First Name": "Lena", "state": "CA", "vip": True, "age": 7},
        {"mobile": 2065550117, "name": "Abbott, Sam", "fields": {"City": "Oakland", "x": None}},
    ]
    first, second = people("\r\n\n".join(json.dumps(line) for line in lines))
    assert (first.line, second.line) == (1, 3)
    assert (first.first_name, first.region) == ("Lena", "CA")
    assert first.fields == {"vip": "true", "age": "7"}
    assert (second.number.e164, second.first_name) == ("+12065550117", "Sam")
    assert second.fields == {"city": "Oakland"}


@pytest.mark.parametrize(
    ("line", "reason", "field"),
    [
        ("[1]", "not a JSON object", None),
        ("4", "not a JSON object", None),
        ('{"name": "Lena"}', "none of the columns 'name' contains phone numbers", None),
        ('{"phone": "4155550143", "a": [1]}', "a list or an object", "a"),
        ('{"phone": "4155550143", "a": "\\u0000"}', "contains a NUL character", "a"),
        ('{"phone": "4155550143", "a": 1, "A": 2}', "two columns mean a: 'a' and 'A'", None),
        ('{"phone": "4155550143", "a": 1, "fields": {"a": 2}}', "given twice", "a"),
        ('{"phone": "4155550143", "fields": [1]}', "a list or an object", "fields"),
        ('{"phone": "911"}', "a short code, or too few digits", "phone"),
    ],
)
def test_bad_objects_are_reported_and_skipped(line: str, reason: str, field: str | None) -> None:
    content = f'{{"phone": "4155550142"}}\n{line}\n{{"phone": "2065550117"}}\n'
    assert rejects(content) == [(2, reason, field)]
    assert [person.line for person in people(content)] == [1, 3]


@pytest.mark.parametrize("line", ["{", '{"phone": "\\ud800"}', "[" * 5_000, '{"phone": 1e999}'])
def test_what_is_no_json_is_reported(line: str) -> None:
    (row,) = (
        read(line, form=Form.NDJSON)
        if not line.startswith("[")
        else read('{"phone": "4155550142"}\n' + line)[1:]
    )
    assert isinstance(row, RejectedRow)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("City", "city"),
        ("Körper-Größe (cm)", "korper_grosse_cm"),
        ("2nd phone", "field_2nd_phone"),
        ("  a__b  ", "a_b"),
        ("漢字", ""),
        ("x" * 100, "x" * 64),
    ],
)
def test_merge_field_names(header: str, name: str) -> None:
    assert field_name(header) == name


@given(st.text(max_size=100))
def test_a_merge_field_name_is_an_identifier(header: str) -> None:
    name = field_name(header)
    assert not name or (name.isidentifier() and name.isascii() and name == name.lower())
    assert len(name) <= 64
    assert field_name(name) == name
