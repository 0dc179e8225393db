"""How many segments a text takes, and which characters increase its cost.

GSM-7 packs 160 septets in one segment and 153 each in several; UCS-2 packs 70 and 67 UTF-16 units,
because a concatenation header takes six bytes of each segment (3GPP TS 23.038 and TS 23.040,
9.2.3.24.1).
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from typing import Final

import msgspec

GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic table of 3GPP TS 23.038, without the escape septet, which is no character."""

GSM_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
"""The extension table: an escape and a septet, two units that are never split."""

_GSM: Final = GSM_BASIC | GSM_EXTENSION

_PLAIN_GROUPS: Final = {
    "'": "‘’‚‛′ʹʻʼˈ´`‹›＇",
    '"': "“”„‟″ʺ«»＂",
    "-": "‐‑‒–—―−⁃•‣∙·－",
    "...": "…",
    " ": "\t\u00a0\u1680\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\v\u0085\u2028\u2029",
    "": "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"
    "\ufeff",
    "/": "⁄∕",
    "*": "∗",
    "~": "∼",
    "x": "×",
    "!": "ǃ！",
    "?": "？",
    ",": "，",
    ".": "．",
    ":": "∶：",
    ";": "；",
    "(": "（",
    ")": "）",
    "<=": "≤",
    ">=": "≥",
    "->": "→",
    "<-": "←",
    "(c)": "©",
    "(R)": "®",
    "TM": "™",
}

PLAIN: Final = {
    **{char: plain for plain, chars in _PLAIN_GROUPS.items() for char in chars},
    **{chr(code): "" for code in (*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0x85))},
}
"""Replacements for punctuation, spaces and marks outside GSM-7 that keep the meaning.

Letters are not included: the writer decides whether to drop an accent from a name. Joiners and
variation selectors are not included either, because they only make sense within an emoji.
"""

SAMPLE: Final = "Alexandra"
"""Sample value of a merge field when segments are estimated: a long first name."""

_PLAIN_TABLE: Final = str.maketrans(PLAIN)


class Encoding(StrEnum):
    """The encoding of a text."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"

    @property
    def single(self) -> int:
        """Units that fit in a single segment."""
        return 160 if self is Encoding.GSM7 else 70

    @property
    def several(self) -> int:
        """Units that fit in each of several segments."""
        return 153 if self is Encoding.GSM7 else 67


class Segments(msgspec.Struct, frozen=True):
    """The cost of a text.

    `units` are septets of GSM-7 or UTF-16 code units, without the unused ends of segments. `count`
    is the number of billed segments, 0 for an empty text. `per_segment` is the capacity of each.
    `remaining` is how many units fit before another segment starts.
    """

    encoding: Encoding
    units: int
    count: int
    per_segment: int
    remaining: int


def normalize(text: str) -> str:
    """The form in which a text is stored, counted and sent: LF line ends, NFC.

    A CR LF would be billed as two characters, and a decomposed accent would force UCS-2.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)


def count_segments(text: str) -> Segments:
    """Count a text as a carrier bills it, after `normalize`.

    A pair of units (an extension character, a code point beyond the BMP) is never split: it moves
    to the next segment as a whole and leaves a unit unused.
    """
    text = normalize(text)
    encoding = Encoding.GSM7 if _GSM.issuperset(text) else Encoding.UCS2
    if encoding is Encoding.GSM7 and GSM_EXTENSION.isdisjoint(text):
        pairs = []  # true for nearly every text, and faster than a look at each character
    else:
        pairs = [index for index, char in enumerate(text) if _is_pair(char, encoding)]
    units = len(text) + len(pairs)
    if units <= encoding.single:
        return Segments(encoding, units, min(1, units), encoding.single, encoding.single - units)
    capacity = encoding.several
    end = 0  # where the text ends if unused units are counted
    previous = -1
    for index in pairs:
        end += index - previous - 1
        end += (end + 1) % capacity == 0  # only one unit is left in this segment: leave it unused
        end += 2
        previous = index
    end += len(text) - previous - 1
    return Segments(encoding, units, -(-end // capacity), capacity, -end % capacity)


def estimate(body: str) -> Segments:
    """The approximate cost of a body with its merge fields filled in."""
    return count_segments(with_fields_as(SAMPLE, body))


def with_fields_as(word: str, body: str) -> str:
    """A body with `word` in place of each merge field."""
    parts = []
    end = 0
    while (start := body.find("{{", end)) >= 0 and (close := body.find("}}", start + 2)) >= 0:
        parts += [body[end:start], word]
        end = close + 2
    return "".join(parts) + body[end:]


def culprits(text: str) -> list[tuple[int, str, str | None]]:
    """The characters that force a text into UCS-2, in order.

    Each is (index in the normalised text, character, replacement). The replacement is GSM-7 and may
    be empty (for an invisible mark) or longer than one character; None if there is none.
    """
    return [
        (index, char, PLAIN.get(char))
        for index, char in enumerate(normalize(text))
        if char not in _GSM
    ]


def plain(text: str) -> str:
    """The normalised text with all replacements of `culprits`; characters without one stay."""
    return normalize(normalize(text).translate(_PLAIN_TABLE))


def _is_pair(char: str, encoding: Encoding) -> bool:
    return char in GSM_EXTENSION if encoding is Encoding.GSM7 else char > "\uffff"
