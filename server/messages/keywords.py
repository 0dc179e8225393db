"""What an inbound text is taken for: a keyword, an opt-out in other words, an auto-reply, a reply.

The exact keywords are those of the CTIA's Messaging Principles and Best Practices (2023, 5.1.3) and
of the FCC's rule on revoking consent (47 CFR 64.1200(a)(10), in force since April 2025), which
counts stop, quit, end, revoke, opt out, cancel and unsubscribe. That rule also counts any other
words that a person would understand as a request to stop; those are told apart here and left to an
operator.

Whole messages count, never a keyword inside a sentence: "we have to STOP this bill" is a reply.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from common.vocabulary import Reading, SuppressionSource

OPT_OUT: Final = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
)
"""Opt out, as a whole message, written with nothing but its letters."""

OPT_IN: Final = frozenset({"start", "unstop", "yes"})
"""Opt in again, for a number that is suppressed; from others a plain answer."""

HELP: Final = frozenset({"help", "info"})
"""Ask who is texting."""

NEARLY_OPT_OUT: Final = OPT_OUT - {"end"} | {
    *("stopp", "stoop", "stp", "sotp", "stpo", "sto", "stops", "stopit", "stopped", "unsub"),
    *("unsubscribed", "unsuscribe", "unsubcribe", "unsubscibe", "unscribe", "remove", "removed"),
    *("alto", "parar", "pare", "paren", "para", "basta", "detener", "detenga", "cancelar", "baja"),
    *("arret", "arretez", "desabonner"),
}
"""Words that, alone or among `FILLERS`, ask to stop: slips, and the same in Spanish and French."""

_FILLER_WORDS: Final = """
a ahora all already and asap at can could damn dear do favor for from gracias hello here hey hi i
im it just kindly la las lo los maam me mensajes message messages messaging msg msgs need no now
of ok okay para please pls plz por que right same sir sms so sorry spam text texting texts thank
thanks that the their them these thing this those thx to today txt txts ty u want we will would ya
yes you your
"""
FILLERS: Final = frozenset(_FILLER_WORDS.split())
"""Words that change nothing about a request to stop."""

_SOUNDS: Final = re.compile(
    "|".join(
        (
            (
                r"(?<!never )(?<!cant )(?<!not )(?<!dont )\b(?:stop|quit) (?:with )?(?:the )?"
                r"(?:texting|txting|messaging|msging|contacting|spamming)\b(?! (?:and|while|when) )"
            ),
            (
                r"\b(?:stop|quit) (?:all )?(?:sending|bothering|harassing|calling|writing|emailing)"
                r"(?: (?:to )?(?:me|us|my|this|these|texts?|messages?|msgs?|spam|it|now"
                r"|please|pls)\b|$)"
            ),
            (
                r"\bstop (?:(?:the|these|those|this|all|your|with|any) ){0,2}(?:\w+ )?"
                r"(?:texts?|messages?|msgs?|messaging|spam|spams|notifications|alerts)\b"
            ),
            r"\bstop ?(?:2|to) ?(?:end|quit|stop|cancel|opt ?out|unsubscribe)\b",
            (
                r"\b(?:remove|delete|unsubscribe|unsub|erase) "
                r"(?:me|us|my (?:\w+ )?(?:number|name|phone|cell|info|contact)"
                r"|this (?:\w+ )?number)\b"
            ),
            r"\b(?:take|get|remove) (?:me|us|him|her|it|my|this number|my \w+(?: number)?) off\b",
            r"\boff (?:of )?(?:your|this|the|ur) (?:\w+ ){0,2}?list\b",
            r"\bunsubscribe\b|\bunsubscribing\b|\bopt(?:ing)? (?:me |us )?out\b|\boptout\b",
            r"\b(?:wrong|incorrect) (?:number|person|phone|guy|lady|num)\b",
            (
                r"\b(?:this|it|thats|its) (?:is )?(?:not|isnt|aint|no longer) "
                r"(?:\w+ ){1,2}(?:number|phone)\b"
            ),
            r"\b(?:nobody|no one|noone) (?:here )?(?:by|with) (?:that|this) name\b",
            (
                r"(?<!\bi )(?<!\bwe )(?<!\byou )(?<!\bthey )\b(?:do not|dont|dnt|never) "
                r"(?:ever )?(?:call or |email or )?(?:text|txt|message|msg|contact|bother|write)"
                r"(?: (?:to )?(?:me|us|this|my|again|anymore|any more|here|back|ever|please)\b|$)"
            ),
            r"\bno more (?:\w+ )?(?:texts?|txts?|messages?|messaging|msgs?|spam)\b",
            (
                r"\b(?:do not|dont|no longer|did not|didnt|never) (?:want|wish|like|ask"
                r"|sign up|agree)"
                r" (?:(?:to|for|get|receive|be|your|these|any|more|the|this) ){0,4}"
                r"(?:texts?|texted|contacted|messaged|messages?|msgs?|spam)\b"
            ),
            r"\bleave (?:me|us) (?:the \w+ )?alone\b|\blose (?:my|this) number\b",
            r"\b(?:fuck|piss|bugger|buzz) off\b|^(?:please )?go away$",
            r"\breport(?:ed|ing)? (?:\w+ ){0,4}(?:spam|junk|fcc|ftc|harassment)\b",
            r"\bblock(?:ed|ing)? (?:you|this number|your number)\b",
            r"\b(?:revoke|withdraw) (?:my )?consent\b|\b(?:do|did) not consent\b",
            r"\bcease and desist\b",
            r"\bno (?:me|nos) (?:vuelva\w* a )?(?:escrib|mand|envi|text|contact|molest|llam)\w*",
            (
                r"\b(?:deja|deje|dejen|dejar|para|pare|paren) de "
                r"(?:escrib|mand|envi|text|contact|molest|llam)\w*"
            ),
            r"\bdej[ae]n?me en paz\b|\bnumero (?:equivocado|incorrecto|erroneo)\b",
            r"\b(?:quit|saqu|sac|borr|elimin)[ae]n?me\b|\bdar(?:me)? de baja\b",
            r"\bno (?:quiero |mas )(?:recibir )?(?:mas |estos |sus )?(?:mensajes|textos)\b",
        )
    )
)
"""Phrases that ask not to be texted, matched on plain lower-case words without accents."""

_QUOTE: Final = r"[“”\"«»„‘’'].*"
_THING: Final = (
    r"(?:an?|the) (?:\w+ )?(?:image|photo|picture|movie|video|attachment|audio|message|\w*link"
    r"|sticker|contact|location|memoji|gif)"
)
_REACTION: Final = re.compile(
    r"\W*(?:"
    rf"(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned) (?:{_QUOTE}|{_THING}\W*)"
    rf"|removed (?:an? |the )?(?:like|heart|dislike|laugh|exclamation|question mark|\W+)"
    rf" ?(?:reaction )?from (?:{_QUOTE}|{_THING}\W*)"
    rf"|reacted (?:with )?(?:an? )?\W+ ?to (?:{_QUOTE}|{_THING}\W*|your \w+\W*)"
    rf"|[^\w\s]\W*to {_QUOTE}"
    rf"|(?:le gusto|le encanto|no le gusto|le dio risa|se rio de|enfatizo|le dio importancia a)"
    rf"(?: a)? (?:{_QUOTE}|(?:una?|el|la) (?:imagen|foto|video|mensaje)\W*)"
    rf"|reacciono con \W+ ?a {_QUOTE}"
    r")\s*",
    re.DOTALL,
)
"""How telephones without reactions are told of one, such as `Liked “See you there”`."""

_MACHINE: Final = re.compile(
    "|".join(
        (
            r"\bdriving with (?:do not disturb|\w+ focus|focus)\b",
            r"\bdo not disturb while driving\b",
            (
                r"^(?:hi |hello )?(?:im|i am) (?:currently )?driving (?:right now |now "
                r"|at the moment )?"
                r"(?:and )?(?:ill|i will|cant|i cant) (?:get back|see your|reply|respond"
                r"|call|text)\b"
            ),
            r"\bim not receiving notifications if this is urgent\b",
            r"\bhas notifications silenced\b",
            r"^(?:this is an )?auto(?:mated|matic)? ?(?:reply|response|message|answer)\b",
            r"\bthis is an auto(?:mated|matic)? (?:\w+ )?(?:reply|response|message|answer)\b",
            r"\bsent automatically\b|\bautomatically generated\b",
            r"^out of (?:the )?office\b",
            (
                r"\b(?:im|i am|we are|were) (?:currently )?(?:out of (?:the )?office|away from my "
                r"(?:phone|desk)|on vacation|on leave)\b.*\b(?:will (?:respond|reply|return"
                r"|get back)"
                r"|ill (?:respond|reply|get back)|return(?:ing)? on|limited access|no access)\b"
            ),
            r"\bthis (?:number|mailbox|inbox|line) (?:is not|isnt) monitored\b",
            (
                r"^thank(?:s| you) for (?:contacting|texting|reaching out|messaging"
                r"|your (?:message|text"
                r"|inquiry)) .*\b(?:get back to you|be with you|respond|reply|business hours)\b"
            ),
            r"^(?:respuesta automatica|fuera de la oficina|estoy conduciendo)\b",
        )
    )
)
"""What telephones and offices answer by themselves, matched on plain words."""


def read(
    body: str, suppressed_by: frozenset[SuppressionSource], opt_out_type: str | None = None
) -> Reading:
    """What an inbound text is, by rule.

    `suppressed_by` holds the sources of the number's suppressions that stand; START, UNSTOP and YES
    opt in only against some, whichever: what an operator's then means is for the caller to decide.
    `opt_out_type` is what the carrier took the text for (STOP, START or HELP, as in Twilio's
    OptOutType), which goes before the words: its keywords may be others, and it has acted on them.

    Answers REPLY, AUTO_REPLY, OPT_OUT, OPT_IN, HELP or SOUNDS_LIKE_OPT_OUT, the last for an
    operator to settle.
    """
    keyword = squeeze(body)
    opts_in = keyword in OPT_IN
    match (opt_out_type or "").strip().upper():
        case "STOP":
            return Reading.OPT_OUT
        case "HELP":
            return Reading.HELP
        case "START":
            opts_in = True
    if opts_in:
        return Reading.OPT_IN if suppressed_by else Reading.REPLY
    if keyword in OPT_OUT:
        return Reading.OPT_OUT
    if keyword in HELP:
        return Reading.HELP
    if is_auto_reply(body):
        return Reading.AUTO_REPLY
    if sounds_like_opt_out(body):
        return Reading.SOUNDS_LIKE_OPT_OUT
    return Reading.REPLY


def squeeze(body: str) -> str:
    """A text's letters and digits in lower case, all else left out: `“Opt-Out!” 🛑` is optout."""
    composed = unicodedata.normalize("NFC", body)
    letters = "".join(char for char in composed if unicodedata.category(char)[0] in "LN")
    return unicodedata.normalize("NFKC", letters).casefold()


def is_auto_reply(body: str) -> bool:
    """Whether a telephone wrote this by itself: a reaction, or that someone drives or is away."""
    return _REACTION.fullmatch(_unaccented(body)) is not None or (
        _MACHINE.search(_words(body)) is not None
    )


def sounds_like_opt_out(body: str) -> bool:
    """Whether a person would take this as a request to stop, though it is no keyword by itself."""
    words = _words(body)
    if _asks_to_stop(words.split()) or _SOUNDS.search(words):
        return True
    sentences = [squeeze(sentence) for sentence in re.split(r"[.!?;,\n]+", body)]
    said = [sentence for sentence in sentences if sentence]
    return len(said) > 1 and any(end in OPT_OUT - {"end"} for end in (said[0], said[-1]))


def _asks_to_stop(words: list[str]) -> bool:
    return any(word in NEARLY_OPT_OUT for word in words) and all(
        word in NEARLY_OPT_OUT or word in FILLERS for word in words
    )


def _unaccented(body: str) -> str:
    decomposed = unicodedata.normalize("NFKD", body).casefold()
    return "".join(char for char in decomposed if unicodedata.category(char) not in {"Mn", "Cf"})


def _words(body: str) -> str:
    """Plain lower-case words with one space between them; `don’t` is dont."""
    plain = re.sub(r"[’'ʼ`´‘]", "", _unaccented(body))
    return " ".join(re.findall(r"[^\W_]+", plain))
