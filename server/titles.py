"""One rule for names that operators give, and for notes.

A title is one line of visible characters: invisible ones would let two different names look alike.
`name_key` decides which names are equal. Functions raise Invalid naming the field.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from common.model.contacts import NAME_LIMIT
from server.errors import invalid

NOTE_LIMIT: Final = 500
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Invisible letters and marks beside those that Unicode calls control or format."""
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_VARIANTS: Final = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0x180B, 0x1810))))


def read_title(text: str, pointer: str, limit: int = NAME_LIMIT) -> str:
    """A name, such as a group's, without surrounding spaces."""
    title = read_label(text, pointer, limit)
    if not title:
        raise invalid(pointer, "is blank.", "Enter a name.")
    return title


def read_label(text: str, pointer: str, limit: int = NAME_LIMIT) -> str:
    """A title that may be blank."""
    for place, one in enumerate(text, 1):
        if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} or one in _UNSEEN:
            raise _unseen(one, place, pointer)
    title = unicodedata.normalize("NFC", text).strip()
    if title and not name_key(title):
        raise _unseen(title[0], 1, pointer)
    if len(title) > limit:
        raise invalid(pointer, f"has {len(title)} characters.", f"Use at most {limit}.")
    return title


def read_note(text: str, pointer: str, limit: int = NOTE_LIMIT) -> str:
    """Why something was done; line breaks and tabs are allowed."""
    note = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    for place, one in enumerate(note, 1):
        if (unicodedata.category(one) in {"Cc", "Cs"} and one not in "\n\t") or one in _BIDI:
            raise _unseen(one, place, pointer)
    if len(note) > limit:
        raise invalid(pointer, f"has {len(note)} characters.", f"Use at most {limit}.")
    return note


def read_reason(text: str | None, pointer: str) -> str | None:
    """A note that cannot be blank, if given."""
    if text is None:
        return None
    reason = read_note(text, pointer)
    if not reason:
        raise invalid(pointer, "is blank.", "Enter a reason.")
    return reason


def name_key(name: str) -> str:
    """The same key for names that look alike: folds case, width, spacing and variants."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", name).casefold())
    return " ".join("".join(one for one in folded if one not in _VARIANTS).split())


def keys_of(name: str) -> tuple[str, ...]:
    """The keys under which this name may be stored, the likeliest first.

    If two names of an older database look alike, one keeps its old key, which is only case-folded.
    """
    return tuple(dict.fromkeys((name.casefold(), name_key(name))))


def _unseen(one: str, place: int, pointer: str) -> Exception:
    return invalid(
        pointer,
        f"has the invisible character U+{ord(one):04X} at character {place}.",
        "Remove it.",
    )
