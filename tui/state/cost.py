"""The cost of a text, and the characters that make it cost more, in words."""

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
from tui.state.wording import counted

_NAMED: Final = {Encoding.GSM7: "GSM-7", Encoding.UCS2: "UCS-2"}
_SHOWN: Final = 4
"""How many costly characters are named; the rest are counted."""


def segments_words(many: int) -> str:
    """`1 segment`, `3 segments`."""
    return counted(many, "segment")


def counts_line(body: str) -> str:
    """Characters and segments of a text as it is typed."""
    if len(body) > BODY_LIMIT:
        return f"{len(body):,} characters: {len(body) - BODY_LIMIT:,} too many"
    told = count_segments(body)
    line = (
        f"{len(body):,} characters · {segments_words(told.count)}"
        f" ({_NAMED[told.encoding]}) · {told.remaining} left in this segment"
    )
    return f"{line}, before merge fields" if with_fields_as("", body) != body else line


def cost_words(preview: StepPreview) -> str:
    """The cost of a text as one contact would get it."""
    named = "" if preview.encoding is None else f" ({_NAMED[preview.encoding]})"
    return f"{preview.characters:,} characters · {segments_words(preview.segments)}{named}"


def held_words(preview: StepPreview) -> str:
    """Why a text would not be sent to one contact, and what to do."""
    if not preview.missing:
        return preview.problem or ""
    return (
        f"This contact has no {', '.join(preview.missing)}. Add a fallback, like"
        " {{ first_name | default: 'there' }}, or fill in the contact's field."
    )


def costly_characters(body: str) -> str:
    """The characters that make a text cost more, with replacements; empty if there are none."""
    found = culprits(body)
    if not found:
        return ""
    costly = count_segments(body).count
    simple = count_segments(plain(body)).count
    named = replacement_words((char, instead) for _, char, instead in found)
    if simple < costly:
        return f"{named}: {segments_words(costly)}, {simple:,} with plain characters"
    return f"{named}: a segment holds 70 characters, not 160"


def replacement_words(characters: Iterable[tuple[str, str | None]]) -> str:
    """Each character once, with its plain replacement; invisible ones by name."""
    once = list(dict.fromkeys(characters))
    named = [_replacement(char, instead) for char, instead in once[:_SHOWN]]
    if len(once) > _SHOWN:
        named += [f"{len(once) - _SHOWN} more"]
    return ", ".join(named)


def _replacement(char: str, instead: str | None) -> str:
    visible = char.isprintable() and not char.isspace()
    shown = char if visible else unicodedata.name(char, f"U+{ord(char):04X}").lower()
    if instead is None:
        return f"{shown} (no replacement)"
    if not instead:
        return f"{shown} (can be removed)"
    return f"{shown} → {instead if instead.strip() else 'a space'}"


def can_be_plain(body: str) -> bool:
    """Whether any character has a plain replacement."""
    return plain(body) != normalize(body)
