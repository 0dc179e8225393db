"""Merge fields: what goes out reads right or does not go out, and a body can never be a program."""

from __future__ import annotations

import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from liquid import Environment

from common.segments import normalize
from server.sequences.text import (
    MAX_TEXT,
    FaultyBody,
    MissingField,
    TooLong,
    check,
    fields_of,
    fields_without_fallback,
    render,
)

words = st.text(st.sampled_from("aZé -'\"x{}%|"), min_size=1, max_size=20)
visible = words.filter(str.strip)


@pytest.mark.parametrize(
    ("body", "fields", "text"),
    [
        ("Plain words.", {}, "Plain words."),
        ("Hi {{ first_name }}!", {"first_name": "Ana"}, "Hi Ana!"),
        ("Hi {{first_name}}!", {"first_name": "Ana"}, "Hi Ana!"),
        ('Hi {{ first_name | default: "there" }}!', {"first_name": "Ana"}, "Hi Ana!"),
        ('Hi {{ first_name | default: "there" }}!', {"first_name": ""}, "Hi there!"),
        ('Hi {{ first_name | default: "there" }}!', {"first_name": " \t"}, "Hi there!"),
        ('Hi {{ first_name | default: "there" }}!', {"first_name": "\u200b"}, "Hi there!"),
        ('Hi {{ first_name | default: "there" }}!', {"first_name": None}, "Hi there!"),
        ("Hi {{ first_name | default: 'there' }}!", {}, "Hi there!"),
        ("{{ name | capitalize }}", {"name": "ANA"}, "Ana"),
        ('{{ name | capitalize | default: "You" }}', {}, "You"),
        ('{{ name | default: "you" | upcase }}', {}, "YOU"),
        ("{{ name | downcase | strip }}", {"name": " ANA "}, "ana"),
        ('{{ name | truncate: 5, "" }}', {"name": "Anastasia"}, "Anast"),
        ("{{ name | truncate: 8 }}", {"name": "Anastasia"}, "Anast..."),
        ("Hi  {{- name -}}  !", {"name": "Ana"}, "HiAna!"),
        ("{{ city }} and {{ city }}", {"city": "Łódź"}, "Łódź and Łódź"),
    ],
)
def test_fills_fields(body: str, fields: dict[str, str | None], text: str) -> None:
    assert check(body) == []
    assert render(body, fields) == text


@pytest.mark.parametrize("value", [None, "", "  ", "\n", "\u00a0", "\u200b\u2060", "\x07"])
def test_a_text_with_a_missing_field_never_goes_out(value: str | None) -> None:
    with pytest.raises(MissingField) as missing:
        render("Hi {{ first_name }},", {"first_name": value})
    assert missing.value.name == missing.value.field == "first_name"
    assert missing.value.position == 3
    assert "default" in missing.value.remedy


def test_a_field_that_a_filter_empties_is_missing() -> None:
    with pytest.raises(MissingField):
        render('{{ name | truncate: 1, "" | strip }}', {"name": " Ana"})


def test_a_field_nobody_has_is_missing() -> None:
    with pytest.raises(MissingField) as missing:
        render("Hi {{ nickname }},", {"first_name": "Ana"})
    assert missing.value.name == "nickname"


def test_reports_which_fields_are_used_and_which_hold_a_text_when_missing() -> None:
    body = "{{ name | default: 'there' }}, in {{ city }} or {{ town }}? {{ town | default: 'x' }}"
    assert fields_of(body) == {"name", "city", "town"}
    assert fields_without_fallback(body) == {"city", "town"}


@pytest.mark.parametrize(
    ("body", "position", "said"),
    [
        ("Hi {% if name %}x{% endif %}", 3, "Tags"),
        ("{% for a in (1..9999999) %}x{% endfor %}", 0, "Tags"),
        ("{% raw %}{{ name }}{% endraw %}", 0, "Tags"),
        ("{% include 'secret' %}", 0, "Tags"),
        ("Hi {{ name", 3, "'}}'"),
        ("Hi {{ name }", 3, "'}}'"),
        ("Hi {{ }}", 3, "merge field"),
        ("Hi name }}", 8, "not opened"),
        ("Hi {{ name | shout }}", 13, "no filter named shout"),
        ("{{ name | size }}", 10, "no filter named size"),
        ("{{ name | replace: 'a', 'b' }}", 10, "no filter named replace"),
        ("{{ contact.name }}", 0, "plain name"),
        ("{{ name[0] }}", 0, "plain name"),
        ("{{ ['a'][name] }}", 0, "plain name"),
        ("{{ 'literal' }}", 0, "plain name"),
        ("{{ (1..1000000000) }}", 0, "plain name"),
        ("{{ nil }}", 0, "plain name"),
        ("{{ name | default }}", 10, "fallback"),
        ("{{ name | default: other }}", 10, "fallback"),
        ("{{ name | default: 'a', allow_false: true }}", 10, "fallback"),
        ("{{ name | default: '' }}", 10, "blank"),
        ("{{ name | default: ' ' }}", 10, "blank"),
        ("{{ name | truncate }}", 10, "truncate"),
        ("{{ name | truncate: 0 }}", 10, "truncate"),
        ("{{ name | truncate: 5, other }}", 10, "truncate"),
        ("{{ name | truncate: 5, '', '' }}", 10, "truncate"),
        ("{{ name | upcase: 1 }}", 10, "takes no value"),
        ("{{ name if other }}", 8, "merge field"),
        ("{{ a b }}", 5, "merge field"),
        ("Hi {{ name | }}", 3, "merge field"),
        ("Hi {{ name | default: }}", 13, "fallback"),
    ],
)
def test_refuses_what_is_not_a_plain_merge_field(body: str, position: int, said: str) -> None:
    (problem, *others) = check(body)
    assert (problem.position, others) == (position, [])
    assert said in problem.reason
    assert problem.remedy
    with pytest.raises(FaultyBody) as faulty:
        render(body, {"name": "Ana", "other": "x"})
    assert faulty.value.problems == [problem]
    assert faulty.value.position == position


def test_reports_all_unknown_filters_with_line_and_column() -> None:
    problems = check("Hi {{ a | shout }}\nand {{ b | whisper }}")
    assert [(p.field, p.line, p.column) for p in problems] == [("a", 1, 11), ("b", 2, 12)]


def test_reports_all_mistakes_in_the_syntax() -> None:
    body = "{{ a b }} {{ ok }} {{ c | }} {{ d"
    assert [problem.position for problem in check(body)] == [5, 19, 29]


def test_a_single_brace_is_only_a_brace() -> None:
    assert render("Hi {name}, 100% {sure} #", {}) == "Hi {name}, 100% {sure} #"


@given(visible)
def test_a_value_goes_in_as_it_stands(value: str) -> None:
    assert render("<{{ name }}>", {"name": value}) == f"<{value}>"


@pytest.mark.parametrize("value", ["{{ other }}", "{% raw %}", "{{ name }}", "}} {{"])
def test_a_value_is_never_rendered_again(value: str) -> None:
    assert render("{{ name }}", {"name": value, "other": "leaked"}) == value
    assert render("{{ name | strip }}", {"name": value, "other": "leaked"}) == value


def test_control_characters_in_a_value_do_not_reach_the_text() -> None:
    value = "A\x1b[31mna\x00\r\nMa\u0301ria\tLuz\x9b"
    assert render("{{ name }}", {"name": value}) == "A[31mna\nMária Luz"


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_is_rendered_is_normalised(start: str, value: str) -> None:
    assume("{" not in start and "}" not in start)
    try:
        text = render(start + "{{ name }}", {"name": value})
    except MissingField:
        return
    assert normalize(text) == text


def test_a_text_longer_than_a_carrier_takes_is_refused() -> None:
    assert len(render("{{ story }}", {"story": "a" * MAX_TEXT})) == MAX_TEXT
    with pytest.raises(TooLong) as refused:
        render("{{ story }}", {"story": "a" * (MAX_TEXT + 1)})
    assert refused.value.length == MAX_TEXT + 1
    assert check("a" * MAX_TEXT) == []
    assert len(check("a" * (MAX_TEXT + 1))) == 1


@pytest.mark.parametrize(
    "piece", ["{{", " ", "{{ ", "{{ a | ", "{{ ['", "-}}", "{{-    ", "a | default: '"]
)
def test_a_hostile_body_is_checked_quickly(piece: str) -> None:
    body = ("{{" + piece * 3000)[:2999]
    start = time.process_time()
    assert check(body)
    assert time.process_time() - start < 1


@given(st.text(st.sampled_from("{}%|-a\" :'.[]\n"), max_size=60))
def test_any_body_is_either_usable_or_explained(body: str) -> None:
    problems = check(body)
    if problems:
        assert all(p.reason and p.remedy and 0 <= p.position <= len(body) for p in problems)
        return
    names = fields_of(body)
    fields = dict.fromkeys(names, "Ana")
    assert render(body, fields) == normalize(render(body, fields))


filters = st.sampled_from(
    ["capitalize", "upcase", "downcase", "strip", "truncate: 4", "truncate: 3, '…'", "default: 'x'"]
)


@given(st.lists(filters, max_size=3), visible)
def test_agrees_with_liquid_on_every_value_that_can_be_seen(used: list[str], value: str) -> None:
    body = "Hi {{ " + " | ".join(["name", *used]) + " }}!"
    try:
        text = render(body, {"name": value})
    except MissingField:
        return
    if "default: 'x'" in used and not value.strip():
        return
    assert text == normalize(Environment().from_string(body).render(name=value))


def test_renders_ten_thousand_texts_a_second_and_more() -> None:
    body = 'Hi {{ first_name | default: "there" }}, see you in {{ city }}. Reply STOP to opt out.'
    fields = {"first_name": "Ana", "city": "Springfield"}
    render(body, fields)
    start = time.process_time()
    for _ in range(2000):
        render(body, fields)
    assert time.process_time() - start < 0.2
