"""Sequences as text files: parses TOML into a `SequenceDocument`, writes it, and checks it.

Documents in JSON get the same checks. The server checks what needs the workspace, such as whether
the sender exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec
import tomli_w

from common.model.sequences import (
    BODY_LIMIT,
    NAME_LIMIT,
    STEPS_LIMIT,
    Delay,
    Sequence,
    SequenceDocument,
    StepDocument,
    WindowSpan,
)
from common.segments import normalize
from common.toml import parse_toml
from common.vocabulary import SequenceKind

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
_CONTROL_BUT_BREAKS: Final = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_AT_LINE: Final = re.compile(r"\(at line (\d+), column \d+\)")
_NAMED: Final = re.compile(r"^Object (?:contains unknown|missing required) field `(.*)`$")
_YEARS: Final = range(2000, 2200)
_HEAD: Final = ("name", "kind", "on_reply")
_NUMBERS: Final = ("daily_limit", "late_hours", "response_days", "reenroll", "reenroll_days")


class DocumentFault(NamedTuple):
    """One fault of a document: the field, the reason, the remedy, and the line of a TOML syntax
    error.
    """

    field: str
    reason: str
    remedy: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.field if self.line is None else f"line {self.line}"
        return f"{place}: {self.reason} {self.remedy}"


class DocumentError(ValueError):
    """A text that is not a valid sequence; `faults` lists all faults."""

    def __init__(self, *faults: DocumentFault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def read_toml(text: str) -> SequenceDocument:
    """Parse a sequence from TOML, in its canonical form.

    Raises DocumentError.
    """
    try:
        written = parse_toml(text)
    except ValueError as error:
        message = str(error)
        line = _AT_LINE.search(message)
        reason = f"This is not TOML: {_AT_LINE.sub('', message).strip()}."
        remedy = "Correct that line. Texts and times of day are written in quotes."
        raise DocumentError(
            DocumentFault("document", reason, remedy, int(line[1]) if line else None)
        ) from error
    return canonical(conformed(_dates_as_text(written)))


def conformed(written: dict[str, Any]) -> SequenceDocument:
    """Convert plain values to a document, checking types and sizes.

    Raises DocumentError.
    """
    try:
        return msgspec.convert(written, SequenceDocument)
    except msgspec.ValidationError as error:
        raise DocumentError(_fault(str(error))) from error


def write_toml(document: SequenceDocument) -> str:
    """Write a canonical document as TOML; `read_toml` returns it unchanged."""
    written = msgspec.to_builtins(document)
    lines = [_pair(name, written[name]) for name in _HEAD]
    spans = [_inline(span) for span in msgspec.to_builtins(_spans(document))]
    if len(spans) == 1:
        lines.append(f"window = {spans[0]}")
    else:
        lines += ["window = [", *(f"    {span}," for span in spans), "]"]
    if document.sender is not None:
        lines.append(_pair("sender", document.sender))
    lines += [_pair(name, written[name]) for name in _NUMBERS]
    for step in document.steps:
        lines += ["", "[[steps]]", *_step_lines(step)]
    return "\n".join(lines) + "\n"


def canonical(document: SequenceDocument) -> SequenceDocument:
    """Bring documents with the same meaning into one form: equal times, normalised texts.

    Raises DocumentError.
    """
    faults = list(_faults(document))
    if faults:
        raise DocumentError(*faults)
    return msgspec.structs.replace(
        document,
        name=normalize(document.name).strip(),
        window=_spans(document),
        steps=tuple(_canonical_step(step, document.kind) for step in document.steps),
    )


def document_of(sequence: Sequence, *, with_ids: bool = True) -> SequenceDocument:
    """The document that describes this sequence; with ids, its steps keep their identity."""
    return SequenceDocument(
        name=sequence.name,
        kind=sequence.kind,
        on_reply=sequence.on_reply,
        window=sequence.window,
        sender=sequence.sender,
        daily_limit=sequence.daily_limit,
        late_hours=sequence.late_hours,
        response_days=sequence.response_days,
        reenroll=sequence.reenroll,
        reenroll_days=sequence.reenroll_days,
        steps=tuple(
            StepDocument(step.body, step.delay, step.at, step.local, step.id if with_ids else None)
            for step in sequence.steps
        ),
    )


def read_at(written: str) -> datetime:
    """The time of a scheduled step: aware if written with an offset, otherwise local time.

    Raises ValueError unless it is a date and time in whole seconds.
    """
    moment = datetime.fromisoformat(written)
    if len(written) <= len("2026-12-01") or moment.microsecond:
        raise ValueError("a time of day must be in whole seconds")
    if moment.year not in _YEARS:
        raise ValueError("the year is out of range")
    offset = moment.utcoffset()
    if offset is not None and (offset.seconds % 60 or offset.microseconds):
        raise ValueError("the offset must be in whole minutes")
    return moment


def _faults(document: SequenceDocument) -> Iterator[DocumentFault]:
    if found := _CONTROL.search(document.name):
        yield DocumentFault(
            "name", f"It contains the control character U+{ord(found[0]):04X}.", "Remove it."
        )
    elif not document.name.strip():
        yield DocumentFault("name", "It is blank.", "Enter a name.")
    elif len(normalize(document.name).strip()) > NAME_LIMIT:
        yield DocumentFault("name", "It is too long.", f"Use at most {NAME_LIMIT} characters.")
    if len(document.steps) > STEPS_LIMIT:
        yield DocumentFault(
            "steps",
            f"There are {len(document.steps)} of them.",
            f"Use at most {STEPS_LIMIT} steps.",
        )
        return
    seen: set[int] = set()
    for index, step in enumerate(document.steps):
        place = f"steps[{index}]"
        if step.id is not None and step.id in seen:
            yield DocumentFault(
                f"{place}.id",
                f"Step {step.id} is listed twice.",
                "Remove one of them, or remove its id.",
            )
        seen.add(step.id or 0)
        if found := _CONTROL_BUT_BREAKS.search(normalize(step.body)):
            yield DocumentFault(
                f"{place}.body",
                f"It contains the control character U+{ord(found[0]):04X}.",
                "Remove it. Line breaks and tabs are allowed.",
            )
        if len(normalize(step.body)) > BODY_LIMIT:
            yield DocumentFault(
                f"{place}.body", "It is too long.", f"Use at most {BODY_LIMIT} characters."
            )
        yield from _timing_faults(step, place, document.kind)


def _timing_faults(step: StepDocument, place: str, kind: SequenceKind) -> Iterator[DocumentFault]:
    if kind is SequenceKind.RELATIVE:
        for field in ("at", "local"):
            if getattr(step, field) is not None:
                yield DocumentFault(
                    f"{place}.{field}",
                    "Steps of a relative sequence have a delay, not a date.",
                    'Write a delay, or set kind = "scheduled".',
                )
        return
    if step.delay is not None:
        yield DocumentFault(
            f"{place}.delay",
            "Steps of a scheduled sequence have a date and time, not a delay.",
            'Write at, or set kind = "relative".',
        )
    remedy = (
        "Write a time like 2026-12-01T09:00:00. Add an offset to send to everyone at the same "
        "instant."
    )
    if step.at is None:
        yield DocumentFault(f"{place}.at", "It is missing.", remedy)
        return
    try:
        moment = read_at(step.at)
    except ValueError:
        yield DocumentFault(f"{place}.at", f"“{step.at}” is not a date and time.", remedy)
        return
    if step.local and moment.tzinfo is not None:
        yield DocumentFault(
            f"{place}.local",
            "A time with an offset is the same instant for everyone; it cannot be local to "
            "each recipient.",
            "Remove the offset, or set local = false.",
        )


def _canonical_step(step: StepDocument, kind: SequenceKind) -> StepDocument:
    body = normalize(step.body)
    if kind is SequenceKind.RELATIVE:
        return StepDocument(body, step.delay or Delay(), None, None, step.id)
    assert step.at is not None
    moment = read_at(step.at)
    text = moment.isoformat()
    if moment.tzinfo is not None and not moment.utcoffset():
        text = moment.replace(tzinfo=None).isoformat() + "Z"
    local = moment.tzinfo is None if step.local is None else step.local
    return StepDocument(body, None, text, local, step.id)


def _spans(document: SequenceDocument) -> tuple[WindowSpan, ...]:
    return (document.window,) if isinstance(document.window, WindowSpan) else document.window


def _dates_as_text(written: dict[str, Any]) -> dict[str, Any]:
    """Convert TOML's own dates in steps to text, as in JSON."""
    steps = written.get("steps")
    if not isinstance(steps, list):
        return written
    return {
        **written,
        "steps": [
            {**step, "at": step["at"].isoformat()}
            if isinstance(step, dict) and isinstance(step.get("at"), datetime)
            else step
            for step in steps
        ],
    }


def _fault(message: str) -> DocumentFault:
    reason, marked, place = message.partition(" - at `$")
    if not marked or not place.endswith("`"):
        reason, place = message, ""
    field = place.removesuffix("`").lstrip(".")
    if named := _NAMED.match(reason):
        field = f"{field}.{named[1]}".lstrip(".")
        reason = "It is missing" if "missing" in reason else "This field does not exist"
    return DocumentFault(
        field or "document", f"{reason}.", "Correct it. Export a sequence to see the format."
    )


def _step_lines(step: StepDocument) -> Iterator[str]:
    if step.id is not None:
        yield _pair("id", step.id)
    if step.at is not None:
        yield f"at = {step.at}"
    if step.local is not None:
        yield _pair("local", step.local)
    if step.delay is not None:
        given = {name: n for name, n in msgspec.structs.asdict(step.delay).items() if n}
        yield f"delay = {_inline(given or {'minutes': 0})}"
    yield _pair("body", step.body)


def _inline(table: dict[str, Any]) -> str:
    return f"{{ {', '.join(_pair(name, value) for name, value in table.items())} }}"


def _pair(name: str, value: object) -> str:
    multiline = isinstance(value, str) and "\n" in value
    return tomli_w.dumps({name: value}, multiline_strings=multiline).rstrip("\n")
