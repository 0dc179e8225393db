"""The words about steps: their time, cost, effects of a change, and errors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.changes import changes
from common.documents import document_of, read_at
from common.model.sequences import (
    Delay,
    Finding,
    Sequence,
    SequenceReplaced,
    Severity,
    StepDocument,
)
from common.segments import count_segments, plain
from common.vocabulary import SequenceKind, SequenceState
from tests.tui.written import THREE_STEPS, spring
from tui.state.consequences import consequences
from tui.state.cost import can_be_plain, costly_characters, counts_line
from tui.state.draft import Draft
from tui.state.faults import faults_of
from tui.state.moment import Moment, moment_of
from tui.state.step_list import Mark, step_lines, when, when_long

RELATIVE = SequenceKind.RELATIVE
SCHEDULED = SequenceKind.SCHEDULED


@pytest.mark.parametrize(
    ("delay", "short", "long"),
    [
        (Delay(), "immediately", "immediately after step 1"),
        (Delay(days=2), "+2 d", "2 days after step 1"),
        (Delay(days=1, hours=1, minutes=1), "+1 d 1 h 1 min", "1 day 1 hour 1 minute after step 1"),
    ],
)
def test_a_delay_has_a_short_and_a_long_form(delay: Delay, short: str, long: str) -> None:
    step = StepDocument("x", delay)

    assert (when(RELATIVE, step), when_long(RELATIVE, 1, step)) == (short, long)
    assert when_long(RELATIVE, 0, step).endswith("after enrolling")


@pytest.mark.parametrize(
    ("at", "local", "told"),
    [
        ("2026-12-01T09:00:00", True, "1 Dec 2026 09:00 local"),
        ("2026-12-01T09:00:30", False, "1 Dec 2026 09:00:30"),
        ("2026-12-01T09:00:00-05:00", False, "1 Dec 2026 09:00 -05:00"),
        ("2026-13-01T9", True, "2026-13-01T9"),
        (None, True, "no time set"),
    ],
)
def test_a_date_and_time_is_shown_with_its_zone(at: str | None, local: bool, told: str) -> None:
    step = StepDocument("x", at=at, local=local)

    assert when(SCHEDULED, step) == when_long(SCHEDULED, 0, step) == told


def test_lines_say_what_is_new_changed_moved_and_who_waits() -> None:
    draft = Draft.of(spring(*THREE_STEPS))
    draft.move(0, 1)
    draft.add(1, StepDocument("New", Delay()))
    draft.replace(3, StepDocument("Changed", Delay(days=1, hours=2)))
    found = [
        Finding(Severity.ERROR, "x", 2, "steps[1].body", "a", "b"),
        Finding(Severity.WARNING, "x", 2, "steps[1].body", "a", "b"),
        Finding(Severity.ERROR, "x", None, "window", "a", "b"),
    ]
    lines = step_lines(draft.base, draft.document, found, {"1": 12, "2": 3, "none": 9})

    assert [(one.number, one.mark, one.waiting) for one in lines] == [
        (1, Mark.CHANGED, 3),
        (2, Mark.NEW, None),
        (3, Mark.CHANGED, 12),
        (4, Mark.CHANGED, 0),
    ]
    assert [(one.errors, one.warnings) for one in lines] == [(0, 0), (1, 1), (0, 0), (0, 0)]


def test_segments_are_estimated_for_a_typical_contact() -> None:
    draft = Draft.of(spring())
    draft.add(0, StepDocument("{{ first_name }}" * 20, Delay()))

    (line,) = step_lines(draft.base, draft.document, (), None)
    assert (line.segments, line.waiting) == (2, None)


def replaced(sequence: Sequence, draft: Draft, **more: Any) -> SequenceReplaced:
    """The result of a dry run."""
    found = changes(document_of(sequence), draft.document)
    told = SequenceReplaced(
        sequence=sequence,
        changed=True,
        differences=found.differences,
        steps_added=found.kept.count(None),
        steps_removed=len(found.removed),
        timing_changed=found.timing_changed,
        pending=21,
        moved=0,
        ended=0,
        dry_run=True,
    )
    return msgspec.structs.replace(told, **more)


def test_a_change_says_who_gets_it_and_who_is_past_it() -> None:
    draft = Draft.of(spring(*THREE_STEPS))
    draft.replace(1, StepDocument("Changed", Delay(days=5)))
    draft.add(0, StepDocument("New", Delay()))
    draft.remove(3)
    before = document_of(draft.base)
    told = replaced(draft.base, draft, moved=12, ended=4)

    assert list(consequences(before, draft.document, told, {"1": 12, "2": 5, "3": 4})) == [
        "21 pending: they will use version 3.",
        "4 of them have no texts left and will finish.",
        "12 get a different next text, or get it at a different time.",
        "Step 1 is new: contacts already past it will not get it.",
        "Step 3 has a new text: 17 will get it, 4 are past it.",
        "Step 3 is removed: 4 waiting for it continue with the next step.",
    ]


def test_with_nobody_pending_changes_apply_from_now_on() -> None:
    draft = Draft.of(spring(*THREE_STEPS))
    draft.remove(0)
    told = replaced(draft.base, draft, pending=0)

    assert list(consequences(document_of(draft.base), draft.document, told, {})) == [
        "Nobody is pending. The changes apply to contacts enrolled from now on."
    ]


def test_a_paused_sequence_recalculates_its_times_on_resume() -> None:
    draft = Draft.of(spring(*THREE_STEPS, state=SequenceState.PAUSED))
    draft.replace(1, StepDocument(THREE_STEPS[1].body, Delay(days=9)))
    told = replaced(draft.base, draft)

    assert list(consequences(document_of(draft.base), draft.document, told, {"1": 21})) == [
        "21 pending: they will use version 3.",
        "The sequence is paused: sending times are recalculated when you resume.",
    ]


def test_an_invalid_document_is_found_without_a_server() -> None:
    draft = Draft.of(spring(*THREE_STEPS))
    assert faults_of(draft.document) == ()

    draft.change(daily_limit=0)
    (fault,) = faults_of(draft.document)
    assert (fault.severity, fault.step, fault.field) == (Severity.ERROR, None, "daily_limit")

    draft.go_back()
    draft.replace(2, StepDocument("x\x1b", Delay()))
    (fault,) = faults_of(draft.document)
    assert (fault.step, fault.field) == (3, "steps[2].body")
    assert "U+001B" in fault.reason


def test_a_step_without_a_time_is_an_error_in_a_scheduled_sequence() -> None:
    draft = Draft.of(spring(kind=SCHEDULED))
    draft.add(0, StepDocument("x", local=True))

    assert [one.field for one in faults_of(draft.document)] == ["steps[0].at"]


def test_counts_say_that_merge_fields_are_not_filled_in() -> None:
    assert counts_line("Hi {{ first_name }}").endswith("before merge fields")
    assert counts_line("Hi").endswith("left in this segment")


def test_costly_characters_are_shown_or_named_if_invisible() -> None:
    assert costly_characters("plain") == ""
    words = costly_characters("“a” " + "x" * 70)
    assert words == '“ → ", ” → ": 2 segments, 1 with plain characters'
    assert costly_characters("a\u00a0b\u200b 山") == (
        "no-break space → a space, zero width space (can be removed), 山 (no replacement):"
        " a segment holds 70 characters, not 160"
    )


@given(st.text(max_size=200))
def test_costly_characters_are_found_and_plain_ones_never_cost_more(body: str) -> None:
    assert bool(costly_characters(body)) == (count_segments(body).encoding == "ucs2")
    if not can_be_plain(body):
        assert count_segments(plain(body)) == count_segments(body)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2199, 1, 1)).map(  # noqa: DTZ001 # wall times
        lambda moment: moment.replace(microsecond=0)
    ),
    st.booleans(),
)
def test_editing_a_time_without_a_change_keeps_it(moment: datetime, local: bool) -> None:
    step = StepDocument("x", at=moment.isoformat(), local=local)
    at = moment_of(step).at

    assert at is not None
    assert read_at(at) == moment


@pytest.mark.parametrize(
    ("moment", "at"),
    [
        (Moment("2026-12-01", "9:00", local=True), "2026-12-01T09:00"),
        (Moment("2026-12-01", "", local=True), "2026-12-01T"),
        (Moment("", "", local=True), None),
        (Moment("2026-12-01", "09:00", False, "-05:00"), "2026-12-01T09:00-05:00"),
        (Moment("2026-12-01", "09:00", True, "-05:00"), "2026-12-01T09:00"),
    ],
)
def test_a_typed_time_is_kept_valid_or_not(moment: Moment, at: str | None) -> None:
    assert moment.at == at


def test_an_invalid_time_is_shown_as_typed() -> None:
    assert moment_of(StepDocument("x", at="2026-12T9", local=True)) == Moment("2026-12", "9", True)
