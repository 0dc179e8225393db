"""Opting out must always work, and must never be read into a sentence that only holds the word."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.vocabulary import Reading, SuppressionSource
from server.messages import auto_replies, keywords, opt_out_phrases, words
from server.messages.auto_replies import is_auto_reply
from server.messages.keywords import HELP, OPT_IN, OPT_OUT, read, squeeze
from server.messages.opt_out_phrases import sounds_like_opt_out
from server.messages.words import READ_LIMIT
from tests.each import each
from tests.unit.opt_out_texts import OF_SOMETHING_ELSE, SOUND_LIKE_AN_OPT_OUT, texts

TraceFunction = Callable[[FrameType, str, Any], Any]

NOT_SUPPRESSED: frozenset[SuppressionSource] = frozenset()
BY_KEYWORD = frozenset({SuppressionSource.KEYWORD})
MARKS = " \t\n.,!?-_'\"“”‘’«»()*…–—🛑👍🏽❤️\u200b\u00a0\ufeff¡¿#"

noise = st.text(st.sampled_from(MARKS), max_size=3)


@st.composite
def disguised(draw: st.DrawFn, known: list[str]) -> str:
    """A keyword in any case, with spaces, punctuation and emoji anywhere."""
    letters = draw(st.sampled_from(known))
    shown = [letter.upper() if draw(st.booleans()) else letter for letter in letters]
    return draw(noise) + "".join(letter + draw(noise) for letter in shown)


@given(disguised(sorted(OPT_OUT)), st.sampled_from([NOT_SUPPRESSED, BY_KEYWORD]))
def test_an_opt_out_keyword_is_known_in_any_dress(
    body: str, suppressed_by: frozenset[SuppressionSource]
) -> None:
    assert read(body, suppressed_by) is Reading.OPT_OUT


@given(disguised(sorted(HELP)))
def test_a_call_for_help_is_known_in_any_dress(body: str) -> None:
    assert read(body, NOT_SUPPRESSED) is Reading.HELP


@given(disguised(sorted(OPT_IN)), st.sets(st.sampled_from(SuppressionSource), min_size=1))
def test_opting_in_is_known_whoever_suppressed_the_number(
    body: str, suppressed_by: set[SuppressionSource]
) -> None:
    assert read(body, frozenset(suppressed_by)) is Reading.OPT_IN


@given(disguised(sorted(OPT_IN)))
def test_without_a_suppression_yes_and_start_are_plain_answers(body: str) -> None:
    assert read(body, NOT_SUPPRESSED) is Reading.REPLY


@each(
    "body",
    [
        *(
            "STOP",
            "stop",
            "Stop.",
            " stop ",
            "“STOP”",
            "S T O P",
            "S.T.O.P.",
            "STOP 🛑",
            "ＳＴＯＰ",
        ),
        *("STOPALL", "STOP ALL", "stop-all", "Unsubscribe", "CANCEL", "End", "quit!", "REVOKE"),
        *("OPTOUT", "Opt Out", "opt-out", "STOP\n\n", "STOP\u200b", "'stop'", "¡STOP!", "STOP."),
    ],
)
def test_opt_out_keywords(body: str) -> None:
    assert read(body, NOT_SUPPRESSED) is Reading.OPT_OUT


@each(
    "body",
    [
        *(
            "stop texting me",
            "Please stop",
            "pls stop!!",
            "STOP PLEASE",
            "stop it",
            "STOP STOP STOP",
        ),
        *(
            "Stop sending me these",
            "Can you stop?",
            "stop messaging me please",
            "stopp",
            "Stop now",
        ),
        *("Stop. I never signed up.", "No thanks. STOP", "Not for me, stop", "stop all messages"),
        *("remove me", "Remove me from your list", "please remove my number", "delete my number"),
        *(
            "take me off",
            "Take me off your list",
            "TAKE MY NAME OFF THIS LIST",
            "get me off this list",
        ),
        *("unsubscribe me please", "How do I unsubscribe?", "I want to opt out", "opt me out"),
        *("wrong number", "Sorry, you have the wrong number", "Wrong person!", "wrong #number"),
        *(
            "This is not Ana's number",
            "this isnt his phone",
            "No one by that name here. wrong number",
        ),
        *("do not text", "Don't text me", "Don’t text me again", "DO NOT TEXT THIS NUMBER AGAIN"),
        *(
            "please do not contact me",
            "never text me again",
            "No more texts",
            "no more messages pls",
        ),
        *("I don't want these texts", "I do not want to receive these messages", "quit texting me"),
        *(
            "leave me alone",
            "Leave me the hell alone",
            "lose my number",
            "fuck off",
            "go away",
            "Go away!!",
        ),
        *("I'm reporting you as spam", "Blocking this number", "I revoke my consent", "STOP2END"),
        *("alto", "ALTO por favor", "parar", "No me escriba", "no me escriban más", "basta"),
        *("Deje de mandarme mensajes", "número equivocado", "no quiero más mensajes", "arrêt"),
        *("déjenme en paz", "Quítenme de la lista", "dar de baja", "stop texting", "unsuscribe"),
        *("PLEASE STOP TEXTING ME!!!!", "i said stop texting me", "stop spam", "cease and desist"),
    ],
)
def test_what_sounds_like_an_opt_out_is_left_to_an_operator(body: str) -> None:
    assert read(body, NOT_SUPPRESSED) is Reading.SOUNDS_LIKE_OPT_OUT
    assert read(body, BY_KEYWORD) is Reading.SOUNDS_LIKE_OPT_OUT


@each(
    "body",
    [
        *("we have to STOP this bill", "I can't stop by today", "bus stop", "non-stop", "nonstop"),
        *(
            "stop by at 5",
            "I'll meet you at the bus stop.",
            "Please stop by",
            "Can I stop by later?",
        ),
        *(
            "We must stop them in November",
            "I won't stop until we win",
            "They need to stop the war",
        ),
        *("Stop the pipeline!", "Don't stop believing", "I will never stop texting my senator"),
        *("No one should be stopped from voting", "people need to stop texting and driving"),
        *(
            "the end",
            "weekend",
            "At the end of the day, yes",
            "I quit my job",
            "In the end I said yes",
        ),
        *(
            "Can I cancel my shift on Monday?",
            "I had to cancel",
            "send me info",
            "Can you help me?",
        ),
        *(
            "Yes",
            "yes!",
            "START",
            "I will start on Monday",
            "Yes please",
            "unstoppable",
            "Info please",
        ),
        *(
            "I don't text much",
            "Sorry I did not text you earlier",
            "Why don't you text me tomorrow",
        ),
        *(
            "I'll take it",
            "Remove my sign please",
            "Text me later",
            "Who is this?",
            "No",
            "nope",
            "👍",
        ),
        *("", "   ", "🛑", "not interested", "Please call me", "Is this the right number?", "1"),
        *(
            "What number should I call?",
            "I liked it a lot",
            "Loved meeting you!",
            "I'm driving now",
        ),
        *("I'm out of the office today but count me in", "to the polls!", "Thanks for texting me!"),
        *("They block the road", "Please do text me", "para mi sí", "gracias", "sí", "me alegro"),
        *(
            "Stop sending our kids to war",
            "I'd love to be removed from power lol",
            "It was a going away party",
        ),
    ],
)
def test_people_who_only_use_the_word_are_heard(body: str) -> None:
    assert read(body, NOT_SUPPRESSED) is Reading.REPLY


@each(
    "body",
    [
        "Liked “Hi Ana, see you on Monday?”",
        'Liked "Hi Ana, see you on Monday?"',
        "Loved “Reply STOP to opt out”",
        "Laughed at “No more texts!”",
        "Emphasized “Vote\nby mail”",
        "Disliked “Hi”",
        "Questioned “Hi…",
        "Loved an image",
        "Liked a photo",
        "Laughed at an attachment",
        "Removed a like from “Hi Ana”",
        "Removed a heart from an image",
        "Reacted 👍 to “Hi Ana, reply STOP to opt out”",
        "Reacted ❤️ to an image",
        "Reacted 👍🏽 to your message",
        "Removed 👍 from “Hi Ana”",
        "\u200a👍\u200a to “Hi Ana” ",
        "Le gustó “Hola Ana”",
        "Reaccionó con 👍 a “Hola”",
        "I'm driving with Do Not Disturb While Driving turned on. I'll see your message later.",
        "I’m driving with Driving Focus turned on. I’ll see your message when I get there.",
        "I'm driving right now - I'll get back to you later.",
        "(I’m not receiving notifications. If this is urgent, reply “urgent” to send one through.)",
        "Out of office: back on Monday",
        "I'm currently out of the office and will respond when I return on Monday.",
        "Automatic reply: thank you for your message.",
        "Auto-reply: I am in a meeting",
        "This is an automated message. Please do not text this number.",
        "Thanks for contacting Smith Plumbing! We will get back to you during business hours.",
        "Respuesta automática: vuelvo el lunes",
    ],
)
def test_what_a_telephone_answers_by_itself_is_no_reply(body: str) -> None:
    assert read(body, NOT_SUPPRESSED) is Reading.AUTO_REPLY


@pytest.mark.parametrize("body", ["", "STOP", "yes", "hello", "stop texting me", "Liked “Hi”"])
def test_the_carriers_word_goes_before_the_text(body: str) -> None:
    assert read(body, NOT_SUPPRESSED, "STOP") is Reading.OPT_OUT
    assert read(body, NOT_SUPPRESSED, "HELP") is Reading.HELP
    assert read(body, BY_KEYWORD, "START") is Reading.OPT_IN
    assert read(body, NOT_SUPPRESSED, "START") is Reading.REPLY
    assert read(body, BY_KEYWORD, "stop") is Reading.OPT_OUT


@pytest.mark.parametrize("nothing", [None, "", " ", "NONE"])
def test_a_carrier_that_says_nothing_leaves_it_to_the_text(nothing: str | None) -> None:
    assert read("STOP", NOT_SUPPRESSED, nothing) is Reading.OPT_OUT
    assert read("hello", NOT_SUPPRESSED, nothing) is Reading.REPLY


@given(st.text(max_size=300))
def test_any_text_has_one_reading_that_a_rule_can_give(body: str) -> None:
    assert read(body, NOT_SUPPRESSED) in {
        Reading.REPLY,
        Reading.AUTO_REPLY,
        Reading.OPT_OUT,
        Reading.HELP,
        Reading.SOUNDS_LIKE_OPT_OUT,
    }


@given(st.text(max_size=60))
def test_squeezing_is_settled(body: str) -> None:
    once = squeeze(body)
    assert squeeze(once.upper()) == squeeze(squeeze(once.upper()))


@each("body", texts(SOUND_LIKE_AN_OPT_OUT))
def test_what_may_be_an_opt_out_is_never_a_reply(body: str) -> None:
    assert read(body, NOT_SUPPRESSED) is Reading.SOUNDS_LIKE_OPT_OUT


@each("body", texts(SOUND_LIKE_AN_OPT_OUT)[::7])
@each(
    "dressed", ["“{}”", "  {}\n", "{} 🛑", "Hi. {}", "{}\n\nLena", "{} https://example.org/a?b=1"]
)
def test_an_opt_out_in_other_words_is_known_in_any_dress(body: str, dressed: str) -> None:
    assert read(dressed.format(body), NOT_SUPPRESSED) is Reading.SOUNDS_LIKE_OPT_OUT
    assert read(dressed.format(body).upper(), NOT_SUPPRESSED) is Reading.SOUNDS_LIKE_OPT_OUT


@each("body", texts(OF_SOMETHING_ELSE))
def test_what_is_clearly_of_something_else_is_a_reply(body: str) -> None:
    assert read(body, NOT_SUPPRESSED) is Reading.REPLY


@pytest.mark.parametrize(
    ("body", "reading"),
    [
        ("Disliked “Hi Ana, see you on Monday?” stop texting me", Reading.SOUNDS_LIKE_OPT_OUT),
        ("Disliked “Hi Ana. Reply STOP to opt out”", Reading.AUTO_REPLY),
        ("Loved “He said “stop”, ok?”", Reading.AUTO_REPLY),
    ],
)
def test_what_stands_beside_a_reaction_is_the_persons_own(body: str, reading: Reading) -> None:
    assert read(body, NOT_SUPPRESSED) is reading


def test_a_keyword_is_heard_at_either_end_of_a_text_without_measure() -> None:
    for body in ("!" * 50_000 + "STOP", "STOP" + " " * 50_000, " " * 50_000 + "stop" + "." * 9):
        assert read(body, NOT_SUPPRESSED) is Reading.OPT_OUT
    assert read("x" * 50_000 + ". Stop texting me", NOT_SUPPRESSED) is Reading.SOUNDS_LIKE_OPT_OUT


HOSTILE = [
    *("stop the these ", "no more ", "to ", "👍 ", "removed a ", "“", "thanks for texting ", "!"),
    *("stop ", "stop", "dont ", "i dont want to ", "stop texting and ", "take me off ", "a. "),
    *("im on leave ", "im on leave. ", "\u0300\u0327", "loved an image", "Loved “", "s t o p "),
    *("no me ", "please ", "i said ", "end ", "alto ", "unsubscribe ", "a.b/", "1,", "ﷺ", "\n"),
    *("@", "#", "- ", "0 "),
]


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python something runs: a measure of its work that no clock disturbs."""
    count = 0

    def on_event(frame: FrameType, event: str, _: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return on_event

    before = sys.gettrace()
    sys.settrace(on_event)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("piece", HOSTILE)
def test_reading_takes_work_in_proportion_to_the_text(piece: str) -> None:
    def work(size: int) -> int:
        body = (piece * size)[:size]
        return lines_run(lambda: (squeeze(body), is_auto_reply(body), sounds_like_opt_out(body)))

    small, large = work(READ_LIMIT // 4), work(READ_LIMIT)
    assert large < 5 * small + 2_000


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_longer_text_than_carriers_deliver_is_no_more_work(piece: str) -> None:
    def work(size: int) -> int:
        return lines_run(lambda: read((piece * size)[:size], NOT_SUPPRESSED))

    assert work(400_000) < 1.5 * work(READ_LIMIT) + 2_000


@pytest.mark.parametrize("module", [keywords, words, auto_replies, opt_out_phrases])
def test_no_regular_expression_reads_what_strangers_write(module: ModuleType) -> None:
    """Their work would not show in the lines that run."""
    assert not any(isinstance(one, re.Pattern) or one is re for one in vars(module).values()), (
        module.__name__
    )
