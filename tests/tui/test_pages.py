"""A page of rows is requested once, kept while it is near, and found by rank and id."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from common.model.listing import EnrollmentPage, Facets, ListedEnrollment
from common.vocabulary import Status
from tests.tui.listed import MadeUpRows, listed
from tui.state.pages import Absence, PageStore

ROWS = MadeUpRows()


def rows_of(store: PageStore, page: int) -> list[ListedEnrollment]:
    """What a server would answer."""
    first = store.offset_of(page)
    ranks = range(first, min(store.total, first + store.page_rows))
    return [row for rank in ranks if (row := ROWS.row(rank))]


def test_a_store_starts_with_its_first_answer() -> None:
    answer = EnrollmentPage(
        tuple(rows_of(PageStore(250), 0)), 250, 300, Facets({}, {}, {}), 17, "frozen"
    )
    store = PageStore.of(answer)
    assert (store.total, store.enrolled, store.version, store.snapshot) == (250, 300, 17, "frozen")
    assert store.row(99) is ROWS.row(99)
    assert store.row(100) is None
    assert store.ask(0, 40) == (1,)


def test_a_page_is_requested_once_with_one_ahead() -> None:
    store = PageStore(1_000)
    assert store.missing(150, 180) == (1, 2)
    assert store.missing(150, 180) == (1, 2)
    assert store.ask(150, 180) == (1, 2)
    assert store.ask(151, 181) == ()
    store.load(1, rows_of(store, 1))
    assert store.ask(152, 182) == ()
    assert store.asked == {2}


def test_ahead_is_the_direction_in_which_the_window_moves() -> None:
    store = PageStore(1_000)
    store.ask(500, 520)
    assert store.ask(450, 470) == (4, 3)
    assert store.ask(180, 220) == (1, 2, 0)
    assert store.ask(860, 890) == (8, 9)


def test_nothing_is_requested_beyond_the_ends() -> None:
    store = PageStore(150)
    assert store.ask(0, 49) == (0, 1)
    assert store.ask(120, 400) == ()
    assert PageStore(0).ask(0, 20) == ()


def test_rows_are_found_by_rank_and_by_id() -> None:
    store = PageStore(250)
    for page in store.ask(100, 249):
        store.load(page, rows_of(store, page))
    there = store.row(170)
    assert there is not None
    assert store.rank_of(there.id) == 170
    assert store.rank_of(1) is None
    assert store.row(-1) is None
    assert store.row(250) is None


def test_a_row_is_changed_in_its_place() -> None:
    store = PageStore(100)
    store.load(0, rows_of(store, 0))
    before = store.row(5)
    assert before is not None
    after = listed(before.id, status=Status.OPTED_OUT)
    assert store.patch(after) == 5
    assert store.row(5) is after
    assert store.patch(listed(999_999_999)) is None


def test_why_a_row_is_absent() -> None:
    store = PageStore(300)
    store.ask(0, 20)
    assert store.absence(5) is Absence.LOADING
    store.fail(0)
    assert store.absence(5) is Absence.FAILED
    assert store.ask(0, 21) == ()
    assert store.retry() == (0,)
    store.load(0, rows_of(store, 0)[:98])
    assert store.row(98) is None
    assert store.absence(98) is Absence.GONE


def test_a_request_that_waited_can_ask_whether_it_is_still_wanted() -> None:
    store = PageStore(10_000)
    store.ask(0, 20)
    assert store.is_wanted(0)
    assert store.is_wanted(1)
    store.ask(5_000, 5_020)
    assert not store.is_wanted(0)
    store.withdraw(0)
    assert store.ask(0, 20) == (0,)


def test_a_late_page_that_is_far_away_is_not_kept() -> None:
    store = PageStore(100_000, most_pages=3)
    store.ask(0, 20)
    for page in (*store.ask(50_000, 50_020), 499, 500, 501, 502):
        store.load(page, rows_of(store, page))
    assert not store.load(0, rows_of(store, 0))
    assert store.row(0) is None
    assert store.rank_of(ROWS.first_id) is None


def test_a_screen_larger_than_the_kept_pages_is_kept_whole() -> None:
    store = PageStore(100_000, most_pages=2)
    for page in store.ask(1_000, 1_999):
        store.load(page, rows_of(store, page))
    assert all(store.row(rank) for rank in range(1_000, 2_000))


@given(st.integers(1, 5_000), st.lists(st.tuples(st.integers(0, 5_100), st.integers(0, 120))))
def test_few_pages_are_kept_including_the_window(
    total: int, windows: list[tuple[int, int]]
) -> None:
    store = PageStore(total)
    for first, height in windows:
        for page in store.ask(first, first + height):
            assert page not in store.loaded
            store.load(page, rows_of(store, page))
        assert len(store.loaded) <= 6
        for rank in range(first, min(total, first + height + 1)):
            row = store.row(rank)
            assert row is ROWS.row(rank)
            assert row is not None
            assert store.rank_of(row.id) == rank
    assert len(list(store.ids)) == sum(len(rows_of(store, page)) for page in store.loaded)
