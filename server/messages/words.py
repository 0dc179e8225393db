"""Splits inbound texts into words, and finds phrases in them.

A text is read once, character by character, into clauses of plain words, and phrases have a limited
length. So reading takes time in proportion to the text: no regular expression runs over text from
strangers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

READ_LIMIT: Final = 2_000
"""Most characters of a text that are read. A carrier delivers at most 1,600."""

Clause = tuple[str, ...]
"""The words between two marks such as a comma or a full stop."""

NUMBER: Final = "0"
"""Replaces words with a digit in them, and links."""

_APOSTROPHES: Final = frozenset("’'ʼ`´‘′")
_BREAKS: Final = frozenset(".!?;,:()[]{}<>|…—–―。、؟،؛।¡¿\n\r\v\f\u2028\u2029")
_DASHES: Final = frozenset("-‐‑‒–—―~=")
_APART: Final = 4
"""This many single letters in a row are one word written apart: `S T O P`."""

_SPELLINGS: Final = """
stop: stopp stoop stp sotp stpo stoip stopt st0p sttop sstop stob stahp stap ztop stopit
stop: stop2end stop2quit stop2stop stop2cancel stoptoend stopthis stopplease stopnow
stop: stopsending stoptexting
stopping: stoping stopin
quit: quitt qiut quite kwit
please: pls plz plez pleas plse plese pleez pleese pleasee pleae plase
you: u yu yall youall ye
your: ur yr yer
texting: textingme txting txtin textin texin texing txtng textng
texted: txted txtd
text: txt texte
texts: txts textes
message: msg mesage messge masage messege
messages: msgs mesages messges mssgs mgs messeges
harassing: harrassing harassin harrasing harasing haressing
messaging: msging messagin messging mesaging
sending: sendin sendng
contact: contac contct
number: num nbr numba nuber numbr phonenumber
unsubscribe: unsuscribe unsubcribe unsubscibe unscribe unsub unsubscribed unsubscribing
unsubscribe: unsubscrib
unsubscribe: unsubsribe unsubribe unsuscribed unsubs unsubscription unsubscribeme
optout: opt0ut
dont: dnt donot dunt dint
cant: cannot cnt
wont: willnot
remove: rmv remov remve removeme rmove
delete: delet dlt deleteme
list: lst
because: bc cuz coz becuz cause
are: r
want: wnt
anymore: nymore anymor
nobody: noone
fuck: fck fuk fk fuq
fucking: fuckin fcking fking effing freaking friggin frickin fkn fn damn damned goddamn
fucking: bloody
"""
SPELLINGS: Final = {
    written: right
    for line in _SPELLINGS.split("\n")
    if line
    for right, _, others in [line.partition(": ")]
    for written in others.split()
}
"""Typing errors and short forms, and the word that is meant."""

_VERBS: Final = """
do did does is are was were has have had would could should must need
"""
_NEGATED: Final = {
    **{verb: f"{verb}nt" for verb in _VERBS.split()},
    "can": "cant",
    "will": "wont",
    "am": "aint",
}
_TOGETHER: Final = {
    ("no", "longer"): "nolonger",
    ("no", "one"): "nobody",
    ("any", "more"): "anymore",
}
"""Two words with one meaning."""


def shortened(body: str) -> str:
    """The part of a text that is read: the beginning and the end of a long one."""
    if len(body) <= READ_LIMIT:
        return body
    return f"{body[: READ_LIMIT // 2]}\n{body[-READ_LIMIT // 2 :]}"


def unaccented(body: str) -> str:
    """A text in lower case, without accents and invisible marks, shortened again, because one
    character may become eighteen.
    """
    decomposed = shortened(unicodedata.normalize("NFKD", body).casefold())
    return "".join(char for char in decomposed if unicodedata.category(char) not in {"Mn", "Cf"})


def clauses_of(body: str) -> tuple[Clause, ...]:
    """The clauses of a text, each in plain lower-case words: `Don’t — pls STOPP` is dont, please
    stop.

    Words with digits and links are `NUMBER`; typing errors and short forms are corrected; a
    negation is one word with its verb; a word written letter by letter is one word.
    """
    clauses: list[list[str]] = [[]]
    for line in unaccented(body).splitlines():
        clauses.append([])
        for chunk in line.split():
            _read_chunk("".join(char for char in chunk if char not in _APOSTROPHES), clauses)
    return tuple(tuple(_settled(clause)) for clause in clauses if clause)


def _read_chunk(chunk: str, clauses: list[list[str]]) -> None:
    """Add the words between two spaces."""
    if _is_link(chunk):
        clauses.append([])
        return
    found: list[str] = []
    start = -1
    for at, char in enumerate(chunk):
        if char.isalnum():
            start = at if start < 0 else start
            continue
        if start >= 0:
            found.append(chunk[start:at])
            start = -1
        if char == "#" and not chunk[at + 1 : at + 2].isalnum():
            found.append("number")
        inside = 0 < at < len(chunk) - 1
        number = inside and chunk[at - 1].isdigit() and chunk[at + 1].isdigit()
        if (char in _BREAKS and not number) or (char in _DASHES and not inside):
            found.append("")
    if start >= 0:
        found.append(chunk[start:])
    words = [word for word in found if word]
    if len(words) >= _APART and all(len(word) == 1 for word in words):
        clauses[-1].append("".join(words))
        return
    for word in found:
        if word:
            clauses[-1].append(word)
        else:
            clauses.append([])


def _is_link(chunk: str) -> bool:
    if "://" in chunk or chunk.startswith("www."):
        return True
    host, slash, _ = chunk.partition("/")
    return ("@" in chunk and "." in chunk) or (bool(slash) and "." in host.strip("."))


def _settled(words: Iterable[str]) -> list[str]:
    """Words corrected, single letters and negations joined."""
    settled: list[str] = []
    letters: list[str] = []
    for word in words:
        if len(word) == 1 and word.isalpha():
            letters.append(word)
            continue
        _add_letters(letters, settled)
        letters = []
        _add(word, settled)
    _add_letters(letters, settled)
    return settled


def _add_letters(letters: list[str], settled: list[str]) -> None:
    for word in ["".join(letters)] if len(letters) >= _APART else letters:
        _add(word, settled)


def _add(written: str, settled: list[str]) -> None:
    word = SPELLINGS.get(written, written)
    if word == written:
        word = _without_repeats(word)
        word = SPELLINGS.get(word, word)
    if any(char.isdigit() for char in word):
        word = NUMBER
    before = settled[-1] if settled else ""
    joined = _NEGATED.get(before) if word == "not" else _TOGETHER.get((before, word))
    if joined is None:
        settled.append(word)
    else:
        settled[-1] = joined


def _without_repeats(word: str) -> str:
    """`stoppppp` is stop, `offfff` off: three or more equal letters become one."""
    kept: list[str] = []
    run = 0
    held = False
    for char in word:
        run = run + 1 if kept and kept[-1] == char else 1
        if run <= 2:
            kept.append(char)
        elif run == 3:
            kept.pop()
            held = True
    shorter = "".join(kept)
    return "off" if held and shorter == "of" else shorter


class _Part(NamedTuple):
    """One word of a phrase: one of `words`, one that begins with one of `stems`, or any."""

    words: frozenset[str]
    stems: tuple[str, ...]
    anything: bool
    optional: bool

    def fits(self, word: str) -> bool:
        """Whether a word matches."""
        return self.anything or word in self.words or word.startswith(self.stems)


class Phrases:
    """Phrases, one per line, to find in clauses.

    `a|b` is either word, `_` any word, `wri*` any word that begins so; `?` after a word makes it
    optional. `^` before the first and `$` after the last word are the ends of a clause; `+` before
    the first means that no negation reverses the phrase. A phrase has at most eight words.
    """

    def __init__(self, written: str) -> None:
        self._lines = [line.split() for line in written.strip().splitlines() if line.strip()]

    @cached_property
    def _by_first(self) -> dict[str, list[tuple[bool, bool, tuple[_Part, ...]]]]:
        """Phrases by their possible first words; those without a fixed one under ``."""
        found: dict[str, list[tuple[bool, bool, tuple[_Part, ...]]]] = {}
        for line in self._lines:
            parts = list(line)
            first = parts[0] == "^"
            last = parts[-1] == "$"
            parts = parts[first : len(parts) - last]
            read = tuple(_part(part) for part in parts)
            for word in _beginnings(read):
                found.setdefault(word, []).append((first, last, read))
        return found

    def at(self, words: Sequence[str], start: int) -> bool:
        """Whether one of the phrases begins at a word."""
        for word in (words[start], ""):
            for first, last, parts in self._by_first.get(word, ()):
                if (not first or start == 0) and _matches(parts, 0, words, start, last):
                    return True
        return False


def _beginnings(parts: Sequence[_Part]) -> set[str]:
    """The words that a phrase may begin with; empty if any word may."""
    found: set[str] = set()
    for part in parts:
        found |= {""} if part.anything or part.stems else part.words
        if not part.optional:
            break
    return found


def _part(written: str) -> _Part:
    optional = written.endswith("?")
    options = written.removesuffix("?").split("|")
    stems = tuple(option[:-1] for option in options if option.endswith("*"))
    whole = frozenset(option for option in options if not option.endswith("*"))
    return _Part(whole, stems, whole == {"_"}, optional)


def _matches(
    parts: tuple[_Part, ...], part: int, words: Sequence[str], at: int, to_the_end: bool
) -> bool:
    if part == len(parts):
        return not to_the_end or all(word == NUMBER for word in words[at:])
    if (
        at < len(words)
        and parts[part].fits(words[at])
        and _matches(parts, part + 1, words, at + 1, to_the_end)
    ):
        return True
    return parts[part].optional and _matches(parts, part + 1, words, at, to_the_end)
