"""A table of cases fails with every case that fails, by name."""

from __future__ import annotations

import inspect

import pytest

from tests.each import each


def test_all_cases_run_and_those_that_fail_are_named() -> None:
    seen = []

    @each("number", [1, 2, 3, 4])
    @each(("letter", "mark"), [("a", "!"), ("b", "?")])
    def even(number: int, letter: str, mark: str, tmp: str) -> None:
        seen.append((number, letter, mark, tmp))
        assert number % 2 == 0

    assert list(inspect.signature(even).parameters) == ["tmp"]
    with pytest.raises(ExceptionGroup, match="2 of 4 cases fail") as failed:
        even(tmp="/")
    assert seen == [(n, *case, "/") for n in (1, 2, 3, 4) for case in (("a", "!"), ("b", "?"))]
    assert [one.__notes__ for one in failed.value.exceptions] == [
        ["in the case 1"],
        ["in the case 3"],
    ]


def test_a_table_without_cases_is_refused() -> None:
    with pytest.raises(AssertionError, match="without cases"):
        each("number", [])
