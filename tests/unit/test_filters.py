"""One filter language: every text is a filter or an error that points at the word."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common import filters
from common.filters import Field, FieldTerm, Filter, FilterError, Term, WordTerm, parse
from common.moments import Dates, Day, OnDay, Within
from common.vocabulary import Hold, Reason, Status
from tests.sizes import sized

FREE = st.text(
    st.characters(exclude_categories=("Cc", "Cs")) | st.sampled_from('"\\,:- anaé'), max_size=12
)
DURATIONS = st.builds(
    "{}{}{}".format, st.sampled_from("<>"), st.integers(1, 3_660), st.sampled_from("mhdMHD")
)
DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1)).map(date.isoformat)
TIMES = (
    DURATIONS
    | st.sampled_from(["today", "tomorrow", "Today"])
    | DAYS
    | st.builds("{}{}".format, st.sampled_from("<>"), DAYS)
    | st.tuples(DAYS, DAYS).map(sorted).map("..".join)
)
VALUES = {
    Field.STATUS: st.sampled_from([status.value for status in Status]),
    Field.REASON: st.sampled_from([reason.value for reason in Reason]),
    Field.HOLD: st.sampled_from([*(hold.value for hold in Hold), "none"]),
    Field.STEP: st.integers(1, 999_999).map(str) | st.just("none"),
    Field.REPLIED: st.sampled_from(["yes", "no"]),
    Field.DUE: TIMES,
    Field.ENROLLED: TIMES,
    Field.BY: FREE.filter(str.strip),
    Field.GROUP: FREE.filter(str.strip),
}
FIELD_TERMS: st.SearchStrategy[Term] = st.sampled_from(Field).flatmap(
    lambda field: st.builds(
        FieldTerm,
        st.just(field),
        st.lists(VALUES[field], min_size=1, max_size=4, unique=True).map(tuple),
        st.booleans(),
    )
)
WORD_TERMS: st.SearchStrategy[Term] = st.builds(WordTerm, FREE, st.booleans()).filter(
    lambda term: bool(term.words) or term.digits is not None
)
FILTERS = st.lists(FIELD_TERMS | WORD_TERMS, max_size=6).map(tuple).map(Filter)
TYPED = st.text(max_size=40) | st.lists(
    st.sampled_from(
        [*'-:,"\\ <>+ é', "status", "pending", "by", "due", "<2h", "abe", "415", "step:", "none"]
    ),
    max_size=12,
).map("".join)


@settings(max_examples=sized(60, 500))
@given(FILTERS)
def test_a_written_filter_reads_as_the_same(chosen: Filter) -> None:
    assert parse(filters.format(chosen)) == chosen


@settings(max_examples=sized(80, 1_000))
@given(TYPED)
@example('by:"a\\"b"')
@example('--abe "-abe" a,b:c')
@example("\u2028\u3000")
def test_any_text_is_a_filter_or_an_error_that_points_into_it(text: str) -> None:
    try:
        chosen = parse(text)
    except FilterError as error:
        place = (error.position, error.length)
        told = (error.message, error.remedy)
    else:
        assert parse(filters.format(chosen)) == chosen
        return
    assert 0 <= place[0] <= len(text)
    assert place[1] >= 1
    assert all(told)


def test_the_example_of_the_product() -> None:
    assert parse("status:failed step:2 by:ana due:<2h abe") == Filter(
        (
            FieldTerm(Field.STATUS, ("failed",)),
            FieldTerm(Field.STEP, ("2",)),
            FieldTerm(Field.BY, ("ana",)),
            FieldTerm(Field.DUE, ("<2h",)),
            WordTerm("abe"),
        )
    )


@pytest.mark.parametrize(
    ("q", "term"),
    [
        ("status:failed,pending", FieldTerm(Field.STATUS, ("failed", "pending"))),
        ("STATUS:Failed", FieldTerm(Field.STATUS, ("failed",))),
        ("-status:failed", FieldTerm(Field.STATUS, ("failed",), negated=True)),
        ("status:failed,failed", FieldTerm(Field.STATUS, ("failed",))),
        ("step:02,none", FieldTerm(Field.STEP, ("2", "none"))),
        ('by:"ana maria",li', FieldTerm(Field.BY, ("ana maria", "li"))),
        ('by:"a, b"', FieldTerm(Field.BY, ("a, b",))),
        (r'by:"say \"hi\" \\"', FieldTerm(Field.BY, ('say "hi" \\',))),
        ("group:a:b", FieldTerm(Field.GROUP, ("a:b",))),
        ("hold:none", FieldTerm(Field.HOLD, ("none",))),
        ("replied:no", FieldTerm(Field.REPLIED, ("no",))),
        ("abe", WordTerm("abe")),
        ("-abe", WordTerm("abe", negated=True)),
        ('"lena abadi"', WordTerm("lena abadi")),
        ('-"lena abadi"', WordTerm("lena abadi", negated=True)),
        ('"status:failed"', WordTerm("status:failed")),
        ("415-555", WordTerm("415-555")),
        ("  abe\u00a0", WordTerm("abe")),
    ],
)
def test_one_term(q: str, term: Term) -> None:
    assert parse(q) == Filter((term,))


def test_nothing_typed_matches_everything() -> None:
    assert parse("") == parse("  ") == Filter(())


@pytest.mark.parametrize(
    ("q", "wrong", "message", "remedy"),
    [
        (
            "abe statsu:failed",
            "statsu",
            'there is no field named "statsu"',
            'Did you mean "status"?',
        ),
        ("zzz:1", "zzz", 'there is no field named "zzz"', "The fields are status"),
        (":1", ":", "the field's name is missing", "The fields are"),
        ("status:faild", "faild", '"faild" is no status', 'Did you mean "failed"?'),
        ("status:failed,pendng", "pendng", '"pendng" is no status', 'Did you mean "pending"?'),
        ("reason:x", "x", '"x" is no reason', "Write one of completed"),
        ("hold:quiet_hour", "quiet_hour", '"quiet_hour" is not a valid hold', '"quiet_hours"'),
        ("replied:maybe", "maybe", '"maybe" is not yes or no', "Write one of yes, no."),
        ("step:0", "0", '"0" is not a valid step', "step:2"),
        ("step:²", "²", '"²" is not a valid step', "step:2"),
        ("due:soon", "soon", '"soon" is not a valid time for due', "Write <2h"),
        ("due:<0h", "<0h", '"<0h" is not a valid time for due', "Write <2h"),
        ("due:2026-02-30", "2026-02-30", '"2026-02-30" is not a valid time for due', "Write <2h"),
        (
            "enrolled:2026-12-05..2026-12-01",
            "2026-12-05..2026-12-01",
            '"2026-12-05..2026-12-01" is not a valid time for enrolled',
            "Write <2h",
        ),
        ('by:"ana maria" due:"a b"', '"a b"', '"a b" is not a valid time for due', "Write <2h"),
        ('by:"ana', '"ana', "the quote is not closed", 'Add a "'),
        ('ab"c d"', '"c', "quotes must enclose a whole word or value", "Put quotes"),
        ('"ab"c', "c", "quotes must enclose a whole word or value", "Put quotes"),
        ("abe -", "-", "nothing follows the minus sign", "-status:failed"),
        ("abe +", "+", "there is no letter or digit to search for", "Type the beginning"),
        ("a\x00b", "\x00", "the character U+0000 is not allowed in a filter", "Remove it."),
        ("a\tb", "\t", "the character U+0009 is not allowed in a filter", "Remove it."),
        ("a\ud800", "\ud800", "the character U+D800 is not allowed in a filter", "Remove it."),
    ],
)
def test_an_error_points_at_the_word(q: str, wrong: str, message: str, remedy: str) -> None:
    with pytest.raises(FilterError) as refused:
        parse(q)
    error = refused.value
    assert q[error.position : error.position + error.length] == wrong
    assert error.message == message
    assert remedy in error.remedy


@pytest.mark.parametrize(("q", "position"), [("by:", 3), ("by: ana", 3), ("by:ana,", 7)])
def test_a_missing_value_is_pointed_at(q: str, position: int) -> None:
    with pytest.raises(FilterError, match="by needs a value") as refused:
        parse(q)
    assert (refused.value.position, refused.value.length) == (position, 1)


def test_a_filter_has_at_most_2000_characters() -> None:
    assert parse("a" * 2_000).terms
    with pytest.raises(FilterError, match="longer than 2,000 characters") as refused:
        parse("a" * 2_001)
    assert refused.value.position == 2_000


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("<2h", Within("<", 7_200)),
        (">3d", Within(">", 259_200)),
        ("<30m", Within("<", 1_800)),
        ("today", OnDay(Day.TODAY)),
        ("TOMORROW", OnDay(Day.TOMORROW)),
        ("2026-12-01", Dates(date(2026, 12, 1), date(2026, 12, 1))),
        ("2026-12-01..2026-12-05", Dates(date(2026, 12, 1), date(2026, 12, 5))),
        (">2026-12-01", Dates(date(2026, 12, 2), None)),
        ("<2026-12-01", Dates(None, date(2026, 11, 30))),
    ],
)
def test_times_have_a_typed_form(value: str, moment: object) -> None:
    (term,) = parse(f"due:{value}").terms
    assert isinstance(term, FieldTerm)
    assert term.moments == (moment,)


@given(FIELD_TERMS)
def test_every_time_has_its_typed_form_and_nothing_else_has_one(term: Term) -> None:
    assert isinstance(term, FieldTerm)
    expected = len(term.values) if term.field in {Field.DUE, Field.ENROLLED} else 0
    assert len(term.moments) == expected


def test_a_word_knows_what_it_looks_for() -> None:
    assert WordTerm("José-Ana").words == ("jose", "ana")
    assert WordTerm("José").digits is None
    assert WordTerm("(415)").digits == "415"


@given(FILTERS, st.sampled_from(Field))
def test_without_a_field_drops_its_terms_alone(chosen: Filter, field: Field) -> None:
    rest = filters.without(chosen, field)
    assert all(not (isinstance(t, FieldTerm) and t.field is field) for t in rest.terms)
    assert [t for t in chosen.terms if not (isinstance(t, FieldTerm) and t.field is field)] == list(
        rest.terms
    )


@given(FILTERS, st.data())
def test_a_dropdown_writes_its_field_and_leaves_the_rest(
    chosen: Filter, data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(Field))
    values = data.draw(st.lists(VALUES[field], min_size=1, max_size=3, unique=True))
    written = filters.with_values(chosen, field, values)
    assert filters.without(written, field) == filters.without(chosen, field)
    own = [t for t in written.terms if isinstance(t, FieldTerm) and t.field is field]
    assert own == [FieldTerm(field, tuple(values))]


def test_a_dropdown_keeps_the_place_of_its_term() -> None:
    chosen = parse("abe status:failed by:ana -status:pending")
    assert filters.format(filters.with_values(chosen, "status", ["opted_out"])) == (
        "abe status:opted_out by:ana"
    )
    assert filters.format(filters.with_values(chosen, "status", [])) == "abe by:ana"
    with pytest.raises(FilterError):
        filters.with_values(chosen, "status", ["nonsense"])


@pytest.mark.parametrize(
    "q",
    [
        " ".join(["a"] * 1_000),
        " ".join(f"w{n}" for n in range(300)),
        " ".join(f"-w{n}" for n in range(300)),
        '"' + " ".join(f"w{n}" for n in range(300)) + '"',
        " ".join(f"206 555 {n:04}" for n in range(1000, 1100)),
        " ".join(["-1 2 3 4 5 6 7 8"] * 100),
        " ".join(f"due:<{n}h" for n in range(1, 150)),
        "due:" + ",".join(f"<{n}h" for n in range(1, 150)),
        " ".join(f"group:g{n}" for n in range(150)),
    ],
    ids=lambda q: q[:20],
)
def test_a_filter_that_looks_at_too_much_is_refused_at_the_word(q: str) -> None:
    with pytest.raises(FilterError) as refused:
        parse(q)
    error = refused.value
    assert q[error.position : error.position + error.length] == error.word
    assert error.remedy


@pytest.mark.parametrize(
    "q",
    [
        " ".join(f"-group:{n}" for n in range(180)),
        " ".join(f"-by:{n}" for n in range(250)),
        "group:" + ",".join(str(n) for n in range(400)),
        " ".join(["status:failed"] * 140),
        "1 (206) 555-0110",
        " ".join(f"w{n}" for n in range(60)),
    ],
    ids=lambda q: q[:20],
)
def test_values_of_one_field_cost_no_more_than_one(q: str) -> None:
    assert parse(q).terms
