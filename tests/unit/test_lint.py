"""What lint reports about a sequence before anyone gets a text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from common.documents import canonical
from common.model.sequences import (
    Delay,
    Finding,
    SequenceDocument,
    Severity,
    StepDocument,
    WindowSpan,
)
from common.vocabulary import SequenceKind
from server.clock import from_datetime
from server.sequences.lint import errors_of, lint

NOW = from_datetime(datetime(2026, 11, 2, 14, tzinfo=UTC))
FIRST = "Hi {{ first_name | default: 'there' }}, Ana from Acme. Reply STOP to opt out."


def relative(*steps: StepDocument | str, daily_limit: int = 1, **settings: object) -> list[Finding]:
    """Findings of a relative sequence; a step given as a text is sent a day after the last."""
    written = tuple(
        StepDocument(step, Delay(days=place)) if isinstance(step, str) else step
        for place, step in enumerate(steps)
    )
    document = SequenceDocument(name="x", steps=written, daily_limit=daily_limit, **settings)  # type: ignore[arg-type] # settings of the tests below
    return told(document)


def scheduled(*times: str, **settings: object) -> list[Finding]:
    """Findings of a scheduled sequence whose texts differ."""
    steps = tuple(StepDocument(f"{FIRST} {place}", at=time) for place, time in enumerate(times, 1))
    return told(
        SequenceDocument(name="x", kind=SequenceKind.SCHEDULED, steps=steps, **settings)  # type: ignore[arg-type] # likewise
    )


def told(document: SequenceDocument, known_fields: frozenset[str] = frozenset()) -> list[Finding]:
    """Findings in a workspace of New York."""
    return lint(
        canonical(document),
        known_fields=known_fields,
        zone="America/New_York",
        country="US",
        now=NOW,
    )


def codes(findings: list[Finding]) -> list[tuple[str, int | None]]:
    """Which finding at which step."""
    return [(one.code, one.step) for one in findings]


def test_a_sound_sequence_has_no_findings() -> None:
    assert relative(FIRST, "We have two openings near you. Interested?") == []
    assert scheduled("2026-12-01T09:00:00", "2026-12-02T09:00:00") == []


def test_every_finding_says_where_why_and_what_to_do() -> None:
    findings = [
        *relative(),
        *relative("“Hi” [NAME] {{ nope }}", "", "{{ a", "x" * 700),
        *scheduled("2026-10-01T03:00:00", "2026-09-01T03:00:00", late_hours=0),
    ]
    assert len({one.code for one in findings}) > 8
    for one in findings:
        assert one.field
        assert one.reason.endswith((".", ")"))
        assert one.remedy.endswith(".")
        if one.step is not None:
            assert one.field.startswith(f"steps[{one.step - 1}].")


def test_without_steps_nothing_can_be_sent() -> None:
    assert [one.code for one in errors_of(relative())] == ["no_steps"]


@pytest.mark.parametrize(
    "text",
    [
        "Text stop to end these.",
        'Reply "stop" to leave',
        "To unsubscribe answer no",
        "opt-out any time",
        "STOP ends it",
    ],
)
def test_the_first_text_says_how_to_opt_out(text: str) -> None:
    assert relative(text) == []


@pytest.mark.parametrize("text", ["Hi, Ana here", "We stop by on Monday", "Stopping this soon"])
def test_a_first_text_without_an_opt_out_line_is_reported(text: str) -> None:
    assert codes(relative(text, "STOP is for the first")) == [("no_opt_out_line", 1)]


def test_only_the_first_text_needs_the_opt_out_line() -> None:
    assert relative(FIRST, "Still there?") == []


def test_a_field_nobody_has_is_an_error_unless_it_has_a_fallback() -> None:
    held, spared = relative(FIRST, "At {{ company }}", "At {{ company | default: 'work' }}")
    assert (held.code, held.severity, held.step) == ("unknown_field", Severity.ERROR, 2)
    assert (spared.code, spared.severity, spared.step) == ("unknown_field", Severity.WARNING, 3)
    assert "company" in held.reason
    assert "first_name" in held.remedy


def test_a_known_field_without_fallback_is_a_warning() -> None:
    document = SequenceDocument(
        name="x",
        steps=(StepDocument(f"{FIRST} {{{{ company }}}} {{{{ phone }}}} {{{{ last_name }}}}"),),
    )
    findings = told(document, frozenset({"company"}))
    assert [(one.code, one.severity) for one in findings] == [
        ("no_fallback", Severity.WARNING),
        ("no_fallback", Severity.WARNING),
    ]
    assert "company" in findings[0].reason
    assert "last_name" in findings[1].reason


def test_a_body_that_cannot_be_read_is_an_error_with_its_place() -> None:
    (finding,) = relative(FIRST, "Hi\n{{ first_name")
    assert (finding.code, finding.severity, finding.step) == ("faulty_body", Severity.ERROR, 2)
    assert "line 2" in finding.reason


def test_curly_quotes_are_reported_with_the_plain_ones_and_what_they_cost() -> None:
    (finding,) = relative(FIRST, "It’s " + "x" * 100)
    assert finding.code == "not_gsm7"
    assert "“’” (plain: “'”)" in finding.reason
    assert "2 segments" in finding.reason
    assert "1 segment." in finding.remedy


def test_a_character_without_a_plain_one_is_reported_too() -> None:
    (finding,) = relative(FIRST, "Hi 🎉")
    assert finding.code == "not_gsm7"
    assert "🎉" in finding.reason
    assert finding.remedy.startswith("Remove them")


def test_a_long_text_is_reported_by_its_segments() -> None:
    assert codes(relative(FIRST, "x" * 459)) == []
    (finding,) = relative(FIRST, "x" * 460)
    assert finding.code == "many_segments"
    assert "4 segments" in finding.reason


def test_merge_fields_count_filled_in() -> None:
    fields = "{{ first_name | default: 'x' }}" * 20
    assert relative(FIRST, fields) == []


def test_an_empty_text_is_an_error() -> None:
    (finding,) = relative(FIRST, " \n ")
    assert (finding.code, finding.severity, finding.step) == ("empty_body", Severity.ERROR, 2)


def test_a_text_said_before_is_reported_with_the_step_that_says_it() -> None:
    (finding,) = relative(FIRST, "Still there?", "Still there?")
    assert (finding.code, finding.step) == ("duplicate_text", 3)
    assert "step 2" in finding.reason


@pytest.mark.parametrize(
    "text",
    ["Hi {first_name}", "Hi [NAME]", "Hi [first name]", "Hi <<name>>", "Hi %name%", "Hi ${name}"],
)
def test_a_forgotten_merge_field_is_reported(text: str) -> None:
    assert codes(relative(FIRST, text)) == [("placeholder", 2)]


@pytest.mark.parametrize("text", ["See [1] and {} 5% off 10% more", "a < b and c > d", "I <3 you"])
def test_brackets_alone_are_no_merge_field(text: str) -> None:
    assert relative(FIRST, text) == []


def test_a_window_within_quiet_hours_never_opens() -> None:
    window = WindowSpan(start="22:00", to="06:00")
    (finding,) = relative(FIRST, window=window)
    assert (finding.code, finding.severity) == ("never_opens", Severity.ERROR)
    assert finding.field == "window"


def test_one_span_within_quiet_hours_is_a_warning() -> None:
    window = (WindowSpan(start="09:00", to="20:00"), WindowSpan(start="22:00", to="23:00"))
    (finding,) = relative(FIRST, window=window)
    assert (finding.code, finding.field) == ("span_never_opens", "window[1]")
    assert finding.severity is Severity.WARNING


def test_steps_that_the_daily_limit_moves_are_named() -> None:
    soon = [StepDocument(text, Delay(minutes=30)) for text in ("one", "two")]
    findings = relative(FIRST, *soon, StepDocument("three", Delay(days=1)))
    assert codes(findings) == [("moved_by_daily_limit", 2), ("moved_by_daily_limit", 3)]
    assert findings[0].field == "steps[1].delay"
    assert codes(relative(FIRST, *soon, daily_limit=2)) == [("moved_by_daily_limit", 3)]
    assert relative(FIRST, *soon, daily_limit=3) == []


def test_a_delay_longer_than_the_window_is_open_is_not_moved() -> None:
    assert codes(relative(FIRST, StepDocument("one", Delay(hours=10)))) == [
        ("moved_by_daily_limit", 2)
    ]
    assert relative(FIRST, StepDocument("one", Delay(hours=11))) == []


def test_two_scheduled_steps_on_one_date_are_reported() -> None:
    findings = scheduled("2026-12-01T09:00:00", "2026-12-01T15:00:00")
    assert codes(findings) == [("moved_by_daily_limit", 2)]
    assert findings[0].field == "steps[1].at"
    assert scheduled("2026-12-01T09:00:00", "2026-12-01T15:00:00", daily_limit=2) == []


def test_an_instant_is_on_the_date_of_the_workspace() -> None:
    assert codes(scheduled("2026-12-01T09:00:00", "2026-12-02T00:30:00Z")) == [
        ("moved_by_daily_limit", 2)
    ]


def test_scheduled_steps_out_of_order_are_an_error() -> None:
    (finding,) = scheduled("2026-12-03T09:00:00", "2026-12-01T09:00:00")
    assert (finding.code, finding.severity, finding.step) == ("out_of_order", Severity.ERROR, 2)
    assert "step 1" in finding.reason


def test_scheduled_steps_in_the_past_are_a_warning() -> None:
    (finding,) = scheduled("2026-11-01T13:00:00", "2026-12-01T09:00:00")
    assert (finding.code, finding.severity, finding.step) == ("in_the_past", Severity.WARNING, 1)


def test_a_local_time_too_far_outside_the_window_is_an_error() -> None:
    assert scheduled("2026-12-01T22:00:00") == []  # opens eleven hours later
    (finding,) = scheduled("2026-12-01T20:30:00")
    assert (finding.code, finding.severity) == ("outside_window", Severity.ERROR)
    assert scheduled("2026-12-01T20:30:00", late_hours=13) == []


def test_an_instant_outside_the_window_is_a_warning_as_zones_differ() -> None:
    (finding,) = scheduled("2026-12-02T01:30:00Z")
    assert (finding.code, finding.severity) == ("outside_window", Severity.WARNING)


def test_findings_come_by_step_with_errors_first() -> None:
    findings = relative("Hi [NAME] {{ nope }}", "{{ a", "")
    assert [one.step for one in findings] == sorted(one.step or 0 for one in findings)
    assert findings[0].severity is Severity.ERROR
