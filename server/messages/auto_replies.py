"""Recognizes automatic replies of phones and offices: reactions, and driving or away messages.

Reads without regular expressions, in time proportional to the text.
"""

from __future__ import annotations

from typing import Final

from server.messages.words import Phrases, unaccented

_CLOSED_BY: Final = {
    "“": "”",
    '"': '"',
    "«": "»",
    "„": "“”",
    "‘": "’",
    "'": "'",
    "’": "’",
    "”": "”",
}
"""Quotation marks that open the quoted text of a reaction, and those that close it."""

_QUOTED: Final = (
    *("liked ", "loved ", "disliked ", "laughed at ", "emphasized ", "emphasised ", "questioned "),
    *("le gusto ", "le encanto ", "no le gusto ", "le dio risa ", "se rio de ", "enfatizo "),
    *("le dio importancia a ", "le gusto a ", "le encanto a "),
)
"""The words of phones without reactions before the quoted text."""

_THINGS: Final = frozenset(
    [
        "image",
        "photo",
        "picture",
        "movie",
        "video",
        "attachment",
        "audio",
        "message",
        "sticker",
        "contact",
        "location",
        "memoji",
        "gif",
        "imagen",
        "foto",
        "mensaje",
    ]
)
_ARTICLES: Final = frozenset({"a", "an", "the", "una", "un", "el", "la"})
_REMOVED: Final = frozenset({"like", "heart", "dislike", "laugh", "exclamation", "question"})

_MACHINES: Final = Phrases(
    """
    driving with focus
    driving with do not disturb
    driving with _ focus
    do not disturb while driving
    ^ hi|hello? im driving right? now? and? ill|cant get|see|reply|respond|call|text
    ^ hi|hello? im currently? driving right? now? ill|cant get|see|reply|respond|call|text
    ^ hi|hello? i am currently? driving right? now? ill|cant|i
    im not receiving notifications if this is urgent
    has notifications silenced
    ^ auto reply|response|message|answer
    ^ autoreply|autoresponse
    ^ automated|automatic|automat reply|response|message|answer
    this is an auto|automated|automatic _? reply|response|message|answer
    sent automatically
    automatically generated
    ^ out of the? office
    this number|mailbox|inbox|line isnt monitored
    this number|mailbox|inbox|line is not monitored
    ^ respuesta automatica
    ^ fuera de la oficina
    ^ estoy conduciendo
    """
)
_AWAY: Final = Phrases(
    """
    im|were currently? out of the? office
    im|were currently? away from my phone|desk
    im|were currently? on vacation|leave
    i|we am|are currently? out of the? office
    i|we am|are currently? away from my phone|desk
    i|we am|are currently? on vacation|leave
    """
)
_BACK: Final = Phrases(
    """
    will|ill respond|reply
    will|ill get back
    will return
    return|returning on
    limited|no access
    """
)
_THANKS: Final = Phrases(
    """
    ^ thanks|thank you? for contacting|texting|messaging
    ^ thanks|thank you? for reaching out
    ^ thanks|thank you? for your message|text|inquiry
    """
)
_SOON: Final = Phrases(
    """
    get back to you
    be with you
    respond|reply
    business hours
    """
)


def is_auto_reply(body: str) -> bool:
    """Whether a phone sent this automatically: a reaction, or a driving or away message."""
    plain = unaccented(body)
    return _is_reaction(plain) or _is_machine(_plain_words(plain))


def _is_reaction(text: str) -> bool:
    said = text.lstrip().rstrip()
    marks = 0
    while marks < len(said) and not said[marks].isalnum():
        marks += 1
    symbol, rest = said[:marks], said[marks:]
    if rest.startswith("to ") and symbol.strip() and symbol.strip()[0] not in _CLOSED_BY:
        return _is_quote(rest[3:].lstrip())
    for verb in _QUOTED:
        if rest.startswith(verb):
            return _is_quote(rest[len(verb) :].lstrip()) or _is_thing(rest[len(verb) :])
    if rest.startswith(("reacted ", "reacciono con ")):
        return _is_reacted(rest)
    return rest.startswith("removed ") and _is_removed(rest)


def _is_reacted(rest: str) -> bool:
    """`reacted 👍 to “Hi”`: no other words before the quoted text."""
    mark = " a " if rest.startswith("reacciono") else "to "
    head, found, quoted = rest.partition(mark)
    words = _plain_words(head)
    if not found or any(
        word not in {"reacted", "reacciono", "con", "with", "a", "an"} for word in words
    ):
        return False
    quoted = quoted.lstrip()
    return _is_quote(quoted) or _is_thing(quoted) or _plain_words(quoted)[:1] == ["your"]


def _is_removed(rest: str) -> bool:
    """`removed a like from “Hi”`."""
    head, found, quoted = rest.partition("from ")
    words = [word for word in _plain_words(head) if word not in _ARTICLES and word != "removed"]
    known = all(word in _REMOVED or word in {"mark", "reaction"} for word in words)
    return bool(found) and known and (_is_quote(quoted.lstrip()) or _is_thing(quoted))


def _is_quote(text: str) -> bool:
    """Whether a text begins with a quotation and has nothing after it; its end may be cut off.

    Text after the quotation is from the person: `Disliked “Hi” stop texting me`.
    """
    if not text or text[0] not in _CLOSED_BY:
        return False
    if text[0] in "'’‘":
        return True  # an apostrophe would end it, too
    end = max(text.rfind(mark) for mark in _CLOSED_BY[text[0]])
    return end <= 0 or not any(char.isalnum() for char in text[end + 1 :])


def _is_thing(text: str) -> bool:
    """`an image`, `a youtube link`, and nothing after it."""
    words = _plain_words(text)
    if not 2 <= len(words) <= 3 or words[0] not in _ARTICLES:
        return False
    return words[-1] in _THINGS or words[-1].endswith("link")


def _is_machine(words: list[str]) -> bool:
    places = range(len(words))
    if any(_MACHINES.at(words, at) for at in places):
        return True
    for beginning, end in ((_AWAY, _BACK), (_THANKS, _SOON)):
        first = next((at for at in places if beginning.at(words, at)), None)
        if first is not None:
            return any(end.at(words, at) for at in places[first + 1 :])
    return False


def _plain_words(text: str) -> list[str]:
    """Words of letters and digits, in order; `don’t` is dont."""
    return "".join(
        char if char.isalnum() else "" if char in "’'ʼ`´‘" else " " for char in text
    ).split()
