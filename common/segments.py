"""How many segments a text takes, and which characters make it cost more.

GSM-7 packs 160 septets in one segment and 153 in each of several; UCS-2 70 and 67 UTF-16 units, as
a concatenation header takes six bytes of each (3GPP TS 23.038 and TS 23.040, 9.2.3.24.1).
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
"""The extension table: an escape and a septet, two units that stay together."""

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
"""Punctuation, spaces and marks beyond GSM-7, and what stands in for each, the sense unchanged.

Letters are not in it: an accent dropped from a name is for the writer to decide. Nor are joiners
and variation selectors, which only make sense within an emoji.
"""

SAMPLE: Final = "Alexandra"
"""What stands in for a merge field where segments are estimated: a longer than usual first name."""

_PLAIN_TABLE: Final = str.maketrans(PLAIN)


class Encoding(StrEnum):
    """How a text's characters travel."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"

    @property
    def single(self) -> int:
        """Units that fit one lone segment."""
        return 160 if self is Encoding.GSM7 else 70

    @property
    def several(self) -> int:
        """Units that fit each segment when there are several."""
        return 153 if self is Encoding.GSM7 else 67


class Segments(msgspec.Struct, frozen=True):
    """What a text costs.

    `units` are septets of GSM-7 or UTF-16 code units, without the unused ends of segments; `count`
    is the number of segments billed, 0 for an empty text; `per_segment` is what each of them holds
    now; `remaining` is how many units still fit before another segment begins.
    """

    encoding: Encoding
    units: int
    count: int
    per_segment: int
    remaining: int


def normalize(text: str) -> str:
    """The form in which a text is stored, counted and sent: line ends as LF, composed (NFC).

    A CR LF would be billed as two characters, and a decomposed accent would force UCS-2.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)


def count_segments(text: str) -> Segments:
    """Count a text as a carrier bills it, after `normalize`.

    A pair of units (an extension character, a code point beyond the BMP) is never split: it moves
    to the next segment whole and leaves a unit unused.
    """
    text = normalize(text)
    encoding = Encoding.GSM7 if _GSM.issuperset(text) else Encoding.UCS2
    if encoding is Encoding.GSM7 and GSM_EXTENSION.isdisjoint(text):
        pairs = []  # nearly every text: spared looking at each character
    else:
        pairs = [index for index, char in enumerate(text) if _is_pair(char, encoding)]
    units = len(text) + len(pairs)
    if units <= encoding.single:
        return Segments(encoding, units, min(1, units), encoding.single, encoding.single - units)
    capacity = encoding.several
    end = 0  # where the text ends if unused units are counted in
    previous = -1
    for index in pairs:
        end += index - previous - 1
        end += (end + 1) % capacity == 0  # one unit is left in this segment: leave it unused
        end += 2
        previous = index
    end += len(text) - previous - 1
    return Segments(encoding, units, -(-end // capacity), capacity, -end % capacity)


def estimate(body: str) -> Segments:
    """About what a body costs with its merge fields filled in."""
    return count_segments(with_fields_as(SAMPLE, body))


def with_fields_as(word: str, body: str) -> str:
    """A body with `word` in the place of each merge field."""
    parts = []
    end = 0
    while (start := body.find("{{", end)) >= 0 and (close := body.find("}}", start + 2)) >= 0:
        parts += [body[end:start], word]
        end = close + 2
    return "".join(parts) + body[end:]


def culprits(text: str) -> list[tuple[int, str, str | None]]:
    """The characters that force a text into UCS-2, in order.

    Each is (index in the normalised text, the character, what could stand in its place). The
    stand-in is GSM-7 and may be empty (an invisible mark) or longer than one; None where there is
    none.
    """
    return [
        (index, char, PLAIN.get(char))
        for index, char in enumerate(normalize(text))
        if char not in _GSM
    ]


def plain(text: str) -> str:
    """The normalised text with every stand-in of `culprits` taken; characters without one stay."""
    return normalize(normalize(text).translate(_PLAIN_TABLE))


def _is_pair(char: str, encoding: Encoding) -> bool:
    return char in GSM_EXTENSION if encoding is Encoding.GSM7 else char > "\uffff"
