"""A query is a filter, split into the search line and the dropdowns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import filters
from common.filters import FilterError
from tui.state.question import Question

TERMS = (
    *("abe", '"ana maria"', "-kim", "415", "due:<2h", "-group:vip", "hold:none", "replied:yes"),
    *("status:pending", "status:failed,opted_out", "-status:failed", "step:2", "step:none,1"),
    *("by:ana", 'by:"ana maria"', "-by:li"),
)
FILTERS = st.lists(st.sampled_from(TERMS), max_size=6).map(" ".join)


def test_dropdowns_take_the_terms_they_can_express() -> None:
    question = Question.of('status:failed step:2,3 by:"ana maria" due:<2h abe', "-next")
    assert question == Question("due:<2h abe", ("failed",), ("2", "3"), ("ana maria",), "-next")
    assert question.q == 'due:<2h abe status:failed step:2,3 by:"ana maria"'


def test_a_negated_or_repeated_field_stays_in_the_words() -> None:
    question = Question.of("-status:failed by:ana by:li step:1")
    assert question == Question("-status:failed by:ana by:li", step=("1",))
    assert question.values("status") == ()


@given(FILTERS)
def test_reading_and_writing_keep_every_term(q: str) -> None:
    question = Question.of(q)
    assert set(question.filter.terms) == set(filters.parse(q).terms)
    assert Question.of(question.q) == question


@given(FILTERS, st.sampled_from(["status", "step", "by"]))
def test_a_choice_replaces_all_terms_of_its_field(words: str, field: str) -> None:
    value = {"status": "pending", "step": "4", "by": "zoe"}[field]
    chosen = Question(words=words).choosing(field, (value,))
    assert chosen.values(field) == (value,)
    others = filters.without(filters.parse(words), field)
    assert filters.without(chosen.filter, field) == others
    assert chosen.choosing(field, ()).filter == others


def test_a_choice_leaves_words_of_other_fields_as_they_were_typed() -> None:
    assert Question(words="  abe   due:<2H").choosing("status", ("failed",)).words == (
        "  abe   due:<2H"
    )


def test_a_dropdown_shows_what_was_typed() -> None:
    assert Question(words="status:failed abe").values("status") == ("failed",)


def test_an_incomplete_term_is_kept_and_pointed_at() -> None:
    question = Question(status=("failed",)).typed('abe "ana')
    with pytest.raises(FilterError) as error:
        _ = question.q
    assert error.value.position == 4


def test_a_dropdown_refuses_invalid_values() -> None:
    with pytest.raises(FilterError):
        Question().choosing("status", ("finnished",))
    with pytest.raises(ValueError, match="no dropdown"):
        Question().choosing("group", ("vip",))


def test_clearing_matches_everyone_in_the_same_order() -> None:
    question = Question("abe", ("failed",), sort="-next").cleared()
    assert question == Question(sort="-next")
    assert question.is_plain
    assert question.q == ""
    assert not Question(by=("ana",)).is_plain


def test_sorting_by_the_same_column_reverses_it() -> None:
    by_step = Question().sorted_by("step")
    assert (by_step.sort, by_step.descending) == ("step", False)
    turned = by_step.sorted_by("step")
    assert (turned.sort, turned.column, turned.descending) == ("-step", "step", True)
    assert turned.sorted_by("step").sort == "step"
    assert turned.sorted_by("name").sort == "name"
    with pytest.raises(ValueError, match="cannot sort"):
        Question().sorted_by("mark")


def test_only_spaces_are_not_a_search() -> None:
    question = Question().typed("  ")
    assert not question.is_plain
    with pytest.raises(FilterError):
        _ = question.q
