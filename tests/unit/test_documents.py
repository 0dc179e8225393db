"""Sequences as text: the same thing as JSON and as TOML, and faults that name their place."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.documents import (
    DocumentError,
    DocumentFault,
    canonical,
    document_of,
    read_at,
    read_toml,
    write_toml,
)
from common.model.sequences import (
    DEFAULT_WINDOW,
    Delay,
    Reenroll,
    Sequence,
    SequenceDocument,
    Step,
    StepDocument,
    WindowSpan,
)
from common.vocabulary import OnReply, SequenceKind, SequenceState
from common.windows import DEFAULT_WINDOW as TIMED_WINDOW
from server.errors import Invalid
from server.sequences.document import checked, spans_of

EXAMPLE = """
name = "Spring hiring 2026"
kind = "relative"                  # or "scheduled"
on_reply = "finish"                # or "continue"
window = { days = "mon-sat", from = "09:00", to = "20:00" }

[[steps]]
delay = { minutes = 0 }            # days, hours, minutes
body = "Hi {{ first_name | default: 'there' }}, Ana from Acme. Reply STOP to opt out."

[[steps]]
delay = { days = 2 }
body = "We have two openings near you. Interested?"
"""

SCHEDULED = 'name = "x"\nkind = "scheduled"\n[[steps]]\nbody = "a"\n'

_PRINTABLE = st.characters(exclude_categories=("Cs", "Cc"))
_NAMES = st.text(_PRINTABLE, min_size=1, max_size=30).filter(lambda name: name.strip() != "")
_BODIES = st.text(_PRINTABLE | st.sampled_from("\n\r\t\f\"'\\`{}€"), max_size=80)
_DELAYS = st.builds(
    Delay,
    days=st.integers(0, 3650),
    hours=st.integers(0, 8760),
    minutes=st.integers(0, 525_600),
)
_WALL = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31)).map(  # noqa: DTZ001 # wall time
    lambda moment: moment.replace(microsecond=0).isoformat()
)
_OFFSETS = st.sampled_from(["Z", "+00:00", "-05:00", "+05:45"])
_TIMES = st.tuples(_WALL, st.sampled_from([None, True, False])) | st.tuples(
    st.builds(str.__add__, _WALL, _OFFSETS), st.sampled_from([None, False])
)
_RELATIVE = st.builds(StepDocument, body=_BODIES, delay=st.none() | _DELAYS)
_SCHEDULED = st.builds(
    lambda body, time: StepDocument(body, None, *time), body=_BODIES, time=_TIMES
)
_CLOCK = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
_SPANS = st.builds(
    WindowSpan, days=st.sampled_from(["mon-fri", "sat,sun", "daily"]), start=_CLOCK, to=_CLOCK
)


@st.composite
def documents(draw: st.DrawFn) -> SequenceDocument:
    """Any sequence, canonical."""
    kind = draw(st.sampled_from(SequenceKind))
    steps = draw(st.lists(_RELATIVE if kind is SequenceKind.RELATIVE else _SCHEDULED, max_size=4))
    if draw(st.booleans()):
        steps = [msgspec.structs.replace(step, id=place + 7) for place, step in enumerate(steps)]
    return canonical(
        SequenceDocument(
            name=draw(_NAMES),
            kind=kind,
            on_reply=draw(st.sampled_from(OnReply)),
            window=draw(_SPANS | st.lists(_SPANS, min_size=1, max_size=3).map(tuple)),
            sender=draw(st.none() | st.just("+14155550142")),
            daily_limit=draw(st.integers(1, 100)),
            late_hours=draw(st.integers(0, 168)),
            response_days=draw(st.integers(1, 365)),
            reenroll=draw(st.sampled_from(Reenroll)),
            reenroll_days=draw(st.integers(0, 3650)),
            steps=tuple(steps),
        )
    )


@given(documents())
def test_toml_gives_back_what_was_written(document: SequenceDocument) -> None:
    assert read_toml(write_toml(document)) == document


@given(documents())
def test_json_and_toml_are_the_same_thing(document: SequenceDocument) -> None:
    as_json = msgspec.json.decode(msgspec.json.encode(document), type=SequenceDocument)
    assert canonical(as_json) == read_toml(write_toml(document))


@given(documents())
def test_the_canonical_form_is_settled_at_once(document: SequenceDocument) -> None:
    assert canonical(document) == document


def test_the_example_reads_as_it_looks() -> None:
    document = read_toml(EXAMPLE)
    assert document.name == "Spring hiring 2026"
    assert document.on_reply is OnReply.FINISH
    assert document.window == (WindowSpan(days="mon-sat", start="09:00", to="20:00"),)
    assert [step.delay for step in document.steps] == [Delay(), Delay(days=2)]
    assert document.daily_limit == 1
    assert document.late_hours == 12
    assert document.response_days == 7
    assert (document.reenroll, document.reenroll_days) == (Reenroll.AFTER, 30)


def test_what_is_left_out_is_the_default() -> None:
    document = read_toml('name = "Short"')
    assert document == canonical(SequenceDocument(name="Short"))
    assert document.window == DEFAULT_WINDOW == spans_of(TIMED_WINDOW)


def test_each_step_is_a_table_of_its_own() -> None:
    written = write_toml(read_toml(EXAMPLE))
    assert written.count("[[steps]]") == 2
    assert 'window = { days = "mon-sat", from = "09:00", to = "20:00" }' in written
    assert "delay = { days = 2 }" in written


@pytest.mark.parametrize(
    ("written", "at", "local"),
    [
        ("at = 2026-12-01T09:00:00\nlocal = true", "2026-12-01T09:00:00", True),
        ("at = 2026-12-01 09:00:00", "2026-12-01T09:00:00", True),
        ('at = "2026-12-01T09:00"', "2026-12-01T09:00:00", True),
        ("at = 2026-12-01T09:00:00\nlocal = false", "2026-12-01T09:00:00", False),
        ("at = 2026-12-01T09:00:00Z", "2026-12-01T09:00:00Z", False),
        ("at = 2026-12-01T09:00:00+00:00", "2026-12-01T09:00:00Z", False),
        ("at = 2026-12-01T09:00:00-05:00\nlocal = false", "2026-12-01T09:00:00-05:00", False),
    ],
)
def test_a_time_of_a_scheduled_step(written: str, at: str, local: bool) -> None:
    document = read_toml(f'name = "x"\nkind = "scheduled"\n[[steps]]\n{written}\nbody = "Hi"')
    assert (document.steps[0].at, document.steps[0].local) == (at, local)


def test_a_time_with_an_offset_is_aware() -> None:
    assert read_at("2026-12-01T09:00:00Z") == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert read_at("2026-12-01T09:00:00").tzinfo is None


def test_bodies_are_kept_as_they_are_sent() -> None:
    document = canonical(SequenceDocument(name=" Café ", steps=(StepDocument("a\r\nCafe\u0301"),)))
    assert document.name == "Café"
    assert document.steps[0].body == "a\nCafé"


@pytest.mark.parametrize(
    ("toml", "field"),
    [
        ("name = 1", "name"),
        ("", "name"),
        ('name = "  "', "name"),
        ('name = "a\\u0000b"', "name"),
        ('name = "x"\ncolour = "red"', "colour"),
        ('name = "x"\nkind = "weekly"', "kind"),
        ('name = "x"\ndaily_limit = 0', "daily_limit"),
        ('name = "x"\nwindow = []', "window"),
        ('name = "x"\nwindow = { from = "09:00" }', "window.to"),
        ('name = "x"\n[[steps]]', "steps[0].body"),
        ('name = "x"\n[[steps]]\nbody = "a"\nwhen = 1', "steps[0].when"),
        ('name = "x"\n[[steps]]\nbody = "a"\ndelay = { days = -1 }', "steps[0].delay.days"),
        ('name = "x"\n[[steps]]\nbody = "a\\u0007"', "steps[0].body"),
        ('name = "x"\n[[steps]]\nbody = "a"\nat = 2026-12-01T09:00:00', "steps[0].at"),
        (SCHEDULED, "steps[0].at"),
        (SCHEDULED + "at = 2026-12-01", "steps[0].at"),
        (
            SCHEDULED + 'at = "soon"',
            "steps[0].at",
        ),
        (
            SCHEDULED + 'at = "0001-01-01T00:00:00"',
            "steps[0].at",
        ),
        (
            SCHEDULED + "at = 2026-12-01T09:00:00Z\nlocal = true",
            "steps[0].local",
        ),
        (
            SCHEDULED + "at = 2026-12-01T09:00:00Z\ndelay = { days = 1 }",
            "steps[0].delay",
        ),
        (
            'name = "x"\n[[steps]]\nid = 3\nbody = "a"\n[[steps]]\nid = 3\nbody = "b"',
            "steps[1].id",
        ),
    ],
)
def test_a_fault_names_field_reason_and_remedy(toml: str, field: str) -> None:
    fault = _fault(toml)
    assert fault.field == field
    assert fault.reason.endswith(".")
    assert fault.remedy.endswith(".")
    assert fault.line is None


@pytest.mark.parametrize(("toml", "line"), [('name = "x"\nkind = weekly', 2), ("name = ", None)])
def test_a_fault_of_toml_itself_names_the_line(toml: str, line: int | None) -> None:
    fault = _fault(toml)
    assert fault.line == line
    assert "TOML" in fault.reason
    assert fault.remedy


@pytest.mark.parametrize("toml", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = 1\n" * 2])
def test_a_hostile_text_is_a_fault_and_no_crash(toml: str) -> None:
    assert "TOML" in _fault(toml).reason


def test_all_faults_are_reported_at_once() -> None:
    document = SequenceDocument(
        name="\x00", steps=(StepDocument("a", at="now"), StepDocument("\x1b"))
    )
    with pytest.raises(DocumentError) as caught:
        canonical(document)
    assert [fault.field for fault in caught.value.faults] == [
        "name",
        "steps[0].at",
        "steps[1].body",
    ]


def test_the_server_reports_faults_of_the_window_with_the_others() -> None:
    window = WindowSpan(days="someday", start="09:00", to="20:00")
    document = SequenceDocument(name=" ", window=window)
    with pytest.raises(Invalid) as caught:
        checked(document, "body.document")
    assert [fault.pointer for fault in caught.value.faults] == [
        "body.document.name",
        "body.document.window.days",
    ]


def test_windows_that_mean_the_same_are_written_alike() -> None:
    span = WindowSpan(days="Monday-fri", start="9:00", to="20:00")
    assert checked(SequenceDocument(name="x", window=span)).window == (
        WindowSpan(days="mon-fri", start="09:00", to="20:00"),
    )


def test_a_kept_sequence_gives_its_document_back() -> None:
    kept = Sequence(
        id=1,
        name="Spring",
        kind=SequenceKind.RELATIVE,
        state=SequenceState.ACTIVE,
        version=4,
        on_reply=OnReply.CONTINUE,
        window=DEFAULT_WINDOW,
        sender=None,
        daily_limit=2,
        late_hours=1,
        response_days=3,
        reenroll=Reenroll.NEVER,
        reenroll_days=0,
        steps=(Step(9, 1, "Hi", Delay(hours=2), None, None),),
        counts={},
        total=0,
        created_by="ana",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        updated_at=datetime(2026, 1, 1, tzinfo=UTC),
        activated_at=None,
        paused_at=None,
    )
    document = document_of(kept)
    assert canonical(document) == document
    assert document.steps == (StepDocument("Hi", Delay(hours=2), id=9),)
    assert document_of(kept, with_ids=False).steps[0].id is None


def _fault(toml: str) -> DocumentFault:
    with pytest.raises(DocumentError) as caught:
        read_toml(toml)
    fault: DocumentFault = caught.value.faults[0]
    return fault
