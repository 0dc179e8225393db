"""Text from people, carriers and colleagues that a terminal must not obey."""

from __future__ import annotations

from typing import Final

CODES: Final = {
    "markup": "a [/b] c",
    "red": "[red]x[/red] [@click=app.quit]y[/]",
    "escape": "e\x1b[31;5mred\x1b[2J\x1b[H",
    "clipboard": "c\x1b]52;c;bm8=\x07",
    "link": "l\x1b]8;;http://evil.example\x1b\\in\x1b]8;;\x1b\\",
    "title": "t\x1b]0;owned\x07",
    "c1": "c1\x9b31mred\x9d52;c;bm8=\x9c\x90q\x9c",
    "bell": "bell\x07back\x08\x7f\x00end",
    "breaks": "one\ntwo\r\nthree\u2028four\x0bfive\ttab",
    "override": "\u202egnp.exe\u202c \u2066isolated\u2069",
    "right to left": "שלום עולם",
    "arabic": "محمد علي",
    "wide": "山田太郎花子漢字漢字",
    "family": "👨\u200d👩\u200d👧\u200d👦 family",
    "emoji": "❤️ 👍🏽 🇹🇷 ✈️ 👩🏽\u200d⚕️ ☎️",
    "marks": "e\u0301\u0302\u0303\u0304\u0305\u0306\u0307" + "o\u0489" * 4,
    "no width": "z\u200be\u200cr\u2060o\ufeff\u00ad\u180ew",
    "indic": "क्षत्रिय नि",
    "hangul": "\u1100\u1161\u11a8 각",
    "jamo": "\u3164\uffa0\u115f",
    "tags": "\U000e0001\U000e0041tag\U000e007f",
    "nothing": "",
    "long": "W" * 90,
}
"""Texts by what is wrong with them."""
