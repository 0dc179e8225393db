"""Conditions of one field are one: terms that say the same field cost no more than one."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from common.filters import Field
from common.searching import ways
from server.enrollments import conditions
from server.enrollments.conditions import (
    Condition,
    During,
    Named,
    OneOf,
    merge,
    positions_of,
    read_filter,
    resolve,
)
from server.enrollments.listing import Query
from server.enrollments.listing_sql import SqlListEngine
from server.errors import Invalid
from tests.unit.list_oracle import NOWS, SEQUENCE
from tests.unit.list_world import insert_rows, one_of_each, open_world

ONE_VALUE = st.sampled_from([Field.STATUS, Field.STEP, Field.BY, Field.REASON, Field.HOLD])
VALUES = st.frozensets(st.sampled_from([None, 1, 2, 3, 4]))
EDGES = st.none() | st.integers(0, 9)
SPANS = st.lists(st.tuples(EDGES, EDGES), min_size=1, max_size=5).map(tuple)
CONDITIONS: st.SearchStrategy[Condition] = (
    st.builds(OneOf, ONE_VALUE, VALUES, st.booleans())
    | st.builds(OneOf, st.just(Field.GROUP), VALUES, st.booleans())
    | st.builds(During, st.sampled_from([Field.DUE, Field.ENROLLED]), SPANS, st.booleans())
    | st.builds(Named, st.sampled_from([ways("abe"), ways("206")]), st.booleans())
)


def holds(one: Condition, row: dict[Field, object], groups: frozenset[int], name: object) -> bool:
    match one:
        case OneOf(Field.GROUP, values, negated):
            return bool(values & groups) != negated
        case OneOf(field, values, negated):
            return (row[field] in values) != negated
        case During(field, spans, negated):
            at = row[field]
            assert isinstance(at, int)
            inside = any(
                (first is None or at >= first) and (until is None or at < until)
                for first, until in spans
            )
            return inside != negated
        case Named(found, negated):
            return (found == name) != negated


@given(
    st.lists(CONDITIONS, max_size=8),
    st.sampled_from([None, 1, 2, 3, 4]),
    st.integers(0, 9),
    st.frozensets(st.sampled_from([1, 2, 3, 4])),
    st.sampled_from([ways("abe"), ways("206")]),
)
def test_merged_conditions_hold_for_the_same_people(
    given_: list[Condition], value: object, at: int, groups: frozenset[int], name: object
) -> None:
    row: dict[Field, object] = dict.fromkeys(Field, value)
    row |= {Field.DUE: at, Field.ENROLLED: at}
    merged = merge(given_)
    assert all(holds(one, row, groups, name) for one in merged) == all(
        holds(one, row, groups, name) for one in given_
    )


@given(st.lists(st.integers(1, 4), min_size=1, max_size=200))
def test_what_none_may_be_is_one_condition_however_often_it_is_said(ids: list[int]) -> None:
    said = [OneOf(Field.GROUP, frozenset({ident}), negated=True) for ident in ids]
    assert merge(said) == (OneOf(Field.GROUP, frozenset(ids), negated=True),)


@given(SPANS)
def test_spans_are_joined_and_lie_apart(spans: tuple[tuple[int | None, int | None], ...]) -> None:
    [one] = merge([During(Field.DUE, spans, negated=False)])
    assert isinstance(one, During)
    for (_, until), (first, _) in zip(one.spans, one.spans[1:], strict=False):
        assert until is not None
        assert first is not None
        assert until < first


@pytest.fixture(scope="module")
def connection() -> Iterator[sa.Connection]:
    with open_world() as connection:
        yield connection


def test_many_names_of_one_field_are_looked_up_together(connection: sa.Connection) -> None:
    asked: list[str] = []
    sa.event.listen(
        connection, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement)
    )
    q = " ".join(["-group:vip", '-group:"new york"'] * 60)
    positions = positions_of(connection, SEQUENCE)
    question = resolve(connection, q, read_filter(q), positions, NOWS[0])
    assert len([one for one in asked if "FROM groups" in one]) == 1
    assert len(question.conditions) == 1


def test_few_misspelt_names_of_many_are_compared(
    connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def compare(word: str, *_: object, **__: object) -> list[str]:
        compared.append(word)
        return []

    monkeypatch.setattr(difflib, "get_close_matches", compare)
    q = " ".join(f"-group:g{n}" for n in range(150))
    with pytest.raises(Invalid) as refused:
        resolve(connection, q, read_filter(q), {}, NOWS[0])
    assert len(refused.value.faults) == 150
    assert len(compared) == conditions.SUGGESTED


@pytest.mark.parametrize(
    "q",
    [
        " ".join(f"w{n}" for n in range(99)),
        " ".join(f"-w{n}" for n in range(99)),
        " ".join(["group:vip"] * 99),
        ",".join(["due:<1h", *(f"2026-{m:02}-{d:02}" for m in (3, 5, 7) for d in range(1, 29, 2))]),
    ],
    ids=lambda q: q[:20],
)
def test_the_largest_filter_is_answered(connection: sa.Connection, q: str) -> None:
    now = NOWS[0]
    try:
        insert_rows(connection, one_of_each(now))
        question = resolve(connection, q, read_filter(q), {}, now)
        SqlListEngine().rank(connection, Query(SEQUENCE, question.conditions, "name", {}))
    finally:
        connection.rollback()
