"""The SQL list engine against a naive one: same ids, same order, same counts, on random rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from common.model.listing import Sort
from server.enrollments.conditions import positions_of, read_filter, resolve
from server.enrollments.listing import Query
from server.enrollments.listing_sql import SqlListEngine
from server.enrollments.snapshots import Ranking
from server.errors import Invalid
from tests.sizes import sized
from tests.unit.list_oracle import NOWS, SEQUENCE, Row, naive
from tests.unit.list_world import (
    TERMS,
    insert_rows,
    one_of_each,
    open_world,
    questions,
    worlds,
)


@pytest.fixture(scope="module")
def connection() -> Iterator[sa.Connection]:
    with open_world() as connection:
        yield connection


def ask(connection: sa.Connection, q: str, sort: str, now: int) -> Ranking:
    positions = positions_of(connection, SEQUENCE)
    question = resolve(connection, q, read_filter(q), positions, now)
    query = Query(SEQUENCE, question.conditions, sort, positions)
    return SqlListEngine().rank(connection, query)


@given(worlds(), questions(), st.sampled_from(get_args(Sort)))
@example((NOWS[0], []), "", "name")
@settings(
    max_examples=sized(60, 200),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_engine_finds_ranks_and_counts_as_the_naive_one(
    connection: sa.Connection, world: tuple[int, list[Row]], q: str, sort: str
) -> None:
    now, rows = world
    try:
        insert_rows(connection, rows)
        found = ask(connection, q, sort, now)
    finally:
        connection.rollback()
    ids, enrolled, facets = naive(rows, q, sort, now)
    assert list(found.ids) == ids
    assert found.enrolled == enrolled
    assert found.facets == facets


@pytest.mark.parametrize("now", NOWS)
def test_each_term_and_its_negation_find_what_the_naive_one_finds(
    connection: sa.Connection, now: int
) -> None:
    rows = one_of_each(now)
    try:
        insert_rows(connection, rows)
        for q in [*TERMS, *(f"-{term}" for term in TERMS)]:
            assert list(ask(connection, q, "name", now).ids) == naive(rows, q, "name", now)[0], q
    finally:
        connection.rollback()


@pytest.mark.parametrize("sort", get_args(Sort))
def test_each_sort_ranks_as_the_naive_one(connection: sa.Connection, sort: str) -> None:
    rows = one_of_each(NOWS[0])
    try:
        insert_rows(connection, rows)
        found = ask(connection, "", sort, NOWS[0])
    finally:
        connection.rollback()
    assert list(found.ids) == naive(rows, "", sort, NOWS[0])[0]


@pytest.mark.parametrize(
    ("q", "pointer", "remedy"),
    [
        ("status:faild", "q[7:12]", 'Did you mean "failed"?'),
        ("abe by:bob", "q[7:10]", "List the operators to see them."),
        ("by:ana,anna", "q[7:11]", 'Did you mean "ana"?'),
        ('step:1 BY:"ana mario"', "q[10:21]", 'Did you mean "Ana Maria"?'),
        ("-group:vib", "q[7:10]", 'Did you mean "vip"?'),
        ("step:4", "q[5:6]", "Write step:1 to step:3, or step:none."),
        ("step:1,4", "q[7:8]", "Write step:1 to step:3, or step:none."),
        ('due:<2x "abe', "q[4:7]", None),
    ],
)
def test_a_word_that_is_not_known_is_pointed_at(
    connection: sa.Connection, q: str, pointer: str, remedy: str | None
) -> None:
    with pytest.raises(Invalid) as refused:
        ask(connection, q, "name", NOWS[0])
    [fault] = refused.value.faults
    assert fault.pointer == pointer
    assert remedy in {None, fault.remedy}


def test_every_name_that_is_not_known_is_told_at_once(connection: sa.Connection) -> None:
    with pytest.raises(Invalid) as refused:
        ask(connection, "by:bob step:9", "name", NOWS[0])
    assert [fault.pointer for fault in refused.value.faults] == ["q[3:6]", "q[12:13]"]
