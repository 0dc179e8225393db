"""Recognizes texts that sound like an opt-out although they are not a keyword.

There are two ways. A verb of stopping (stop, quit, cease, cancel, end) asks the sender to stop if
it is alone or about texts, and nobody else is the one who stops. A phrase, such as "take me off
your list", asks in other words. A negation reverses both: "please don't stop".

In doubt the answer is yes, because an operator then reads the text. A text that is clearly about
something else ("stop by tomorrow", "we have to STOP this bill") is a reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from itertools import zip_longest
from typing import Final

from server.messages import opt_out_vocabulary as v
from server.messages.words import NUMBER, Clause, clauses_of

_BEING: Final = frozenset({"is", "was", "are", "were", "has"})
"""After a stop, they make it a noun: "stop 12 is closed"."""

_REACH: Final = 16
"""Words before and after a word that are considered; limits the work per word."""


def sounds_like_opt_out(body: str) -> bool:
    """Whether a person would, or might, understand this as a request to stop."""
    clauses = clauses_of(body)
    words = tuple(word for clause in clauses for word in clause)
    bare = any(_is_bare(some) for some in (words, *clauses))
    return bare or _asks_in_one(clauses) or _signed(body)


def _is_bare(words: Clause) -> bool:
    """Whether there is only a verb of stopping and words that change nothing."""
    if not all(
        word == NUMBER or word in v.ALONE or word in v.KEYWORDS or word in v.FILLERS
        for word in words
    ):
        return False
    near = [_around(words, at) for at, word in enumerate(words) if word in v.KEYWORDS]
    if any(
        some[at] in v.VERBS and _object(some[at + 1 :]) is _Object.OTHER for some, at in near
    ) or _is_the_end(words):
        return False
    plain = v.PERSONS.isdisjoint(words)
    return any(not _denied(some, at) and not _is_anothers(some, at) for some, at in near) or any(
        word in v.ALONE and (plain or word in v.FOREIGN) for word in words
    )


def _around(words: Clause, at: int) -> tuple[Clause, int]:
    """The words near one, and its position among them; words farther away do not matter."""
    start = max(0, at - _REACH)
    return words[start : at + _REACH + 1], at - start


def _is_anothers(words: Clause, at: int) -> bool:
    """Whether someone other than the sender stops: "I quit", "we can stop them"."""
    if words[at] not in v.VERBS or at == 0:
        return False
    if words[at] == "quit" and "i" in words[:at]:
        return words[at - 1] in {"i", "just"}
    return words[at - 1] != "i" and _subject(words, at) in {
        _Subject.SPEAKER,
        _Subject.OTHER,
        _Subject.PAST,
    }


def _is_the_end(words: Sequence[str]) -> bool:
    """`The end`, and an end that no word makes a request."""
    asks = any(word in v.KEYWORDS or word in v.ALONE for word in words if word != "end")
    return not asks and any(word in {"the", "in", "of", "that", "no", "day"} for word in words)


def _signed(body: str) -> bool:
    """Whether a STOP in capitals is signed with a name: `STOP Lena Abadi`.

    Capitals mark it as the keyword; `Stop Trump` and `STOP THE WAR` address others.
    """
    first, *rest = body.split(None, 4) or [""]
    letters = [word for word in rest if word.isalpha()]
    return (
        first.strip("\"'“”‘’.,!").upper() in {"STOP", "STOPALL", "UNSUBSCRIBE", "QUIT", "CANCEL"}
        and first.upper() == first
        and 0 < len(rest) <= 3
        and len(letters) == len(rest)
        and all(word.istitle() for word in letters)
    )


def _asks_in_one(clauses: Sequence[Clause]) -> bool:
    pairs = zip_longest(clauses, clauses[1:], fillvalue=())
    return any(_asks(one, after) for one, after in pairs)


def _asks(words: Clause, following: Clause) -> bool:
    """Whether a clause asks to stop; the next clause may show that another way is wanted."""
    return any(_asks_at(words, at, following) for at in range(len(words)))


def _asks_at(clause: Clause, place: int, following: Clause) -> bool:
    """Whether a request begins at a word."""
    words, at = _around(clause, place)
    word = words[at]
    if word in v.VERBS and _asks_to_stop(words, at):
        return True
    if word in {"dont", "never", "not"} and _asks_not_to(words, at, following):
        return True
    if v.STATEMENTS.at(words, at):
        return not _takes_back_stopping(words, at)
    if v.REQUESTS.at(words, at):
        return not _denied(words, _verb_of(words, at)) and not _of_an_appointment(words, at)
    if v.SPANISH.at(words, at):
        return word in {"no", "ya"} or at == 0 or words[at - 1] not in {"no", "nunca"}
    return v.OTHER_LANGUAGES.at(words, at)


def _verb_of(words: Clause, at: int) -> int:
    """The position of the verb of an "off" or "out", up to four words before it."""
    if words[at] not in {"off", "out"}:
        return at
    verbs = (found for found in range(at - 1, max(-1, at - 5), -1) if words[found] in v.MOVING)
    return next(verbs, at)


class _Object(Enum):
    """What is to be stopped: nothing named, texts, or something else."""

    NONE = auto()
    TEXTS = auto()
    OTHER = auto()


class _Subject(Enum):
    """Who is to stop: the sender (after words about something else: RUN_ON), the speaker or one who
    wishes it, someone else, or the sender who has stopped.
    """

    SENDER = auto()
    RUN_ON = auto()
    SPEAKER = auto()
    WISH = auto()
    OTHER = auto()
    PAST = auto()


def _asks_to_stop(words: Clause, at: int) -> bool:
    """Whether a verb of stopping asks the sender to stop texting."""
    verb, rest = words[at], words[at + 1 :]
    found = _object(rest)
    if _quoted(words, at):
        return found is not _Object.OTHER or _is_aside(rest)
    if found is _Object.OTHER or _is_place(words, at, found) or _denied(words, at):
        return False
    subject = _subject(words, at)
    if found is _Object.TEXTS:
        wished = subject in {_Subject.SENDER, _Subject.RUN_ON, _Subject.WISH}
        ours = rest[0] in v.GETTING or any(word in {"me", "us"} for word in rest[:5])
        return wished or (ours and subject is not _Subject.PAST)
    if verb == "end":
        return False
    if subject is _Subject.RUN_ON:
        return verb in v.STOPPING
    if verb in {"quit", "cancel"}:
        return subject is _Subject.SENDER or (verb == "cancel" and subject is _Subject.WISH)
    if any(word in v.PLURAL for word in words[:at]):
        return subject is not _Subject.SPEAKER
    return subject in {_Subject.SENDER, _Subject.WISH}


def _object(rest: Clause) -> _Object:
    """What follows a verb of stopping."""
    if rest and rest[0] in v.COMPOUNDS and rest[0] != "and":
        return _Object.OTHER
    if _names_texts(rest):
        return _Object.TEXTS
    if rest and rest[0] in v.TRAVEL:
        return _Object.NONE if _is_for_good(rest) else _Object.OTHER
    for position, word in enumerate(rest):
        if word == NUMBER and position and rest[position - 1] in v.OF_A_TIME:
            return _Object.OTHER
        if word in v.FILLERS or word in v.KEYWORDS or word == NUMBER:
            continue
        if word in _BEING and all(one == NUMBER for one in rest[:position]):
            return _Object.OTHER
        begins = word in v.SENTENCE or (
            position > 0
            and (rest[position - 1] in v.PRONOUNS or not {"i", "we"}.isdisjoint(rest[:position]))
        )
        return _Object.NONE if begins else _Object.OTHER
    return _Object.NONE


def _is_for_good(rest: Clause) -> bool:
    """Whether what follows is a time or an echo: "for good", "at once", "2 end"."""
    following = rest[1] if len(rest) > 1 else ""
    match rest[0]:
        case "for":
            return following in v.AFTER_FOR or rest[1:3] == ("the", "love")
        case "at":
            return following in {"once", "all"}
        case "to":
            return following in v.AFTER_TO or not following
        case "with" | "on" | "in":
            return following in {"this", "that", "it", "these"} and len(rest) == 2
        case _:
            return False


def _names_texts(rest: Clause) -> bool:
    """Whether texts, or sending them, are what should stop."""
    for position, word in enumerate(rest[:9]):
        after = rest[position + 1 :]
        if word in v.TEXTING:
            return not (
                after
                and after[0] in v.DRIVING
                and any(one.startswith("driv") for one in after[1:4])
            )
        if word in v.GETTING:
            return bool(after) and (
                after[0] in v.US or after[0] in v.TEXTS or _names_texts(after[:4])
            )
        if word in v.TROUBLING:
            return _troubles_us(word, after)
        if word in v.TEXTS:
            return True
        if word not in v.BEFORE_TEXTS and not (
            position < 3
            and after
            and after[0] in v.TEXTS
            and word not in v.TRAVEL
            and word != "and"
        ):
            return False
    return False


def _troubles_us(word: str, after: Clause) -> bool:
    if word in {"asking", "begging"} and after and after[0] in {"for", "me", "us"}:
        return True
    if after and after[0] in {"and", "or"}:
        return _names_texts(after[1:])
    if not after or after[0] in v.US or after[0] in v.TEXTS or after[0] == NUMBER:
        return True
    if any(one in v.TEXTS for one in after[1:3]):
        return True
    if after[0] in v.IT:
        return all(one in v.FILLERS for one in after[1:])
    if after[0] in {"to", "up", "out", "with"}:
        ours = v.US | v.TEXTS | v.CONTACTING
        return len(after) == 1 or any(one in ours for one in after[1:4])
    return (
        after[0] in {"so", "all", "random", "your", "now", "unsolicited", "political"}
        and any(one in v.TEXTS or one in {"shit", "stuff", "things"} for one in after[1:4])
    ) or after[0] == "now"


def _quoted(words: Clause, at: int) -> bool:
    """Whether a stop was said or texted: "I said stop", "told you to stop"."""
    for before in reversed(words[max(0, at - 8) : at]):
        if before in v.SAYING_VERBS:
            return True
        if before not in v.SAID_TO:
            return False
    return False


def _is_aside(rest: Clause) -> bool:
    """Whether the words after a quoted stop say when or how often, and are not its object."""
    if rest[0] in v.TRAVEL or rest[0] in v.OBJECTS or rest[0] in v.COMPOUNDS:
        return False
    return any(word in v.WHEN for word in rest[:4])


def _is_place(words: Clause, at: int, found: _Object) -> bool:
    """Whether a stop is a place or a pause, as in "the bus stop"."""
    if at == 0 or words[at] not in {"stop", "end", "halt"}:
        return at > 0 and words[at] in {"cancel", "quit"} and words[at - 1] in {"a", "the"}
    before = words[at - 1]
    if before in v.MAYBE_PLACES:
        return (
            at > 1 and words[at - 2] in v.AT and words[at - 2] != "is"
        ) or found is _Object.OTHER
    if before == NUMBER and at > 1:
        before = words[at - 2]
    return before in v.PLACES


def _denied(words: Clause, at: int) -> bool:
    """Whether a negation before a verb reverses it: "please don't stop", "I won't stop".

    Not if the sender, or the texts, are what does not stop ("if you don't stop"), or the text asks
    why ("why don't you stop").
    """
    wanted = False
    for back in range(1, min(at, 8) + 1):
        found = at - back
        word = words[found]
        negates = word in v.NEGATIONS or (word == "no" and words[found + 1] in v.NO)
        if negates:
            break
        if word not in v.BRIDGE:
            return False
        wanted = wanted or word in v.WANTING
    else:
        return False
    if wanted and words[at - 1] not in {"to", "wanna", "gonna"}:
        return False
    subject = [one for one in words[max(0, found - 3) : found] if one not in v.POLITE]
    if any(one in v.RATHER for one in words[:found]):
        return True
    if word in {"shouldnt", "couldnt", "wouldnt", "mustnt", "neednt"}:
        return True
    if subject and (subject[-1] in v.YOU or subject[-1] in v.THESE):
        return False
    asks = found > 0 and words[found - 1] in {"why", "y"}
    turned = words[found + 1] in v.YOU and word not in {"dont", "never"}
    return not (asks or turned)


def _subject(words: Clause, at: int) -> _Subject:
    """Who stops, by the words before the verb."""
    helped = wished = False
    found = at - 1
    while found >= 0 and (
        words[found] in v.POLITE or words[found] in v.AUXILIARIES or words[found] in v.WANTING
    ):
        helped = helped or words[found] in v.AUXILIARIES
        wished = wished or words[found] in v.WANTING
        found -= 1
    if found < 0:
        return _Subject.SENDER
    word = words[found]
    asked = found > 0 and words[found - 1] in {"can", "may", "how", "do", "could", "might"}
    if word in v.YOU:
        past = found > 0 and words[found - 1] in {"did", "didnt"}
        return _Subject.PAST if past else _Subject.SENDER
    if word in v.THESE:
        past = found > 0 and words[found - 1] in {"did", "didnt"}
        return _Subject.PAST if past else _Subject.SENDER
    if word in v.SELF and "why" in words[:found]:
        return _Subject.SPEAKER
    if word in v.SELF:
        return _Subject.WISH if wished or asked else _Subject.SPEAKER
    if word in v.OTHER_PEOPLE:
        return _Subject.OTHER
    if word == "how" or word in {"time", "not", "way", "ways", "notice", "chance"}:
        return _Subject.WISH
    if helped or any(one in {"does", "did"} for one in words[:found]):
        return _Subject.OTHER
    if all(one in v.FILLERS or one == NUMBER for one in words[: found + 1]):
        return _Subject.SENDER
    return _Subject.RUN_ON


def _asks_not_to(words: Clause, at: int, following: Clause) -> bool:
    """Whether "don't", "never" or "not" asks not to be texted."""
    before = words[at - 1] if at else ""
    if before in v.SPARED and not (before in {"you", "to"} and words[at] == "not"):
        return False
    found = at + 1
    while (
        found < len(words)
        and found < at + 5
        and words[found]
        in {
            *("ever", "you", "please", "again", "even", "keep", "try", "to", "or", "call", "email"),
            *("just", "reply", "and", "contact", "be", "attempt", "fucking", "dare", "text"),
        }
    ):
        if words[found] in {"call", "text", "contact", "email"} and found + 1 < len(words):
            if words[found + 1] not in {"or", "and", "to"}:
                break
        elif found + 1 == len(words):
            break
        found += 1
    if found == len(words):
        return False
    rest = words[found + 1 :]
    if words[found] in {"call", "calling"}:
        if words[at] == "not" and not rest:
            return False
        return (not rest or rest[0] in v.ONCE) and not any(
            one in v.LATER or one == NUMBER for one in (*rest, *following[:2])
        )
    if words[found] not in v.CONTACTING:
        return False
    if not rest:
        return True
    return rest[0] in v.ONCE or (
        rest[0] in {"to", "with", "out"} and any(one in v.ONCE for one in rest[1:3])
    )


def _takes_back_stopping(words: Clause, at: int) -> bool:
    """Whether the end of the texts is not wanted: "I don't want to stop getting texts"."""
    if words[at] not in {"dont", "didnt", "no", "never", "doesnt"}:
        return False
    ends = v.VERBS | {"miss", "lose", "unsubscribe", "optout", "leave", "block"}
    return any(word in ends for word in words[at + 1 : at + 7])


def _of_an_appointment(words: Clause, at: int) -> bool:
    """Whether someone wants to be taken off a schedule, not off the list."""
    rest = words[at + 1 : at + 9]
    return any(word in v.APPOINTMENTS for word in rest) and not any(
        word in {"list", "lists", "texts", "messages", "number"} for word in rest
    )
