"""Segments are what a campaign pays for: counted by hand, and held against another counter."""

from __future__ import annotations

import unicodedata

import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from common.segments import (
    GSM_BASIC,
    GSM_EXTENSION,
    PLAIN,
    Encoding,
    Segments,
    count_segments,
    culprits,
    normalize,
    plain,
)
from tests.each import each

GSM_CHARS = "".join(sorted((GSM_BASIC | GSM_EXTENSION) - {"\r"}))
gsm_texts = st.text(st.sampled_from(GSM_CHARS), max_size=700)
extension_heavy = st.text(st.sampled_from("a{€"), min_size=140, max_size=500)
emoji_heavy = st.text(st.sampled_from("aé😀🇺"), min_size=60, max_size=300)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Segments(Encoding.GSM7, 0, 0, 160, 160)),
        ("a" * 160, Segments(Encoding.GSM7, 160, 1, 160, 0)),
        ("a" * 161, Segments(Encoding.GSM7, 161, 2, 153, 145)),
        ("a" * 306, Segments(Encoding.GSM7, 306, 2, 153, 0)),
        ("a" * 307, Segments(Encoding.GSM7, 307, 3, 153, 152)),
        ("€" * 80, Segments(Encoding.GSM7, 160, 1, 160, 0)),
        ("я" * 70, Segments(Encoding.UCS2, 70, 1, 70, 0)),
        ("я" * 71, Segments(Encoding.UCS2, 71, 2, 67, 63)),
        ("😀" * 35, Segments(Encoding.UCS2, 70, 1, 70, 0)),
        ("😀" * 36, Segments(Encoding.UCS2, 72, 2, 67, 61)),
    ],
)
def test_counts_known_texts(text: str, expected: Segments) -> None:
    assert count_segments(text) == expected


def test_an_extension_character_is_not_split_between_segments() -> None:
    # 152 + a pair: the pair moves on whole, so 152 + 2 + 151 units fill two segments exactly.
    text = "a" * 152 + "€" + "a" * 151
    assert count_segments(text) == Segments(Encoding.GSM7, 305, 2, 153, 0)
    assert count_segments(text + "a").count == 3


def test_an_emoji_is_not_split_between_segments() -> None:
    text = "я" * 66 + "😀" + "я" * 65
    assert count_segments(text) == Segments(Encoding.UCS2, 133, 2, 67, 0)
    assert count_segments(text + "я").count == 3


def test_one_curly_quote_costs_a_whole_text_its_encoding() -> None:
    text = "We’re meeting on Monday. " + "a" * 100
    assert count_segments(text).count == 2
    assert count_segments(plain(text)).count == 1


@given(st.one_of(st.text(max_size=400), gsm_texts, extension_heavy, emoji_heavy))
@example("a" * 152 + "€" * 100)
@example("a" + "😀" * 80)
def test_agrees_with_an_independent_counter(text: str) -> None:
    """`smsutil` differs in three places, no matters of opinion, so they are taken out first.

    It takes the escape septet for a character (a lone ESC cannot be sent), counts CR LF as two and
    decomposed accents as they stand (both are normalised here), and calls an empty text one UCS-2
    part.
    """
    text = normalize(text).replace("\x1b", "")
    if not text:
        return
    theirs = smsutil.split(text)
    ours = count_segments(text)
    unit = 1 if theirs.encoding == "gsm0338" else 2
    assert (ours.encoding is Encoding.GSM7) == (theirs.encoding == "gsm0338")
    assert ours.units == theirs.total_bytes // unit
    assert ours.count == len(theirs.parts)
    assert ours.remaining == ours.per_segment - theirs.parts[-1].bytes // unit


def test_a_lone_escape_is_not_a_gsm_character() -> None:
    assert smsutil.split("\x1b").encoding == "gsm0338"
    assert count_segments("\x1b").encoding is Encoding.UCS2


@given(st.one_of(gsm_texts, extension_heavy, emoji_heavy), st.sampled_from("aя€😀"))
def test_remaining_units_say_when_the_next_segment_begins(text: str, char: str) -> None:
    before, after = count_segments(text), count_segments(text + char)
    if before.encoding is not after.encoding or before.count != after.count or not before.count:
        return
    assert after.remaining == before.remaining - (after.units - before.units)


def test_line_ends_become_line_feeds_and_characters_are_composed() -> None:
    assert normalize("a\r\nb\rc\nd") == "a\nb\nc\nd"
    assert normalize("Jose\u0301") == "José"
    assert count_segments("a\r\nb").units == 3
    assert count_segments("Jose\u0301").encoding is Encoding.GSM7


def test_names_the_characters_that_force_ucs2_and_what_could_stand_there() -> None:
    assert culprits("It’s “now” – or never… \u00a0łukasz 😀") == [
        (2, "’", "'"),
        (5, "“", '"'),
        (9, "”", '"'),
        (11, "–", "-"),
        (21, "…", "..."),
        (23, "\u00a0", " "),
        (24, "ł", None),
        (31, "😀", None),
    ]
    assert culprits("Plain {text} for 5€") == []


def test_plain_takes_the_suggestions_and_leaves_the_rest() -> None:
    assert plain("It’s “now” – or never…\u200b łukasz 😀") == 'It\'s "now" - or never... łukasz 😀'


def test_an_emoji_family_survives_being_made_plain() -> None:
    assert plain("👩‍👩‍👧 ❤️") == "👩‍👩‍👧 ❤️"


@each("char", sorted(PLAIN))
def test_every_stand_in_can_be_sent_as_gsm7(char: str) -> None:
    assert char not in GSM_BASIC | GSM_EXTENSION
    assert set(PLAIN[char]) <= GSM_BASIC | GSM_EXTENSION
    assert unicodedata.normalize("NFC", char) == char


@given(st.text(st.one_of(st.characters(), st.sampled_from(sorted(PLAIN))), max_size=200))
def test_plain_is_settled_and_leaves_only_what_has_no_stand_in(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert all(suggestion is None for _, _, suggestion in culprits(plain(text)))


@given(st.text(max_size=200))
def test_a_text_is_gsm7_exactly_when_nothing_forces_it_out(text: str) -> None:
    assert (count_segments(text).encoding is Encoding.GSM7) == (not culprits(text))
