"""Finds errors and hidden costs in the texts of a sequence. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from common.model.sequences import Finding, SequenceDocument, Severity
from common.segments import SAMPLE, count_segments, culprits, plain, with_fields_as
from server.sequences.text import (
    TextError,
    check,
    fields_of,
    fields_without_fallback,
    render,
)

OWN_FIELDS: Final = frozenset({"first_name", "last_name", "phone"})
"""The merge fields that need no custom field."""

SEGMENTS_LIMIT: Final = 3
"""More segments in one text than this are reported."""

_NEVER_MISSING: Final = frozenset({"phone"})
_OPT_OUT: Final = re.compile(
    r"\bSTOP\b"
    r"|(?i:\b(?:text|txt|reply|send|answer)\b[^a-z]{0,3}stop\b|\bunsubscribe\b|\bopt[ -]?out\b)"
)
"""Ways to say how to opt out; "we stop by on Monday" is not one."""

_FORGOTTEN: Final = re.compile(
    r"\{\s*[A-Za-z][A-Za-z_ ]{0,40}\}"  # {first_name}
    r"|\[[A-Z][A-Z_ ]{1,40}\]"  # [NAME]
    r"|\[(?:first|last|your|full|contact|company)[ _]?(?:name)?\]"  # [first name]
    r"|<<?[A-Za-z][A-Za-z_ ]{0,40}>>?"  # <name>
    r"|%[A-Za-z_]{2,40}%"  # %name%
    r"|\$\{[^}]{0,40}\}",  # ${name}
    re.ASCII,
)


def lint_texts(document: SequenceDocument, known_fields: Collection[str]) -> Iterator[Finding]:
    """Findings of the bodies of a canonical document."""
    bodies = [step.body for step in document.steps]
    for number, body in enumerate(bodies, 1):
        if not body.strip():
            yield _error(
                number, "empty_body", "The text is empty.", "Write it, or remove the step."
            )
            continue
        if body in bodies[: number - 1]:
            yield _warning(
                number,
                "duplicate_text",
                f"It is the same as step {bodies.index(body) + 1}.",
                "Change the text, or remove the step.",
            )
        if number == 1 and not _OPT_OUT.search(body):
            yield _warning(
                number,
                "no_opt_out_line",
                "The first text does not say how to opt out.",
                "End it with: Reply STOP to opt out.",
            )
        faults = check(body)
        for fault in faults:
            place = f"line {fault.line}, column {fault.column}"
            yield _error(number, "faulty_body", f"{fault.reason} ({place})", fault.remedy)
        if not faults:
            yield from _fields(number, body, known_fields)
        yield from _forgotten(number, body)
        yield from _cost(number, body, readable=not faults)


def _fields(number: int, body: str, known_fields: Collection[str]) -> Iterator[Finding]:
    held = fields_without_fallback(body)
    for name in sorted(fields_of(body)):
        fallback = f'{{{{ {name} | default: "…" }}}}'
        if name not in OWN_FIELDS and name not in known_fields:
            severity = _error if name in held else _warning
            what = "every text would be held" if name in held else "everyone would get the fallback"
            yield severity(
                number,
                "unknown_field",
                f"No contact has a field {name}, so {what}.",
                f"Correct the name (known fields: {_listed(known_fields)}), or fill in the "
                "field for your contacts.",
            )
        elif name in held and name not in _NEVER_MISSING:
            yield _warning(
                number,
                "no_fallback",
                f"A contact without {name} is held and does not get this text.",
                f"Write {fallback} with a word that fits everyone.",
            )


def _listed(known_fields: Collection[str]) -> str:
    names = [*sorted(OWN_FIELDS), *sorted(known_fields)]
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "")


def _forgotten(number: int, body: str) -> Iterator[Finding]:
    found = _FORGOTTEN.search(with_fields_as("", body))
    if found:
        yield _warning(
            number,
            "placeholder",
            f"“{found[0]}” looks like an unfinished merge field. It would be sent exactly "
            "like this.",
            "Write {{ first_name }} with two braces, or remove it.",
        )


def _cost(number: int, body: str, *, readable: bool) -> Iterator[Finding]:
    text = _sample(body) if readable else body
    cost = count_segments(text)
    dear = culprits(text)
    if dear:
        shown = ", ".join(dict.fromkeys(_shown(char, instead) for _, char, instead in dear))
        cheap = count_segments(plain(text))
        yield _warning(
            number,
            "not_gsm7",
            f"Some characters are not in GSM-7, so a segment holds {cost.per_segment} "
            f"characters and the text takes {_segments(cost.count)}: {shown[:200]}.",
            f"With plain characters it takes {_segments(cheap.count)}."
            if any(instead is not None for _, _, instead in dear)
            else "Remove them to lower the cost.",
        )
    if cost.count > SEGMENTS_LIMIT:
        yield _warning(
            number,
            "many_segments",
            f"It takes about {_segments(cost.count)}; each is billed as a text.",
            f"Shorten it to at most {SEGMENTS_LIMIT} segments.",
        )


def _sample(body: str) -> str:
    try:
        return render(body, dict.fromkeys(fields_of(body), SAMPLE))
    except TextError:
        return body


def _segments(count: int) -> str:
    return "1 segment" if count == 1 else f"{count} segments"


def _shown(char: str, instead: str | None) -> str:
    shown = char if char.isprintable() and not char.isspace() else f"U+{ord(char):04X}"
    if instead is None:
        return f"“{shown}”"
    return f"“{shown}” (plain: “{instead}”)" if instead else f"“{shown}” (needless)"


def _error(number: int, code: str, reason: str, remedy: str) -> Finding:
    return Finding(Severity.ERROR, code, number, f"steps[{number - 1}].body", reason, remedy)


def _warning(number: int, code: str, reason: str, remedy: str) -> Finding:
    return Finding(Severity.WARNING, code, number, f"steps[{number - 1}].body", reason, remedy)
