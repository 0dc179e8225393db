"""Formatting of a row's words, and the columns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from common.vocabulary import Hold, Reason, Status
from tests.tui.listed import NOW, listed
from tui.state import formatting
from tui.state.columns import GAP, Column, lay_out


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(days=-3), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=12, seconds=59), "in 12 min"),
        (timedelta(minutes=60), "in 1 h"),
        (timedelta(hours=5, minutes=59), "in 5 h"),
        (timedelta(hours=6), "Mon 15:00"),
        (timedelta(days=1), "Tue 09:00"),
        (timedelta(days=6), "Sun 09:00"),
        (timedelta(days=7), "9 Nov"),
        (timedelta(days=70), "11 Jan"),
        (timedelta(days=400), "Dec 2027"),
    ],
)
def test_a_time_is_shown_in_the_contacts_zone(ahead: timedelta, words: str) -> None:
    assert formatting.next_text(listed(due_at=NOW + ahead), NOW) == words


def test_the_day_is_the_contacts_day() -> None:
    row = listed(due_at=NOW + timedelta(hours=12), zone="Asia/Tokyo")
    assert formatting.next_text(row, NOW) == "Tue 11:00"


@pytest.mark.parametrize("zone", ["", "Nowhere/At_All", "../etc/passwd", "America", "a\0b"])
def test_an_unknown_zone_is_utc(zone: str) -> None:
    assert (
        formatting.next_text(listed(due_at=NOW + timedelta(hours=8), zone=zone), NOW) == "Mon 22:00"
    )


@given(st.timedeltas(timedelta(days=-900), timedelta(days=9_000)))
def test_a_time_fits_its_column(ahead: timedelta) -> None:
    assert 0 < cell_len(formatting.next_text(listed(due_at=NOW + ahead), NOW)) <= 9


def test_without_a_due_text_there_is_no_time() -> None:
    assert formatting.next_text(listed(), NOW) == ""


def test_every_status_has_a_glyph_of_its_own_one_cell_wide() -> None:
    assert set(formatting.STATUS_GLYPHS) == set(Status)
    assert len(set(formatting.STATUS_GLYPHS.values())) == len(Status)
    assert all(cell_len(glyph) == 1 for glyph in formatting.STATUS_GLYPHS.values())


@pytest.mark.parametrize("status", Status)
def test_every_status_fits_its_narrowest_column(status: Status) -> None:
    narrow = lay_out(80).widths[Column.STATUS]
    words = formatting.status(listed(status=status), narrow)
    assert words == f"{formatting.STATUS_GLYPHS[status]} {status.label}"
    assert cell_len(words) <= narrow


def test_a_reason_is_shown_if_it_says_more_than_the_status() -> None:
    failed = listed(status=Status.FAILED, reason=Reason.INVALID_NUMBER)
    assert formatting.status(failed) == "✗ Failed · unknown handset"
    assert formatting.status(failed, 20) == "✗ Failed · unknown handset"
    responded = listed(status=Status.FINISHED_RESPONDED, reason=Reason.REPLIED)
    assert formatting.status(responded) == "↩ Finished, responded"
    landline = listed(status=Status.OMITTED_LANDLINE, reason=Reason.LANDLINE_PLAN)
    assert formatting.status(landline) == "⌂ Omitted Landline · landline by its number"
    assert formatting.status(landline, 33) == "⌂ Omitted Landline"
    assert formatting.status(listed(hold=Hold.QUIET_HOURS)) == "◷ Pending · quiet hours"
    unheard = listed(status=Status.FINISHED_NO_RESPONSE, reason=Reason.COMPLETED, last_failed=True)
    assert formatting.status(unheard) == "✓ Finished, no response · last text failed"


def test_names_are_shown_last_name_first() -> None:
    assert formatting.name(listed(first_name="Lena", last_name="Abadi")) == "Abadi, Lena"
    assert formatting.name(listed(first_name="Lena", last_name=" ")) == "Lena"
    assert formatting.name(listed(first_name="", last_name="")) == "–"


def test_a_step_is_shown_with_the_number_of_steps() -> None:
    assert formatting.step(listed(step=2, steps=5)) == "2/5"
    assert formatting.step(listed(step=None)) == "–"


@given(st.integers(0, 400))
def test_columns_never_exceed_the_width(width: int) -> None:
    widths = lay_out(width).widths
    assert sum(widths.values()) + GAP * max(0, len(widths) - 1) <= width
    assert all(cells > 0 for cells in widths.values())


def test_next_and_by_are_shown_if_there_is_room() -> None:
    assert not lay_out(70).shows(Column.NEXT)
    assert lay_out(75).shows(Column.NEXT)
    assert not lay_out(79).shows(Column.BY)
    assert lay_out(80).shows(Column.BY)


def test_a_column_is_found_by_its_position() -> None:
    laid = lay_out(80)
    for column, at, width in laid.places():
        assert laid.column_at(at) is column
        assert laid.column_at(at + width) is column
    assert laid.column_at(500) is None
    assert laid.column_at(-1) is None


@pytest.mark.parametrize("hold", Hold)
def test_every_hold_without_a_time_fits_on_80_columns(hold: Hold) -> None:
    widths = lay_out(79).widths
    room = widths[Column.STATUS] + GAP + widths[Column.NEXT]
    words = formatting.status(listed(hold=hold), room)
    assert words.startswith("◷ Pending · ")
    assert cell_len(words) <= room


def test_a_hold_is_shortened_if_it_does_not_fit() -> None:
    assert formatting.status(listed(hold=Hold.NEEDS_REVIEW), 33) == "◷ Pending · needs review"
    missing = listed(
        hold=Hold.MISSING_FIELD,
        hold_label="a merge field is missing: first_name",
        hold_detail="first_name",
    )
    assert formatting.status(missing, 33) == "◷ Pending · no first_name"
    assert formatting.status(missing) == "◷ Pending · a merge field is missing: first_name"
    assert formatting.status(missing, 10) == "◷ Pending · no first_name", "it is cut, not left out"
    timed = listed(hold=Hold.QUIET_HOURS, due_at=NOW)
    assert formatting.status(timed, 23) == "◷ Pending · quiet hours"
    assert formatting.status(timed, 20) == "◷ Pending"


def test_a_reason_that_repeats_the_status_is_left_out() -> None:
    stopped = listed(status=Status.FINISHED_STOPPED, reason=Reason.STOPPED_BY_OPERATOR)
    assert formatting.status(stopped) == "⊡ Finished, stopped"
