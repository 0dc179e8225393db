"""What a text costs and which of its characters make it dear, in words. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from common.model.sequences import BODY_LIMIT, StepPreview
from common.segments import (
    Encoding,
    count_segments,
    culprits,
    normalize,
    plain,
    with_fields_as,
)

_NAMED: Final = {Encoding.GSM7: "GSM-7", Encoding.UCS2: "UCS-2"}
_SHOWN: Final = 4
"""Dear characters that are named; more are counted."""


def segments_words(many: int) -> str:
    """`1 segment`, `3 segments`."""
    return f"{many:,} segment{'' if many == 1 else 's'}"


def counts_line(body: str) -> str:
    """Characters and segments of a text as it is written."""
    if len(body) > BODY_LIMIT:
        return f"{len(body):,} characters: {len(body) - BODY_LIMIT:,} too many"
    told = count_segments(body)
    line = (
        f"{len(body):,} characters · {segments_words(told.count)}"
        f" ({_NAMED[told.encoding]}) · {told.remaining} left in it"
    )
    return f"{line} · fields not filled in" if with_fields_as("", body) != body else line


def cost_words(preview: StepPreview) -> str:
    """What a text costs as one person would get it."""
    named = "" if preview.encoding is None else f" ({_NAMED[preview.encoding]})"
    return f"{preview.characters:,} characters · {segments_words(preview.segments)}{named}"


def held_words(preview: StepPreview) -> str:
    """Why a text would be held instead of sent to one person, and what to do."""
    if not preview.missing:
        return preview.problem or ""
    return (
        f"This contact has no {', '.join(preview.missing)}. Write a fallback, like"
        " {{ first_name | default: 'there' }}, or fill it in."
    )


def costly_characters(body: str) -> str:
    """The characters that make a text dear, each with what could stand there; empty for none."""
    found = culprits(body)
    if not found:
        return ""
    dear = count_segments(body).count
    cheap = count_segments(plain(body)).count
    named = dear_words((char, instead) for _, char, instead in found)
    if cheap < dear:
        return f"{named}: {segments_words(dear)}, plainly {cheap:,}"
    return f"{named}: not in GSM-7"


def dear_words(characters: Iterable[tuple[str, str | None]]) -> str:
    """Characters by themselves or their names, each once, with their plain replacements."""
    once = list(dict.fromkeys(characters))
    named = [_dear(char, instead) for char, instead in once[:_SHOWN]]
    if len(once) > _SHOWN:
        named += [f"{len(once) - _SHOWN} more"]
    return ", ".join(named)


def _dear(char: str, instead: str | None) -> str:
    visible = char.isprintable() and not char.isspace()
    shown = char if visible else unicodedata.name(char, f"U+{ord(char):04X}").lower()
    if instead is None:
        return f"{shown} (has none)"
    if not instead:
        return f"{shown} (needless)"
    return f"{shown} → {instead if instead.strip() else 'a space'}"


def can_be_plain(body: str) -> bool:
    """Whether any character has a plain one that could stand there."""
    return plain(body) != normalize(body)
