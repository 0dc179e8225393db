"""Enrolling in several requests: both mentions of one contact are in the same request."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from common.model.enrolling import Enrollees
from tui.client.enrollees import parts

WRITTEN = ("+1415555{:04}", "(415) 555-{:04}", "415.555.{:04}", "1 415 555 {:04}")


@given(st.lists(st.integers(1, 12), max_size=60), st.integers(4, 20))
def test_ids_named_again_are_in_the_same_request(ids: list[int], most: int) -> None:
    requests = [part.contact_ids or () for part in parts(Enrollees(contact_ids=tuple(ids)), most)]

    assert Counter(one for part in requests for one in part) == Counter(ids)
    assert all(0 < len(part) <= most for part in requests)
    for one, times in Counter(ids).items():
        where = [n for n, part in enumerate(requests) if one in part]
        assert len(where) <= 1 or times > most


@given(
    st.lists(st.tuples(st.sampled_from(WRITTEN), st.integers(0, 8)), max_size=40),
    st.integers(40, 45),
)
def test_a_number_written_in_two_ways_is_in_one_request(
    written: list[tuple[str, int]], most: int
) -> None:
    phones = tuple(form.format(n) for form, n in written) * 2
    requests = [part.phones or () for part in parts(Enrollees(phones=phones), most)]

    assert Counter(one for part in requests for one in part) == Counter(phones)
    if max(Counter(phone[-4:] for phone in phones).values(), default=0) <= most:
        ends = [{phone[-4:] for phone in part} for part in requests]
        assert sum(map(len, ends)) == len(set().union(*ends))


def test_what_fits_into_one_request_keeps_its_order() -> None:
    assert [part.contact_ids for part in parts(Enrollees(contact_ids=(3, 1, 3)), 3)] == [(3, 1, 3)]
    assert list(parts(Enrollees(contact_ids=()))) == []
    assert [part.q for part in parts(Enrollees(q="abe"))] == ["abe"]
